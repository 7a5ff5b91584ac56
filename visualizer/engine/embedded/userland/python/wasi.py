"""The WASI calls about the process itself, and the table of all of them for one Python."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from bashkit import FileSystem

from visualizer.engine.embedded.userland import paths
from visualizer.engine.embedded.userland.python import abi
from visualizer.engine.embedded.userland.python.abi import WasiError
from visualizer.engine.embedded.userland.python.files import Folder, ListedFolder, Quota, Stream
from visualizer.engine.embedded.userland.python.inside import FOLDER, Inside, Signals
from visualizer.engine.embedded.userland.python.tree import PathCalls

_LONGEST_WAIT = 365 * 24 * 3600.0
_FREE_CALLS = 5000
"""Starting takes some 1500."""
_CALLS_A_BREATH = 16


class Exited(Exception):
    """The program has ended by itself; raised through the sandbox to leave it."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class Process(Protocol):
    """What the sandbox needs of the process that it runs in."""

    def check(self) -> None:
        """Wait while the process is frozen; raise when it was killed."""

    def breathe(self) -> None:
        """Let the site go on: each call holds Python's one lock, which the site needs, too."""

    def sleep(self, seconds: float) -> None:
        """Sleep in the process's own time, or until a signal comes."""

    def wait_for_input(self, seconds: float) -> bool:
        """Whether there is something to read within the time given."""


class Wasi(PathCalls):
    """The world of one Python: arguments, environment, clocks, files, streams."""

    def __init__(
        self,
        *,
        filesystem: FileSystem,
        argv: Sequence[str],
        env: Mapping[str, str],
        streams: Sequence[Stream],
        process: Process,
        signals: Signals,
        quota: Quota,
    ) -> None:
        self.filesystem = filesystem
        self.quota = quota
        self.inside = Inside(signals)
        folders = [
            ListedFolder(FOLDER, ["sitecustomize.py"]),
            *(Folder(filesystem, path) for path in ["/", *uncovered(filesystem)]),
        ]
        self.descriptors = dict(enumerate([*streams, *folders]))
        self.preopened = {
            fd: (folder.path or "/").encode() for fd, folder in enumerate(folders, len(streams))
        }
        self._argv = [_terminated(word) for word in argv]
        self._env = [_terminated(f"{name}={value}") for name, value in env.items()]
        self._process = process
        self.exit_code: int | None = None
        self._calls = 0

    def call(self, name: str, *words: Any) -> int | None:
        """Make the WASI call of this name; its error number, None for what returns nothing."""
        self._process.check()
        self._calls += 1
        if self._calls > _FREE_CALLS and self._calls % _CALLS_A_BREATH == 0:
            self._process.breathe()
        act: Callable[..., int | None] = getattr(self, name)
        try:
            return act(*words) or abi.SUCCESS
        except WasiError as error:
            return error.number

    def args_sizes_get(self, count: int, size: int) -> None:
        self._sizes(self._argv, count, size)

    def args_get(self, pointers: int, buffer: int) -> None:
        self._strings(self._argv, pointers, buffer)

    def environ_sizes_get(self, count: int, size: int) -> None:
        self._sizes(self._env, count, size)

    def environ_get(self, pointers: int, buffer: int) -> None:
        self._strings(self._env, pointers, buffer)

    def _sizes(self, strings: list[bytes], count: int, size: int) -> None:
        self.memory.u32(count, len(strings))
        self.memory.u32(size, sum(map(len, strings)))

    def _strings(self, strings: list[bytes], pointers: int, buffer: int) -> None:
        for index, string in enumerate(strings):
            self.memory.u32(pointers + 4 * index, buffer)
            self.memory.write(buffer, string)
            buffer += len(string)

    def clock_res_get(self, clock: int, out: int) -> None:
        self.memory.u64(out, 1000)

    def clock_time_get(self, clock: int, precision: int, out: int) -> None:
        self.memory.u64(out, _now(clock))

    def random_get(self, buffer: int, size: int) -> None:
        self.memory.write(buffer, os.urandom(min(size & 0xFFFFFFFF, 1 << 20)))

    def sched_yield(self) -> None:
        time.sleep(0)

    def proc_exit(self, code: int) -> None:
        self.exit_code = code & 0xFF
        raise Exited(self.exit_code)

    def poll_oneoff(self, subscriptions: int, events: int, count: int, out: int) -> None:
        """Sleeping, and waiting for input; files and output are always ready."""
        size = abi.SUBSCRIPTION.size
        wanted = [
            abi.SUBSCRIPTION.unpack(self.memory.read(subscriptions + size * index, size))
            for index in range(min(count & 0xFFFFFFFF, 64))
        ]
        timeout = min(
            (_timeout(entry) for entry in wanted if entry[1] == abi.CLOCK), default=_LONGEST_WAIT
        )
        others = [entry for entry in wanted if entry[1] != abi.CLOCK]
        ready = [entry for entry in others if entry[1] == abi.WRITE or entry[2] != 0]
        if not ready and others and self._process.wait_for_input(timeout):
            ready = others
        elif not ready:
            if not others:
                self._process.sleep(timeout)
            ready = [entry for entry in wanted if entry[1] == abi.CLOCK]
        for index, entry in enumerate(ready):
            self.memory.pack(
                abi.EVENT,
                events + abi.EVENT.size * index,
                entry[0],
                0,
                entry[1],
                1 if entry[1] != abi.CLOCK else 0,
                0,
            )
        self.memory.u32(out, len(ready))

    def sock_accept(self, fd: int, flags: int, out: int) -> None:
        raise WasiError(abi.NOTSUP)

    def sock_recv(self, *words: int) -> None:
        raise WasiError(abi.NOTSUP)

    def sock_send(self, *words: int) -> None:
        raise WasiError(abi.NOTSUP)

    def sock_shutdown(self, fd: int, how: int) -> None:
        raise WasiError(abi.NOTSUP)


def uncovered(filesystem: FileSystem) -> list[str]:
    """The container's folders that the module's own would hide.

    The module brings its standard library as a file system of its own at /usr, in which nothing
    else of /usr is to be seen. A folder that is opened beforehand under its own, longer name wins.
    """
    found = ["/usr/src"]
    for parent, covered in _COVERED.items():
        for name in names(filesystem, parent):
            path = f"{parent}/{name}"
            status = paths.stat(filesystem, path)
            if name not in covered and status and status["file_type"] == "directory":
                found.append(path)
    return sorted(set(found))[:100]


_COVERED = {
    "/usr": ("local",),
    "/usr/local": ("lib",),
    "/usr/local/lib": ("python3.12",),
    "/usr/local/lib/python3.12": ("lib-dynload",),
}
"""What is in the module's own file system."""


def names(filesystem: FileSystem, path: str) -> list[str]:
    """The names in a folder; none where there is no folder."""
    try:
        return [entry["name"] for entry in filesystem.read_dir(paths.real(filesystem, path))]
    except (RuntimeError, OSError):
        return []


def _terminated(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape").replace(b"\0", b"") + b"\0"


def _now(clock: int) -> int:
    if clock == 0:
        return time.time_ns()
    return time.monotonic_ns() if clock == 1 else time.thread_time_ns()


def _timeout(entry: tuple[Any, ...]) -> float:
    _, _, clock, nanoseconds, _, flags = entry
    if flags & abi.ABSOLUTE:
        nanoseconds -= _now(clock)
    return max(0.0, min(float(nanoseconds) / 1e9, _LONGEST_WAIT))
