"""A small image out of the machine's own busybox: a shell and the tools to try things with."""

import io
import subprocess
import tarfile
from pathlib import Path

from visualizer.engine.private.commands import find
from visualizer.engine.private.errors import PrivateEngineError

FOLDERS = ("bin", "dev", "etc", "proc", "root", "sys", "tmp", "usr", "usr/bin", "var")


def archive() -> bytes:
    """Its root as a tar, for `docker import`. Raises PrivateEngineError: there is no busybox."""
    program = find("busybox")
    if program is None or b"/ld-" in Path(program).read_bytes()[:8192]:
        raise PrivateEngineError(
            "There is no busybox to try things with.",
            "It must be the one that needs no libraries.",
            "Type: apt-get install busybox-static",
        )
    listed = subprocess.run([program, "--list"], capture_output=True, text=True, check=True)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for folder in FOLDERS:
            _add(tar, folder, tarfile.DIRTYPE, mode=0o1777 if folder == "tmp" else 0o755)
        _add(tar, "bin/busybox", content=Path(program).read_bytes(), mode=0o755)
        _add(tar, "etc/passwd", content=b"root:x:0:0:root:/root:/bin/sh\n")
        _add(tar, "etc/group", content=b"root:x:0:\n")
        for applet in sorted({*listed.stdout.split()} - {"busybox"}):
            _add(tar, f"bin/{applet}", tarfile.SYMTYPE, link="busybox")
        _add(tar, "usr/bin/env", tarfile.SYMTYPE, link="/bin/busybox")
    return out.getvalue()


def _add(
    tar: tarfile.TarFile,
    path: str,
    kind: bytes = tarfile.REGTYPE,
    *,
    content: bytes = b"",
    mode: int = 0o644,
    link: str = "",
) -> None:
    info = tarfile.TarInfo(path)
    info.type, info.mode, info.linkname, info.size = kind, mode, link, len(content)
    tar.addfile(info, io.BytesIO(content))
