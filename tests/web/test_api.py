"""The API over HTTP: what it answers, what it refuses, always in JSON."""

import json
import time
from typing import Any

import pytest
from django.test import AsyncClient

from tests.engine_fake import FakeEngine, Stored
from tests.waiting import eventually
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.port import BuildRequest, ContextFile, RunRequest
from visualizer.events import codec
from visualizer.events import types as event
from visualizer.labs import diagnosing
from visualizer.labs.rates import Buckets
from visualizer.labs.registry import Registry


@pytest.fixture
async def client(registry: Registry) -> AsyncClient:
    """A browser without any cookie: the address of a lab is enough to read it."""
    return AsyncClient()


@pytest.fixture
async def box(registry: Registry, lab: str) -> str:
    """A container in the lab."""
    runner = await registry.runner(lab)
    await runner.engine.build(BuildRequest(1, [ContextFile("Dockerfile", b"FROM x")], "app:latest"))
    return await runner.engine.run(RunRequest("app"))


async def test_the_tape_is_read_in_pages(client: AsyncClient, registry: Registry, lab: str) -> None:
    runner = await registry.runner(lab)
    for number in range(5):
        runner.take(event.EngineRestored(message=f"{number}"))
    await runner.settled()
    page = (await client.get(f"/api/labs/{lab}/events?after=1&limit=2")).json()
    assert [fact["seq"] for fact in page["events"]] == [2, 3]
    assert page["next"] == 3
    rest = (await client.get(f"/api/labs/{lab}/events?after=3")).json()
    assert [fact["seq"] for fact in rest["events"]] == [4, 5, 6]
    end = (await client.get(f"/api/labs/{lab}/events?after=6")).json()
    assert end == {"events": [], "next": 6}


async def test_the_export_is_a_tape_that_can_be_read_back(
    client: AsyncClient, registry: Registry, lab: str
) -> None:
    runner = await registry.runner(lab)
    for number in range(1200):
        runner.take(event.EngineRestored(message=f"line {number}\n"))
    await runner.settled()
    response = await client.get(f"/api/labs/{lab}/events.jsonl")
    assert response["Content-Disposition"] == f'attachment; filename="lab-{lab}.jsonl"'
    body = b"".join([chunk async for chunk in response.streaming_content])  # type: ignore[attr-defined]
    assert [fact.seq for fact in codec.decode_lines(body.splitlines())] == list(range(1, 1202))


async def test_the_files_of_the_editor(client: AsyncClient, lab: str) -> None:
    files = (await client.get(f"/api/labs/{lab}/files")).json()["files"]
    assert [file["path"] for file in files] == ["Dockerfile", "app.py"]
    assert files[0]["text"].startswith("FROM python:3.12-slim")


async def test_the_engines_own_words(client: AsyncClient, lab: str, box: str) -> None:
    inspected = await client.get(f"/api/labs/{lab}/inspect/{box[:12]}")
    assert inspected.json() == {"Id": box}
    changes = await client.get(f"/api/labs/{lab}/containers/{box}/changes")
    assert changes.json() == {"changes": []}


async def test_a_layer_is_listed_in_pages(client: AsyncClient, lab: str) -> None:
    address = f"/api/labs/{lab}/layers/sha256:{'1' * 64}/files"
    first = (await client.get(address)).json()
    assert len(first["files"]) == 500
    second = (await client.get(address, {"after": first["next"]})).json()
    assert second["files"][0]["path"] > first["files"][-1]["path"]
    third = (await client.get(address, {"after": second["next"]})).json()
    assert third == {"files": [], "next": None}


async def test_a_file_is_read_as_text(client: AsyncClient, lab: str, box: str) -> None:
    async def read(path: str) -> dict[str, Any]:
        response = await client.get(f"/api/labs/{lab}/read", {"ref": box, "path": path})
        return dict(response.json())

    assert await read("/text") == {"text": "café \x1b[31m\n", "binary": False, "truncated": False}
    assert (await read("/binary")) == {"text": "", "binary": True, "truncated": False}
    long = await read("/long")
    assert (len(long["text"]), long["truncated"]) == (65536, True)
    assert (await read("/missing"))["code"] == "no-such-file"


