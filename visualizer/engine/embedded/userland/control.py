"""One process's clock, gate and signals: what pausing, stopping and killing act upon.

Signals follow Linux: an unhandled one ends the process, but pid 1 never dies of a signal that it
has no handler for, SIGKILL apart.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Set

SIGNALS = {
    "SIGHUP": 1,
    "SIGINT": 2,
    "SIGQUIT": 3,
    "SIGKILL": 9,
    "SIGUSR1": 10,
    "SIGUSR2": 12,
    "SIGPIPE": 13,
    "SIGALRM": 14,
    "SIGTERM": 15,
    "SIGCHLD": 17,
    "SIGCONT": 18,
    "SIGSTOP": 19,
    "SIGTSTP": 20,
    "SIGURG": 23,
    "SIGWINCH": 28,
}
IGNORED_BY_DEFAULT = frozenset({"SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH", "SIGTSTP"})


class UnknownSignal(ValueError):
    """Not the name or number of a signal."""


def signal_name(signal: str) -> str:
    """The full name of a signal given as `SIGTERM`, `TERM`, `term` or `15`."""
    text = signal.strip().upper()
    if text.isdigit():
        for name, number in SIGNALS.items():
            if number == int(text):
                return name
        raise UnknownSignal(signal)
    name = text if text.startswith("SIG") else f"SIG{text}"
    if name not in SIGNALS:
        raise UnknownSignal(signal)
    return name


class Control:
    """Shared by everything that runs for one process; safe to read from any thread."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.is_init = pid == 1
        self.killed = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._condition = threading.Condition()
        self._running = asyncio.Event()
        self._running.set()
        self._active = 0.0
        self._since: float | None = time.monotonic()
        self._noted_limit: str | None = None
        self._watchers: list[tuple[Callable[[], None], Callable[[], None]]] = []
        self._handlers: dict[str, Callable[[], None]] = {}
        self._trapped: frozenset[str] = frozenset()
        self._pending: list[str] = []
        self._arrived = asyncio.Event()
        self._end: Callable[[int], None] = lambda code: None

    @property
    def noted_limit(self) -> str | None:
        """The limit that a command ran into, where its exit code does not say so."""
        return self._noted_limit

    def note_limit(self, limit: str) -> None:
        """Remember that a limit was met."""
        self._noted_limit = limit

    def on_end(self, end: Callable[[int], None]) -> None:
        """Say what ends the process at once, with an exit code."""
        self._end = end

    # Pausing

    @property
    def paused(self) -> bool:
        """Whether the process is frozen."""
        return self._since is None

    def active_seconds(self) -> float:
        """How long the process has run, the time it was frozen not counted."""
        since = self._since
        return self._active + (time.monotonic() - since if since is not None else 0.0)

    def pause(self) -> None:
        """Freeze; what runs notices at its next gate."""
        was_running = self._since is not None
        with self._condition:
            if self._since is not None:
                self._active += time.monotonic() - self._since
                self._since = None
        self._running.clear()
        if was_running:
            for freeze, _ in list(self._watchers):
                freeze()

    def on_freeze(self, freeze: Callable[[], None], thaw: Callable[[], None]) -> Callable[[], None]:
        """Have something told when the process is frozen and thawed, until the result is called."""
        watcher = (freeze, thaw)
        self._watchers.append(watcher)

        def end() -> None:
            if watcher in self._watchers:
                self._watchers.remove(watcher)

        return end

    def resume(self) -> None:
        """Let it go on."""
        with self._condition:
            if self._since is None:
                self._since = time.monotonic()
            self._condition.notify_all()
        self._running.set()
        for _, thaw in list(self._watchers):
            thaw()

    async def gate(self) -> None:
        """Wait while the process is frozen."""
        await self._running.wait()

    def gate_thread(self) -> None:
        """Wait in a thread while the process is frozen and not killed."""
        if self._since is not None:
            return
        with self._condition:
            while self._since is None and not self.killed.is_set():
                self._condition.wait()

    def kill(self) -> None:
        """Mark the process as gone, so that its threads end."""
        self.killed.set()
        with self._condition:
            self._condition.notify_all()

    async def sleep(self, seconds: float) -> None:
        """Sleep in the process's own time, which stands still while it is frozen."""
        until = self.active_seconds() + seconds
        while (rest := until - self.active_seconds()) > 0:
            await self.gate()
            # A pause in the middle is noticed within a second at most, and the rest slept after.
            await asyncio.sleep(min(rest, 1.0))
        await self.gate()

    # Signals

    def handle(self, name: str, handler: Callable[[], None]) -> None:
        """Let a command handle a signal itself."""
        self._handlers[name] = handler

    def release(self, name: str) -> None:
        """Give the signal its default action back."""
        self._handlers.pop(name, None)

    def has_trap(self, name: str) -> bool:
        """Whether a shell has a trap for a signal."""
        return name in self._trapped

    def trap(self, names: Set[str]) -> None:
        """The signals that a shell has traps for now."""
        self._trapped = frozenset(names)

    def signal(self, name: str) -> None:
        """Deliver a signal by its full name."""
        if name == "SIGKILL":
            self._end(137)
        elif name == "SIGSTOP":
            self.pause()
        elif name == "SIGCONT":
            self.resume()
        elif name in self._handlers:
            self._handlers[name]()
        elif name in self._trapped:
            self._pending.append(name)
            self._arrived.set()
        elif not self.is_init and name not in IGNORED_BY_DEFAULT:
            self._end(128 + SIGNALS[name])

    def interrupt_foreground(self) -> bool:
        """Ctrl-C at a terminal: whether a program was running that handles it itself."""
        handler = self._handlers.get("SIGINT")
        if handler is not None:
            handler()
        return handler is not None

    def take_pending(self) -> str | None:
        """The oldest signal that a trap has to be run for."""
        if not self._pending:
            return None
        name = self._pending.pop(0)
        if not self._pending:
            self._arrived.clear()
        return name

    async def wait_for_signal(self, seconds: float) -> bool:
        """Whether a trapped signal comes within the time given."""
        try:
            async with asyncio.timeout(seconds):
                await self._arrived.wait()
        except TimeoutError:
            return False
        return True
