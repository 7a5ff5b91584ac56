"""The recipes of the starter images, read from the catalogue."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.prepare import places

CATALOGUE = places.ROOT / "content" / "catalogue" / "docker.toml"


@dataclass(frozen=True)
class Recipe:
    """One starter image. Paths in it begin without a slash."""

    name: str
    plays: tuple[str, ...]
    """The references that the image is known by."""
    author: str
    suite: str
    """Of Debian, as a code name."""
    variant: str
    """How much of a Debian, in mmdebstrap's words."""
    packages: tuple[str, ...]
    config: Mapping[str, Any]
    """In Docker's shape."""
    base: str | None = None
    """The name of the recipe that this one stands on."""
    keep: tuple[str, ...] = ()
    """When not empty, nothing else is taken out of the packages."""
    drop: tuple[str, ...] = ()
    applets: str = ""
    """A program that lists what it can be called with `--list`; each becomes a link to it."""
    directories: Mapping[str, int] = field(default_factory=dict)
    """Permission bits."""
    links: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    executables: Mapping[str, str] = field(default_factory=dict)


def recipes(path: Path = CATALOGUE) -> list[Recipe]:
    """All recipes, each after the one that it stands on."""
    return [_recipe(row) for row in tomllib.loads(path.read_text("utf-8"))["starter"]]


def _recipe(row: dict[str, Any]) -> Recipe:
    folders = {path: int(mode, 8) for path, mode in row.get("directories", {}).items()}
    texts = {
        kind: {path: text.lstrip("\n") for path, text in row.get(kind, {}).items()}
        for kind in ("files", "executables")
    }
    lists = {kind: tuple(row.get(kind, ())) for kind in ("plays", "packages", "keep", "drop")}
    return Recipe(**{**row, **lists, **texts, "directories": folders})