async def test_a_parked_lab_comes_back_when_it_is_inspected(
    client: AsyncClient, registry: Registry, engine: FakeEngine, lab: str, box: str
) -> None:
    await registry._park(await registry.runner(lab), "Nobody was here.")
    assert lab not in engine.labs
    assert (await client.get(f"/api/labs/{lab}/inspect/{box}")).status_code == 200
    assert lab in engine.labs


async def test_a_dockerfile_is_diagnosed_as_it_is_typed(client: AsyncClient) -> None:
    question = {
        "dockerfile": "FROM alpine:3.20  # base\nCOPY missing.py .\n",
        "files": [{"path": "app.py", "size": 3}],
    }
    answer = (await client.post("/api/diagnose", question, "application/json")).json()
    assert {"line", "title", "why", "try"} <= set(answer["diagnoses"][0])
    assert "comment-after-instruction" in [found["code"] for found in answer["diagnoses"]]
    assert answer["plan"] is None


async def test_a_good_dockerfile_has_a_plan(client: AsyncClient) -> None:
    question = {
        "dockerfile": 'FROM alpine:3.20\nCOPY app.py /app/\nCMD ["true"]\n',
        "files": [{"path": "app.py", "size": 3}],
    }
    answer = (await client.post("/api/diagnose", question, "application/json")).json()
    assert [step["instruction"] for step in answer["plan"]] == ["FROM", "COPY", "CMD"]
    assert answer["plan"][1]["reads"] == ["app.py"]


async def test_an_image_of_the_lab_may_be_built_from(client: AsyncClient) -> None:
    question = {"dockerfile": "FROM my-app\n", "images": ["my-app:latest"]}
    answer = (await client.post("/api/diagnose", question, "application/json")).json()
    assert answer["plan"] is not None
    del question["images"]
    answer = (await client.post("/api/diagnose", question, "application/json")).json()
    assert "unknown-image" in [found["code"] for found in answer["diagnoses"]]


@pytest.mark.parametrize(
    "body",
    ["", "x", "[]", "{}", '{"dockerfile": 1}', '{"dockerfile": "", "more": 1}', "[" * 9999],
)
async def test_a_wrong_question_is_refused(client: AsyncClient, body: str) -> None:
    response = await client.post("/api/diagnose", body, "application/json")
    assert response.status_code == 400
    assert response.json()["code"] == "malformed-question"


