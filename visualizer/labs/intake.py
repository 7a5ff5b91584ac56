"""Where an engine's events arrive: from any thread, in order, through the output gate."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable

from visualizer.events.types import AnyEvent
from visualizer.labs.output import OutputGate

logger = logging.getLogger(__name__)


class Intake:
    """Hands events to `write` on the event loop that it was made on.

    `emit` may be called anywhere, the other methods on the loop only.
    """

    def __init__(
        self,
        gate: OutputGate,
        now_ms: Callable[[], int],
        write: Callable[[AnyEvent], None],
    ) -> None:
        self._gate = gate
        self._now_ms = now_ms
        self._write = write
        self._loop = asyncio.get_running_loop()
        self._arrived: deque[AnyEvent] = deque()
        self._lock = threading.Lock()
        self._drain_is_coming = False
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def emit(self, fact: AnyEvent) -> None:
        """Take an event, at once and without blocking."""
        with self._lock:
            self._arrived.append(fact)
            if self._drain_is_coming or self._closed:
                return
            self._drain_is_coming = True
        try:
            self._loop.call_soon_threadsafe(self.drain)
        except RuntimeError:
            logger.debug("an event came after the end of the loop: %r", fact)

    def take(self, fact: AnyEvent) -> None:
        """Put an event after all that were emitted before."""
        self.drain()
        self._pass(fact)

    def drain(self) -> None:
        """Pass on what was emitted; output may wait a moment in the gate."""
        with self._lock:
            arrived, self._arrived = self._arrived, deque()
            self._drain_is_coming = False
        for fact in arrived:
            self._pass(fact)

    def flush(self) -> None:
        """Pass everything on, the output that waits too."""
        self.drain()
        self._flush_gate()

    def close(self) -> None:
        """Flush; what is emitted later is dropped."""
        self.flush()
        self._closed = True

    def _pass(self, fact: AnyEvent) -> None:
        if self._closed:
            return
        for ready in self._gate.take(fact, self._now_ms()):
            self._write(ready)
        due = self._gate.due
        if due is not None and self._timer is None:
            delay = max(0, due - self._now_ms()) / 1000
            self._timer = self._loop.call_later(delay, self._flush_gate)

    def _flush_gate(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for ready in self._gate.flush(self._now_ms()):
            self._write(ready)
