"""The files of a lab's editor, which are the build context: checked, kept, and read back.

`save` and `load` query, and so run in a database thread.
"""

import base64
import unicodedata
from collections.abc import Collection, Sequence
from pathlib import Path

from django.db import transaction

from visualizer.engine.limits import Limits
from visualizer.engine.port import ContextFile
from visualizer.environment import PROJECT
from visualizer.labs.commands import SourceFile
from visualizer.labs.errors import Invalid, TooMuch
from visualizer.models import Lab, LabFile
from visualizer.recordings.words import DIRECTIONS, UNSEEN

STARTERS = tuple(PROJECT / "content" / name for name in ("starter", "starter-shell"))
"""What a new lab may begin with, the best first. The second needs nothing but a shell."""
SHELLS = ("busybox", "alpine", "debian", "ubuntu")
"""Base images with a shell, the smallest first."""
DEEPEST = 20
"""Folders inside folders."""
IGNORE_LINES = 500
"""Of a `.dockerignore`: each is held against each file, and against each folder that it is in."""


def starter_files(images: Collection[str] | None = None) -> list[ContextFile]:
    """What a new lab begins with, such that it builds on these base images (None: on any)."""
    python, shell = (_files_below(folder) for folder in STARTERS)
    if images is None or _base_of(python) in images:
        return python
    if found := _smallest("python", images):
        return _on_base(python, found)
    if _base_of(shell) in images:
        return shell
    for name in SHELLS:
        if found := _smallest(name, images):
            return _on_base(shell, found)
    # None of them builds; what is wrong with this one is explained on its line.
    return python


def _smallest(name: str, images: Collection[str]) -> str | None:
    """The image of this name that promises to be small; None when there is none."""
    tags = [image for image in images if image.startswith(f"{name}:")]
    return min(tags, key=lambda tag: (not tag.endswith("-slim"), tag), default=None)


def _files_below(folder: Path) -> list[ContextFile]:
    return [
        ContextFile(path.relative_to(folder).as_posix(), path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


def _base_of(files: Sequence[ContextFile]) -> str:
    return files[0].content.decode().partition("\n")[0].removeprefix("FROM ")


def _on_base(files: Sequence[ContextFile], base: str) -> list[ContextFile]:
    dockerfile, *rest = files
    _, _, steps = dockerfile.content.decode().partition("\n")
    return [ContextFile(dockerfile.path, f"FROM {base}\n{steps}".encode()), *rest]


def checked(files: Sequence[SourceFile], limits: Limits) -> list[ContextFile]:
    """The files with tidy paths, sorted. Raises Invalid or TooMuch with the reason."""
    if len(files) > limits.context_files:
        raise TooMuch(
            "too-many-files",
            f"These are {len(files)} files; a lab keeps at most {limits.context_files}.",
            "Every file of the build context is sent to the engine for each build.",
            "Take out what the image does not need.",
        )
    found: dict[str, ContextFile] = {}
    for file in files:
        path = tidy_path(file.path)
        if path in found:
            raise Invalid(
                "duplicate-path",
                f"There are two files named {path}.",
                "A path names one file.",
                "Rename one of the two.",
            )
        found[path] = ContextFile(path, _content(file))
        if path.endswith(".dockerignore"):
            check_dockerignore(found[path].content.count(b"\n"))
    _check_folders(found)
    size = sum(len(file.content) for file in found.values())
    if size > limits.context_bytes:
        raise TooMuch(
            "context-too-large",
            f"The files take {size:,} bytes; a lab keeps at most {limits.context_bytes:,}.",
            "Every file of the build context is sent to the engine for each build.",
            "Take out large files that the image does not need.",
        )
    return [found[path] for path in sorted(found)]


def tidy_path(path: str) -> str:
    """The path without `./` and doubled slashes. Raises Invalid for one that may not be."""
    if path.startswith("/"):
        raise _bad_path(path, "it starts with `/`, and paths are relative to the build context")
    if any(unicodedata.category(character) in UNSEEN for character in path):
        raise _bad_path(path, "it holds a control character")
    if not DIRECTIONS.isdisjoint(path):
        raise _bad_path(path, "it holds a character that turns the direction of writing round")
    if "\\" in path:
        raise _bad_path(path, "it holds a backslash; folders are parted by `/`")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise _bad_path(path, "`..` would leave the build context")
    if not parts or path.endswith("/"):
        raise _bad_path(path, "it names a folder, not a file")
    if len(parts) > DEEPEST:
        raise _bad_path(path, f"it is more than {DEEPEST} folders deep")
    return "/".join(parts)


def check_dockerignore(lines: int) -> None:
    """Raises TooMuch for a `.dockerignore` of too many lines."""
    if lines > IGNORE_LINES:
        raise TooMuch(
            "dockerignore-too-long",
            f"The .dockerignore has {lines:,} lines; here it may have {IGNORE_LINES}.",
            "Every line is compared with every file, which takes the site's time.",
            "Name folders instead of files, or use patterns such as `*.log`.",
        )


def save(lab: str, files: Sequence[ContextFile]) -> None:
    """Keep these as the lab's files, all of them."""
    with transaction.atomic():
        LabFile.objects.filter(lab_id=lab).delete()
        if Lab.objects.filter(pk=lab).exists():
            LabFile.objects.bulk_create(
                LabFile(lab_id=lab, path=file.path, content=file.content) for file in files
            )


def load(lab: str) -> list[ContextFile]:
    """The lab's files, sorted by path."""
    rows = LabFile.objects.filter(lab_id=lab).order_by("path").values_list("path", "content")
    return [ContextFile(path, bytes(content)) for path, content in rows]


def as_source(file: ContextFile) -> SourceFile:
    """The file as a browser gets it: text where it is UTF-8, base64 otherwise."""
    try:
        return SourceFile(path=file.path, text=file.content.decode())
    except UnicodeDecodeError:
        return SourceFile(path=file.path, base64=base64.b64encode(file.content).decode())


def _content(file: SourceFile) -> bytes:
    if (file.text is None) == (file.base64 is None):
        raise Invalid(
            "bad-content",
            f"{file.path} has no content, or two.",
            "A file has either `text` or `base64`.",
            "Send one of the two.",
        )
    if file.text is not None:
        return file.text.encode("utf-8", "replace")
    try:
        return base64.b64decode(file.base64 or "", validate=True)
    except ValueError:
        raise Invalid(
            "bad-content",
            f"The content of {file.path} is not valid base64.",
            "It may have been cut off on its way.",
            "Upload the file again.",
        ) from None


def _check_folders(found: dict[str, ContextFile]) -> None:
    for path in found:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if folder in found:
                raise Invalid(
                    "path-conflict",
                    f"{folder} is both a file and a folder.",
                    f"{path} lies in it, and a file cannot hold another.",
                    "Rename one of the two.",
                )


def _bad_path(path: str, reason: str) -> Invalid:
    shown = "".join(c if c.isprintable() else "�" for c in path)
    return Invalid(
        "bad-path",
        f"`{shown}` cannot be the name of a file here.",
        f"Because {reason}.",
        "Choose another name, for example `app.py` or `templates/page.html`.",
    )
