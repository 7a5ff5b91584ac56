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
from visualizer.models import JournalEntry, Lab, LabFile


class LabRecord(NamedTuple):
    """A lab's row, and where its tape stands."""

    lab: str
    owner_hash: str
    opened_at: datetime
    next_seq: int
    tape_bytes: int
    at_ms: int


def owner_hash(owner: str) -> str:
    """What is kept of the owner's cookie: enough to know it again, not enough to forge it."""
    return hashlib.sha256(owner.encode()).hexdigest()


def create(owner: str, engine: str, files: Sequence[ContextFile], most: int) -> str:
    """Open a lab for this owner with these files; its id. Raises TooMuch."""
    hashed = owner_hash(owner)
    with transaction.atomic():
        if Lab.objects.filter(owner_hash=hashed).count() >= most:
            raise TooMuch(
                "too-many-labs",
                f"You have {most} labs already.",
                "Labs that are not used for a long time are deleted, and make room.",
                "Go on in one of your labs.",
            )
        lab = Lab.objects.create(owner_hash=hashed, engine=engine)
        LabFile.objects.bulk_create(
            LabFile(lab=lab, path=file.path, content=file.content) for file in files
        )
    return lab.pk


def load(lab: str) -> LabRecord | None:
    """The lab as it is kept, or None when there is none."""
    row = (
        Lab.objects.filter(pk=lab)
        .values_list("id", "owner_hash", "opened_at", "next_seq", "tape_bytes")
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


def seen(lab: str) -> None:
    """Somebody is in the lab now."""
    Lab.objects.filter(pk=lab).update(last_seen=timezone.now())


def unused_since(days: int) -> list[str]:
    """Labs that nobody opened for so many days."""
    before = timezone.now() - timedelta(days=days)
    return list(Lab.objects.filter(last_seen__lt=before).values_list("id", flat=True))


def delete(lab: str) -> None:
    """Forget the lab: its tape, its files, its row."""
    with transaction.atomic():
        JournalEntry.objects.filter(lab_id=lab).delete()
        LabFile.objects.filter(lab_id=lab).delete()
        Lab.objects.filter(pk=lab).delete()
