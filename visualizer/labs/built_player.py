"""The player of embeds as Vite built it: one classic script and one style sheet."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class BuiltPlayer:
    """Names of its files, which hold a hash of their content."""

    folder: Path
    script: str
    style: str


def find(built: Path) -> BuiltPlayer | None:
    """The player in the built front end; None when it is not there."""
    folder = built / "embed"
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        names = sorted(str(entry["file"]) for entry in manifest.values())
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return None
    script = next((name for name in names if name.endswith(".js")), None)
    style = next((name for name in names if name.endswith(".css")), None)
    return BuiltPlayer(folder, script, style) if script and style else None
