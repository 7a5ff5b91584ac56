"""Freezing: a lab's tape, or a part of it, becomes a recording; first its owner sees what leaves.

`load` queries, and so runs in a database thread; the rest takes a while, and is for a thread too.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from visualizer.events import codec
from visualizer.events import types as event
from visualizer.events.types import AnyEvent
from visualizer.labs import kept_files, workspace
from visualizer.labs.errors import Changed, Invalid
from visualizer.models import JournalEntry
from visualizer.recordings import checking, crowds
from visualizer.recordings import format as file
from visualizer.recordings.blanking import SHORTEST, Blanking, without_output
from visualizer.recordings.cutting import Cut, cut
from visualizer.recordings.findings import Finding, findings
from visualizer.recordings.format import Header, IncludedFile, NotARecording, Note, Recorded
from visualizer.recordings.header import stamp
from visualizer.recordings.lines import BadLine
from visualizer.recordings.streams import OUTPUT

OUTPUT_TYPES = [str(kind.__struct_config__.tag) for kind in OUTPUT]
BUILD_STARTED = str(event.BuildStarted.__struct_config__.tag)
SHOWN = 20_000
"""Characters of the file that a preview shows."""
FILE_SHOWN = 4000
"""The same of one included file."""
TAPE_BYTES = 2 * file.FILE_BYTES
"""Of the part before anything is blanked."""

Position = Annotated[int, msgspec.Meta(ge=0, le=(1 << 53))]
BlankWord = Annotated[str, msgspec.Meta(min_length=SHORTEST, max_length=10_000)]


class Blank(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be taken out."""

    output: bool = False
    words: Annotated[list[BlankWord], msgspec.Meta(max_length=50)] = []


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be made; positions are those of the lab's tape."""

    title: str
    description: str = ""
    first: Position = msgspec.field(default=0, name="from")
    last: Position = msgspec.field(name="to")
    notes: Annotated[list[Note], msgspec.Meta(max_length=checking.NOTES)] = []
    blank: Blank = Blank()
    digest: str = ""
    """Of the preview that its owner has seen; a preview itself needs none."""


class ShownFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that would leave; `text` where it is text, its beginning."""

    path: str
    size: int
    sha256: str
    builds: list[int]
    """Those that were given it, by number."""
    text: str | None = None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What would leave the lab, exactly."""

    events: int
    begins: int
    length_ms: int
    files: list[ShownFile]
    outputs: int
    """Chunks of output with something in them that was not blanked."""
    text: str
    """The beginning of the file itself."""
    findings: list[Finding]
    bytes: int
    digest: str
    """What is made must have this one; it goes into the order."""


@dataclass(frozen=True)
class Material:
    """What a recording is made of."""

    lab: str
    tape: Sequence[str]
    """Up to the order's `last`, as JSON."""
    contents: Mapping[str, bytes]
    """Of the files of its builds, by sha256."""


@dataclass(frozen=True)
class Frozen:
    """A recording that could be made."""

    recorded: Recorded
    plain: bytes
    """The file."""
    origin: Sequence[int]
    """For each event its number on the lab's tape."""
    output_blanked: bool

    @property
    def digest(self) -> str:
        """Of all that leaves, but for the time at which it does."""
        header = msgspec.structs.replace(self.recorded.header, made_at="")
        first = msgspec.json.encode(header)
        rest = self.plain.partition(b"\n")[2]
        return hashlib.sha256(first + b"\n" + rest).hexdigest()


def load(lab: str, order: Order) -> Material:
    """Read the tape and the files. Raises Invalid."""
    if not order.title.strip():
        raise Invalid(
            "no-title",
            "The recording has no title.",
            "It is how people tell recordings apart, and what an embed is announced by.",
            "Give it one, such as `Why the second build was fast`.",
        )
    if order.first > order.last:
        raise _bad_part("It would end before it begins.")
    rows = JournalEntry.objects.filter(lab_id=lab, seq__lte=order.last)
    # Nobody hears what was said before the part begins.
    rows = rows.exclude(seq__lte=order.first, type__in=OUTPUT_TYPES).order_by("seq")
    tape: list[str] = []
    builds: list[AnyEvent] = []
    size = reached = 0
    for seq, kind, body in rows.values_list("seq", "type", "body").iterator(chunk_size=500):
        reached, size = seq, size + len(body)
        if size > TAPE_BYTES or len(tape) >= file.EVENTS:
            raise _too_long()
        tape.append(body)
        if kind == BUILD_STARTED:
            builds.append(codec.decode(body))
    if not tape or reached != order.last:
        raise _bad_part("The lab's tape does not go so far.")
    named = checking.named_files(builds)
    contents = kept_files.load(lab, named)
    for own in workspace.load(lab):
        contents.setdefault(hashlib.sha256(own.content).hexdigest(), own.content)
    return Material(lab, tape, {name: contents[name] for name in named if name in contents})


