"""What the userland's parts hand to one another: a command's call, its end, its refusal.

CannotStart   the program could not be started at all; nothing has run
Ended         how a process ended
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Protocol

from bashkit import FileSystem

if TYPE_CHECKING:
    from visualizer.engine.embedded.userland.control import Control
    from visualizer.engine.embedded.userland.identity import User
    from visualizer.engine.limits import Limits

STUB = b"#!layercake:"
"""How the file begins that stands for a command which the userland plays."""


class CannotStart(Exception):
    """A program that could not be started, in runc's words.

    `exit_code` is 127 when there is no such program and 126 when it cannot be executed.
    """

    def __init__(self, exit_code: int, message: str) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.message = message

    @property
    def was_executed(self) -> bool:
        """Whether it came to executing the program; not so when its user is unknown."""
        return self.message.startswith("exec")

    @property
    def of_runc(self) -> str:
        """The whole of what runc says."""
        opening = "unable to start container process: " if self.was_executed else ""
        return f"{opening}{self.message}"

    @property
    def as_main(self) -> tuple[int, str]:
        """Exit code and words of a container whose main process this was to be."""
        if not self.was_executed:
            return 128, self.message
        created = "failed to create shim task: OCI runtime create failed: runc create failed"
        return self.exit_code, f"failed to create task for container: {created}: {self.of_runc}"


@dataclass(frozen=True)
class Ended:
    """How a process ended. `limit` names the limit that stopped it, None when none did."""

    exit_code: int
    limit: str | None = None


class Source(Protocol):
    """Bytes that a command reads."""

    async def read_chunk(self) -> bytes | None:
        """The next bytes, None at the end."""


class Sink(Protocol):
    """Bytes that a command writes. Raises BrokenPipeError when nobody reads any more."""

    async def write(self, data: bytes) -> None: ...


@dataclass(frozen=True)
class Listed:
    """A process of this container, as `ps` shows it."""

    pid: int
    user: str
    argv: Sequence[str]
    seconds: float
    """How long it has been there."""


class System(Protocol):
    """What a command may know about the container that it runs in."""

    @property
    def hostname(self) -> str: ...
    @property
    def limits(self) -> "Limits": ...
    @property
    def filesystem(self) -> FileSystem: ...
    @property
    def executor(self) -> Executor: ...
    @property
    def pythons(self) -> BoundedSemaphore:
        """Places for Pythons in this container."""

    @property
    def shells(self) -> BoundedSemaphore:
        """Places for shells in this container."""

    def processes(self) -> Sequence[Listed]:
        """What runs in this container, the main process first."""

    def signal(self, pid: int, name: str) -> bool:
        """Signal a process from inside the container (`0` only asks); whether it is there."""


@dataclass(frozen=True)
class Call:
    """One call of a command: what Linux gives a program when it is executed."""

    system: System
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: str
    user: "User"
    control: "Control"
    stdin: Source
    stdout: Sink
    stderr: Sink
    columns: int | None = None
    """The terminal's width, None when the output is no terminal."""

    async def say(self, text: str) -> None:
        """Write text to the standard output."""
        await self.stdout.write(text.encode())

    async def complain(self, text: str) -> None:
        """Write text to the standard error."""
        await self.stderr.write(text.encode())


Command = Callable[[Call], Awaitable[int]]
"""Plays a command; returns its exit code."""


@dataclass
class Bytes:
    """A source that holds all of its bytes from the start."""

    data: bytes = b""
    _done: bool = field(default=False, init=False)

    async def read_chunk(self) -> bytes | None:
        """Everything at once, then None."""
        if self._done or not self.data:
            return None
        self._done = True
        return self.data
