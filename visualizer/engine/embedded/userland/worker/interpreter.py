"""In a worker: one bashkit interpreter, driven by messages from the site.

From the site: make, route, unroute, execute, cancel, clear, stop, state, analyze, returned, out,
in, drained. To the site: made, output, executed, called, abandoned, wrote, chunk, told. A number
after the name says which question a message answers.
"""

import asyncio
import os
import socket
from typing import Any

from bashkit import Bash, BashError, CommandContext, ExecutionProfile

from .files import RemoteFiles
from .wire import Line, Message


async def serve(control: socket.socket, files: socket.socket) -> None:
    """Serve one shell until the site hangs up."""
    worker = Worker(RemoteFiles(files))
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(
        lambda: Line(worker.take, lambda: os._exit(0)), sock=control
    )
    worker.line = line
    await asyncio.Event().wait()


class Worker:
    """The interpreter and what goes on in it."""

    line: Line

    def __init__(self, files: RemoteFiles) -> None:
        self._files = files
        self._bash: Bash | None = None
        self._next = 0
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._calls: dict[int, CommandContext] = {}
        self._executions: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Future[Any]] = set()

    @property
    def bash(self) -> Bash:
        """The interpreter, once it is made."""
        assert self._bash is not None
        return self._bash

    def take(self, message: Message) -> None:
        """Take one message."""
        kind, *words = message
        getattr(self, f"on_{kind}")(*words)

    def _start(self, work: Any) -> asyncio.Future[Any]:
        task: asyncio.Future[Any] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _question(self) -> tuple[int, asyncio.Future[Any]]:
        self._next += 1
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[self._next] = future
        return self._next, future

    def _answer(self, number: int, value: Any) -> None:
        future = self._waiting.pop(number, None)
        if future is not None and not future.done():
            future.set_result(value)

    # What the site asks

    def on_make(self, options: dict[str, Any]) -> None:
        self._bash = Bash(**options, profile=ExecutionProfile.Interactive)
        self._bash.mount("/", self._files.filesystem())

    def on_route(self, names: list[str]) -> None:
        for name in names:
            self.bash.add_command(name, self._called)

    def on_unroute(self, names: list[str]) -> None:
        for name in names:
            self.bash.remove_builtin(name)  # type: ignore[attr-defined]  # missing in the stubs

    def on_execute(self, number: int, script: str) -> None:
        self._executions[number] = self._start(self._execute(number, script))

    def on_stop(self, number: int) -> None:
        self.bash.cancel()
        if number in self._executions:
            self._executions[number].cancel()

    def on_clear(self) -> None:
        self.bash.clear_cancel()

    def on_state(self, number: int) -> None:
        state = self.bash.shell_state()
        self.line.send("told", number, [state.cwd, dict(state.env)])

    def on_analyze(self, number: int, script: str) -> None:
        try:
            commands = self.bash.analyze(script).commands
            told: Message = ["", [[entry.name, list(entry.args)] for entry in commands]]
        except BashError as error:
            told = [str(error), []]
        self.line.send("told", number, told)

    def on_drained(self, number: int) -> None:
        self._answer(number, None)

    def on_returned(self, number: int, exit_code: int) -> None:
        self._answer(number, exit_code)

    def on_out(self, call: int, number: int, stream: int, data: bytes) -> None:
        self._start(self._write(call, number, stream, data))

    def on_in(self, call: int, number: int) -> None:
        self._start(self._read(call, number))

    # What goes on

    async def _execute(self, number: int, script: str) -> None:
        async def stdout(data: bytes) -> None:
            await self._output(1, data)

        async def stderr(data: bytes) -> None:
            await self._output(2, data)

        code, error = 1, ""
        try:
            result = await self.bash.execute(script, stdout=stdout, stderr=stderr, capture=0)
            code, error = result.exit_code, result.error or ""
        except asyncio.CancelledError:
            code, error = 130, "execution cancelled"
        except Exception as failure:
            error = str(failure)
        finally:
            self._executions.pop(number, None)
        self.line.send("executed", number, code, error)

    async def _output(self, stream: int, data: bytes) -> None:
        number, drained = self._question()
        self.line.send("output", number, stream, data)
        await drained

    async def _called(self, context: CommandContext) -> int:
        """A command that the site plays; bashkit calls this."""
        number, returned = self._question()
        self._calls[number] = context
        self.line.send(
            "called", number, context.name, list(context.argv), dict(context.env), context.cwd
        )
        try:
            return int(await returned)
        except BaseException:
            self.line.send("abandoned", number)
            raise
        finally:
            self._calls.pop(number, None)
            self._waiting.pop(number, None)

    async def _write(self, call: int, number: int, stream: int, data: bytes) -> None:
        context = self._calls.get(call)
        good = False
        if context is not None:
            try:
                await (context.stdout if stream == 1 else context.stderr).write(data)
                good = True
            except (OSError, RuntimeError):
                pass
        self.line.send("wrote", number, good)

    async def _read(self, call: int, number: int) -> None:
        context = self._calls.get(call)
        data: bytes | None = None
        if context is not None:
            try:
                data = await context.stdin.read_chunk()
            except RuntimeError:
                data = None
        self.line.send("chunk", number, data)
