"""Files that are there whole or not at all, also when the machine stops in the middle."""

import os
from collections.abc import Iterable
from pathlib import Path
from secrets import token_hex


def write(path: Path, data: bytes) -> None:
    """Put data at the path in one step: whoever reads it meanwhile sees the old or the new."""
    temporary = path.with_name(f".{path.name}.{token_hex(6)}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def sync_paths(paths: Iterable[Path]) -> None:
    """Wait until files or directories are safe from a loss of power; missing ones are no matter.

    What is written is safe from the end of this process at once, without this.
    """
    for path in paths:
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except OSError:
            # Gone meanwhile, or a directory on a system that does not open those.
            continue
        try:
            os.fsync(descriptor)
        except OSError:
            pass
        finally:
            os.close(descriptor)
