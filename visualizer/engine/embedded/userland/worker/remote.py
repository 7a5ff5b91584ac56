"""In the site: a bashkit interpreter in a worker process, as if it were here."""

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from bashkit import FileSystem

from visualizer.engine.embedded.userland.worker.pool import Forked, Forking, NoWorker
from visualizer.engine.embedded.userland.worker.served import ServedFiles
from visualizer.engine.embedded.userland.worker.wire import Line, Message

CRASHED = 139
"""The exit code of a shell whose worker died: what Linux gives for a segmentation fault."""

MOST_WORKERS = 1000
"""At once in the whole site: each has a process and some megabytes of its own."""

Sink = Callable[[bytes], Awaitable[None]]

_places = threading.BoundedSemaphore(MOST_WORKERS)


@dataclass(frozen=True)
class Result:
    """How a script ended. `error` is what bashkit gave up with, empty when it did not."""

    exit_code: int
    error: str = ""


@dataclass(frozen=True)
class Analyzed:
    """The commands that a script names; None stands for a word that is not plain text."""

    error: str
    commands: list[tuple[str | None, list[str | None]]]


class Called:
    """A call of one of our commands from the worker's shell."""

    def __init__(
        self, owner: "RemoteInterpreter", number: int, name: str, argv: list[str],
        env: Mapping[str, str], cwd: str,
    ) -> None:  # fmt: skip
        self.name, self.argv, self.env, self.cwd = name, argv, env, cwd
        self.stdin = CalledInput(owner, number)
        self.stdout = CalledOutput(owner, number, 1)
        self.stderr = CalledOutput(owner, number, 2)


class CalledInput:
    """What the shell gives the command to read."""

    def __init__(self, owner: "RemoteInterpreter", number: int) -> None:
        self._owner, self._number = owner, number

    async def read_chunk(self) -> bytes | None:
        """The next bytes, None at the end."""
        chunk: bytes | None = await self._owner.ask("in", self._number)
        return chunk


class CalledOutput:
    """Where the shell takes the command's output."""

    def __init__(self, owner: "RemoteInterpreter", number: int, stream: int) -> None:
        self._owner, self._number, self._stream = owner, number, stream

    async def write(self, data: bytes) -> None:
        """Write. Raises BrokenPipeError when nobody reads any more."""
        if not await self._owner.ask("out", self._number, between=(self._stream, data)):
            raise BrokenPipeError("the reader is gone")


Command = Callable[[Called], Awaitable[int]]


