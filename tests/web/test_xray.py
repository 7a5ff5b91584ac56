"""The X-ray's API: pages of trees and files at any layer, and no request that breaks it."""

from typing import Any

import pytest
from django.test import AsyncClient

from tests.engine_fake import LAYER
from visualizer.engine.port import BuildRequest, ContextFile, RunRequest
from visualizer.labs.registry import Registry


@pytest.fixture
async def client(registry: Registry) -> AsyncClient:
    """A browser without any cookie: the address of a lab is enough to look into it."""
    return AsyncClient()


@pytest.fixture
async def image(registry: Registry, lab: str) -> str:
    """An image of one layer with a thousand files, the last of which has the most bytes."""
    runner = await registry.runner(lab)
    files = [ContextFile("Dockerfile", b"FROM x")]
    built = await runner.engine.build(BuildRequest(1, files, "app:latest"))
    assert built is not None
    return built


async def ask(client: AsyncClient, lab: str, where: str, **query: str) -> dict[str, Any]:
    """A page, or the problem."""
    answer = await client.get(f"/api/labs/{lab}/xray/{where}", query)
    return {**answer.json(), "status": answer.status_code}


async def test_a_tree_comes_in_pages(client: AsyncClient, lab: str, image: str) -> None:
    first = await ask(client, lab, f"image/{image}")
    assert len(first["entries"]) == 200
    assert first["entries"][0] == {
        "path": "/f0000", "name": "f0000", "kind": "file", "state": "added", "layer": LAYER,
        "size": 0, "weight": 0, "mode": 0o644, "target": None, "children": 0, "hidden_by": None,
        "copies": [],
    }  # fmt: skip
    assert first["summary"] == {
        "size": 499500, "hidden": 0, "wasted": 0, "efficiency": 1.0, "files": 1000,
        "added": 1000, "modified": 0, "deleted": 0,
    }  # fmt: skip
    second = await ask(client, lab, f"image/{image}", folder="/", after=first["next"])
    assert second["entries"][0]["path"] == "/f0200"
    last = await ask(client, lab, f"image/{image}", folder="/", after="0:/f0990")
    assert (len(last["entries"]), last["next"]) == (9, None)


async def test_it_is_searched_filtered_and_sorted(
    client: AsyncClient, lab: str, image: str
) -> None:
    where = f"layer/{LAYER}"
    found = await ask(client, lab, where, search="F099", only="added,changed", sort="size")
    assert [entry["name"] for entry in found["entries"]][:2] == ["f0999", "f0998"]
    assert len(found["entries"]) == 10
    none = await ask(client, lab, where, only="deleted,wasted", image=image)
    assert (none["entries"], none["next"]) == ([], None)


async def test_a_container_has_its_own_layer(
    client: AsyncClient, registry: Registry, lab: str, image: str
) -> None:
    runner = await registry.runner(lab)
    box = await runner.engine.run(RunRequest("app"))
    runner.engine.stored.containers[box].files["/new"] = 7  # type: ignore[attr-defined]
    found = await ask(client, lab, f"container/{box}", only="added")
    (entry,) = found["entries"]
    assert (entry["path"], entry["state"], entry["layer"]) == ("/new", "added", None)
    assert found["summary"]["size"] == 7


@pytest.mark.parametrize(
    ("where", "query", "status"),
    [
        ("layer/sha256:" + "0" * 64, {}, 404),
        ("image/no-such-image", {}, 404),
        ("container/nobody", {}, 404),
        ("planet/mars", {}, 400),
        ("layer/" + LAYER, {"image": "no-such-image"}, 404),
        ("layer/" + LAYER, {"only": "added,nonsense"}, 400),
        ("layer/" + LAYER, {"sort": "colour"}, 400),
        ("layer/" + LAYER, {"after": "nonsense"}, 400),
        ("layer/" + LAYER, {"folder": "relative"}, 400),
        ("layer/" + LAYER, {"folder": "/a\x00b"}, 400),
        ("layer/" + LAYER, {"folder": "/" + "x" * 5000}, 400),
    ],
)
async def test_nonsense_gets_a_clear_answer(
    client: AsyncClient, lab: str, image: str, where: str, query: dict[str, str], status: int
) -> None:
    answer = await ask(client, lab, where, **query)
    assert answer["status"] == status
    assert {"code", "title"} <= set(answer)


@pytest.mark.parametrize(
    "query",
    [
        {"folder": "/../../etc"},
        {"folder": "/%ff"},
        {"search": "\x00"},
        {"search": "[" * 500},
        {"search": "*" * 200},
        {"search": "*a" * 100},
        {"after": "0:/" + "x" * 9000},
    ],
)
async def test_odd_words_find_nothing_and_break_nothing(
    client: AsyncClient, lab: str, image: str, query: dict[str, str]
) -> None:
    answer = await ask(client, lab, f"image/{image}", **query)
    assert answer["status"] == 200
    assert answer["summary"]["files"] == 1000


async def test_no_such_lab(client: AsyncClient, registry: Registry) -> None:
    assert (await ask(client, "nowhere", f"image/{LAYER}"))["status"] == 404
    assert (await ask(client, "nowhere", "read", ref=LAYER, path="/a"))["status"] == 404


async def test_a_file_of_a_container_is_read(
    client: AsyncClient, registry: Registry, lab: str, image: str
) -> None:
    box = await (await registry.runner(lab)).engine.run(RunRequest("app"))
    text = await ask(client, lab, "read", ref=box, path="/text")
    assert (text["text"], text["size"]) == ("café \x1b[31m\n", 12)
    binary = await ask(client, lab, "read", ref=box, path="/binary")
    assert (binary["text"], binary["binary"]) == ("", True)
    long = await ask(client, lab, "read", ref=box, path="/long")
    assert (len(long["text"]), long["truncated"]) == (65536, True)
    assert (await ask(client, lab, "read", ref=box, path="/missing"))["code"] == "no-such-file"


@pytest.mark.parametrize("path", ["", "relative", "/a\x00b", "/" + "x" * 5000])
async def test_a_path_that_is_none_is_refused(
    client: AsyncClient, lab: str, image: str, path: str
) -> None:
    answer = await ask(client, lab, "read", ref=LAYER, path=path)
    assert (answer["status"], answer["code"]) == (400, "bad-path")


@pytest.mark.parametrize("path", ["/../f0001", "/f0001/", "/%ff", "//f0001"])
async def test_a_path_that_leads_nowhere_is_not_found(
    client: AsyncClient, lab: str, image: str, path: str
) -> None:
    answer = await ask(client, lab, "read", ref=LAYER, path=path)
    assert (answer["status"], answer["code"]) == (404, "no-such-file")


async def test_nobody_changes_anything_here(client: AsyncClient, lab: str, image: str) -> None:
    answer = await client.post(f"/api/labs/{lab}/xray/image/{image}")
    assert answer.status_code == 405
