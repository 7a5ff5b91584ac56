"""A further process in a running container: a command, or an interactive shell."""

import asyncio
import contextlib

from visualizer.engine import refusals
from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.connection import Stream
from visualizer.engine.docker.engine_words import shown
from visualizer.engine.docker.frames import Output, frames, raw
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.port import ExecRequest
from visualizer.events.types import (
    ExecExited,
    ExecOutput,
    ExecStarted,
    LimitReached,
    OutputTruncated,
)
from visualizer.events.types import Stream as StreamName

KILLED = 137
NOT_EXECUTABLE = 126
LAST_WORDS_SECONDS = 1.0
"""How long output is waited for after the process has ended."""
WRITE_SECONDS = 5.0
"""How long what is typed may wait for a program that does not read it."""
MOST_UNSENT = 256 * 1024
"""Bytes that are kept for such a program."""
KILL_PAUSES = (0.2, 0.3, 0.5, 1.0, 2.0)
FLOOD_PAUSE = 0.05
"""Seconds between two readings of output that is beyond the limit."""
_START_FAILURE = b"OCI runtime exec failed"
_KILL = (
    'for p in /proc/[0-9]*; do while IFS= read -r e || [ -n "$e" ]; do case $e in *{mark}*) '
    'kill -KILL "${{p#/proc/}}";; esac; done < "$p/environ"; done 2>/dev/null'
)
"""Ends what carries the mark in its environment, with nothing but a shell's own commands: the API
has no call that ends an exec."""


