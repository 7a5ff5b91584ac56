"""The difference between two file systems as a list of changes, and a tree with changes applied."""

from collections.abc import Iterable, Sequence

import msgspec

from visualizer.engine.embedded.tree import Node, Tree, below, parents
from visualizer.events.types import ChangeKind


class Change(msgspec.Struct, frozen=True, gc=False):
    """What happened to one path. A deleted path's children are gone with it, unlisted."""

    path: str
    kind: ChangeKind
    node: Node | None = None
    """What is there now; None for a deleted path."""
    implied: bool = False
    """True for a directory that is listed only because something changed in it."""


def difference(before: Tree, after: Tree) -> list[Change]:
    """What makes `after` of `before`, sorted by path."""
    changes = [
        Change(path, "modified" if path in before else "added", node)
        for path, node in after.items()
        if before.get(path) != node
    ]
    changes += [Change(path, "deleted") for path in _topmost_deleted(before, after)]
    return sorted(changes, key=_order)


def apply(tree: Tree, changes: Iterable[Change]) -> dict[str, Node]:
    """The tree with the changes made; the tree given is left as it is."""
    result = dict(tree)
    for change in changes:
        old = result.get(change.path)
        if change.node is None:
            result.pop(change.path, None)
        else:
            result[change.path] = change.node
        replaced = old is not None and old.kind == "directory"
        if replaced and (change.node is None or change.node.kind != "directory"):
            _remove_below(result, change.path)
    return result


def with_parents(changes: Sequence[Change], after: Tree) -> list[Change]:
    """The changes and the directories that they are in, as overlayfs copies those up.

    Both `docker diff` and BuildKit's layers list them.
    """
    listed = {change.path for change in changes}
    result = list(changes)
    for change in changes:
        for path in parents(change.path):
            if path not in listed and path in after:
                listed.add(path)
                result.append(Change(path, "modified", after[path], implied=True))
    return sorted(result, key=_order)


def changed_bytes(changes: Iterable[Change]) -> int:
    """Bytes of the files that the changes add or modify."""
    return sum(change.node.size for change in changes if change.node is not None)


def _order(change: Change) -> list[str]:
    # By the parts of the path, so that a directory's content follows it at once.
    return change.path.split("/")


def _topmost_deleted(before: Tree, after: Tree) -> list[str]:
    gone = sorted((path for path in before if path not in after), key=lambda p: p.split("/"))
    result: list[str] = []
    for path in gone:
        if result and below(path, result[-1]):
            continue
        if not _under_what_is_no_directory(path, after):
            result.append(path)
    return result


def _under_what_is_no_directory(path: str, after: Tree) -> bool:
    # A directory that became a file took its children with it: no whiteouts for them.
    return any(up in after and after[up].kind != "directory" for up in parents(path))


def _remove_below(tree: dict[str, Node], top: str) -> None:
    for path in [path for path in tree if below(path, top)]:
        del tree[path]
