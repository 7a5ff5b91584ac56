"""In the site: the zygote, and the workers that it forks."""

import array
import atexit
import contextlib
import os
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

_START = (
    "import sys, types; package = types.ModuleType('layercake_worker'); "
    "package.__path__ = [sys.argv[1]]; sys.modules['layercake_worker'] = package; "
    "from layercake_worker.zygote import main; main(int(sys.argv[2]))"
)
_STACK_BYTES = 8 * 1024 * 1024
_ENVIRONMENT = {"TOKIO_WORKER_THREADS": "2", "RUST_MIN_STACK": str(_STACK_BYTES)}


class NoWorker(Exception):
    """A worker could not be made."""


@dataclass
class Forked:
    """A worker's process and the site's ends of its two sockets."""

    pid: int
    control: socket.socket
    files: socket.socket

    def close(self) -> None:
        """Hang up, which ends the worker."""
        for connection in (self.control, self.files):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


class Forking:
    """A worker on its way: who waits for it may stop waiting at any moment, and none is left over.

    The thread that forks cannot be interrupted, so whichever side comes last closes the sockets.
    """

    def __init__(self, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._forked: Forked | None = None
        self._given_up = False

    def fork(self) -> Forked:
        """Blocks; belongs in a thread. Raises NoWorker."""
        with self._lock:
            if self._given_up:
                raise NoWorker("nobody waits for it any more")
        forked = shared.fork(self._memory_bytes)
        with self._lock:
            self._forked = forked
            if self._given_up:
                forked.close()
        return forked

    def give_up(self) -> None:
        """Nobody wants the worker any more."""
        with self._lock:
            self._given_up = True
            if self._forked is not None:
                self._forked.close()


def is_possible() -> bool:
    """Whether this system can fork and hand sockets over (Windows cannot)."""
    return hasattr(os, "fork") and hasattr(socket.socket, "sendmsg")


class Pool:
    """Forks workers. One a site; `fork` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._zygote: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None

    @property
    def zygote(self) -> int | None:
        """The process that forks, None before the first worker was asked for."""
        return self._zygote.pid if self._zygote is not None else None

    def warm_up(self) -> None:
        """Start the zygote, where that was not done yet."""
        self.fork(1 << 30).close()

    def fork(self, memory_bytes: int) -> Forked:
        """A new worker, with a limit for its memory in bytes. Blocks; raises NoWorker."""
        if not is_possible():
            raise NoWorker("shells need a system that can fork: Linux or macOS")
        with self._lock:
            for attempt in (1, 2):
                try:
                    return self._fork(memory_bytes)
                except OSError as error:
                    self._drop()
                    if attempt == 2:
                        raise NoWorker(f"no worker process could be started: {error}") from error
        raise AssertionError("unreachable")

    def _fork(self, memory_bytes: int) -> Forked:
        requests = self._requests or self._start()
        ours, theirs = zip(socket.socketpair(), socket.socketpair(), strict=True)
        try:
            fds = array.array("i", [end.fileno() for end in theirs])
            size = memory_bytes.to_bytes(8, "little")
            requests.sendmsg([size], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
            answer = requests.recv(4)
        except OSError:
            for end in ours:
                end.close()
            raise
        finally:
            for end in theirs:
                end.close()
        if len(answer) != 4:
            raise OSError("the zygote is gone")
        for end in ours:
            end.setblocking(False)
        return Forked(int.from_bytes(answer, "little"), *ours)

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        environment = {
            name: value
            for name, value in os.environ.items()
            if name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT")
        }
        self._zygote = subprocess.Popen(
            [sys.executable, "-c", _START, str(Path(__file__).parent), str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment | _ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        theirs.close()
        ours.settimeout(30)
        self._requests = ours
        return ours

    def _drop(self) -> None:
        if self._requests is not None:
            self._requests.close()
            self._requests = None
        if self._zygote is not None:
            self._zygote.kill()
            self._zygote.wait()
            self._zygote = None

    def close(self) -> None:
        """End the zygote; its workers end when their sockets are closed."""
        with self._lock:
            self._drop()


shared = Pool()
atexit.register(shared.close)
