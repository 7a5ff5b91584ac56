"""A further process in a running container: a command, or an interactive shell."""

from collections.abc import Callable
from secrets import token_hex
from typing import TYPE_CHECKING

from visualizer.engine.embedded.container_config import env_of, text_of
from visualizer.engine.embedded.lab_context import LabContext
from visualizer.engine.embedded.state import ContainerRecord
from visualizer.engine.embedded.userland import CannotStart, Ended, Process, Userland
from visualizer.engine.port import ExecRequest
from visualizer.events.types import (
    ExecExited,
    ExecOutput,
    ExecStarted,
    LimitReached,
    OutputTruncated,
    Stream,
)

if TYPE_CHECKING:
    from visualizer.engine.embedded.userland import TerminalProcess


class Execution:
    """One exec, from `exec.started` to `exec.exited`."""

    def __init__(self, record: ContainerRecord, request: ExecRequest, lab: LabContext) -> None:
        self.id = token_hex(16)
        self.container = record.id
        self._record = record
        self._request = request
        self._lab = lab
        self._process: Process | None = None
        self.terminal: TerminalProcess | None = None
        """The process, when it has a terminal."""

    def start(self, userland: Userland, on_idle: Callable[[], None]) -> None:
        """Start it, and tell the tape. A command that is not there ends at once, as in Docker."""
        request = self._request
        self._lab.emit(
            ExecStarted(
                container=self.container,
                exec=self.id,
                command=list(request.command),
                terminal=request.terminal,
            )
        )
        try:
            if request.terminal:
                self._process = self._open_terminal(userland, on_idle)
            else:
                self._process = self._start_command(userland)
        except CannotStart as error:
            words = f"OCI runtime exec failed: exec failed: {error.of_runc}"
            self._output("stderr", words + ("\r\n" if request.terminal else "\n"))
            self._exited(error.exit_code)

    @property
    def running(self) -> bool:
        """Whether its process was started."""
        return self._process is not None

    async def attend(self) -> None:
        """Wait for the end and tell the tape."""
        if self._process is None:
            return
        ended = await self._process.wait()
        self._tell_limits(ended)
        self._exited(ended.exit_code)

    def end(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.signal("SIGKILL")

    def pause(self) -> None:
        """Freeze it, with its container."""
        if self._process is not None:
            self._process.pause()

    def resume(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.resume()

    def _start_command(self, userland: Userland) -> Process:
        limits = self._lab.limits
        return userland.start(
            self._request.command,
            env=env_of(self._record),
            cwd=text_of(self._record, "WorkingDir", "/"),
            user=text_of(self._record, "User", ""),
            on_output=self._output,
            seconds=limits.exec_seconds,
            output_bytes=limits.output_bytes,
        )

    def _open_terminal(self, userland: Userland, on_idle: Callable[[], None]) -> Process:
        limits = self._lab.limits
        process = userland.terminal(
            self._request.command,
            env={"TERM": "xterm", **env_of(self._record)},
            cwd=text_of(self._record, "WorkingDir", "/"),
            user=text_of(self._record, "User", ""),
            on_output=lambda text: self._output("stdout", text),
            columns=self._request.columns,
            rows=self._request.rows,
            seconds=limits.container_seconds,
            output_bytes=limits.terminal_bytes,
        )
        process.on_idle = on_idle
        self.terminal = process
        return process

    def _output(self, stream: Stream, text: str) -> None:
        self._lab.emit(ExecOutput(container=self.container, exec=self.id, stream=stream, text=text))

    def _exited(self, exit_code: int) -> None:
        self._lab.emit(ExecExited(container=self.container, exec=self.id, exit_code=exit_code))

    def _tell_limits(self, ended: Ended) -> None:
        limits, subject = self._lab.limits.as_dict(), f"exec:{self.id}"
        terminal = self._request.terminal
        if self._process is not None and self._process.truncated:
            what = "terminal_bytes" if terminal else "output_bytes"
            self._lab.emit(OutputTruncated(what=what, limit=limits[what], subject=subject))
        if ended.limit is not None:
            what = ended.limit
            if what == "seconds":
                what = "container_seconds" if terminal else "exec_seconds"
            self._lab.emit(LimitReached(what=what, limit=limits[what], subject=subject))
