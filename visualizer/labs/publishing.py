"""A recording as a folder that plays by itself: a page, the player, and the tape inside the page.

A page opened from `file://` may fetch nothing, so the tape lies in the page as well as beside it.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from django.template.loader import render_to_string

from visualizer.labs import built_player
from visualizer.recordings import format as file
from visualizer.recordings.format import NotARecording
from visualizer.recordings.still import still

Folder = Mapping[str, bytes]
"""Names and contents of files."""


class CannotPublish(Exception):
    """It cannot be published; the message says why, and what to try."""


def folder_of(content: bytes, built: Path) -> Folder:
    """The files for this recording, with the player of this build. Raises CannotPublish."""
    try:
        recorded = file.read(content)
    except NotARecording as error:
        raise CannotPublish(f"This is no recording that can be played. {error}") from None
    script, style = _player(built)
    boot = {"id": "", "title": recorded.header.title, "text": content.decode()}
    shown = {
        "title": recorded.header.title,
        "description": recorded.header.description,
        "script": "player.js",
        "style": "player.css",
        "boot": boot,
    }
    return {
        "index.html": render_to_string("embed.html", shown).encode(),
        "player.js": script,
        "player.css": style,
        "recording.jsonl": content,
        "still.svg": still(recorded).encode(),
    }


def write(folder: Folder, out: Path, *, force: bool = False) -> None:
    """Write the files into `out`, all of them or none. Raises CannotPublish."""
    try:
        if out.exists() and not out.is_dir():
            raise CannotPublish(f"{out} is a file. Give a folder that is not there yet.")
        if out.is_dir() and any(out.iterdir()) and not force:
            raise CannotPublish(
                f"{out} is not empty. Give another folder, or --force to write into this one: "
                "files of the same names are replaced, all others stay."
            )
        out.mkdir(parents=True, exist_ok=True)
        # Beside their places first, so that a full disk leaves no half of a player behind.
        with tempfile.TemporaryDirectory(prefix=".publishing-", dir=out) as aside:
            for name, content in folder.items():
                (Path(aside) / name).write_bytes(content)
            for name in folder:
                (Path(aside) / name).replace(out / name)
    except OSError as error:
        raise CannotPublish(f"{out} cannot be written: {error.strerror}.") from None


def _player(built: Path) -> tuple[bytes, bytes]:
    """Script and style. Raises CannotPublish."""
    player = built_player.find(built)
    try:
        if player is not None:
            folder = player.folder
            return (folder / player.script).read_bytes(), (folder / player.style).read_bytes()
    except OSError:
        pass
    raise CannotPublish("The player is not built. Run scripts/run --setup-only, then try again.")
