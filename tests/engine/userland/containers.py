"""A small container to run things in, and what came of running them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bashkit import FileSystem

from visualizer.engine.embedded.userland import Ended, Process, TerminalProcess, Userland
from visualizer.engine.limits import Limits

HOSTNAME = "0123456789ab"
PASSWD = b"root:x:0:0:root:/root:/bin/bash\nada:x:1001:1002:Ada:/home/ada:/bin/sh\n"
_COMMANDS = """
    cat ls echo env printenv grep wc head tail sort find xargs chmod cp mv rm mkdir touch ln sleep
    whoami id hostname ps seq yes awk date which stat true tee apt-get pip curl python3
"""
EXECUTOR = ThreadPoolExecutor(2)


def image(*, shell: str = "dash", without: Sequence[str] = ()) -> FileSystem:
    """A file system with commands, an /etc/passwd and an /app."""
    filesystem = FileSystem()
    for folder in (
        "/bin",
        "/usr/bin",
        "/usr/src/app",
        "/etc",
        "/tmp",
        "/root",
        "/app",
        "/home/ada",
    ):
        filesystem.mkdir(folder, recursive=True)
    shells = {"dash": ["sh", "dash", "bash"], "busybox": ["sh", "busybox"], "bash": ["sh", "bash"]}
    for name in [*_COMMANDS.split(), *shells[shell]]:
        if name not in without:
            builtin = "sh" if name == "dash" else name
            write(filesystem, f"/bin/{name}", f"#!layercake:{builtin}\n", mode=0o755)
    filesystem.symlink("/bin/python3", "/usr/bin/python")
    write(filesystem, "/etc/passwd", PASSWD)
    return filesystem


def write(filesystem: FileSystem, path: str, content: str | bytes, mode: int = 0o644) -> None:
    """Put a file there."""
    filesystem.write_file(path, content.encode() if isinstance(content, str) else content)
    filesystem.chmod(path, mode)


@dataclass
class Ran:
    """What a process wrote and how it ended."""

    out: str = ""
    err: str = ""
    ended: Ended = field(default_factory=lambda: Ended(-1))
    truncated: bool = False
    seconds: float = 0.0

    @property
    def code(self) -> int:
        """Its exit code."""
        return self.ended.exit_code


class Container:
    """Runs programs on one file system."""

    def __init__(self, filesystem: FileSystem, limits: Limits | None = None) -> None:
        self.filesystem = filesystem
        self.userland = Userland(
            filesystem, hostname=HOSTNAME, limits=limits or Limits(), executor=EXECUTOR
        )

    def start(self, argv: Sequence[str], ran: Ran, **options: Any) -> Process:
        """Start a program that writes into `ran`."""

        def on_output(stream: str, text: str) -> None:
            if stream == "stdout":
                ran.out += text
            else:
                ran.err += text

        settings: dict[str, Any] = {
            "env": {}, "cwd": "/app", "user": "", "seconds": 120, "output_bytes": 64 * 1024,
        }  # fmt: skip
        return self.userland.start(argv, on_output=on_output, **(settings | options))

    async def run(self, *argv: str, **options: Any) -> Ran:
        """Run a program to its end."""
        ran, began = Ran(), time.monotonic()
        process = self.start(argv, ran, **options)
        ran.ended = await asyncio.wait_for(process.wait(), 180)
        ran.truncated, ran.seconds = process.truncated, time.monotonic() - began
        return ran

    async def sh(self, script: str, **options: Any) -> Ran:
        """Run a shell script."""
        return await self.run("sh", "-c", script, **options)

    async def python(self, code: str, **options: Any) -> Ran:
        """Run Python code."""
        return await self.run("python3", "-uc", code, **options)


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something to become true; fails when it does not."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event to tell
            await asyncio.sleep(0.01)


class Typist:
    """Types into a terminal and reads what it shows."""

    def __init__(self, container: Container, argv: Sequence[str], **options: Any) -> None:
        self.shown = ""
        self.idle = 0
        self._idle_at = 0
        settings: dict[str, Any] = {
            "env": {}, "cwd": "/app", "user": "", "columns": 80, "rows": 24, "seconds": 180,
            "output_bytes": 256 * 1024,
        }  # fmt: skip
        self.process: TerminalProcess = container.userland.terminal(
            argv, on_output=self._show, **(settings | options)
        )
        self.process.on_idle = self._count

    def _show(self, text: str) -> None:
        self.shown += text

    def _count(self) -> None:
        self.idle += 1
        self._idle_at = len(self.shown)

    async def sees(self, text: str) -> None:
        """Wait until the terminal shows a text."""
        await until(lambda: text in self.shown)

    async def types(self, keys: str) -> str:
        """Type, wait until a command has finished, and give what was shown up to then."""
        await until(lambda: self.shown.endswith(" "))
        return await self.answers(keys)

    async def answers(self, keys: str) -> str:
        """As `types`, to a program that runs."""
        idle, start = self.idle, len(self.shown)
        self.process.write(keys.encode())
        await until(lambda: self.idle > idle or self.process.has_ended)
        return self.shown[start : self._idle_at]

    async def ends(self) -> Ended:
        """Wait for the end."""
        return await asyncio.wait_for(self.process.wait(), 60)


@asynccontextmanager
async def typing(
    container: Container, *argv: str, prompt: str = "# ", **options: Any
) -> AsyncIterator[Typist]:
    """A terminal that has shown its first prompt, closed in the end."""
    typist = Typist(container, argv, **options)
    try:
        await typist.sees(prompt)
        yield typist
    finally:
        typist.process.signal("SIGKILL")
        await typist.ends()
