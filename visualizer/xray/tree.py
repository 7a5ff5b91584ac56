"""Paths as a tree: what a folder holds, and what lies below it together."""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from visualizer.xray.node import Node, State


class Total(NamedTuple):
    """Of all that lies below a folder: bytes that can be seen, and bytes that cannot."""

    size: int
    weight: int


NOTHING = Total(0, 0)


class Tree:
    """Absolute paths to nodes, and folders to what they hold; `/` itself is the folder ``""``.

    To be filled first and looked at afterwards: `totals` are reckoned once.
    """

    def __init__(self, passed: State = "same") -> None:
        """`passed` is the state of folders that nobody listed."""
        self._passed = passed
        self.nodes: dict[str, Node] = {}
        self.folders: dict[str, list[str]] = {}

    def put(self, node: Node) -> None:
        """Set what is at a path; the folders above it are made where they are missing."""
        path = node.path
        if path not in self.nodes:
            above = path.rpartition("/")[0]
            if above and above not in self.nodes:
                self.put(Node(above, "directory", self._passed, node.layer, 0))
            try:
                self.folders[above].append(path)
            except KeyError:
                self.folders[above] = [path]
        self.nodes[path] = node

    def below(self, path: str) -> Iterator[Node]:
        """All that lies below a path, not the path itself."""
        waiting = list(self.folders.get(path, ()))
        while waiting:
            found = waiting.pop()
            yield self.nodes[found]
            waiting += self.folders.get(found, ())

    def is_top_of_gone(self, node: Node) -> bool:
        """Whether a node is gone for itself, and not with the folder that it was in."""
        if not node.is_gone:
            return False
        above = self.nodes.get(node.path.rpartition("/")[0])
        return above is None or not above.is_gone

    def copy(self) -> "Tree":
        """A tree to be changed without changing this one."""
        made = Tree(self._passed)
        made.nodes = dict(self.nodes)
        made.folders = {folder: list(paths) for folder, paths in self.folders.items()}
        return made

    @cached_property
    def totals(self) -> dict[str, Total]:
        """Each folder's, `/` as ``""``."""
        sizes: dict[str, int] = {}
        weights: dict[str, int] = {}
        for folder, paths in self.folders.items():
            found = [self.nodes[path] for path in paths]
            sizes[folder] = sum(node.size for node in found if not node.is_gone)
            weights[folder] = sum(node.weight for node in found)
        # The deepest first, so that a folder is whole before it is added to the one above it.
        for folder in sorted(self.folders, key=lambda path: -path.count("/")):
            if folder:
                above = folder.rpartition("/")[0]
                sizes[above] += sizes[folder]
                weights[above] += weights[folder]
        return {folder: Total(sizes[folder], weights[folder]) for folder in self.folders}