class Execution:
    """One exec, from `exec.started` to `exec.exited`."""

    def __init__(self, container: str, request: ExecRequest, lab: LabContext) -> None:
        self.container = container
        self.id = ""
        """The beginning of the engine's id."""
        self._engine_id = ""
        self._request = request
        self._lab = lab
        self._stream: Stream | None = None
        limits = lab.limits
        limit = limits.terminal_bytes if request.terminal else limits.output_bytes
        self._output = Output(limit, self._write)
        self._told_truncated = False
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._mark = ""
        self._not_found: int | None = None

    @property
    def is_terminal(self) -> bool:
        """Whether it can be typed into."""
        return self._request.terminal

    async def start(self, mark: str) -> bool:
        """Start it, and tell the tape; False when it has ended at once. Raises ApiError.

        `mark` is told in the process's environment, as the variable that every shell sets anew.
        """
        request, api = self._request, self._lab.api
        self._mark = mark
        content = {
            "AttachStdin": request.terminal,
            "AttachStdout": True,
            "AttachStderr": True,
            "Tty": request.terminal,
            "Cmd": list(request.command),
            "Env": [f"_={mark}"],
        }
        made = await api.post(f"/containers/{self.container}/exec", content)
        self._engine_id = str(made["Id"])
        self.id = self._engine_id[:32]
        self._lab.emit(
            ExecStarted(
                container=self.container,
                exec=self.id,
                command=list(request.command),
                terminal=request.terminal,
            )
        )
        start = {"Detach": False, "Tty": request.terminal}
        try:
            self._stream = await api.hijack(f"/exec/{self._engine_id}/start", start)
        except ApiError as error:
            self._write("stderr", self._start_failed(error.message.encode()).decode())
            self._exited(self._not_found or NOT_EXECUTABLE)
            return False
        if request.terminal:
            await self.resize(request.columns, request.rows)
        return True

    async def attend(self) -> None:
        """Hand on its output until its end, and tell the tape."""
        limits = self._lab.limits
        seconds = limits.container_seconds if self.is_terminal else limits.exec_seconds
        try:
            async with asyncio.timeout(seconds):
                code = await self._follow()
        except TimeoutError:
            what = "container_seconds" if self.is_terminal else "exec_seconds"
            self._limit_reached(what, seconds)
            await self.end()
            code = await self._code_of_ended()
        finally:
            if self._stream is not None:
                self._stream.close()
        self._output.end()
        self._exited(code)

    def died(self, exit_code: int) -> None:
        """The engine says that the process has ended."""
        if not self._ended.done():
            self._ended.set_result(exit_code)

    def has_id(self, engine_id: str) -> bool:
        """Whether an id of the engine is this one's."""
        return engine_id == self._engine_id

    async def write(self, data: bytes) -> None:
        """Type into its terminal. Raises Refused when the program in it does not read."""
        if self._stream is None or not self.is_terminal:
            return
        if self._stream.unsent > MOST_UNSENT:
            raise refusals.terminal_full()
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await self._stream.write(data)
        except TimeoutError:
            raise refusals.terminal_full() from None
        except OSError:
            # It ended in this moment; its end is told anyway.
            return

    async def resize(self, columns: int, rows: int) -> None:
        """Tell its terminal its size."""
        if not self.is_terminal:
            return
        path = f"/exec/{self._engine_id}/resize"
        for _ in range(5):
            try:
                await self._lab.api.post(path, h=str(rows), w=str(columns))
            except ApiError:
                # The process is not there yet, or not any more.
                if self._ended.done():
                    return
                await asyncio.sleep(0.02)
            else:
                return

    async def end(self) -> None:
        """End it at once: the process that carries its mark is killed from inside.

        A process that was started just now may not carry it yet, so this is tried a few times.
        """
        content = {"Cmd": ["/bin/sh", "-c", _KILL.format(mark=self._mark)], "Detach": True}
        for pause in KILL_PAUSES:
            try:
                made = await self._lab.api.post(f"/containers/{self.container}/exec", content)
                await self._lab.api.post(f"/exec/{made['Id']}/start", {"Detach": True})
            except (ApiError, EngineUnavailable):
                break
            await asyncio.wait({self._ended}, timeout=pause)
            if self._ended.done():
                return
        # Without a shell in the image it cannot be killed: it is told the person has gone.
        if self._stream is not None and self.is_terminal:
            with contextlib.suppress(OSError):
                async with asyncio.timeout(WRITE_SECONDS):
                    await self._stream.write(b"\x03\x04")
            await asyncio.wait({self._ended}, timeout=LAST_WORDS_SECONDS)
        # One that does not care is left to its container's end.
        self.died(KILLED)

    async def _follow(self) -> int:
        """Output until the process has ended; its exit code."""
        assert self._stream is not None
        reading = asyncio.create_task(self._read(self._stream))
        try:
            both: list[asyncio.Future[None] | asyncio.Future[int]] = [reading, self._ended]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if self._ended.done():
                await asyncio.wait({reading}, timeout=LAST_WORDS_SECONDS)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        return await self._code_of_ended()

    async def _read(self, stream: Stream) -> None:
        with contextlib.suppress(OSError):
            async for name, data in (raw if self.is_terminal else frames)(stream):
                if data.startswith(_START_FAILURE):
                    name, data = "stderr", self._start_failed(data)
                self._output.feed(name, data)
                if self._output.truncated:
                    self._tell_truncated()
                    # It goes on, but a flood that nobody sees must not keep the site busy.
                    await asyncio.sleep(FLOOD_PAUSE)

    async def _code_of_ended(self) -> int:
        """The exit code of what has ended, or is about to."""
        for _ in range(40):
            if self._ended.done():
                return self._not_found or self._ended.result()
            try:
                told = await self._lab.api.get(f"/exec/{self._engine_id}/json")
            except (ApiError, EngineUnavailable):
                return KILLED
            if not told["Running"] and told["ExitCode"] is not None:
                return self._not_found or int(told["ExitCode"])
            await asyncio.wait({self._ended}, timeout=0.05)
        return KILLED

    def _start_failed(self, data: bytes) -> bytes:
        """The engine's words for a command that cannot be started.

        Engines before 23 give all of these 126; the shell's 127 is for what is not there.
        """
        words = shown(data.decode("utf-8", "replace")).removesuffix(": unknown")
        words = words.replace(": unknown: permission denied", ": permission denied")
        if "not found" in words or "no such file" in words:
            self._not_found = 127
        return (words + ("\r\n" if self.is_terminal else "\n")).encode()

    def _write(self, stream: StreamName, text: str) -> None:
        self._lab.emit(ExecOutput(container=self.container, exec=self.id, stream=stream, text=text))

    def _exited(self, exit_code: int) -> None:
        self._lab.emit(ExecExited(container=self.container, exec=self.id, exit_code=exit_code))

    def _limit_reached(self, what: str, limit: int) -> None:
        self._lab.emit(LimitReached(what=what, limit=limit, subject=f"exec:{self.id}"))

    def _tell_truncated(self) -> None:
        if self._told_truncated:
            return
        self._told_truncated = True
        what = "terminal_bytes" if self.is_terminal else "output_bytes"
        limit = self._lab.limits.as_dict()[what]
        self._lab.emit(OutputTruncated(what=what, limit=limit, subject=f"exec:{self.id}"))
