"""A layer that can be read, and layers on top of each other as the one file system they make."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from visualizer.engine.embedded.layer import LayerEntry, apply_layer
from visualizer.engine.embedded.tree import Node, Tree

ENTRY_BYTES = 400
"""What an entry costs in memory, about."""


class Layer:
    """A stored layer: what it holds, and the bytes of its files."""

    def __init__(
        self,
        digest: str,
        entries: Sequence[LayerEntry],
        size: int,
        path: Path,
        data: bytes | None,
    ) -> None:
        self.digest = digest
        self.size = size
        self._path = path
        self._data = data
        self._entries = {entry.path: entry for entry in entries}

    @property
    def entries(self) -> Sequence[LayerEntry]:
        """What the layer holds, sorted as in its tar."""
        return list(self._entries.values())

    @property
    def memory_bytes(self) -> int:
        """What the layer takes in memory, about."""
        return len(self._entries) * ENTRY_BYTES + len(self._data or b"")

    def entry(self, path: str) -> LayerEntry | None:
        """What the layer says of a path."""
        return self._entries.get(path)

    def read(self, path: str, limit: int | None = None) -> bytes:
        """A file's content, cut at `limit` bytes. Raises KeyError when the layer has no such."""
        entry = self._entries[path]
        if entry.node is None or entry.node.kind != "file":
            raise KeyError(path)
        size = entry.node.size if limit is None else min(limit, entry.node.size)
        if self._data is not None:
            return self._data[entry.offset : entry.offset + size]
        with self._path.open("rb") as tar:
            tar.seek(entry.offset, os.SEEK_SET)
            return tar.read(size)


@dataclass(frozen=True, eq=False)
class Stack:
    """Layers, the base first, and the file system that one sees through them."""

    layers: tuple[Layer, ...]
    tree: Tree

    @classmethod
    def empty(cls) -> "Stack":
        """What `FROM scratch` starts with."""
        return cls((), {})

    def push(self, layer: Layer) -> "Stack":
        """This stack with one more layer on top."""
        return Stack((*self.layers, layer), apply_layer(self.tree, layer.entries))

    @property
    def digests(self) -> tuple[str, ...]:
        """The layers' digests, the base first."""
        return tuple(layer.digest for layer in self.layers)

    @cached_property
    def size(self) -> int:
        """Bytes of all layers together, as `docker image ls` counts them."""
        return sum(layer.size for layer in self.layers)

    @cached_property
    def positions(self) -> dict[str, int]:
        """Each path's number, the same for all who look at this stack."""
        return {path: number for number, path in enumerate(self.tree)}

    def node(self, path: str) -> Node | None:
        """What is at a path, seen from the top."""
        return self.tree.get(path)

    def read(self, path: str, limit: int | None = None) -> bytes:
        """A file's content, cut at `limit` bytes. Raises KeyError when there is no such file."""
        node = self.tree[path]
        for layer in reversed(self.layers):
            entry = layer.entry(path)
            if entry is not None and entry.node == node:
                return layer.read(path, limit)
        raise KeyError(path)
