"""A moment in an address, as `static/src/timeline/moment.ts` reads it.

`e120` is the position 120; `83`, `83.4` and `1:23` are seconds on the tape as it was recorded.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence

from visualizer.events.types import AnyEvent

_POSITION = re.compile(r"e([0-9]{1,9})")
_CLOCK = re.compile(r"(?:(?:([0-9]{1,4}):)?([0-9]{1,4}):)?([0-9]{1,7}(?:\.[0-9]{1,6})?)")


def is_moment(text: str) -> bool:
    """Whether this names a moment."""
    return bool(_POSITION.fullmatch(text.strip()) or _CLOCK.fullmatch(text.strip()))


def position_at(text: str, events: Sequence[AnyEvent]) -> int | None:
    """The position that is meant, within the tape; None for what names no moment."""
    if found := _POSITION.fullmatch(text.strip()):
        return min(int(found[1]), len(events))
    if not (found := _CLOCK.fullmatch(text.strip())):
        return None
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    ms = round((hours * 3600 + minutes * 60 + seconds) * 1000)
    return bisect_right(events, ms, key=lambda event: event.at_ms)
