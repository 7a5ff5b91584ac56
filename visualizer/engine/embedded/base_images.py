"""Base images out of the catalogue, made into real layers when they are first asked for."""

import threading
from collections.abc import Collection, Mapping
from typing import Any

from visualizer.engine.catalogue import Catalogue, CatalogueImage, CatalogueLayer
from visualizer.engine.embedded.difference import Change, difference, with_parents
from visualizer.engine.embedded.image import History, Image, document, from_document
from visualizer.engine.embedded.stack import Layer, Stack
from visualizer.engine.embedded.store import Store
from visualizer.engine.embedded.tree import Node, Tree, directory, file, parents, symlink

STUB = "#!layercake:{}\n"
"""What an executable file of a base image holds: the builtin that plays it."""


class BaseImages:
    """The catalogue's images in the store. Its methods may be called from any thread."""

    def __init__(self, catalogue: Catalogue, store: Store, commands: Collection[str]) -> None:
        self.catalogue = catalogue
        self._store = store
        self._commands = commands
        self._lock = threading.RLock()
        self._images: dict[tuple[str, ...], tuple[Image, Stack]] = {}

    def find(self, reference: str) -> Image | None:
        """The image that a FROM names, None when the catalogue does not have it."""
        entry = self.catalogue.find(reference)
        if entry is None:
            return None
        with self._lock:
            return self._made(entry)[0]

    @property
    def in_use(self) -> set[str]:
        """Digests of what was made so far, layers and configs."""
        with self._lock:
            made = [image for image, _ in self._images.values()]
        return {digest for image in made for digest in (image.digest, *image.layers)}

    def _made(self, entry: CatalogueImage) -> tuple[Image, Stack]:
        key = entry.references
        if key not in self._images:
            self._images[key] = self._make(entry)
        return self._images[key]

    def _make(self, entry: CatalogueImage) -> tuple[Image, Stack]:
        history: list[History] = []
        stack = Stack.empty()
        config: Mapping[str, Any] = {}
        below = self.catalogue.find(entry.base) if entry.base else None
        if below is not None:
            image, stack = self._made(below)
            history += image.history
            config = image.config
        for written in entry.layers:
            stack = stack.push(self._layer(written, stack.tree))
            history.append(History(written.created_by, comment=""))
        config = {**config, **entry.config}
        digest = self._store.put_config(document(config, stack.digests, history))
        return from_document(digest, self._store.config(digest)), stack

    def _layer(self, written: CatalogueLayer, below: Tree) -> Layer:
        nodes, contents = self._nodes(written)
        after = dict(below)
        for path, node in nodes.items():
            for up in parents(path):
                after.setdefault(up, directory())
            after[path] = node
        changes: list[Change] = with_parents(difference(below, after), after)
        return self._store.put_layer(changes, contents.__getitem__)

    def _nodes(self, written: CatalogueLayer) -> tuple[dict[str, Node], dict[str, bytes]]:
        nodes = {path: directory(mode) for path, mode in written.directories.items()}
        contents: dict[str, bytes] = {}
        for path, builtin in written.commands.items():
            if builtin in self._commands:
                contents[path] = STUB.format(builtin).encode()
                nodes[path] = file(contents[path], 0o755)
        for path, text in written.files.items():
            contents[path] = text.encode()
            nodes[path] = file(contents[path], 0o755 if path in written.executables else 0o644)
        for path, target in written.links.items():
            nodes[path] = symlink(target)
        return nodes, contents
