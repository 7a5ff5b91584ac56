"""The file of a recording (`.jsonl`): a header on its first line, then one event a line.

A file may come from anybody: whatever is in it, reading it ends in a recording or in
`NotARecording` with the line and the reason. `docs/recordings.md` is for those who write one.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, NamedTuple, get_args

import msgspec

from visualizer.events import codec
from visualizer.events.types import VERSION, AnyEvent
from visualizer.recordings import crowds
from visualizer.recordings.checking import check
from visualizer.recordings.header import FORMAT, Header, IncludedFile, Note, included
from visualizer.recordings.lines import BadLine, NotJson, parsed

__all__ = [
    "FORMAT", "Header", "IncludedFile", "NotARecording", "Note", "Recorded", "included", "read",
    "read_header", "write",
]  # fmt: skip

FILE_BYTES = 8 * 1024 * 1024
"""The whole file, unpacked."""
EVENTS = 50_000
LINE_BYTES = 2 * 1024 * 1024
"""Of one event; the header may take what is left of the file."""
BOM = "\ufeff"
KINDS = frozenset(str(kind.__struct_config__.tag) for kind in get_args(AnyEvent))


class NotARecording(ValueError):
    """The file cannot be read. `problem` is a sentence; `line` counts from 1, None: the whole."""

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem if line is None else f"Line {line}: {problem}")
        self.problem = problem
        self.line = line


class NewerRecording(NotARecording):
    """The file is of a newer vocabulary or format than this site knows, or looks like it."""


class Recorded(NamedTuple):
    """A recording that was read: its events are numbered 1, 2, 3 … and in the order of time."""

    header: Header
    events: list[AnyEvent]

    @property
    def length_ms(self) -> int:
        """From where the timeline begins to the end, as it was recorded."""
        begins = self.header.begins
        return self.events[-1].at_ms - (self.events[begins - 1].at_ms if begins else 0)


def write(header: Header, events: Sequence[AnyEvent]) -> bytes:
    """The file, the events numbered anew from 1. It is not checked; `read` does that."""
    header = msgspec.structs.replace(header, format=FORMAT, vocabulary=VERSION)
    numbered = (msgspec.structs.replace(fact, seq=seq) for seq, fact in enumerate(events, start=1))
    return msgspec.json.encode(header) + b"\n" + b"".join(codec.encode_lines(numbered))


def read(data: bytes) -> Recorded:
    """The recording in this file, or in a bare tape without a header. Raises NotARecording."""
    lines = list(_lines(data))
    if not lines:
        raise NotARecording("The file is empty.")
    number, first = lines[0]
    header = _header(number, first)
    events = _events(lines if header is None else lines[1:])
    if not events:
        raise NotARecording("The file has no events, so there is nothing to play.")
    try:
        crowds.check(events)
    except BadLine as error:
        raise NotARecording(f"It is more than can be played: {error}.") from None
    if header is None:
        return Recorded(Header(format=0), events)
    try:
        check(header, events)
    except BadLine as error:
        raise NotARecording(f"The header cannot be used: {error}.", number) from None
    return Recorded(header, events)


def read_header(data: bytes) -> Header:
    """The header alone, of a file that was checked before; quick. Raises NotARecording."""
    line, _, _ = data.partition(b"\n")
    return _header(1, line.decode("utf-8", "replace")) or Header(format=0)


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    if data[:2] == b"\x1f\x8b":
        raise NotARecording("The file is compressed by gzip. Unpack it first.")
    check_size(data)
    told = 0
    # Not split at once: eight million short lines would take a gigabyte.
    for number, line in enumerate(BytesIO(data), start=1):
        if not line.strip():
            continue
        told += 1
        if told > EVENTS + 1:
            raise NotARecording(f"There are more than {EVENTS:,} events, and no more are read.")
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise NotARecording("It is not text in UTF-8.", number) from None
        yield number, text.removeprefix(BOM) if number == 1 else text


def check_size(data: bytes) -> None:
    """Raises NotARecording for a file that is too large."""
    if len(data) > FILE_BYTES:
        raise NotARecording(f"The file has {len(data):,} bytes; at most {FILE_BYTES:,} are read.")


def _header(number: int, line: str) -> Header | None:
    """The header on this line, None when it is an event already."""
    try:
        raw = parsed(line)
        if "layercake" not in raw:
            return None
        return _header_of(number, raw)
    except BadLine as error:
        raise NotARecording(f"This is no header of a recording: {error}.", number) from None


def _header_of(number: int, raw: dict[str, Any]) -> Header:
    if raw["layercake"] != "recording":
        raise BadLine('`layercake` is not "recording"')
    for name, newest in (("format", FORMAT), ("vocabulary", VERSION)):
        value = raw.get(name)
        if type(value) is not int or value < 1:
            raise BadLine(f"`{name}` is not a whole number from 1 on")
        if value > newest:
            raise NewerRecording(
                f"The file was made by a newer Layercake: its {name} is {value}, and this site "
                f"reads up to {newest}.",
                number,
            )
    try:
        return msgspec.convert(raw, Header)
    except msgspec.ValidationError as error:
        raise BadLine(_lowered(str(error))) from None


def _events(lines: Sequence[tuple[int, str]]) -> list[AnyEvent]:
    if len(lines) > EVENTS:
        raise NotARecording(f"There are {len(lines):,} events; at most {EVENTS:,} are read.")
    events: list[AnyEvent] = []
    latest = 0
    for seq, (number, line) in enumerate(lines, start=1):
        fact = _event(number, line)
        if fact.seq != seq:
            raise NotARecording(f"`seq` is {fact.seq}; events are numbered, so {seq}.", number)
        if fact.at_ms < latest:
            raise NotARecording(f"`at_ms` goes back from {latest} to {fact.at_ms}.", number)
        latest = fact.at_ms
        events.append(fact)
    return events


def _event(number: int, line: str) -> AnyEvent:
    if len(line) > LINE_BYTES:
        raise NotARecording(f"It is longer than {LINE_BYTES:,} characters.", number)
    raw: dict[str, Any] = {}
    try:
        raw = parsed(line)
        if "layercake" in raw:
            raise NotARecording("There is a header here; it may only come first.", number)
        return codec.decode(line)
    except NotJson as error:
        if number > 1 and not line.endswith("\n"):
            raise NotARecording(
                "The file ends in the middle of this line, so a part of it is missing.", number
            ) from None
        raise NotARecording(f"This is no event: {error}.", number) from None
    except BadLine as error:
        raise NotARecording(f"This is no event: {error}.", number) from None
    except codec.InvalidEvent as error:
        if newer := _newer(raw):
            raise NewerRecording(newer, number) from None
        raise NotARecording(f"This is no event: {_lowered(str(error))}.", number) from None


def _newer(raw: dict[str, Any]) -> str:
    """Why an unreadable event may be of a newer Layercake; empty when it is just broken."""
    version, kind = raw.get("v"), raw.get("type")
    if type(version) is int and version > VERSION:
        known = f"its vocabulary is {version}, and this site reads up to {VERSION}"
        return f"This event was made by a newer Layercake: {known}."
    if isinstance(kind, str) and kind not in KINDS:
        return f"This site knows no event {kind[:40]!r}, so a newer Layercake may have made it."
    return ""


def _lowered(words: str) -> str:
    """A library's sentence in the middle of ours, and not longer than one can read."""
    return (words[:1].lower() + words[1:])[:300].rstrip(".")
