"""The base images that a Dockerfile may build FROM, as data: names, config, and what they hold.

The data is in `content/catalogue/*.toml`. Every engine allows these names; what an image holds
(`layers`) is for an engine that has no registry to pull from.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

FOLDER = Path(__file__).resolve().parents[2] / "content" / "catalogue"

_PREFIX = re.compile(r"^(?:(?:index\.)?docker\.io/)?(?:library/)?")
T = TypeVar("T")


@dataclass(frozen=True)
class CatalogueLayer:
    """What one layer of a base image holds. Paths are absolute."""

    created_by: str
    directories: Mapping[str, int] = field(default_factory=dict)
    """Path to permission bits."""
    commands: Mapping[str, str] = field(default_factory=dict)
    """Path to the builtin of the userland that plays the command."""
    files: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    """Path of a symlink to its target."""
    executables: frozenset[str] = frozenset()
    """Those of `files` that have mode 755."""


@dataclass(frozen=True)
class CatalogueImage:
    """A base image. Its layers come on top of those of `base`."""

    name: str
    """The repository, for example `python`."""
    tags: tuple[str, ...]
    note: str
    """Who or what plays it, for a learner."""
    base: str | None
    config: Mapping[str, Any]
    """In Docker's shape."""
    layers: tuple[CatalogueLayer, ...]

    @property
    def references(self) -> tuple[str, ...]:
        """Every name with its tag; `scratch` has none."""
        return tuple(f"{self.name}:{tag}" if tag else self.name for tag in self.tags)


class Catalogue:
    """Base images by their reference."""

    def __init__(
        self,
        images: Iterable[CatalogueImage],
        *,
        pulled: Sequence[str] = (),
        starters: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.images = tuple(images)
        self.pulled = tuple(pulled)
        """The references that a Docker Engine is given from a registry."""
        self.starters = dict(starters or {})
        """By the name of its recipe, the references that a starter image plays there."""
        self._by_reference = {ref: image for image in self.images for ref in image.references}

    def find(self, reference: str) -> CatalogueImage | None:
        """The image that a FROM names: `python`, `python:3.12`, `docker.io/library/python:3.12`."""
        short = _PREFIX.sub("", reference.strip())
        found = self._by_reference.get(short)
        if found is None and ":" not in short:
            found = self._by_reference.get(f"{short}:latest")
        return found

    def names(self) -> Sequence[str]:
        """Every reference, sorted."""
        return sorted(self._by_reference)


class _Layer(msgspec.Struct, forbid_unknown_fields=True):
    created_by: str
    directories: dict[str, str] = {}
    commands: dict[str, list[str]] = {}
    files: dict[str, str] = {}
    links: dict[str, str] = {}
    executables: list[str] = []


class _Image(msgspec.Struct, forbid_unknown_fields=True, rename={"each": "for"}):
    name: str
    note: str
    tags: list[str]
    base: str | None = None
    config: dict[str, Any] = {}
    layers: list[_Layer] = []
    each: list[dict[str, Any]] = []


class _Starter(msgspec.Struct):
    """What matters here of a recipe; `scripts/base_images/recipes.py` reads the rest."""

    name: str
    plays: list[str]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    image: list[_Image] = []
    pull: list[str] = []
    starter: list[_Starter] = []
    sets: dict[str, list[str]] = {}


@cache
def load_catalogue(folder: Path = FOLDER) -> Catalogue:
    """Read the catalogue. Raises msgspec.ValidationError when its data is wrong."""
    files = [
        msgspec.toml.decode(path.read_bytes(), type=_File) for path in sorted(folder.glob("*.toml"))
    ]
    sets = {name: names for file in files for name, names in file.sets.items()}
    return Catalogue(
        (image for file in files for written in file.image for image in _variants(written, sets)),
        pulled=[reference for file in files for reference in file.pull],
        starters={starter.name: starter.plays for file in files for starter in file.starter},
    )


def _variants(written: _Image, sets: Mapping[str, list[str]]) -> Iterable[CatalogueImage]:
    """One image for each row of `for`; `{name}` in any text is the row's value."""
    for row in written.each or [{}]:
        more = row.get("more", [])
        values = {f"{{{name}}}": value for name, value in row.items() if isinstance(value, str)}
        yield CatalogueImage(
            name=written.name,
            tags=tuple(_filled([*written.tags, *more], values)),
            note=_filled(written.note, values),
            base=_filled(written.base, values),
            config=_filled(written.config, values),
            layers=tuple(_layer(layer, values, sets) for layer in written.layers),
        )


def _layer(
    written: _Layer, values: Mapping[str, str], sets: Mapping[str, list[str]]
) -> CatalogueLayer:
    commands = {
        f"{folder}/{name}": builtin
        for folder, words in written.commands.items()
        for name, builtin in _commands(words, sets)
    }
    return CatalogueLayer(
        created_by=_filled(written.created_by, values),
        directories={path: int(mode, 8) for path, mode in written.directories.items()},
        commands=commands,
        files={path: _filled(text, values).lstrip("\n") for path, text in written.files.items()},
        links=_filled(written.links, values),
        executables=frozenset(written.executables),
    )


def _commands(words: Iterable[str], sets: Mapping[str, list[str]]) -> Iterable[tuple[str, str]]:
    for word in words:
        if word.startswith("@"):
            yield from _commands(sets[word[1:]], sets)
        else:
            name, _, builtin = word.partition("=")
            yield name, builtin or name


def _filled(value: T, values: Mapping[str, str]) -> T:
    """The value with `{name}` replaced in each of its texts."""
    result: Any = value
    if isinstance(value, str):
        for name, text in values.items():
            result = result.replace(name, text)
    elif isinstance(value, list):
        result = [_filled(item, values) for item in value]
    elif isinstance(value, dict):
        result = {key: _filled(item, values) for key, item in value.items()}
    return result  # type: ignore[no-any-return]
