"""One process at a time on one data folder: two would write the same tapes."""

import contextlib
from pathlib import Path
from typing import IO


class InUse(Exception):
    """Another process has the folder."""


def hold(folder: Path) -> IO[str]:
    """The lock, held until the file is closed or the process ends. Raises InUse."""
    file = open(folder / "site.lock", "a+", encoding="ascii")  # noqa: SIM115 (held on purpose)
    try:
        _lock(file)
    except OSError:
        file.close()
        raise InUse(f"another process is serving from {folder}") from None
    return file


def _lock(file: IO[str]) -> None:
    with contextlib.suppress(ImportError):
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    import msvcrt

    file.seek(0)
    msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
