"""A private Docker Engine for the tests: its own socket, data, images and network namespace.

It has a busybox and a Python image, both made of Debian's packages, so nothing is pulled.
"""

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BUSYBOX = Path("/bin/busybox")
PROGRAMS = ("dockerd", "docker", "iptables", "mmdebstrap", "unshare", "umount")
START_SECONDS = 60.0
STOP_SECONDS = 30.0
IMAGE_SECONDS = 300.0
ADDRESSES = "base=10.213.0.0/16,size=26"


class CannotStart(Exception):
    """The engine did not come up; the message has its last words."""


def missing() -> str:
    """Why no private engine can be started on this machine; empty when one can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "only root can start one"
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if not BUSYBOX.exists():
        absent.append(f"{BUSYBOX} (busybox-static)")
    return f"not installed: {', '.join(absent)}" if absent else ""


@contextmanager
def private_engine() -> Iterator[str]:
    """A running engine with its images; its address. Nothing of it is left afterwards.

    Raises CannotStart, subprocess.SubprocessError (an image cannot be made).
    """
    # Not in pytest's folder: a socket's path has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="layercake-dockerd-"))
    socket = folder / "docker.sock"
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(_command(folder), stdout=log, stderr=log)
    try:
        _wait(process, socket.exists, folder / "log")
        host = f"unix://{socket}"
        _import(host, "busybox:latest", '["sh"]', _busybox())
        _import(host, "python:3.12-slim", '["python3"]', _python())
        yield host
    finally:
        _stop(process)
        _remove(folder)


def _command(folder: Path) -> list[str]:
    """In a network namespace of its own it cannot touch the rules of an engine of the machine's."""
    return [
        "unshare", "--net", "--",
        "dockerd",
        "--host", f"unix://{folder}/docker.sock",
        "--data-root", f"{folder}/data",
        "--exec-root", f"{folder}/exec",
        "--pidfile", f"{folder}/pid",
        "--bridge=none",
        "--default-address-pool", ADDRESSES,
    ]  # fmt: skip


def _wait(process: "subprocess.Popen[bytes]", met: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not met():
        if process.poll() is not None or time.monotonic() > deadline:
            raise CannotStart("\n".join(log.read_text(errors="replace").splitlines()[-15:]))
        time.sleep(0.05)


def _import(host: str, name: str, command: str, archive: bytes) -> None:
    subprocess.run(
        ["docker", "--host", host, "import", "--change", f"CMD {command}", "-", name],
        input=archive,
        stdout=subprocess.DEVNULL,
        timeout=IMAGE_SECONDS,
        check=True,
    )


def _busybox() -> bytes:
    """A root with the one program, and a link to it for each thing that it can be."""
    listed = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for folder in ("bin", "dev", "etc", "proc", "root", "sys", "tmp", "usr", "usr/bin", "var"):
            _add(tar, folder, tarfile.DIRTYPE, mode=0o1777 if folder == "tmp" else 0o755)
        _add(tar, "bin/busybox", content=BUSYBOX.read_bytes(), mode=0o755)
        _add(tar, "etc/passwd", content=b"root:x:0:0:root:/root:/bin/sh\n")
        _add(tar, "etc/group", content=b"root:x:0:\n")
        for applet in {*listed.stdout.split()} - {"busybox"}:
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


def _python() -> bytes:
    """Debian's Python under the name that lessons use; which version it is matters to no test."""
    made = subprocess.run(
        [
            "mmdebstrap", "--quiet", "--variant=essential",
            "--include=python3-minimal,libpython3-stdlib",
            '--customize-hook=ln -s /usr/bin/python3 "$1/usr/local/bin/python"',
            "bookworm", "-",
        ],
        stdout=subprocess.PIPE,
        timeout=IMAGE_SECONDS,
        check=True,
    )  # fmt: skip
    return made.stdout


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _remove(folder: Path) -> None:
    """What is mounted in it first, the innermost before the rest."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in reversed([path for path in mounts if path.startswith(f"{folder}/")]):
        with suppress(subprocess.CalledProcessError):
            subprocess.run(["umount", "--lazy", mount], check=True, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)
