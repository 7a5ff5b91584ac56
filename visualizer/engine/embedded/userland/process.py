"""A running process of a container: its end, its signals, its limits."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence

from visualizer.engine.embedded.userland.contract import Ended
from visualizer.engine.embedded.userland.control import Control, signal_name
from visualizer.engine.embedded.userland.output import Outlet
from visualizer.engine.embedded.userland.worker.remote import CRASHED, Result

_STOPPED = 137
"""The exit code of what a limit stopped, as of what SIGKILL ended."""

LIMITS = {
    "commands": ("command limit", "command count", "loop iteration", "work units"),
    "memory_bytes": ("memory limit", "live intermediate bytes", "variable byte"),
    "seconds": ("execution timeout",),
}
"""What bashkit says when a limit is reached, under the name that the limit has here."""

WORDS = {
    "commands": "too many commands or rounds of a loop for one process",
    "memory_bytes": "its variables need more memory than one process may have",
    "seconds": "it ran for too long",
}

_PLACE = re.compile(r"^(?:execution error: )?(?:parse error at line \d+, column \d+: )?")


def limit_of(error: str) -> str | None:
    """The limit that an error of bashkit tells of, None when it is another error."""
    for limit, words in LIMITS.items():
        if any(word in error for word in words):
            return limit
    return None


def explain(error: str, shell: str) -> str:
    """An error that bashkit gave up with, as a line for the learner."""
    if error == "crashed":
        return "Segmentation fault: the shell ran out of stack or memory"
    limit = limit_of(error)
    if limit is not None:
        return f"Killed: {WORDS[limit]} (limit: {limit})"
    return f"{shell}: {_PLACE.sub('', error)}"


Work = Callable[[], Awaitable[Result | int | Ended]]


class Process:
    """A process that runs from the moment it is made; `wait` gives its end."""

    def __init__(
        self,
        *,
        argv: Sequence[str],
        user: str,
        control: Control,
        outlet: Outlet,
        seconds: float,
    ) -> None:
        self.pid = control.pid
        self.argv = tuple(argv)
        self.user = user
        self.began = time.monotonic()
        self._control = control
        self._outlet = outlet
        self._seconds = seconds
        self._ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None
        self._gone: Callable[[Process], None] = lambda process: None
        control.on_end(self._finish_with)

    @property
    def truncated(self) -> bool:
        """Whether output beyond the limit was dropped; what runs goes on."""
        return self._outlet.truncated

    @property
    def has_ended(self) -> bool:
        """Whether the process is over."""
        return self._ended.done()

    async def wait(self) -> Ended:
        """How it ended, once it has."""
        return await asyncio.shield(self._ended)

    def signal(self, name: str) -> None:
        """Send a signal (`SIGTERM`, `TERM` or `15`). Raises UnknownSignal.

        Linux's rules: pid 1 ignores what it has no handler for, SIGKILL apart.
        """
        if not self.has_ended:
            self._control.signal(signal_name(name))

    def pause(self) -> None:
        """Freeze. A shell notices when it next writes, sleeps or starts a command of ours."""
        self._control.pause()

    def resume(self) -> None:
        """Let it go on."""
        self._control.resume()

    # Inside

    def run(self, work: Work, gone: Callable[["Process"], None]) -> None:
        """Start the work; `gone` is called once it is over."""
        self._gone = gone
        self._task = asyncio.create_task(self._run(work))

    async def _run(self, work: Work) -> None:
        playing = asyncio.ensure_future(work())
        try:
            while not playing.done():
                left = self._seconds - self._control.active_seconds()
                if left <= 0:
                    self._stopped_by("seconds")
                    return
                await asyncio.wait({playing}, timeout=max(left, 0.01))
                if not playing.done():
                    await self._control.gate()
            self._finish(self._judge(playing.result()))
        except asyncio.CancelledError:
            raise
        except BrokenPipeError:
            self._finish(Ended(141))
        except Exception as error:
            self._outlet.put("stderr", f"layercake: {type(error).__name__}: {error}\n", 0)
            self._finish(Ended(1))
        finally:
            if not playing.done():
                playing.cancel()

    def _judge(self, result: Result | int | Ended) -> Ended:
        if isinstance(result, Ended):
            return result
        if isinstance(result, int):
            return Ended(result & 0xFF, self._control.noted_limit if result else None)
        if not result.error:
            return Ended(result.exit_code & 0xFF)
        self._outlet.put("stderr", explain(result.error, "sh") + "\n", 0)
        if result.exit_code == CRASHED:
            return Ended(CRASHED, "memory_bytes")
        limit = limit_of(result.error)
        return Ended(_STOPPED, limit) if limit else Ended(result.exit_code & 0xFF or 2)

    def _stopped_by(self, limit: str) -> None:
        self._finish(Ended(_STOPPED, limit))

    def _finish_with(self, exit_code: int) -> None:
        self._finish(Ended(exit_code))

    def _finish(self, ended: Ended) -> None:
        if self._ended.done():
            return
        self._ended.set_result(ended)
        self._control.kill()
        self._gone(self)
        task = self._task
        if task is not None and task is not asyncio.current_task():
            task.cancel()
