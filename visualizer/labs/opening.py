"""Labs as rows: opening one, finding one, forgetting one; and whose a lab is.

All but `owner_hash` query, and so run in a database thread.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from visualizer.engine.port import ContextFile
from visualizer.labs.errors import TooMuch
from visualizer.models import JournalEntry, KeptFile, Lab, LabFile

TITLE = 60
"""Characters of a lab's title."""


class LabRecord(NamedTuple):
    """A lab's row, and where its tape stands."""

    lab: str
    owner_hash: str
    engine: str
    """The kind of engine that it was opened on."""
    opened_at: datetime
    next_seq: int
    tape_bytes: int
    at_ms: int


class OwnLab(NamedTuple):
    """A lab as its owner's list shows it."""

    lab: str
    title: str
    opened_at: datetime
    last_seen: datetime


def owner_hash(owner: str) -> str:
    """What is kept of the owner's cookie: enough to know it again, not enough to forge it."""
    return hashlib.sha256(owner.encode()).hexdigest()


def create(owner: str, engine: str, files: Sequence[ContextFile], most: int) -> str:
    """Open a lab for this owner with these files; its id. Raises TooMuch."""
    hashed = owner_hash(owner)
    with transaction.atomic():
        if Lab.objects.filter(owner_hash=hashed).count() >= most:
            raise too_many_labs(most)
        lab = Lab.objects.create(owner_hash=hashed, engine=engine)
        LabFile.objects.bulk_create(
            LabFile(lab=lab, path=file.path, content=file.content) for file in files
        )
    return lab.pk


def load(lab: str) -> LabRecord | None:
    """The lab as it is kept, or None when there is none."""
    row = (
        Lab.objects.filter(pk=lab)
        .values_list("id", "owner_hash", "engine", "opened_at", "next_seq", "tape_bytes")
        .first()
    )
    if row is None:
        return None
    last = JournalEntry.objects.filter(lab_id=lab).order_by("-seq").values_list("at_ms", flat=True)
    return LabRecord(*row, last.first() or 0)


def owner_of(lab: str) -> str | None:
    """The hash of the lab's owner, or None when there is no such lab."""
    return Lab.objects.filter(pk=lab).values_list("owner_hash", flat=True).first()


def newest_of(owner: str) -> str | None:
    """The lab that this owner used last."""
    labs = Lab.objects.filter(owner_hash=owner_hash(owner)).order_by("-last_seen", "-opened_at")
    return labs.values_list("id", flat=True).first()


def owned_by(owner: str) -> list[OwnLab]:
    """This owner's labs, the one used last first."""
    labs = Lab.objects.filter(owner_hash=owner_hash(owner)).order_by("-last_seen", "-opened_at")
    rows = list(labs.values_list("id", "opened_at", "last_seen"))
    dockerfiles = LabFile.objects.filter(lab_id__in=[row[0] for row in rows], path="Dockerfile")
    contents = dict(dockerfiles.values_list("lab_id", "content"))
    return [OwnLab(row[0], _title(contents.get(row[0], b"")), *row[1:]) for row in rows]


def seen(lab: str) -> None:
    """Somebody is in the lab now."""
    Lab.objects.filter(pk=lab).update(last_seen=timezone.now())


def unused_for(time: timedelta, engine: str = "") -> list[str]:
    """Labs that nobody opened for so long, the longest unused first; of all engines or of one."""
    labs = Lab.objects.filter(last_seen__lt=timezone.now() - time)
    if engine:
        labs = labs.filter(engine=engine)
    return list(labs.order_by("last_seen").values_list("id", flat=True))


def on_engine(engine: str) -> list[str]:
    """All labs that were opened on this kind of engine, the longest unused first."""
    labs = Lab.objects.filter(engine=engine).order_by("last_seen")
    return list(labs.values_list("id", flat=True))


def delete(lab: str) -> None:
    """Forget the lab: its tape, its files, those of its builds, its row."""
    with transaction.atomic():
        JournalEntry.objects.filter(lab_id=lab).delete()
        LabFile.objects.filter(lab_id=lab).delete()
        KeptFile.objects.filter(lab_id=lab).delete()
        Lab.objects.filter(pk=lab).delete()


def too_many_labs(most: int) -> TooMuch:
    """A further lab would be more than one owner may have."""
    return TooMuch(
        "too-many-labs",
        f"You have {most} labs already.",
        "Every lab takes some of the site's disk, so a browser has only so many.",
        "Go on in one of them, or delete one: the page `/labs/` lists them.",
    )


def _title(dockerfile: bytes | memoryview) -> str:
    """The first instruction: labs have no names, and this tells them apart well enough."""
    lines = (line.strip() for line in bytes(dockerfile).decode("utf-8", "replace").splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "Empty Dockerfile")
    return "".join(c if c.isprintable() else "\ufffd" for c in first[:TITLE])
