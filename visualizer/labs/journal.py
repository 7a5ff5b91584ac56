"""The journal: a lab's tape in the database, numbered 1, 2, 3 … without gaps.

The functions query and so run in a database thread. Only the lab's runner appends.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import F

from visualizer.models import JournalEntry, Lab

PAGE_EVENTS = 500
PAGE_BYTES = 256 * 1024


class OutOfStep(Exception):
    """The lab's tape is not as long as the writer believes: it was deleted, or two write it."""


class Entry(NamedTuple):
    """One event as it is kept."""

    seq: int
    at_ms: int
    type: str
    body: str
    """The event as JSON."""


def append(lab: str, entries: Sequence[Entry]) -> None:
    """Put these at the end of the tape, all or none. Raises OutOfStep."""
    first = entries[0].seq
    with transaction.atomic():
        grown = Lab.objects.filter(pk=lab, next_seq=first).update(
            next_seq=first + len(entries),
            tape_bytes=F("tape_bytes") + sum(len(entry.body) for entry in entries),
        )
        if not grown:
            raise OutOfStep(f"lab {lab} does not expect event {first}")
        JournalEntry.objects.bulk_create(
            JournalEntry(lab_id=lab, **entry._asdict()) for entry in entries
        )


def read(lab: str, after: int = 0, limit: int = PAGE_EVENTS) -> list[Entry]:
    """The next page after `after`, at most `limit` events and about `PAGE_BYTES` of text."""
    rows = (
        JournalEntry.objects.filter(lab_id=lab, seq__gt=after)
        .order_by("seq")
        .values_list("seq", "at_ms", "type", "body")[:limit]
    )
    return list(within(PAGE_BYTES, (Entry(*row) for row in rows.iterator(chunk_size=100))))


def read_types(lab: str, types: Sequence[str], after: int = 0) -> list[Entry]:
    """The next page of events of these types alone, for folding without all the output."""
    rows = (
        JournalEntry.objects.filter(lab_id=lab, seq__gt=after, type__in=types)
        .order_by("seq")
        .values_list("seq", "at_ms", "type", "body")[:PAGE_EVENTS]
    )
    return [Entry(*row) for row in rows]


def length(lab: str) -> int | None:
    """How many events the tape has; None when there is no such lab."""
    found = Lab.objects.filter(pk=lab).values_list("next_seq", flat=True).first()
    return None if found is None else found - 1


def within(most: int, entries: Iterator[Entry]) -> Iterator[Entry]:
    """Entries until their text exceeds `most`, but one at least."""
    size = 0
    for entry in entries:
        yield entry
        size += len(entry.body)
        if size > most:
            return


class Tail:
    """The tape's newest entries in memory, so that watchers do not all ask the database."""

    def __init__(self, most_events: int = 512, most_bytes: int = 512 * 1024) -> None:
        self._entries: deque[Entry] = deque()
        self._most_events = most_events
        self._most_bytes = most_bytes
        self._bytes = 0

    def extend(self, entries: Sequence[Entry]) -> None:
        """Add what was committed."""
        for entry in entries:
            self._entries.append(entry)
            self._bytes += len(entry.body)
        while len(self._entries) > self._most_events or self._bytes > self._most_bytes:
            self._bytes -= len(self._entries.popleft().body)

    def after(self, seq: int) -> list[Entry] | None:
        """The page after `seq`, or None when memory does not reach back so far."""
        if not self._entries or seq + 1 < self._entries[0].seq:
            return None
        start = seq + 1 - self._entries[0].seq
        page = (self._entries[place] for place in range(start, len(self._entries)))
        return list(within(PAGE_BYTES, page))
