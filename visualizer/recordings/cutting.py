"""A part of a tape as a tape of its own: what came before it is only there to be folded."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from visualizer.events import types as event
from visualizer.events.types import AnyEvent

LEFT_OUT = (
    event.StepOutput,
    event.ContainerOutput,
    event.ExecOutput,
    event.OutputTruncated,
    event.ContainerMeasured,
    event.BuildQueued,
)
"""Of these nothing is seen any more once the part begins."""


class Cut(NamedTuple):
    """The part: its events numbered from 1, and from where on they are played."""

    events: list[AnyEvent]
    begins: int
    origin: list[int]
    """For each event its number on the tape that it comes from."""

    def position_of(self, position: int) -> int:
        """Where this position of the whole tape is in the part; it lies within."""
        return max(self.begins, bisect_right(self.origin, position))


def cut(events: Sequence[AnyEvent], first: int, last: int) -> Cut:
    """From position `first` of these events to position `last`. Time begins anew with the part.

    Commands that had ended before it are left out with their output: nothing is left of them.
    """
    began = events[first - 1].at_ms if first else 0
    gone = {fact.exec for fact in events[:first] if isinstance(fact, event.ExecExited)}
    kept = [fact for fact in events[:first] if not _is_over(fact, gone)]
    part = [*kept, *events[first:last]]
    numbered = [
        msgspec.structs.replace(fact, seq=seq, at_ms=max(0, fact.at_ms - began))
        for seq, fact in enumerate(part, start=1)
    ]
    return Cut(numbered, len(kept), [fact.seq for fact in part])


def _is_over(fact: AnyEvent, gone: set[str]) -> bool:
    if isinstance(fact, LEFT_OUT):
        return True
    if isinstance(fact, event.LimitReached):
        return fact.subject.removeprefix("exec:") in gone
    return isinstance(fact, (event.ExecStarted, event.ExecExited)) and fact.exec in gone
