"""Layers and image configs on disk, each stored once under its digest and shared by all labs.

A layer is two files: its tar, and an index that says where in the tar each file is. What no lab
refers to any more is swept (`sweep`).
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from secrets import token_hex
from typing import Any
from weakref import WeakValueDictionary

import msgspec

from visualizer.engine.embedded import atomic
from visualizer.engine.embedded.difference import Change
from visualizer.engine.embedded.layer import LayerEntry, layer_size, write_layer
from visualizer.engine.embedded.stack import Layer, Stack
from visualizer.engine.embedded.tree import Reader

IN_MEMORY_BYTES = 1024 * 1024
"""A tar up to this size is read whole; of a larger one only the file that is asked for."""
CACHE_BYTES = 48 * 1024 * 1024
YOUNG_SECONDS = 15 * 60.0
"""What was stored or read this lately is not swept: a build may be about to refer to it."""


class LayerGone(Exception):
    """A layer or config that is referred to is not (or not whole) on disk."""


class _Index(msgspec.Struct, array_like=True):
    tar_bytes: int
    entries: list[LayerEntry]


class Store:
    """The layers and configs under one folder. Its methods may be called from any thread."""

    def __init__(self, root: Path, young_seconds: float = YOUNG_SECONDS) -> None:
        self._young_seconds = young_seconds
        self._layers = root / "layers"
        self._configs = root / "configs"
        self._lock = threading.RLock()
        self._cached: OrderedDict[str, Layer] = OrderedDict()
        self._cached_bytes = 0
        self._stacks: WeakValueDictionary[tuple[str, ...], Stack] = WeakValueDictionary()
        self._young: dict[str, float] = {}
        self._unsynced: set[Path] = set()
        for folder in (self._layers, self._configs):
            folder.mkdir(parents=True, exist_ok=True)
            for leftover in folder.glob(".*"):
                leftover.unlink(missing_ok=True)

    def put_layer(self, changes: Sequence[Change], read: Reader) -> Layer:
        """Store a layer of these changes; the one that is there when it is there already."""
        temporary = self._layers / f".{token_hex(8)}"
        try:
            with temporary.open("wb") as out:
                digest, entries = write_layer(changes, read, out)
                tar_bytes = out.tell()
            with self._lock:
                self._young[digest] = time.monotonic()
                if not self._is_whole(digest, tar_bytes):
                    temporary.replace(self._tar_path(digest))
                    index = msgspec.json.encode(_Index(tar_bytes, entries))
                    atomic.write(self._index_path(digest), index)
                    self._unsynced |= {self._tar_path(digest), self._index_path(digest)}
        finally:
            temporary.unlink(missing_ok=True)
        return self.layer(digest)

    def layer(self, digest: str) -> Layer:
        """A stored layer. Raises LayerGone."""
        with self._lock:
            self._young[digest] = time.monotonic()
            cached = self._cached.get(digest)
            if cached is not None:
                self._cached.move_to_end(digest)
                return cached
        layer = self._load(digest)
        with self._lock:
            if digest not in self._cached:
                self._cached[digest] = layer
                self._cached_bytes += layer.memory_bytes
            while self._cached_bytes > CACHE_BYTES and len(self._cached) > 1:
                _, dropped = self._cached.popitem(last=False)
                self._cached_bytes -= dropped.memory_bytes
        return layer

    def stack(self, digests: Iterable[str]) -> Stack:
        """Layers on top of each other, the base first. Raises LayerGone."""
        key = tuple(digests)
        with self._lock:
            known = self._stacks.get(key)
        if known is not None:
            return known
        if not key:
            return Stack.empty()
        stack = self.stack(key[:-1]).push(self.layer(key[-1]))
        with self._lock:
            return self._stacks.setdefault(key, stack)

    def put_config(self, config: bytes) -> str:
        """Store an image's config; its digest, which is the image's."""
        digest = f"sha256:{hashlib.sha256(config).hexdigest()}"
        path = self._config_path(digest)
        with self._lock:
            self._young[digest] = time.monotonic()
            if not path.exists():
                atomic.write(path, config)
                self._unsynced.add(path)
        return digest

    def config(self, digest: str) -> dict[str, Any]:
        """An image's config as OCI has it. Raises LayerGone."""
        try:
            return msgspec.json.decode(self._config_path(digest).read_bytes(), type=dict[str, Any])
        except (OSError, msgspec.MsgspecError):
            raise LayerGone(digest) from None

    def blob(self, digest: str) -> Path:
        """The file of a layer's tar or of a config, as it is. Raises LayerGone."""
        paths = (self._tar_path(digest), self._config_path(digest))
        found = next((path for path in paths if path.exists()), None)
        if found is None:
            raise LayerGone(digest)
        with self._lock:
            self._young[digest] = time.monotonic()
        return found

    def sync(self, *others: Path) -> None:
        """Wait until all that was put is safe from a loss of power, and then the others too."""
        with self._lock:
            paths, self._unsynced = self._unsynced, set()
        if paths:
            atomic.sync_paths([*paths, self._layers, self._configs])
        atomic.sync_paths(others)

    def sweep(self, in_use: Callable[[], set[str]]) -> int:
        """Delete what is not in use; how many layers and configs that were.

        The candidates are listed before `in_use` is asked, so nothing stored later is at risk.
        """
        candidates = [f"sha256:{path.name.partition('.')[0]}" for path in self._stored()]
        kept = in_use()
        deleted = 0
        for digest in dict.fromkeys(candidates):
            with self._lock:
                if digest not in kept and not self._is_young(digest):
                    self._forget(digest)
                    deleted += 1
        return deleted

    def _is_young(self, digest: str) -> bool:
        used = self._young.get(digest)
        return used is not None and time.monotonic() - used < self._young_seconds

    def _forget(self, digest: str) -> None:
        self._young.pop(digest, None)
        dropped = self._cached.pop(digest, None)
        if dropped is not None:
            self._cached_bytes -= dropped.memory_bytes
        # The index first: without it the layer is not there.
        for path in (self._index_path(digest), self._tar_path(digest), self._config_path(digest)):
            path.unlink(missing_ok=True)

    def _is_whole(self, digest: str, tar_bytes: int) -> bool:
        try:
            there = self._tar_path(digest).stat().st_size
        except OSError:
            return False
        return there == tar_bytes and self._index_path(digest).exists()

    def _stored(self) -> list[Path]:
        return [*self._layers.glob("*.tar"), *self._configs.glob("*.json")]

    def _load(self, digest: str) -> Layer:
        path = self._tar_path(digest)
        try:
            index = msgspec.json.decode(self._index_path(digest).read_bytes(), type=_Index)
            if path.stat().st_size != index.tar_bytes:
                raise LayerGone(digest)
            data = path.read_bytes() if index.tar_bytes <= IN_MEMORY_BYTES else None
        except (OSError, msgspec.MsgspecError):
            raise LayerGone(digest) from None
        return Layer(digest, index.entries, layer_size(index.entries), path, data)

    def _tar_path(self, digest: str) -> Path:
        return self._layers / f"{_hex(digest)}.tar"

    def _index_path(self, digest: str) -> Path:
        return self._layers / f"{_hex(digest)}.json"

    def _config_path(self, digest: str) -> Path:
        return self._configs / f"{_hex(digest)}.json"


def _hex(digest: str) -> str:
    # Digests come out of files that a crash may have damaged; they must not become other paths.
    name = digest.removeprefix("sha256:")
    if len(name) != 64 or not all(c in "0123456789abcdef" for c in name):
        raise LayerGone(digest)
    return name
