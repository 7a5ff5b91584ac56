"""The one pen of a lab's tape: numbers events, writes them in batches, announces them."""

import asyncio
import logging
from dataclasses import dataclass

import msgspec
from django.db import DatabaseError, OperationalError

from visualizer.events import codec
from visualizer.events.types import AnyEvent
from visualizer.labs import journal
from visualizer.labs.announcements import announce
from visualizer.labs.database import in_database
from visualizer.labs.errors import LabError
from visualizer.labs.journal import Entry, OutOfStep, Tail

logger = logging.getLogger(__name__)

BATCH = 200
RETRIES = 5
RETRY_SECONDS = 0.2


@dataclass(frozen=True)
class Position:
    """Where a tape stands."""

    next_seq: int = 1
    at_ms: int = 0
    bytes: int = 0


class TapeBroken(LabError):
    """The tape cannot be written any more; the lab must be opened anew."""

    def __init__(self) -> None:
        super().__init__(
            "tape-broken",
            "The site could not write down what happens in this lab.",
            "Its database refused; the reason is in the site's log.",
            "Load the page again. If it stays so, tell the person who runs this site.",
        )


class TapeWriter:
    """Writes one lab's tape. Used on one event loop."""

    def __init__(self, lab: str, position: Position) -> None:
        self.tail = Tail()
        self.broken = False
        self._lab = lab
        self._next_seq = position.next_seq
        self._at_ms = position.at_ms
        self._bytes = position.bytes
        self._pending: list[Entry] = []
        self._written = position.next_seq - 1
        self._wake = asyncio.Event()
        self._moved = asyncio.Condition()
        self._task = asyncio.create_task(self._write_on())

    @property
    def seq(self) -> int:
        """The last event that is committed."""
        return self._written

    @property
    def events(self) -> int:
        """How many events there are, those not yet written too."""
        return self._next_seq - 1

    @property
    def bytes(self) -> int:
        """Characters of JSON, those not yet written too."""
        return self._bytes

    def add(self, event: AnyEvent) -> AnyEvent:
        """Number the event and have it written soon; the event as it will be on the tape."""
        self._at_ms = max(self._at_ms, event.at_ms)
        numbered = msgspec.structs.replace(event, seq=self._next_seq, at_ms=self._at_ms)
        body = encoded(numbered)
        kind = str(numbered.__struct_config__.tag)
        self._pending.append(Entry(self._next_seq, self._at_ms, kind, body))
        self._next_seq += 1
        self._bytes += len(body)
        self._wake.set()
        return numbered

    async def settled(self) -> int:
        """Wait until all that was added is committed; the last number. Raises TapeBroken."""
        goal = self._next_seq - 1
        async with self._moved:
            await self._moved.wait_for(lambda: self._written >= goal or self.broken)
        if self.broken:
            raise TapeBroken
        return goal

    async def close(self) -> None:
        """Write what is left, then stop."""
        try:
            await self.settled()
        except TapeBroken:
            logger.error("lab %s: %d events were not written", self._lab, len(self._pending))
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _write_on(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._pending:
                batch = self._pending[:BATCH]
                if not await self._commit(batch):
                    await self._break()
                    return
                del self._pending[: len(batch)]
                self._written = batch[-1].seq
                self.tail.extend(batch)
                async with self._moved:
                    self._moved.notify_all()
                await announce(self._lab, self._written)

    async def _commit(self, batch: list[Entry]) -> bool:
        for attempt in range(1, RETRIES + 1):
            try:
                await in_database(journal.append, self._lab, batch)
                return True
            except OperationalError as error:
                # Locked or full: both may pass, and nothing was written.
                logger.warning("lab %s: attempt %d to write: %s", self._lab, attempt, error)
                await asyncio.sleep(RETRY_SECONDS * attempt)
            except (DatabaseError, OutOfStep):
                logger.exception("lab %s: the tape cannot be written", self._lab)
                return False
        return False

    async def _break(self) -> None:
        self.broken = True
        async with self._moved:
            self._moved.notify_all()


def encoded(event: AnyEvent) -> str:
    """The event as JSON; half characters, which JSON in UTF-8 cannot hold, become `?`."""
    try:
        return codec.encode(event).decode()
    except UnicodeEncodeError:
        return codec.encode(msgspec.convert(_whole(msgspec.to_builtins(event)), AnyEvent)).decode()


def _whole(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_whole(key): _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return value