HOSTILE = [
    "\x00",
    "FROM \u202e",
    "FROM a\n" * 3000,
    "#" * 70_000,
    "FROM ${" + "x:-${" * 500,
    "RUN <<EOF\n" * 50,
    "FROM alpine\nENV " + "A=" * 20_000,
    "\\\n" * 10_000,
    "ONBUILD " * 200,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_no_dockerfile_whatever_is_in_it_breaks_the_site(
    client: AsyncClient, text: str
) -> None:
    question = {"dockerfile": text}
    response = await client.post("/api/diagnose", question, "application/json")
    assert response.status_code == 200
    assert isinstance(response.json()["diagnoses"], list)


async def test_questions_have_a_rate(client: AsyncClient, registry: Registry) -> None:
    registry.diagnoses = Buckets(per_minute=1)
    await client.post("/api/diagnose", {"dockerfile": ""}, "application/json")
    response = await client.post("/api/diagnose", {"dockerfile": ""}, "application/json")
    assert (response.status_code, response.json()["code"]) == (429, "too-fast")


async def test_only_so_many_questions_wait(
    client: AsyncClient, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry.desk, "_taken", diagnosing.AT_ONCE + diagnosing.WAITING)
    response = await client.post("/api/diagnose", {"dockerfile": ""}, "application/json")
    assert (response.status_code, response.json()["code"]) == (429, "too-busy")
    monkeypatch.undo()
    response = await client.post("/api/diagnose", {"dockerfile": ""}, "application/json")
    assert response.status_code == 200
    await eventually(lambda: registry.desk._taken == 0)


async def test_a_question_that_would_take_long_is_refused(client: AsyncClient) -> None:
    question = {"dockerfile": "FROM alpine:3.20\n", "dockerignore": "*a*b\n" * 501}
    response = await client.post("/api/diagnose", question, "application/json")
    assert (response.status_code, response.json()["code"]) == (429, "dockerignore-too-long")
    deep = {"dockerfile": "FROM alpine:3.20\n", "files": [{"path": "a/" * 100 + "b"}]}
    response = await client.post("/api/diagnose", deep, "application/json")
    assert (response.status_code, response.json()["code"]) == (400, "malformed-question")


async def test_many_copies_of_many_files_are_read_in_good_time(client: AsyncClient) -> None:
    files = [{"path": f"d{number}/f"} for number in range(400)]
    question = {"dockerfile": "FROM alpine:3.20\n" + "COPY * /x/\n" * 50, "files": files}
    began = time.process_time()
    response = await client.post("/api/diagnose", question, "application/json")
    assert response.json()["plan"] is not None
    assert time.process_time() - began < 40


async def test_a_body_that_is_too_large_is_refused(client: AsyncClient) -> None:
    question = {"dockerfile": "#" * 600_000}
    response = await client.post("/api/diagnose", question, "application/json")
    assert (response.status_code, response.json()["code"]) == (413, "too-large")


async def test_the_catalogue_and_the_health_of_the_site(client: AsyncClient) -> None:
    images = (await client.get("/api/catalogue")).json()["images"]
    assert images == ["alpine:3.20", "python:3.12-slim"]
    health = (await client.get("/healthz")).json()
    assert health["ok"] is True
    assert health["engine"]["name"] == "Fake engine"


ADDRESSES = [
    "events",
    "events.jsonl",
    "files",
    "inspect/box",
    "containers/box/changes",
    "layers/sha256:1/files",
    "read?ref=a&path=b",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("lab_id", ["nowhere", "%00", "a" * 500, "..%2f", "é"])
async def test_a_lab_that_is_not_there_is_404_in_json(
    client: AsyncClient, address: str, lab_id: str
) -> None:
    response = await client.get(f"/api/labs/{lab_id}/{address}")
    assert response.status_code == 404
    assert set(response.json()) == {"code", "title", "why", "try", "engine_words"}


@pytest.mark.parametrize("address", [f"/api/labs/x/{a}" for a in ADDRESSES] + ["/healthz"])
@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
async def test_another_method_is_405_in_json(
    client: AsyncClient, address: str, method: str
) -> None:
    response = await getattr(client, method)(address)
    assert (response.status_code, response["Allow"]) == (405, "GET")
    assert response.json()["code"] == "wrong-method"


async def test_an_unknown_address_of_the_api_is_404_in_json(client: AsyncClient) -> None:
    response = await client.get("/api/nothing/here")
    assert (response.status_code, response.json()["code"]) == (404, "no-such-page")


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "limit=x", "after=1.5", "after=" + "9" * 40, "after=%00"]
)
async def test_numbers_that_are_none_are_400(client: AsyncClient, lab: str, query: str) -> None:
    response = await client.get(f"/api/labs/{lab}/events?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "bad-number")


@pytest.mark.parametrize("query", ["", "?ref=a", "?path=b", "?ref=a&path=%00"])
async def test_a_file_without_a_path_is_400(client: AsyncClient, lab: str, query: str) -> None:
    response = await client.get(f"/api/labs/{lab}/read{query}")
    assert (response.status_code, response.json()["code"]) == (400, "bad-path")


async def test_an_engine_that_is_away_is_503(
    client: AsyncClient, engine: FakeEngine, lab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*args: object) -> Stored:
        raise EngineUnavailable("engine-away", "The engine does not answer.", "why", "try")

    monkeypatch.setattr(engine, "open_lab", away)
    response = await client.get(f"/api/labs/{lab}/inspect/box")
    assert (response.status_code, response.json()["code"]) == (503, "engine-away")


async def test_a_fault_of_the_site_is_told_in_json_and_logged(
    client: AsyncClient,
    engine: FakeEngine,
    lab: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken(*args: object) -> Stored:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(engine, "open_lab", broken)
    response = await client.get(f"/api/labs/{lab}/inspect/box")
    assert (response.status_code, response.json()["code"]) == (503, "site-error")
    assert "secret" not in json.dumps(response.json())
    assert "a secret detail" in caplog.text
