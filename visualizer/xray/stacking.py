"""Layers put on top of each other: the merged tree, and beside it what each layer did."""

from collections.abc import Iterable
from typing import NamedTuple

from visualizer.engine.port import LayerFile
from visualizer.xray.efficiency import Efficiency, Figures
from visualizer.xray.node import UNTOLD, Copy, Node, State
from visualizer.xray.tree import Tree


class Counts(NamedTuple):
    """What a layer did, as `layer.created` tells it: folders it only passes through left out."""

    added: int
    modified: int
    deleted: int


class LayerView(NamedTuple):
    """One layer, and the image as it was with this layer on top."""

    tree: Tree
    size: int
    counts: Counts
    figures: Figures


class Stack:
    """The layers put on so far, the base first."""

    def __init__(self, tree: Tree | None = None, layers: int = 0) -> None:
        self.tree = Tree("added") if tree is None else tree
        """The merged tree, with what is gone in it as ghosts."""
        self._layer = layers - 1
        self._view = Tree()
        self._efficiency = Efficiency()
        self._added = self._modified = self._deleted = 0

    def push(self, files: Iterable[LayerFile]) -> LayerView:
        """Put a layer on. OCI image-spec, layer.md: whiteouts speak of the layers below only."""
        self._layer += 1
        self._view = Tree()
        self._added = self._modified = self._deleted = 0
        listed = list({file.path: file for file in files}.values())
        present = [file for file in listed if file.kind != "whiteout"]
        folders = _folders_above(present)
        for file in listed:
            if file.kind == "whiteout":
                self._whiteout(file.path)
        self._opaque(present, folders)
        for file in present:
            self._present(file)
            if file.kind != "directory" or file.path not in folders:
                self._efficiency.take(file.path, file.size)
        counts = Counts(self._added, self._modified, self._deleted)
        size = sum(file.size for file in listed)
        return LayerView(self._view, size, counts, self._efficiency.figures)

    def _whiteout(self, path: str) -> None:
        old = self.tree.nodes.get(path)
        if old is None or old.is_gone:
            if old is None or old.hidden_by != self._layer:
                # Of something in a layer that nobody told of.
                self._deleted += 1
                self._view.put(Node(path, "file", "deleted", self._layer, 0))
            return
        found = [old, *self._seen_below(path)]
        is_folder = old.kind == "directory" and old.owner != UNTOLD
        self._efficiency.take(path, sum(node.size for node in found) if is_folder else 0)
        self._deleted += 1
        self._hide(found)

    def _opaque(self, present: Iterable[LayerFile], folders: set[str]) -> None:
        """What the layers below have in an opaque folder is gone, as if each had a whiteout."""
        kinds = {file.path: file.kind for file in present}
        waiting = [file.path for file in present if file.opaque]
        while waiting:
            for path in self.tree.folders.get(waiting.pop(), ()):
                if kinds.get(path) == "directory" or (path in folders and path not in kinds):
                    waiting.append(path)
                elif path not in kinds and not self.tree.nodes[path].is_gone:
                    self._whiteout(path)

    def _hide(self, nodes: Iterable[Node]) -> None:
        """Make ghosts of nodes that could be seen."""
        for node in nodes:
            self.tree.nodes[node.path] = node._replace(
                state="ghost", weight=node.weight + node.size, hidden_by=self._layer
            )
            self._view.put(
                node._replace(state="deleted", weight=node.size, copies=(), hidden_by=self._layer)
            )

    def _seen_below(self, path: str) -> list[Node]:
        return [node for node in self.tree.below(path) if not node.is_gone]

    def _present(self, file: LayerFile) -> None:
        self._stand_on(file.path)
        new = Node(
            file.path, file.kind, "added", self._layer, file.size, 0, file.mode, file.target,
            file.owner,
        )  # fmt: skip
        old = self.tree.nodes.get(file.path)
        if old is None:
            self._added += new.owner != UNTOLD
            self.tree.put(new)
            self._view.put(new)
        elif not old.is_gone and old.kind == new.kind == "directory":
            self._folder_again(old, new)
        else:
            self._replace(old, new)

    def _folder_again(self, old: Node, new: Node) -> None:
        """Layers list the folders that something changed in: that is no change of the folder."""
        if (old.mode, old.owner) == (new.mode, new.owner or old.owner):
            self._view.put(old._replace(state="same", weight=0, copies=()))
            return
        self._modified += 1
        self.tree.put(new._replace(state="modified", weight=old.weight, copies=old.copies))
        self._view.put(new._replace(state="modified"))

    def _replace(self, old: Node, new: Node) -> None:
        """Put something else in the place of what is there, or once was."""
        hidden_now = not old.is_gone or old.hidden_by == self._layer
        if not old.is_gone and old.kind == "directory":
            self._hide(self._seen_below(old.path))
        state: State = "modified" if hidden_now else "added"
        self._modified += hidden_now
        self._added += not hidden_now
        copies = old.copies
        if old.kind == "file":
            copies = (*copies, Copy(old.layer, old.size))
        weight = sum(copy.size for copy in copies)
        self.tree.put(new._replace(state=state, weight=weight, copies=copies))
        self._view.put(new._replace(state=state, weight=old.size if hidden_now else 0))

    def _stand_on(self, path: str) -> None:
        """See that what a path lies in is a folder, whether the layer lists it or not."""
        above = path.rpartition("/")[0]
        if not above:
            return
        old = self.tree.nodes.get(above)
        if old is None or old.is_gone or old.kind != "directory":
            self._present(LayerFile(above, "directory", 0, 0o755, owner=UNTOLD))


def _folders_above(files: Iterable[LayerFile]) -> set[str]:
    """Every folder in which a layer has something."""
    found: set[str] = set()
    for file in files:
        above = file.path.rpartition("/")[0]
        while above and above not in found:
            found.add(above)
            above = above.rpartition("/")[0]
    return found
