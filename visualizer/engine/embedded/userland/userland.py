"""The simulated userland of one container, or of one build step: what starts its processes."""

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from bashkit import FileSystem

from visualizer.engine.embedded.userland import identity, paths
from visualizer.engine.embedded.userland.contract import Bytes, Listed
from visualizer.engine.embedded.userland.control import Control
from visualizer.engine.embedded.userland.killing import PROBE
from visualizer.engine.embedded.userland.output import Outlet
from visualizer.engine.embedded.userland.process import Process
from visualizer.engine.embedded.userland.python import sandbox
from visualizer.engine.embedded.userland.resolve import resolve
from visualizer.engine.embedded.userland.scene import Scene
from visualizer.engine.embedded.userland.shell import play
from visualizer.engine.embedded.userland.terminal.process import TerminalOutput, TerminalProcess
from visualizer.engine.embedded.userland.worker import pool
from visualizer.engine.embedded.userland.worker.remote import Result
from visualizer.engine.limits import Limits
from visualizer.events.types import Stream

_FIRST_PID_BESIDE = 7
"""The first process beside the main one; what Docker gives them is about this, too."""


_MOST_PYTHONS = 16
_MOST_SHELLS = 24
"""At once in one container, its execs and scripts included."""


async def warm_up(executor: concurrent.futures.Executor) -> None:
    """Make the first shell and the first Python as fast as the others. Takes some seconds once.

    Not needed; call it when the site starts. Raises NoWorker or PythonUnavailable.
    """
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(executor, pool.shared.warm_up)
    await loop.run_in_executor(executor, sandbox.shared)


class Userland:
    """Starts processes on one file system. Not thread-safe: use it on one event loop.

    Nothing it does blocks the loop: shells run on bashkit's own threads, a Python on a thread of
    its own. `executor` compiles the Python module, once for all userlands of the site.
    """

    def __init__(
        self,
        filesystem: FileSystem,
        *,
        hostname: str,
        limits: Limits,
        executor: concurrent.futures.Executor,
    ) -> None:
        self.filesystem = filesystem
        self.hostname = hostname
        self.limits = limits
        self.executor = executor
        self._processes: dict[int, Process] = {}
        self._next_pid = _FIRST_PID_BESIDE
        self.pythons = threading.BoundedSemaphore(_MOST_PYTHONS)
        self.shells = threading.BoundedSemaphore(_MOST_SHELLS)

    def start(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: str,
        user: str,
        on_output: Callable[[Stream, str], None],
        stdin: bytes = b"",
        seconds: float,
        output_bytes: int,
        is_init: bool = False,
    ) -> Process:
        """Start a program at once. Raises CannotStart with runc's words and exit code.

        `user` is a Dockerfile's USER (`name`, `uid`, `name:group`; empty for root). `seconds` is
        how long it may run, pauses not counted. `is_init` makes it the container's pid 1.
        """
        who = identity.look_up(self.filesystem, user)
        environment = identity.environment(env, who, self.hostname)
        # As Linux: a process is in a directory, not at the name by which it got there.
        cwd = paths.real(self.filesystem, cwd)
        program = resolve(self.filesystem, argv, env=environment, cwd=cwd)
        control = Control(self._take_pid(is_init))
        outlet = Outlet(on_output, output_bytes, control)
        process = Process(
            argv=argv, user=who.shown, control=control, outlet=outlet, seconds=seconds,
        )  # fmt: skip
        scene = Scene(
            self, environment, cwd, who, control,
            outlet.stream("stdout"), outlet.stream("stderr"), Bytes(stdin),
        )  # fmt: skip

        async def work() -> Result | int:
            return await play(program, scene)

        self._add(process)
        process.run(work, self._remove)
        return process

    def terminal(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: str,
        user: str,
        on_output: Callable[[str], None],
        columns: int,
        rows: int,
        seconds: float,
        output_bytes: int,
    ) -> TerminalProcess:
        """Start a program on a terminal: an interactive shell, or another. Raises CannotStart."""
        who = identity.look_up(self.filesystem, user)
        environment = identity.environment(env, who, self.hostname, terminal=True)
        cwd = paths.real(self.filesystem, cwd)
        program = resolve(self.filesystem, argv, env=environment, cwd=cwd)
        control = Control(self._take_pid(False))
        outlet = Outlet(TerminalOutput(on_output), output_bytes, control)
        process = TerminalProcess(
            argv=argv, user=who.shown, control=control, outlet=outlet, seconds=seconds,
            columns=columns,
        )  # fmt: skip
        scene = Scene(
            self, environment, cwd, who, control,
            outlet.stream("stdout"), outlet.stream("stderr"), Bytes(),
        )  # fmt: skip
        self._add(process)
        process.launch(program, scene, self._remove)
        return process

    def processes(self) -> Sequence[Listed]:
        """What runs now, for `ps`."""
        now = time.monotonic()
        return [
            Listed(process.pid, process.user, process.argv, now - process.began)
            for _, process in sorted(self._processes.items())
        ]

    def signal(self, pid: int, name: str) -> bool:
        """Signal a process from inside the container (`0` only asks); whether it is there.

        Linux keeps SIGKILL and SIGSTOP from pid 1 unless they come from outside.
        """
        process = self._processes.get(pid)
        if process is None:
            return False
        if name != PROBE and not (pid == 1 and name in ("SIGKILL", "SIGSTOP")):
            process.signal(name)
        return True

    def close(self) -> None:
        """End every process at once."""
        for process in list(self._processes.values()):
            process.signal("SIGKILL")

    def _take_pid(self, is_init: bool) -> int:
        if is_init:
            return 1
        self._next_pid += 1
        return self._next_pid - 1

    def _add(self, process: Process) -> None:
        self._processes[process.pid] = process

    def _remove(self, process: Process) -> None:
        if self._processes.get(process.pid) is process:
            del self._processes[process.pid]
