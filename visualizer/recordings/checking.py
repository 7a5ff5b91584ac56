"""What a recording's header may hold, beside what its types say."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

from visualizer.events import types as event
from visualizer.events.types import AnyEvent
from visualizer.recordings.header import Header, IncludedFile
from visualizer.recordings.lines import BadLine
from visualizer.recordings.words import unseen

TITLE = 120
"""Characters."""
DESCRIPTION = 2000
NOTES = 200
NOTE = 1000
FILES = 1000
CONTENT_BYTES = 4 * 1024 * 1024
"""All included files together."""


def check(header: Header, events: Sequence[AnyEvent]) -> None:
    """What the types of the header do not say. Raises BadLine."""
    _check_words(header)
    if header.begins > len(events):
        raise BadLine(f"`begins` is {header.begins}, and there are {len(events)} events")
    if header.made_at and not _is_time(header.made_at):
        raise BadLine("`made_at` is not a time such as 2026-11-23T12:00:00Z")
    before = -1
    for note in header.notes:
        if not header.begins <= note.at <= len(events):
            raise BadLine(
                f"a note is at {note.at}, and the timeline goes from {header.begins} to "
                f"{len(events)}"
            )
        if note.at <= before:
            raise BadLine(f"the notes are not in order, or there are two at {note.at}")
        before = note.at
    _check_files(header.files, events)


def _check_words(header: Header) -> None:
    """Title, description and notes. Raises BadLine."""
    for name, text, most in (
        ("the title", header.title, TITLE),
        ("the description", header.description, DESCRIPTION),
        *(("a note", note.text, NOTE) for note in header.notes),
    ):
        if len(text) > most:
            raise BadLine(f"{name} has {len(text)} characters, and may have {most}")
        if unseen(text, lines=name != "the title"):
            raise BadLine(f"{name} holds a character that cannot be seen, or turns the writing")
    if len(header.notes) > NOTES:
        raise BadLine(f"there are {len(header.notes)} notes, and {NOTES} are read")
    if any(not note.text.strip() for note in header.notes):
        raise BadLine("a note is empty")


def _check_files(files: Sequence[IncludedFile], events: Sequence[AnyEvent]) -> None:
    if len(files) > FILES:
        raise BadLine(f"there are {len(files)} files, and {FILES} are read")
    named = named_files(events)
    size = 0
    seen: set[str] = set()
    for file in files:
        short = file.sha256[:12]
        if (file.text is None) == (file.base64 is None):
            raise BadLine(f"file {short}… has no content, or two")
        try:
            content = file.content
        except ValueError:
            raise BadLine(f"the content of file {short}… is not valid base64") from None
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise BadLine(f"the content of file {short}… does not have that sha256")
        if file.sha256 in seen:
            raise BadLine(f"file {short}… is there twice")
        if file.sha256 not in named:
            raise BadLine(f"no build has a file {short}…")
        seen.add(file.sha256)
        size += len(content)
    if size > CONTENT_BYTES:
        raise BadLine(f"the files have {size:,} bytes, and {CONTENT_BYTES:,} are read")


def named_files(events: Sequence[AnyEvent]) -> set[str]:
    """The sha256 of every file that a build was given."""
    builds = (fact for fact in events if isinstance(fact, event.BuildStarted))
    return {file.sha256 for build in builds for file in build.files}


def _is_time(text: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", text, re.ASCII):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
