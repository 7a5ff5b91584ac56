"""RUN --mount: files that are there while the command runs, and are in no layer."""

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from visualizer.engine.embedded.difference import difference
from visualizer.engine.embedded.disk import Disk
from visualizer.engine.embedded.stack import Layer, Stack
from visualizer.engine.embedded.store import Store
from visualizer.engine.embedded.tree import Node, Reader, Tree, below, directory


@dataclass(frozen=True)
class Mounted:
    """A mount and what it shows, by absolute path."""

    target: str
    nodes: Mapping[str, Node] = field(default_factory=dict)
    contents: Mapping[str, bytes] = field(default_factory=dict)
    cache_id: str | None = None
    """The name under which what is left is kept for the next build."""

    def put_into(self, disk: Disk) -> None:
        """Hide what the image has there, and show the mount."""
        filesystem = disk.filesystem
        if filesystem.exists(self.target):
            filesystem.remove(self.target, recursive=True)
        # A mount of one file has its place to itself.
        is_file = self.nodes.get(self.target, directory()).kind == "file"
        if not is_file:
            filesystem.mkdir(self.target, recursive=True)
        for path, node in sorted(self.nodes.items()):
            if node.kind == "directory":
                if not filesystem.exists(path):
                    filesystem.mkdir(path, recursive=True)
            elif node.kind == "symlink":
                filesystem.symlink(node.target, path)
            else:
                disk.inject(path, self.contents[path], node.mode)

    def collect(self, tree: Tree, disk: Disk, store: Store) -> Layer:
        """Keep what is below the target as a layer of its own."""
        left = {path: node for path, node in tree.items() if below(path, self.target)}
        return store.put_layer(difference({}, left), disk.read)


def bind(target: str, source: str, tree: Tree, read: Reader) -> Mounted:
    """A part of another file system, shown at the target."""
    top = source.rstrip("/")
    nodes: dict[str, Node] = {}
    contents: dict[str, bytes] = {}
    for path, node in tree.items():
        if path != top and not below(path, top or "/"):
            continue
        shown = target.rstrip("/") + path[len(top) :]
        nodes[shown] = node
        if node.kind == "file":
            contents[shown] = read(path)
    return Mounted(target, nodes, contents)


def cache(target: str, cache_id: str, kept: Stack) -> Mounted:
    """A directory whose content outlives the build."""
    files = {path: kept.read(path) for path, node in kept.tree.items() if node.kind == "file"}
    return Mounted(target, dict(kept.tree), files, cache_id)


def without(tree: Tree, image: Tree, targets: Iterable[str]) -> dict[str, Node]:
    """The tree with what the image has at the targets instead of what was mounted there, and
    without the directories that were only made to mount it in."""
    tops = list(targets)

    def mounted(path: str) -> bool:
        return any(path == top or below(path, top) for top in tops)

    after = {path: node for path, node in tree.items() if not mounted(path)}
    after.update({path: node for path, node in image.items() if mounted(path)})
    for top in tops:
        above = posixpath.dirname(top)
        while above in after and above not in image and not _holds_any(after, above):
            del after[above]
            above = posixpath.dirname(above)
    return after


def _holds_any(tree: Iterable[str], folder: str) -> bool:
    return any(below(path, folder) for path in tree)
