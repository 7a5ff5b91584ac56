"""The X-ray's API: trees of layers, images and containers, and files at any layer.

It changes nothing. A lab's address is a capability: who has it may look into all that it holds.
"""

from typing import Any, get_args

import msgspec
from django.http import HttpRequest, HttpResponse

from visualizer.labs import wiring
from visualizer.labs import xray_refusals as refusals
from visualizer.labs.xray import Looked, Subject
from visualizer.web.answers import as_json
from visualizer.web.problems import api
from visualizer.xray.dissection import View
from visualizer.xray.listing import FILTERS, SORTS, Query, Row

READ_BYTES = 64 * 1024
LONGEST_PATH = 4096
LONGEST_SEARCH = 200


@api("GET")
async def look(request: HttpRequest, lab: str, subject: str, ref: str) -> HttpResponse:
    """A page of a tree: `{"entries": […], "next": cursor or null, "summary": {…}}`."""
    known = next((each for each in get_args(Subject) if each == subject), None)
    if known is None:
        raise refusals.bad_word(subject[:20], ", ".join(get_args(Subject)))
    query = _query(request)
    image = request.GET.get("image", "")[:255]
    runner = await wiring.registry().runner(lab)
    xrays = wiring.registry().xrays
    looked = await xrays.look(runner.engine, known, ref[:255], image, query)
    return as_json(_answer(looked))


@api("GET")
async def read(request: HttpRequest, lab: str) -> HttpResponse:
    """A file as text, as it is in a layer, an image or a container; cut at `READ_BYTES`."""
    ref, path = request.GET.get("ref", "")[:255], _path(request, "path")
    runner = await wiring.registry().runner(lab)
    known = await wiring.registry().xrays.file(runner.engine, ref, path)
    content = await runner.engine.read_file(ref, path, READ_BYTES + 1)
    shown = content[:READ_BYTES]
    binary = b"\x00" in shown
    return as_json(
        {
            "text": "" if binary else shown.decode("utf-8", "replace"),
            "binary": binary,
            "truncated": len(content) > READ_BYTES,
            "size": len(content) if known is None else known.size,
        }
    )


class _Entry(msgspec.Struct):
    path: str
    name: str
    kind: str
    state: str
    layer: str | None
    """In which it can be read; null for a container's own."""
    size: int
    weight: int
    mode: int
    target: str | None
    children: int
    hidden_by: str | None
    """The layer that deleted or replaced it; null for a container's own, and where nothing did."""
    copies: list[dict[str, str | int | None]]
    """Older ones that a later layer hides, the lowest first: `layer` and `size` of each."""


def _answer(looked: Looked) -> dict[str, Any]:
    view, page = looked
    entries = [_entry(view, row) for row in page.rows]
    return {"entries": entries, "next": page.next, "summary": view.summary._asdict()}


def _entry(view: View, row: Row) -> _Entry:
    node, total, children = row
    layers = view.layers
    return _Entry(
        path=node.path,
        name=node.path.rpartition("/")[2],
        kind=node.kind,
        state=view.state(node),
        layer=layers[node.layer],
        size=total.size,
        weight=total.weight,
        mode=node.mode,
        target=node.target,
        children=children,
        hidden_by=None if node.hidden_by is None else layers[node.hidden_by],
        copies=[{"layer": layers[copy.layer], "size": copy.size} for copy in node.copies],
    )


def _query(request: HttpRequest) -> Query:
    asked = request.GET
    search = asked.get("search", "")[:LONGEST_SEARCH]
    words = [word for word in asked.get("only", "").split(",") if word]
    only = [each for each in FILTERS if each in words]
    if len(only) < len(set(words)):
        raise refusals.bad_word("only", ", ".join(FILTERS))
    sort = next((each for each in SORTS if each == asked.get("sort", "name")), None)
    if sort is None:
        raise refusals.bad_word("sort", ", ".join(SORTS))
    folder = asked.get("folder")
    if folder is None and not (search or only):
        folder = "/"
    if folder:
        folder = _checked(folder)
    return Query(folder, search, only, sort, asked.get("after", "")[: LONGEST_PATH + 20])


def _path(request: HttpRequest, name: str) -> str:
    return _checked(request.GET.get(name, ""))


def _checked(path: str) -> str:
    if not path.startswith("/") or len(path) > LONGEST_PATH or "\x00" in path:
        raise refusals.bad_path()
    return path
