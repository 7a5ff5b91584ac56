"""Recipes: what a live lab in a course page begins with.

One of the site's own (a folder under `content/recipes/`), a recording whose files it has, or the
files themselves, packed into the address by whoever made the page.
"""

import base64
import re
import tomllib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from visualizer.engine.limits import Limits
from visualizer.engine.port import ContextFile
from visualizer.environment import PROJECT
from visualizer.labs import forking, kept_recordings, workspace
from visualizer.labs.commands import SourceFile
from visualizer.labs.errors import Invalid, NotThere, TooMuch
from visualizer.labs.kept_recordings import Kept

OWN = PROJECT / "content" / "recipes"
PACKED = "z."
"""What an address begins with that holds the files themselves."""
CHARACTERS = 12_000
"""Of such an address; servers and browsers take little more in one line."""
BYTES = 128 * 1024
"""Of the files that it unpacks to, as JSON."""
FILES = 40
MOST_BEGUN = 16
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Recipe:
    """What the reader is told, and the files that the lab begins with."""

    title: str
    about: str
    files: Sequence[ContextFile]


_begun: dict[str, Recipe] = {}
"""Of recordings, by etag: a page is loaded far more often than its recording changes."""


class _Told(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    about: str = ""


class _Carried(msgspec.Struct, forbid_unknown_fields=True):
    """What a packed recipe holds."""

    files: dict[str, str]
    """Text by path."""


def find(recipe: str) -> Recipe:
    """The recipe of this name, at one go. Queries, and may take a while. Raises LabError."""
    found = locate(recipe)
    return of_recording(found) if isinstance(found, Kept) else found


def locate(recipe: str) -> Recipe | Kept:
    """The recipe of this name, or the recording that is still to be read for it.

    Queries, so for a database thread, which reading would hold up. Raises LabError.
    """
    if recipe.startswith(PACKED):
        return Recipe("A lab to try it yourself", "", unpacked(recipe))
    if not _SLUG.fullmatch(recipe):
        raise _unknown()
    own = OWN / recipe
    if (own / "recipe.toml").is_file():
        return _own(own)
    kept = kept_recordings.find(recipe)
    if kept is None:
        raise _unknown()
    return kept


def slugs() -> list[str]:
    """The site's own recipes."""
    return sorted(path.parent.name for path in OWN.glob("*/recipe.toml"))


def packed(files: dict[str, str]) -> str:
    """The files as an address carries them: what the Share dialog makes in the browser."""
    data = zlib.compress(msgspec.json.encode(_Carried(files)), 9)
    return PACKED + base64.urlsafe_b64encode(data).decode().rstrip("=")


def unpacked(recipe: str) -> list[ContextFile]:
    """The files in an address, checked as if they were saved. Raises LabError."""
    if len(recipe) > CHARACTERS:
        raise _too_much(f"Its address has {len(recipe):,} characters; {CHARACTERS:,} are read.")
    text = recipe.removeprefix(PACKED)
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        carried = msgspec.json.decode(_inflated(data), type=_Carried)
    except (ValueError, zlib.error, msgspec.DecodeError, RecursionError):
        raise _broken() from None
    if len(carried.files) > FILES:
        raise _too_much(f"It has {len(carried.files)} files; {FILES} are read.")
    sources = [SourceFile(path=path, text=text) for path, text in carried.files.items()]
    return workspace.checked(sources, Limits())


def _inflated(data: bytes) -> bytes:
    """Never more than is read, whatever the data would unpack to. Raises zlib.error, LabError."""
    inflater = zlib.decompressobj()
    plain = inflater.decompress(data, BYTES + 1)
    if len(plain) > BYTES:
        raise _too_much(f"Its files take more than {BYTES:,} bytes.")
    if not inflater.eof or inflater.unused_data:
        raise zlib.error("cut off, or followed by something else")
    return plain


def _own(folder: Path) -> Recipe:
    told = msgspec.convert(tomllib.loads((folder / "recipe.toml").read_text("utf-8")), _Told)
    files = [
        ContextFile(path.relative_to(folder).as_posix(), path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "recipe.toml"
    ]
    return Recipe(told.title, told.about, files)


def of_recording(kept: Kept) -> Recipe:
    """What a recording gives a lab to begin with. Takes up to seconds. Raises LabError."""
    found = _begun.pop(kept.etag, None) or _read(kept)
    _begun[kept.etag] = found
    for etag in list(_begun)[:-MOST_BEGUN]:
        _begun.pop(etag, None)
    return found


def _read(kept: Kept) -> Recipe:
    files = forking.files_at(kept.recorded(), "", Limits())
    if files is None:
        raise NotThere(
            "no-files",
            "This recording has no files to begin with.",
            "Nothing is built in it.",
            "Use one of the site's recipes, or a recording of a build.",
        )
    return Recipe(kept.title or "A lab to try it yourself", "", files)


def _unknown() -> NotThere:
    return NotThere(
        "no-such-recipe",
        "There is no recipe of this name.",
        "A live lab begins with the files of a recipe, and the address names none that is here: "
        "it may be mistyped, or a recording that was taken back.",
        f"The site has these of its own: {', '.join(slugs())}.",
    )


def _broken() -> Invalid:
    return Invalid(
        "broken-recipe",
        "The files in this address cannot be read.",
        "A part of the address is missing, or it was changed on its way.",
        "Copy the address once more from where it was made: the Share dialog of a lab.",
    )


def _too_much(title: str) -> TooMuch:
    return TooMuch(
        "recipe-too-large",
        title,
        "The whole recipe travels in the address of the frame, which can be only so long.",
        "Freeze a recording instead and use its id as the recipe: a recording carries more.",
    )
