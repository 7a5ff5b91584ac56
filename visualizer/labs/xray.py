"""X-ray of what a lab holds: images are taken apart once, kept while there is room, and looked at.

What a lab may look at is its engine's to say, and it is asked each time. What was taken apart is
found by the digests of layers, which never change.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from visualizer.engine.port import LabEngine, LayerFile
from visualizer.labs import xray_refusals as refusals
from visualizer.xray.dissection import Dissection, View
from visualizer.xray.listing import BadCursor, Page, Query, page
from visualizer.xray.node import Node

Subject = Literal["layer", "image", "container"]

logger = logging.getLogger(__name__)

MOST_NODES = 300_000
"""Paths that are kept for all labs together; each takes some 220 bytes."""
MOST_PATHS = 250_000
"""Of one image: more are not taken apart."""
MOST_CONTAINERS = 24
BATCH = 25_000
"""Paths that are asked of an engine at once."""

Layers = tuple[str, ...]
"""Digests, the base's first: what an image that was taken apart is found by."""


class Looked(NamedTuple):
    """What was found, and in what it was looked for."""

    view: View
    page: Page


class _Container(NamedTuple):
    layers: Layers
    writable: Sequence[LayerFile]
    view: View


class Xrays:
    """The images that were taken apart, as far as there is room. One for a site."""

    def __init__(self, most_nodes: int = MOST_NODES) -> None:
        self._most_nodes = most_nodes
        self._kept: OrderedDict[Layers, Dissection] = OrderedDict()
        self._making: dict[Layers, asyncio.Task[Dissection]] = {}
        self._only_ahead: set[Layers] = set()
        """Of those being made, the ones that nobody has asked to look at yet."""
        self._containers: OrderedDict[str, _Container] = OrderedDict()
        self._turns = asyncio.Semaphore(2)

    async def look(
        self, engine: LabEngine, subject: Subject, ref: str, image: str, query: Query
    ) -> Looked:
        """A page of a view; `image` says in which image a layer is looked at.

        Raises EngineError, LabError.
        """
        view = await self._view(engine, subject, ref, image)
        try:
            return await asyncio.to_thread(_looked, view, query)
        except BadCursor:
            raise refusals.bad_cursor() from None

    async def file(self, engine: LabEngine, ref: str, path: str) -> Node | None:
        """A file that can be read, of a layer or an image; None when only a container knows.

        Raises EngineError, LabError.
        """
        if not ref.startswith("sha256:"):
            return None
        layers = tuple(await engine.layers_of(ref))
        if ref in layers:
            view = (await self._dissection(engine, layers, above=True)).layer(len(layers) - 1)
        else:
            view = (await self._dissection(engine, layers)).image
        node = view.tree.nodes.get(path)
        if node is None:
            raise refusals.no_such_path(path)
        if node.is_gone:
            raise refusals.is_gone(path, view.layers[node.layer])
        if node.kind == "directory":
            raise refusals.is_directory(path)
        if node.kind == "symlink":
            raise refusals.is_symlink(path, node.target or "")
        return node

    async def prepare(self, engine: LabEngine, ref: str) -> None:
        """Take an image apart before somebody asks for it. Raises EngineError, LabError.

        Cancelling it ends the work, unless somebody has come to look meanwhile.
        """
        layers = tuple(await engine.layers_of(ref))
        if layers in self._kept:
            return
        if layers not in self._making:
            self._only_ahead.add(layers)
        try:
            made = await asyncio.shield(self._made_of(engine, layers))
        except asyncio.CancelledError:
            if layers in self._only_ahead and layers in self._making:
                self._making.pop(layers).cancel()
            raise
        await asyncio.to_thread(lambda: made.image.summary)

    async def _view(self, engine: LabEngine, subject: Subject, ref: str, image: str) -> View:
        layers = tuple(await engine.layers_of(image or ref))
        if subject == "container":
            return await self._container(engine, ref, layers)
        if subject == "image":
            return (await self._dissection(engine, layers)).image
        if ref not in layers:
            raise refusals.not_of_image(ref, image)
        place = len(layers) - 1 - layers[::-1].index(ref)
        return (await self._dissection(engine, layers, above=not image)).layer(place)

    async def _container(self, engine: LabEngine, ref: str, layers: Layers) -> View:
        """It is put over its image anew only when it has changed something."""
        writable = [_tellable(file) for file in await engine.writable_layer(ref)]
        known = self._containers.get(ref)
        if known is None or known.layers != layers or known.writable != writable:
            dissection = await self._dissection(engine, layers)
            view = await asyncio.to_thread(dissection.container, writable)
            known = self._containers[ref] = _Container(layers, writable, view)
        self._containers.move_to_end(ref)
        while len(self._containers) > 1 and self._containers_are_many():
            self._containers.popitem(last=False)
        return known.view

    def _containers_are_many(self) -> bool:
        # Each has a tree of its own, as large as its image's.
        paths = sum(len(each.view.tree.nodes) for each in self._containers.values())
        return len(self._containers) > MOST_CONTAINERS or paths > self._most_nodes

    async def _dissection(
        self, engine: LabEngine, layers: Layers, *, above: bool = False
    ) -> Dissection:
        """These layers taken apart; if `above`, there may be others on top of them."""
        kept = self._find(layers, above)
        if kept is not None:
            return kept
        self._only_ahead.discard(layers)
        # Who goes away does not take it from the others who wait for it.
        return await asyncio.shield(self._made_of(engine, layers))

    def _made_of(self, engine: LabEngine, layers: Layers) -> "asyncio.Task[Dissection]":
        """The one that is being made of these layers, or a new one."""
        if layers not in self._making:
            task = asyncio.create_task(self._make(engine, layers))
            self._making[layers] = task
            task.add_done_callback(lambda done: self._made(layers, done))
        return self._making[layers]

    def _made(self, layers: Layers, task: "asyncio.Task[Dissection]") -> None:
        if self._making.get(layers) is task:
            del self._making[layers]
            self._only_ahead.discard(layers)
        if not task.cancelled() and task.exception() is not None:
            logger.debug("an image was not taken apart: %r", task.exception())

    def _find(self, layers: Layers, above: bool) -> Dissection | None:
        found = layers if layers in self._kept else None
        if found is None and above:
            found = next((kept for kept in self._kept if kept[: len(layers)] == layers), None)
        if found is None:
            return None
        self._kept.move_to_end(found)
        return self._kept[found]

    async def _make(self, engine: LabEngine, layers: Layers) -> Dissection:
        async with self._turns:
            left = MOST_PATHS
            contents = []
            for layer in layers:
                contents.append(await _content(engine, layer, left))
                left -= len(contents[-1])
            made = await asyncio.to_thread(Dissection, layers, contents)
        self._kept[layers] = made
        while len(self._kept) > 1 and self._nodes() > self._most_nodes:
            self._kept.popitem(last=False)
        return made

    def _nodes(self) -> int:
        return sum(kept.nodes for kept in self._kept.values())


def _looked(view: View, query: Query) -> Looked:
    # Of a large image the summary takes a while too, and then it is kept.
    assert view.summary is not None
    return Looked(view, page(view, query))


async def _content(engine: LabEngine, layer: str, most: int) -> list[LayerFile]:
    """All that a layer holds. Raises EngineError, TooMuch."""
    found: list[LayerFile] = []
    after = ""
    while True:
        batch = await engine.layer_files(layer, after, BATCH)
        found += [_tellable(file) for file in batch]
        if len(found) > most:
            raise refusals.too_many_paths(MOST_PATHS)
        if len(batch) < BATCH:
            return found
        after = batch[-1].path


def _tellable(file: LayerFile) -> LayerFile:
    """The file as it can be told to a browser: a name may be any bytes."""
    if file.path.isascii() and (file.target is None or file.target.isascii()):
        return file
    return replace(file, path=_text(file.path), target=file.target and _text(file.target))


def _text(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
