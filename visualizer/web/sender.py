"""The way from a lab's tape to one socket, at the pace of its reader.

The sender keeps no queue: it knows how far this reader is, and reads on from there, from the
newest events in memory or from the journal. So a slow reader costs nothing, and a lost
announcement is repaired by the next one or, at the latest, after `RECHECK_SECONDS`.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

from visualizer.labs import journal
from visualizer.labs.database import in_database
from visualizer.labs.journal import Entry, Tail

RECHECK_SECONDS = 15.0


class Sender:
    """Sends the tape of one lab to one socket, in order, without gaps or doubles."""

    def __init__(
        self,
        lab: str,
        after: int,
        send: Callable[[str], Awaitable[None]],
        tail: Callable[[], Tail | None],
    ) -> None:
        self._lab = lab
        self._sent = after
        self._send = send
        self._tail = tail
        self._news = asyncio.Event()
        self._moved = asyncio.Condition()

    def wake(self) -> None:
        """The tape grew."""
        self._news.set()

    async def reached(self, seq: int) -> None:
        """Wait until all events up to `seq` were sent."""
        if self._sent < seq:
            self.wake()
        async with self._moved:
            await self._moved.wait_for(lambda: self._sent >= seq)

    async def run(self) -> None:
        """Send for ever."""
        while True:
            # Cleared before reading: what is written meanwhile sets it again.
            self._news.clear()
            page = await self._next_page()
            if not page:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(RECHECK_SECONDS):
                        await self._news.wait()
                continue
            await self._send(events_frame(page))
            self._sent = page[-1].seq
            async with self._moved:
                self._moved.notify_all()

    async def _next_page(self) -> Sequence[Entry]:
        tail = self._tail()
        page = tail.after(self._sent) if tail is not None else None
        if page is None:
            page = await in_database(journal.read, self._lab, self._sent)
        return page


def events_frame(entries: Sequence[Entry]) -> str:
    """An `events` frame, put together from the events as they are kept."""
    return '{"frame":"events","events":[' + ",".join(entry.body for entry in entries) + "]}"
