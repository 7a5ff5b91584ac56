"""Starter images, made once and kept: `.setup/base-images/NAME/` holds the layer, the index of all
that is there with it, and the versions of the packages inside."""

import hashlib
import json
import platform
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from scripts.base_images import layers, recipes, roots
from scripts.base_images.layers import Index
from scripts.base_images.recipes import Recipe
from scripts.prepare import places, stamps

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}
_VERSION = re.compile(r"\{version:([^}]+)\}")
_INSTALLED = re.compile(
    r"^Package: (\S+)$.*?^Version: (?:\d+:)?([^-+~\s]+)", re.MULTILINE | re.DOTALL
)
_SOURCES = ("layers.py", "roots.py", "starters.py")


@dataclass(frozen=True)
class Layer:
    """A layer that is there: its archive, and the sum by which engines name it."""

    path: Path
    digest: str
    made_by: str


@dataclass(frozen=True)
class Image:
    """A starter image, ready to be given to an engine. `layers` begins with the lowest."""

    name: str
    plays: tuple[str, ...]
    config: bytes
    layers: tuple[Layer, ...]

    @property
    def digest(self) -> str:
        """What the engine calls the image."""
        return f"sha256:{hashlib.sha256(self.config).hexdigest()}"

    @property
    def size(self) -> int:
        """Bytes of all layers together."""
        return sum(layer.path.stat().st_size for layer in self.layers)


def kept() -> Path:
    """Where the images are kept when nobody names another place."""
    return places.workshop() / "base-images"


def make(
    folder: Path, tell: Callable[[str], None], names: tuple[str, ...] = (), *, fresh: bool = False
) -> Iterator[Image]:
    """The starter images of these names, or all; what is not kept yet is made.

    `fresh` makes them again, out of the packages of today. Raises SetUpFailed.
    """
    made: dict[str, tuple[Layer, ...]] = {}
    known = {recipe.name: recipe for recipe in recipes.recipes()}
    wanted = _with_bases(names or tuple(known), known)
    for recipe in (recipe for recipe in known.values() if recipe.name in wanted):
        home = folder / recipe.name
        below = made.get(recipe.base or "", ())
        digest = _digest(recipe, below)
        if fresh or not stamps.is_current(home / "stamp", digest):
            tell(f"Making {recipe.name} out of Debian's packages")
            _make(recipe, folder / recipe.base if recipe.base else None, home, tell)
            stamps.write(home / "stamp", digest)
        made[recipe.name] = (*below, _layer(recipe, home))
        if not names or recipe.name in names:
            yield _image(recipe, made[recipe.name], _facts(home))


def _with_bases(names: tuple[str, ...], known: dict[str, Recipe]) -> set[str]:
    wanted: set[str] = set()
    for name in names:
        step: str | None = name
        while step is not None:
            wanted.add(step)
            step = known[step].base
    return wanted


def _digest(recipe: Recipe, below: tuple[Layer, ...]) -> str:
    """One sum over all that the layer is made from, Debian's packages apart."""
    here = Path(__file__).parent
    words = (json.dumps(asdict(recipe), sort_keys=True), *(layer.digest for layer in below))
    return stamps.digest_of(here, [here / name for name in _SOURCES], *words)


def _make(recipe: Recipe, base: Path | None, home: Path, tell: Callable[[str], None]) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    below: Index = json.loads((base / "index.json").read_text("utf-8")) if base else {}
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=f".{recipe.name}-") as name:
        work = Path(name)
        roots.make(recipe, work / "root.tar", tell)
        tell("taking out what the layer below has")
        with tarfile.open(work / "root.tar") as root:
            held = layers.entries(root, recipe)
            index = layers.write(root, held, below, work / "layer.tar")
            facts = {"versions": _versions(root), "layer": _sum(work / "layer.tar")}
        (work / "index.json").write_text(json.dumps(index), "utf-8")
        (work / "facts.json").write_text(json.dumps(facts), "utf-8")
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        for part in ("layer.tar", "index.json", "facts.json"):
            (work / part).replace(home / part)


def _versions(root: tarfile.TarFile) -> dict[str, str]:
    """Upstream's version of each package that is installed."""
    try:
        status: IO[bytes] | None = root.extractfile("./var/lib/dpkg/status")
    except KeyError:
        return {}
    text = status.read().decode() if status is not None else ""
    return dict(_INSTALLED.findall(text))


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _facts(home: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((home / "facts.json").read_text("utf-8"))
    return facts


def _layer(recipe: Recipe, home: Path) -> Layer:
    facts = _facts(home)
    packages = f" with {', '.join(recipe.packages)}" if recipe.packages else ""
    made_by = f"mmdebstrap --variant={recipe.variant} {recipe.suite}{packages}"
    return Layer(home / "layer.tar", facts["layer"], made_by)


def _image(recipe: Recipe, stack: tuple[Layer, ...], facts: dict[str, Any]) -> Image:
    created = datetime.fromtimestamp(roots.EPOCH, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    author = _filled(recipe.author, recipe, facts)
    config = {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "created": created,
        "author": author,
        "config": json.loads(_filled(json.dumps(recipe.config), recipe, facts)),
        "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in stack]},
        "history": [
            {"created": created, "created_by": layer.made_by, "author": author} for layer in stack
        ],
    }
    written = json.dumps(config, sort_keys=True).encode()
    return Image(recipe.name, recipe.plays, written, stack)


def _filled(text: str, recipe: Recipe, facts: dict[str, Any]) -> str:
    versions: dict[str, str] = facts["versions"]
    return _VERSION.sub(lambda found: versions[found[1]], text).replace("{suite}", recipe.suite)
