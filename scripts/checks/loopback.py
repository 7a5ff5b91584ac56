"""Runs a command with no network but loopback, where the machine allows it (Linux, `unshare`).

The browser tests run so for two reasons: a page that fetched anything from elsewhere would fail,
and Chromium drops its requests whenever an interface of the machine comes or goes, as Docker's do.
"""

import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence

from scripts.base_images import giving, starters

SET_INTERFACE_FLAGS = 0x8914
UP_AND_RUNNING = 0x1 | 0x40
INSIDE = "--inside"


def isolated(command: Sequence[str]) -> list[str]:
    """The command that runs this one so, or this one itself where that cannot be."""
    unshare = shutil.which("unshare") if sys.platform == "linux" else None
    for how in (["--net"], ["--map-root-user", "--net"]):
        if unshare and _succeeds([unshare, *how, "true"]):
            return [unshare, *how, sys.executable, "-m", __spec__.name, INSIDE, *command]
    return list(command)


def _succeeds(command: Sequence[str]) -> bool:
    quiet = subprocess.DEVNULL
    return subprocess.call(command, stdin=quiet, stdout=quiet, stderr=quiet) == 0


def _raise_loopback() -> None:
    import fcntl

    request = struct.pack("16sh", b"lo", UP_AND_RUNNING)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SET_INTERFACE_FLAGS, request)


def _make_images() -> None:
    """The real engine's tests need images of Debian's packages, which are out of reach inside."""
    can = os.geteuid() == 0 and all(shutil.which(name) for name in ("dockerd", "mmdebstrap"))
    if can and not os.environ.get("LAYERCAKE_TEST_DOCKER_HOST"):
        giving.made(starters.kept(), ("busybox", "python"))


def main(words: Sequence[str]) -> None:
    """Become the command; inside the namespace first bring loopback up."""
    if words[0] == INSIDE:
        _raise_loopback()
        os.execvp(words[1], list(words[1:]))
    command = isolated(words)
    if command != list(words):
        _make_images()
    alone = "no network but loopback" if command != list(words) else "the machine's own network"
    print(f"Running with {alone}", flush=True)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
