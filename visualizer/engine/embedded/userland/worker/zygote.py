"""The zygote: a process that has imported bashkit and nothing else, and forks workers from that.

A fork takes some milliseconds where a new Python takes a hundred. It forks while it has one
thread only; each worker makes bashkit's threads for itself.
"""

import array
import asyncio
import contextlib
import os
import signal
import socket
import sys

from .confinement import confine
from .interpreter import serve

_NICENESS = 15
_MOST_FILES = 64
_SWITCH_SECONDS = 10.0


def main(number: int) -> None:
    """Fork a worker for every request on the socket of this number, until it is closed."""
    requests = socket.socket(fileno=number)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    # bashkit enters one and the same context from its own threads and from the event loop's; it
    # breaks when Python changes threads in between, which it then does only where one waits.
    sys.setswitchinterval(_SWITCH_SECONDS)
    zygote = os.getpid()
    while True:
        data, sockets = _receive(requests)
        if not data:
            os._exit(0)
        pid = os.fork()
        if pid == 0:
            requests.close()
            _work(sockets, int.from_bytes(data[:8], "little"), zygote)
        for fd in sockets:
            os.close(fd)
        requests.sendall(pid.to_bytes(4, "little"))


def _receive(requests: socket.socket) -> tuple[bytes, list[int]]:
    fds = array.array("i")
    size = socket.CMSG_SPACE(2 * fds.itemsize)
    data, ancillary, _, _ = requests.recvmsg(8, size)
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    return data, list(fds)


def _work(sockets: list[int], memory_bytes: int, zygote: int) -> None:
    """In the worker, which ends here."""
    code = 1
    try:
        _limit(memory_bytes)
        confine(zygote)
        control, files = (socket.socket(fileno=fd) for fd in sockets)
        control.setblocking(False)
        asyncio.run(serve(control, files))
        code = 0
    except BaseException as error:
        with contextlib.suppress(BaseException):
            sys.stderr.write(f"layercake worker: {error!r}\n")
    finally:
        os._exit(code)


def _limit(memory_bytes: int) -> None:
    import resource

    limits = {
        resource.RLIMIT_DATA: memory_bytes,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: _MOST_FILES,
    }
    for what, most in limits.items():
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))
