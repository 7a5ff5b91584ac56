"""An image taken apart: its merged tree, each of its layers, and a container's layer over it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from visualizer.engine.port import LayerFile
from visualizer.xray.efficiency import Figures
from visualizer.xray.node import Node
from visualizer.xray.stacking import Counts, Stack
from visualizer.xray.tree import Tree


class Summary(NamedTuple):
    """What is told of a view as a whole, whatever is searched for in it."""

    size: int
    """Bytes that it takes: of all layers of an image, of the one layer, of a container's own."""
    hidden: int
    """Bytes of it, or of the layers below it, that it has hidden: all weights together."""
    wasted: int
    """As dive reckons it, of all layers up to the one that is looked at."""
    efficiency: float
    files: int
    """Files and symlinks that can be seen."""
    added: int
    modified: int
    deleted: int


@dataclass(frozen=True)
class View:
    """A tree to be looked at."""

    tree: Tree
    layers: Sequence[str | None]
    """Digests by place; None for a container's own."""
    size: int
    counts: Counts
    figures: Figures
    is_container: bool = False

    @cached_property
    def summary(self) -> Summary:
        """The view as a whole."""
        seen = (node for node in self.tree.nodes.values() if not node.is_gone)
        own = len(self.layers) - 1
        files = sum(
            node.kind != "directory" and (not self.is_container or node.layer == own)
            for node in seen
        )
        hidden = sum(node.weight for node in self.tree.nodes.values())
        return Summary(self.size, hidden, *self.figures, files, *self.counts)

    def state(self, node: Node) -> str:
        """What this view calls a node's state: of a container, against its image."""
        if not self.is_container:
            return node.state
        own = len(self.layers) - 1
        if node.is_gone:
            return "deleted" if node.hidden_by == own else "ghost"
        return node.state if node.layer == own else "same"


class Dissection:
    """An image and its layers, the base first. Made once; it does not change any more."""

    def __init__(self, digests: Sequence[str], contents: Iterable[Iterable[LayerFile]]) -> None:
        """`contents` is what each layer holds, parents before what is in them."""
        self.digests = tuple(digests)
        stack = Stack()
        did = [stack.push(files) for files in contents]
        self._layers = [
            View(each.tree, self.digests, each.size, each.counts, each.figures) for each in did
        ]
        self._tree = stack.tree

    @property
    def nodes(self) -> int:
        """How many paths are kept, for who has to bound them."""
        return len(self._tree.nodes) + sum(len(view.tree.nodes) for view in self._layers)

    @cached_property
    def image(self) -> View:
        """The merged tree."""
        nodes = self._tree.nodes.values()
        counts = Counts(
            sum(node.state == "added" for node in nodes),
            sum(node.state == "modified" for node in nodes),
            sum(self._tree.is_top_of_gone(node) for node in nodes),
        )
        size = sum(view.size for view in self._layers)
        figures = self._layers[-1].figures if self._layers else Figures(0, 1.0)
        return View(self._tree, self.digests, size, counts, figures)

    def layer(self, place: int) -> View:
        """What the layer at this place did, the base's being 0."""
        return self._layers[place]

    def container(self, writable: Iterable[LayerFile]) -> View:
        """The image with a container's own layer over it."""
        stack = Stack(self._tree.copy(), len(self.digests))
        own = stack.push(writable)
        layers = (*self.digests, None)
        return View(stack.tree, layers, own.size, own.counts, self.image.figures, True)
