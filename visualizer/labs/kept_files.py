"""The files that builds were given, kept by their content, so that builds can be compared later.

All functions here query, and so run in a database thread.
"""

import logging
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import DatabaseError, transaction
from django.db.models.functions import Length
from django.utils import timezone

from visualizer.dockerfile.context import ContextFiles
from visualizer.engine.port import ContextFile
from visualizer.labs.errors import NotThere
from visualizer.models import KeptFile

logger = logging.getLogger(__name__)

SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Bounds:
    """A lab's share: how many contents, and how many bytes of them."""

    files: int
    bytes: int


def keep(lab: str, files: Sequence[ContextFile], bounds: Bounds) -> None:
    """Keep what a build sees of these files; the oldest make room, what has none is not kept.

    Never raises for the database's sake: a build does not depend on it.
    """
    seen = _seen(files)
    try:
        with transaction.atomic():
            _add(lab, seen)
            _make_room(lab, bounds)
    except DatabaseError as error:
        # Also when the lab was deleted meanwhile: its rows must not come back.
        logger.warning("lab %s: the files of a build were not kept: %s", lab, error)


def load(lab: str, sha256s: Collection[str]) -> dict[str, bytes]:
    """The contents of this lab that there are, by their sha256."""
    rows = KeptFile.objects.filter(lab_id=lab, sha256__in=set(sha256s))
    return {sha256: bytes(content) for sha256, content in rows.values_list("sha256", "content")}


def one(lab: str, sha256: str) -> bytes:
    """One content. Raises NotThere."""
    found = load(lab, [sha256]) if SHA256.fullmatch(sha256) else {}
    if sha256 not in found:
        raise NotThere(
            "file-not-kept",
            "The content of this file is not kept any more.",
            "A lab keeps the files of its builds only up to a size; the oldest make room.",
            "Build again: then the files of that build are kept.",
        )
    return found[sha256]


def _seen(files: Sequence[ContextFile]) -> dict[str, bytes]:
    """By sha256 as `build.started` names them: without what `.dockerignore` keeps out."""
    contents = {file.path: file.content for file in files}
    context = ContextFiles.from_bytes(contents)
    return {context.files[path].sha256: contents[path] for path in context.paths}


def _add(lab: str, seen: Mapping[str, bytes]) -> None:
    now = timezone.now()
    there = KeptFile.objects.filter(lab_id=lab, sha256__in=seen)
    known = set(there.values_list("sha256", flat=True))
    there.update(kept_at=now)
    KeptFile.objects.bulk_create(
        [
            KeptFile(lab_id=lab, sha256=sha256, content=content, kept_at=now)
            for sha256, content in seen.items()
            if sha256 not in known
        ],
        ignore_conflicts=True,
    )


def _make_room(lab: str, bounds: Bounds) -> None:
    """The newest stay. Of one build the small ones do: more of them can be compared."""
    rows = KeptFile.objects.filter(lab_id=lab).annotate(size=Length("content"))
    count = total = 0
    out: list[int] = []
    for pk, size in rows.order_by("-kept_at", "size", "pk").values_list("pk", "size"):
        if count < bounds.files and total + size <= bounds.bytes:
            count, total = count + 1, total + size
        else:
            out.append(pk)
    if out:
        KeptFile.objects.filter(pk__in=out).delete()