class RemoteInterpreter:
    """One shell. Call `open` first; `close` ends it and all that runs in it."""

    def __init__(self, filesystem: FileSystem, options: Mapping[str, Any]) -> None:
        self._files = ServedFiles(filesystem)
        self._options = dict(options)
        self._commands: dict[str, Command] = {}
        self._line = Line(self._take, self._lost)
        self._next = 0
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._executing: set[int] = set()
        self._calls: dict[int, asyncio.Future[None]] = {}
        self._outputs: set[asyncio.Future[None]] = set()
        self._stdout: Sink | None = None
        self._stderr: Sink | None = None
        self._pid: int | None = None
        self._has_place = False
        self._opened = False
        self._crashed = False

    async def open(self, executor: Executor, memory_bytes: int) -> None:
        """Start the worker. Raises NoWorker."""
        loop = asyncio.get_running_loop()
        if not _places.acquire(blocking=False):
            raise NoWorker("as many shells run on this site as it can hold")
        self._has_place = True
        forking = Forking(memory_bytes)

        def start() -> Forked:
            forked = forking.fork()
            # Here and not on the loop, which would wait for the new thread's first turn.
            self._files.start(forked.files)
            return forked

        try:
            forked = await loop.run_in_executor(executor, start)
        except asyncio.CancelledError:
            forking.give_up()
            raise
        await self._connect(loop, forked)
        self._line.send("make", self._options)
        self._opened = True
        self._line.send("route", list(self._commands))

    async def _connect(self, loop: asyncio.AbstractEventLoop, forked: Forked) -> None:
        self._pid = forked.pid
        await loop.create_connection(lambda: self._line, sock=forked.control)

    def close(self) -> None:
        """End the worker at once."""
        if self._has_place:
            self._has_place = False
            _places.release()
        self._signal(signal.SIGKILL)
        self._pid = None
        self._line.close()
        self._files.close()
        for call in list(self._calls.values()):
            call.cancel()

    def freeze(self) -> None:
        """Stop the worker's process in its tracks."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        # The worker is the zygote's child, not ours: once its line is lost, the number of its
        # process may be another's.
        if self._pid is not None:
            try:
                os.kill(self._pid, number)
            except (ProcessLookupError, PermissionError):
                self._pid = None

    # Commands of ours

    def add_command(self, name: str, command: Command) -> None:
        """Play a name ourselves."""
        self.add_commands([name], command)

    def add_commands(self, names: list[str], command: Command) -> None:
        """Play names ourselves."""
        self._commands.update(dict.fromkeys(names, command))
        if self._opened and names:
            self._line.send("route", names)

    def remove_commands(self, names: list[str]) -> None:
        """Leave names to bashkit again."""
        for name in names:
            self._commands.pop(name, None)
        if self._opened and names:
            self._line.send("unroute", names)

    # Scripts

    async def execute(
        self, script: str, stdout: Sink | None = None, stderr: Sink | None = None
    ) -> Result:
        """Execute a script, and wait for every background job of it. Cancelling stops it."""
        self._stdout, self._stderr = stdout, stderr
        number = self._number()
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        if self._crashed:
            return _LOST
        self._asked[number] = answer
        self._executing.add(number)
        self._line.send("execute", number, script)
        try:
            return await answer
        except asyncio.CancelledError:
            self._line.send("stop", number)
            raise
        finally:
            self._executing.discard(number)
            self._asked.pop(number, None)

    async def recover(self) -> None:
        """After a script was stopped: wait until it has, and take scripts again."""
        await self.execute(":")
        self._line.send("clear")

    async def state(self) -> tuple[str, dict[str, str]]:
        """The working directory and the exported variables."""
        cwd, env = await self.ask("state") or ("/", {})
        return cwd, env

    async def analyze(self, script: str) -> Analyzed:
        """Which commands a script names; `error` when it is no script."""
        error, commands = await self.ask("analyze", after=(script,)) or ("", [])
        return Analyzed(error, [(name, list(words)) for name, words in commands])

    # The conversation

    def _number(self) -> int:
        self._next += 1
        return self._next

    async def ask(
        self, kind: str, *before: Any, between: tuple[Any, ...] = (), after: tuple[Any, ...] = ()
    ) -> Any:
        """Ask the worker; None when it is gone."""
        number = self._number()
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        if self._crashed:
            answer.set_result(None)
        self._line.send(kind, *before, number, *between, *after)
        try:
            return await answer
        finally:
            self._asked.pop(number, None)

    def _take(self, message: Message) -> None:
        kind, *words = message
        if kind == "output":
            self._keep(self._output(*words))
        elif kind == "called":
            number, name, argv, env, cwd = words
            call = asyncio.ensure_future(self._play(number, name, argv, env, cwd))
            self._calls[number] = call
            call.add_done_callback(lambda done: self._calls.pop(number, None))
        elif kind == "abandoned":
            if words[0] in self._calls:
                self._calls[words[0]].cancel()
        elif kind == "executed":
            self._answered(words[0], Result(words[1], words[2]))
        else:
            self._answered(words[0], words[1])

    def _answered(self, number: int, value: Any) -> None:
        answer = self._asked.get(number)
        if answer is not None and not answer.done():
            answer.set_result(value)

    def _keep(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._outputs.add(task)
        task.add_done_callback(self._outputs.discard)

    async def _output(self, number: int, stream: int, data: bytes) -> None:
        sink = self._stdout if stream == 1 else self._stderr
        try:
            if sink is not None:
                await sink(data)
        except BrokenPipeError:
            pass
        finally:
            self._line.send("drained", number)

    async def _play(
        self, number: int, name: str, argv: list[str], env: Mapping[str, str], cwd: str
    ) -> None:
        called = Called(self, number, name, argv, env, cwd)
        code = 127
        try:
            command = self._commands.get(name)
            if command is not None:
                code = await command(called)
        except asyncio.CancelledError:
            code = 143
            raise
        except Exception as error:
            code = 126
            await called.stderr.write(f"{name}: {error}\n".encode())
        finally:
            self._line.send("returned", number, code)

    def _lost(self) -> None:
        """The worker is gone, by itself or because it was closed."""
        self._crashed = True
        self._pid = None
        for number, answer in list(self._asked.items()):
            if not answer.done():
                answer.set_result(_LOST if number in self._executing else None)
        for call in list(self._calls.values()):
            call.cancel()


_LOST = Result(CRASHED, "crashed")
