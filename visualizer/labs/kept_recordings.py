"""The recordings that the site has: those of learners, and its own.

What asks for one of a learner's queries, and so runs in a database thread.
"""

import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.db.models.functions import Length

from visualizer.environment import PROJECT
from visualizer.labs.errors import TooMuch
from visualizer.labs.opening import owner_hash
from visualizer.models import Recording
from visualizer.recordings import format as file
from visualizer.recordings.format import Header, Recorded

OWN = PROJECT / "content" / "recordings"
"""Our own, each `<slug>.jsonl`."""


@dataclass(frozen=True)
class Kept:
    """A recording that can be played here."""

    id: str
    """What its address has: a secret of its own, or the slug of one of ours."""
    title: str
    packed: bytes
    """The file, compressed by gzip."""
    etag: str
    own: bool
    """One of the site's own, which nobody revokes."""
    owner_hash: str = ""

    @cached_property
    def plain(self) -> bytes:
        """The file itself."""
        return gzip.decompress(self.packed)

    @cached_property
    def header(self) -> Header:
        """What the recording says of itself."""
        return file.read_header(self.plain)

    def recorded(self) -> Recorded:
        """Header and events. Takes up to seconds for a long one, so not on an event loop."""
        return file.read(self.plain)


class OwnRecording(NamedTuple):
    """A recording as its owner's list shows it."""

    id: str
    title: str
    made_at: datetime
    events: int
    length_ms: int
    bytes: int


@dataclass(frozen=True)
class Bounds:
    """What one browser, and all of them, may keep here."""

    count: int
    """Recordings of one owner."""
    owner_bytes: int
    """Of one owner's, packed."""
    total_bytes: int
    """Of everybody's."""


def find(id: str) -> Kept | None:
    """The recording of this id or slug; None when there is none, or it was revoked."""
    return _of_ours(id) or _of_learners(id)


def find_own(owner: str) -> list[OwnRecording]:
    """This owner's recordings, the newest first."""
    rows = Recording.objects.filter(owner_hash=owner_hash(owner)).order_by("-made_at", "id")
    columns = rows.annotate(bytes=Length("packed"))
    return [
        OwnRecording(*row)
        for row in columns.values_list("id", "title", "made_at", "events", "length_ms", "bytes")
    ]


def slugs() -> Sequence[str]:
    """The site's own recordings."""
    return sorted(path.stem for path in OWN.glob("*.jsonl"))


def pack(plain: bytes) -> bytes:
    """The file as it is kept: the same bytes for the same file."""
    return gzip.compress(plain, 9, mtime=0)


def add(owner: str, recorded: Recorded, packed: bytes, bounds: Bounds) -> str:
    """Keep this for the owner; its id. Raises TooMuch."""
    hashed = owner_hash(owner)
    with transaction.atomic():
        _check_room(hashed, len(packed), bounds)
        made = Recording.objects.create(
            owner_hash=hashed,
            title=recorded.header.title,
            events=len(recorded.events),
            length_ms=recorded.length_ms,
            packed=packed,
        )
    return made.pk


def check_room(owner: str, bounds: Bounds) -> None:
    """Raises TooMuch when the owner may keep no further one."""
    _check_room(owner_hash(owner), 0, bounds)


def revoke(id: str, owner_hash: str) -> None:
    """Forget a recording of this owner."""
    Recording.objects.filter(pk=id, owner_hash=owner_hash).delete()


def _check_room(hashed: str, size: int, bounds: Bounds) -> None:
    mine = Recording.objects.filter(owner_hash=hashed)
    if mine.count() >= bounds.count:
        raise _full(f"You have {bounds.count} recordings already.")
    if _bytes_of(mine) + size > bounds.owner_bytes:
        raise _full(f"Your recordings would take more than {bounds.owner_bytes:,} bytes.")
    if _bytes_of(Recording.objects.all()) + size > bounds.total_bytes:
        raise TooMuch(
            "recordings-full",
            "The site has no room for a further recording.",
            "All recordings together may take only so much of its disk.",
            "Export it as a file instead, or tell the person who runs this site.",
        )


def _bytes_of(rows: "QuerySet[Recording]") -> int:
    return int(rows.aggregate(total=Sum(Length("packed")))["total"] or 0)


def _full(title: str) -> TooMuch:
    return TooMuch(
        "too-many-recordings",
        title,
        "A recording stays until it is taken back, so a browser may have only so many.",
        "Take one back that nobody needs: the page `/recordings/` lists them.",
    )


def _of_learners(id: str) -> Kept | None:
    row = (
        Recording.objects.filter(pk=id).values_list("title", "packed", "owner_hash").first()
        if "\x00" not in id
        else None
    )
    if row is None:
        return None
    title, packed, hashed = row
    packed = bytes(packed)
    return Kept(id, title, packed, _etag(packed), own=False, owner_hash=hashed)


def _of_ours(slug: str) -> Kept | None:
    path = OWN / f"{slug}.jsonl"
    # A path that leads elsewhere names none of ours.
    if slug not in slugs():
        return None
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _read(path: Path, changed: int) -> Kept:
    packed = pack(path.read_bytes())
    header = file.read_header(gzip.decompress(packed))
    return Kept(path.stem, header.title or path.stem, packed, _etag(packed), own=True)


def _etag(packed: bytes) -> str:
    return hashlib.sha256(packed).hexdigest()[:32]
