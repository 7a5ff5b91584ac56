"""What a lab keeps on disk: its images' tags, its containers and its build cache.

Each file is written in one step, so after a crash the lab is as it was at its last change.
"""

import logging
from pathlib import Path
from shutil import rmtree
from typing import TypeVar

import msgspec

from visualizer.engine.embedded import atomic
from visualizer.engine.port import ContainerState
from visualizer.events.types import ExitReason

log = logging.getLogger(__name__)
T = TypeVar("T")


class ImageRecord(msgspec.Struct):
    """An image of the lab."""

    tags: list[str]
    layers: list[str]
    created_at: float
    """When it was built or committed here, seconds since 1970; in no digest."""


class ContainerRecord(msgspec.Struct):
    """A container, running or not."""

    id: str
    name: str
    image: str
    image_name: str
    """The reference that it was run with, as `docker ps` shows it."""
    layers: list[str]
    """The image's layers: the container goes on when its image is untagged and removed."""
    config: dict[str, object]
    """The image's config, with what was given at `run` put over it."""
    command: list[str]
    """Entrypoint and command together."""
    hostname: str
    created_at: float
    state: ContainerState = "created"
    exit_code: int | None = None
    reason: ExitReason | None = None
    started_at: float | None = None
    finished_at: float | None = None
    writable: str | None = None
    """The stored writable layer; None while nothing is in it."""
    writable_size: int = 0
    volumes: str | None = None
    """A layer with the content of the anonymous volumes, which is not in the writable one."""

    @property
    def is_running(self) -> bool:
        """Whether its main process runs, or is paused."""
        return self.state in ("running", "paused")


class CacheRecord(msgspec.Struct):
    """What the build cache knows of one step."""

    layer: str | None
    """The layer that the step made; None for a step that only changes the config."""
    size: int = 0
    """Bytes of the layer."""


class RegistryRecord(msgspec.Struct):
    """An image in the lab's registry, whether the lab itself has it still or not."""

    image: str
    layers: list[str]
    digest: str
    """Of its manifest."""


class LabState(msgspec.Struct):
    """All of a lab but its build cache."""

    images: dict[str, ImageRecord] = {}
    containers: dict[str, ContainerRecord] = {}
    registry: dict[str, RegistryRecord] = {}
    """By the reference that it was pushed under."""


class LabFolder:
    """A lab's folder. Blocking."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def files(self) -> tuple[Path, ...]:
        """What has to be safe from a loss of power."""
        return (self.path / "lab.json", self.path)

    def load(self) -> LabState:
        """The lab as it was left, or a new one."""
        self.path.mkdir(parents=True, exist_ok=True)
        for leftover in self.path.glob(".*"):
            leftover.unlink(missing_ok=True)
        return _read(self.path / "lab.json", LabState) or LabState()

    def save(self, state: bytes) -> None:
        """Write an encoded LabState."""
        if self.path.exists():
            atomic.write(self.path / "lab.json", state)

    def load_cache(self) -> dict[str, CacheRecord]:
        """The build cache; an unreadable one is an empty one."""
        return _read(self.path / "cache.json", dict[str, CacheRecord]) or {}

    def save_cache(self, records: bytes) -> None:
        """Write an encoded build cache."""
        if self.path.exists():
            atomic.write(self.path / "cache.json", records)

    def delete(self) -> None:
        """Forget the lab."""
        rmtree(self.path, ignore_errors=True)

    def in_use(self) -> set[str]:
        """Digests of all layers and configs that the stored lab refers to."""
        state = _read(self.path / "lab.json", LabState) or LabState()
        return references(state, self.load_cache())


def references(state: LabState, cache: dict[str, CacheRecord]) -> set[str]:
    """Digests of all layers and configs that a lab refers to."""
    used = set(state.images)
    for image in state.images.values():
        used.update(image.layers)
    for pushed in state.registry.values():
        used.update((pushed.image, *pushed.layers))
    for container in state.containers.values():
        used.update(container.layers)
        used.update(layer for layer in (container.writable, container.volumes) if layer)
    used.update(record.layer for record in cache.values() if record.layer)
    return used


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError):
        # Written in one step, so this is a disk that fails or another version's file.
        log.exception("the file %s cannot be read", path.name)
        return None
