"""Events to JSON and back, with the upgrade of older vocabularies on reading."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from visualizer.events.types import VERSION, AnyEvent

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]

UPGRADES: dict[int, Upgrade] = {}
"""From version n to n + 1. Recordings live for ever, so an entry is never taken out."""

_encoder = msgspec.json.Encoder()


class InvalidEvent(ValueError):
    """The text is not an event of this vocabulary or of one before it."""


def encode(event: AnyEvent) -> bytes:
    """The event as one line of JSON without its newline."""
    return _encoder.encode(event)


def decode(line: bytes | str) -> AnyEvent:
    """Read one event, upgraded to the vocabulary of today. Raises InvalidEvent."""
    try:
        raw = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidEvent(f"not JSON: {error}") from None
    if not isinstance(raw, dict) or type(raw.get("v")) is not int:
        raise InvalidEvent("an event is an object with a whole number `v`")
    if not 1 <= raw["v"] <= VERSION:
        raise InvalidEvent(f"vocabulary {raw['v']} is not known; this site reads up to {VERSION}")
    while raw["v"] < VERSION:
        raw = UPGRADES[raw["v"]](raw)
    try:
        return msgspec.convert(raw, AnyEvent)
    except (msgspec.ValidationError, RecursionError) as error:
        raise InvalidEvent(str(error)) from None


def encode_lines(events: Iterable[AnyEvent]) -> Iterator[bytes]:
    """A tape as JSON lines, each with its newline."""
    for event in events:
        yield encode(event) + b"\n"


def decode_lines(lines: Iterable[bytes | str]) -> Iterator[AnyEvent]:
    """A tape from JSON lines; blank lines are passed over. Raises InvalidEvent with the line."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield decode(line)
        except InvalidEvent as error:
            raise InvalidEvent(f"line {number}: {error}") from None