def freeze(material: Material, order: Order, now: datetime | None = None) -> Frozen:
    """Make the recording, checked as a stranger's would be. Raises Invalid."""
    # Load has left output out already, so positions are looked up, not counted.
    tape = [codec.decode(body) for body in material.tape]
    first = sum(1 for fact in tape if fact.seq <= order.first)
    part = cut(tape, first, len(tape))
    events = without_output(part.events) if order.blank.output else part.events
    header = Header(
        title=order.title.strip(),
        description=order.description.strip(),
        made_at=stamp(now),
        begins=part.begins,
        notes=_notes(order, part),
        files=_files(part, material.contents),
    )
    # Whoever has only the recording does not know the lab's address.
    blanked = Blanking(order.blank.words, material.lab).blank(Recorded(header, events))
    plain = file.write(*blanked)
    try:
        file.check_size(plain)
        checking.check(*blanked)
        crowds.check(blanked.events)
    except (NotARecording, BadLine) as error:
        raise Invalid(
            "bad-recording",
            "This cannot become a recording.",
            f"{str(error)[:1].upper()}{str(error)[1:]}".rstrip(".") + ".",
            "Change it, or take a shorter part of the tape.",
        ) from None
    return Frozen(blanked, plain, part.origin, order.blank.output)


def preview(frozen: Frozen) -> Preview:
    """What leaves, for its owner's eyes."""
    recorded = frozen.recorded
    spoken = (
        0
        if frozen.output_blanked
        else sum(isinstance(fact, OUTPUT) and bool(fact.text.strip()) for fact in recorded.events)
    )
    origin = [0, *frozen.origin]
    return Preview(
        events=len(recorded.events),
        begins=recorded.header.begins,
        length_ms=recorded.length_ms,
        files=_shown(recorded),
        outputs=spoken,
        text=frozen.plain[: 4 * SHOWN].decode("utf-8", "ignore")[:SHOWN],
        findings=[
            msgspec.structs.replace(found, at=origin[found.at]) for found in findings(recorded)
        ],
        bytes=len(frozen.plain),
        digest=frozen.digest,
    )


def check_seen(frozen: Frozen, order: Order) -> None:
    """Raises Changed unless the order carries the digest of just this."""
    if not order.digest:
        raise Changed(
            "preview-first",
            "Look at the preview first.",
            "A recording may hold more than one thinks of, and whoever gets it keeps it.",
            "Ask for the preview, and send its `digest` along.",
        )
    if order.digest != frozen.digest:
        raise Changed(
            "preview-differs",
            "The recording would not be what the preview showed.",
            "The files of the lab or the order have changed since.",
            "Look at the new preview, then make the recording.",
        )


def _notes(order: Order, part: Cut) -> list[Note]:
    if any(not order.first <= note.at <= order.last for note in order.notes):
        raise _bad_part("A note is at a moment outside of it.")
    placed = [Note(at=part.position_of(note.at), text=note.text.strip()) for note in order.notes]
    return sorted(placed, key=lambda note: note.at)


def _files(part: Cut, contents: Mapping[str, bytes]) -> list[IncludedFile]:
    """What the builds that are seen were given, and the one before them: a fork opens with it.

    Those of the newest builds when there are too many.
    """
    builds = [fact for fact in part.events if isinstance(fact, event.BuildStarted)]
    before = [build for build in builds if build.seq <= part.begins]
    chosen: dict[str, bytes] = {}
    room = checking.CONTENT_BYTES
    for build in reversed([*before[-1:], *builds[len(before) :]]):
        fresh = {
            entry.sha256: contents[entry.sha256]
            for entry in build.files
            if entry.sha256 in contents and entry.sha256 not in chosen
        }
        size = sum(map(len, fresh.values()))
        if size <= room and len(chosen) + len(fresh) <= checking.FILES:
            chosen |= fresh
            room -= size
    return [file.included(chosen[sha256]) for sha256 in sorted(chosen)]


def _shown(recorded: Recorded) -> list[ShownFile]:
    paths: dict[str, str] = {}
    builds: dict[str, list[int]] = {}
    for fact in recorded.events:
        if isinstance(fact, event.BuildStarted):
            paths |= {entry.sha256: entry.path for entry in fact.files}
            for sha256 in {entry.sha256 for entry in fact.files}:
                builds.setdefault(sha256, []).append(fact.build)
    shown = [
        ShownFile(
            path=paths[each.sha256],
            size=len(each.content),
            sha256=each.sha256,
            builds=builds[each.sha256],
            text=None if each.text is None else each.text[:FILE_SHOWN],
        )
        for each in recorded.header.files
    ]
    return sorted(shown, key=lambda each: (each.path, each.builds, each.sha256))


def _bad_part(why: str) -> Invalid:
    return Invalid(
        "bad-part",
        "This part of the tape cannot be taken.",
        why,
        "Choose two moments of the lab's tape, the earlier one first.",
    )


def _too_long() -> Invalid:
    return Invalid(
        "tape-too-long",
        "The part is too long for one recording.",
        f"A recording has at most {file.EVENTS:,} events and {file.FILE_BYTES // 2**20} MiB.",
        "Take a shorter part, or several recordings.",
    )
