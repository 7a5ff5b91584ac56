"""The header of a recording's file: what the recording says of itself, and what it brings along."""

import base64
import hashlib
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from visualizer.events.types import VERSION

FORMAT = 1
"""The newest format of the file; a file without a header is of format 0."""

Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Natural = Annotated[int, msgspec.Meta(ge=0)]


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An author's words, shown from position `at` on until the next note."""

    at: Natural
    text: str


class IncludedFile(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The content of a file that a build was given: `text` where it is UTF-8, else `base64`."""

    sha256: Sha256
    text: str | None = None
    base64: str | None = None

    @property
    def content(self) -> bytes:
        """The file's bytes. Raises ValueError for what is not base64."""
        if self.text is not None:
            return self.text.encode()
        return base64.b64decode(self.base64 or "", validate=True)


class Header(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="layercake",
    tag="recording",
):
    """What a recording says of itself."""

    format: int = FORMAT
    vocabulary: int = VERSION
    title: str = ""
    description: str = ""
    made_at: str = ""
    """UTC, `2026-11-23T12:00:00Z`; empty when nobody knows."""
    begins: Natural = 0
    """The position at which the timeline begins; events before it are only there to be folded."""
    notes: list[Note] = []
    files: list[IncludedFile] = []


def stamp(moment: datetime | None = None) -> str:
    """This moment, or the present one, as `made_at` has it."""
    return (moment or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")


def included(content: bytes) -> IncludedFile:
    """This content as a recording carries it."""
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        return IncludedFile(sha256=sha256, text=content.decode())
    except UnicodeDecodeError:
        return IncludedFile(sha256=sha256, base64=base64.b64encode(content).decode())
