"""Recordings in the database of a test, made of golden tapes."""

from collections.abc import Sequence

from tests.conftest import OWNER
from visualizer.environment import PROJECT
from visualizer.events import codec
from visualizer.events.types import AnyEvent
from visualizer.labs import kept_recordings, opening
from visualizer.labs.database import in_database
from visualizer.labs.kept_recordings import Bounds
from visualizer.recordings import format as file
from visualizer.recordings.format import Header, IncludedFile, Note, Recorded

BOUNDS = Bounds(count=100, owner_bytes=1 << 30, total_bytes=1 << 30)


def golden(name: str = "story") -> list[AnyEvent]:
    """The events of a golden tape."""
    lines = (PROJECT / "tests" / "tapes" / f"{name}.jsonl").read_bytes().splitlines()
    return list(codec.decode_lines(lines))


async def keep(
    title: str = "A story",
    *,
    tape: str = "story",
    description: str = "",
    notes: Sequence[Note] = (),
    files: Sequence[IncludedFile] = (),
    events: Sequence[AnyEvent] | None = None,
) -> str:
    """Keep a recording of `OWNER`; its id."""
    header = Header(
        title=title,
        description=description,
        made_at="2026-11-23T12:00:00Z",
        notes=list(notes),
        files=list(files),
    )
    recorded = Recorded(header, list(events or golden(tape)))
    packed = kept_recordings.pack(file.write(*recorded))
    return await in_database(kept_recordings.add, OWNER, recorded, packed, BOUNDS)


async def forget(recording: str) -> None:
    """Its owner takes it back."""
    await in_database(kept_recordings.revoke, recording, opening.owner_hash(OWNER))
