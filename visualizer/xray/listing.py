"""What of a view is asked for: a folder, a search, a filter; sorted, and a page at a time."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import translate
from heapq import nsmallest
from typing import Literal, NamedTuple, get_args

from visualizer.xray.dissection import View
from visualizer.xray.node import GONE, Node, State
from visualizer.xray.tree import NOTHING, Total, Tree

PAGE = 200
Only = Literal["added", "changed", "deleted", "wasted"]
Sort = Literal["name", "size"]
FILTERS: Sequence[Only] = get_args(Only)
SORTS: Sequence[Sort] = get_args(Sort)

Key = tuple[int, str]


class BadCursor(ValueError):
    """Where to go on is not something that a page ended with."""


@dataclass(frozen=True)
class Query:
    """What is asked for. All filters together: a path is shown when one of them lets it through."""

    folder: str | None = None
    """`/` or a path: what this folder holds; None is everywhere, as one flat list."""
    search: str = ""
    """Part of a name, in any case; with a `/` part of a path; with `*`, `?` or `[` a glob."""
    only: Collection[Only] = ()
    sort: Sort = "name"
    after: str = ""


class Row(NamedTuple):
    """A line of the list."""

    node: Node
    total: Total
    """The node's own bytes; of a folder, of all below it."""
    children: int


class Page(NamedTuple):
    """Some lines, and where to go on."""

    rows: list[Row]
    next: str | None


def page(view: View, query: Query, length: int = PAGE) -> Page:
    """The lines from after the query's cursor on. Raises BadCursor.

    A folder that is searched or filtered shows what matches and what leads to a match.
    """
    after = _cursor(query.after)
    keys = [key for key in _keys(view.tree, query, _found(view, query)) if key > after]
    # Of many only the first are wanted, so the others need no order.
    shown = nsmallest(length + 1, keys)
    rows = [_row(view.tree, view.tree.nodes[path]) for _, path in shown[:length]]
    return Page(rows, _told(shown[length - 1]) if len(shown) > length else None)


def _found(view: View, query: Query) -> Iterable[Node]:
    tree = view.tree
    folder = None if query.folder is None else query.folder.rstrip("/")
    narrowed = bool(query.search or query.only)
    if folder is not None and not narrowed:
        return [tree.nodes[path] for path in tree.folders.get(folder, ())]
    matches = _matching(view, query) if narrowed else list(tree.nodes.values())
    if folder is None:
        return matches
    leading = {_first_below(folder, node.path) for node in matches} - {""}
    return [tree.nodes[path] for path in leading]


def _first_below(folder: str, path: str) -> str:
    """What of a folder leads to a path; nothing when it does not lie there."""
    if not path.startswith(f"{folder}/"):
        return ""
    return f"{folder}/{path[len(folder) + 1 :].partition('/')[0]}"


def _matching(view: View, query: Query) -> list[Node]:
    nodes: Iterable[Node] = view.tree.nodes.values()
    if query.only:
        passes = _filter(view, query.only)
        nodes = [node for node in nodes if passes(node)]
    if query.search:
        fits = _searcher(query.search)
        nodes = [node for node in nodes if fits(node.path)]
    return list(nodes)


def _filter(view: View, only: Collection[Only]) -> Callable[[Node], bool]:
    own = len(view.layers) - 1 if view.is_container else None
    names: dict[Only, State] = {"added": "added", "changed": "modified"}
    states = {state for name, state in names.items() if name in only}
    wasted, deleted = "wasted" in only, "deleted" in only
    is_top = view.tree.is_top_of_gone

    def passes(node: Node) -> bool:
        if node.state in states and (own is None or node.layer == own):
            return True
        if wasted and node.weight:
            return True
        # What a deleted folder held goes without saying. Of a container: what it deleted itself.
        return deleted and is_top(node) and (own is None or node.hidden_by == own)

    return passes


def _searcher(text: str) -> Callable[[str], bool]:
    wanted = text.lower()
    whole = "/" in wanted
    if any(character in wanted for character in "*?["):
        fits = re.compile(translate(wanted)).match
        if whole:
            return lambda path: fits(path.lower()) is not None
        return lambda path: fits(path.rpartition("/")[2].lower()) is not None
    if whole:
        return lambda path: wanted in path.lower()
    return lambda path: wanted in path.rpartition("/")[2].lower()


def _keys(tree: Tree, query: Query, nodes: Iterable[Node]) -> list[Key]:
    if query.sort == "name":
        return [(0, node.path) for node in nodes]
    totals = tree.totals
    by_weight = "wasted" in query.only
    keys = []
    for node in nodes:
        size, weight = totals.get(node.path, NOTHING)
        hidden = by_weight or node.state in GONE
        keys.append((-(node.weight + weight if hidden else node.size + size), node.path))
    return keys


def _row(tree: Tree, node: Node) -> Row:
    size, weight = tree.totals.get(node.path, NOTHING)
    children = len(tree.folders.get(node.path, ()))
    return Row(node, Total(node.size + size, node.weight + weight), children)


def _told(key: Key) -> str:
    return f"{-key[0]}:{key[1]}"


def _cursor(text: str) -> Key:
    if not text:
        # Before all others, whatever they weigh.
        return (-(1 << 63), "")
    number, colon, path = text.partition(":")
    if not colon or not (number.isascii() and number.isdigit() and len(number) <= 18):
        raise BadCursor(text)
    return (-int(number), path)
