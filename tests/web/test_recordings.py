"""Recordings over HTTP: what leaves a lab, who may fetch it, and what strangers send."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import AsyncClient

from tests.labs.test_freezing import TAPE
from tests.recordings.tapes import GOLDEN
from tests.recordings.test_format import HOSTILE
from tests.web.recording_browser import (
    ORDER,
    browser,
    frozen,
    imported,
    kept,
    post,
    text_of,
    upload,
)
from visualizer.labs import kept_recordings
from visualizer.labs.rates import Buckets
from visualizer.labs.registry import Registry
from visualizer.recordings.format import read


async def test_the_owner_makes_a_recording_that_everybody_can_fetch(
    client: AsyncClient, told: str
) -> None:
    made = await frozen(client, told)
    assert len(made) >= 20
    response = await AsyncClient().get(f"/r/{made}.jsonl")
    assert read(response.content).events == TAPE
    assert response["Content-Type"].startswith("application/x-ndjson")


async def test_nobody_else_makes_a_recording_of_a_lab(told: str, registry: Registry) -> None:
    for stranger in (browser(None), browser("somebody else")):
        for path in ("recordings/preview", "recordings"):
            response = await post(stranger, f"/api/labs/{told}/{path}", ORDER)
            assert response.status_code == 403
            assert response.json()["title"].startswith("This lab is not yours")
    assert await kept() == 0


async def test_a_lab_that_is_not_there_is_not_recorded(client: AsyncClient) -> None:
    response = await post(client, "/api/labs/nowhere/recordings/preview", ORDER)
    assert (response.status_code, response.json()["code"]) == (404, "no-such-lab")


async def test_what_was_not_previewed_does_not_leave(client: AsyncClient, told: str) -> None:
    response = await post(client, f"/api/labs/{told}/recordings", ORDER)
    assert (response.status_code, response.json()["code"]) == (409, "preview-first")
    response = await post(client, f"/api/labs/{told}/recordings", {**ORDER, "digest": "0" * 64})
    assert (response.status_code, response.json()["code"]) == (409, "preview-differs")
    assert await kept() == 0


async def test_the_owner_may_look_at_the_whole_file_first(client: AsyncClient, told: str) -> None:
    whole = (await post(client, f"/api/labs/{told}/recordings/preview?whole=1", ORDER)).content
    made = (await client.get(f"/r/{await frozen(client, told)}.jsonl")).content
    assert whole.partition(b"\n")[2] == made.partition(b"\n")[2]
    stranger = await post(browser(None), f"/api/labs/{told}/recordings/preview?whole=1", ORDER)
    assert stranger.status_code == 403


@pytest.mark.parametrize(
    "path", ["/api/labs/{lab}/recordings/preview", "/api/labs/{lab}/recordings", "/api/recordings"]
)
async def test_a_call_without_a_token_is_refused(client: AsyncClient, told: str, path: str) -> None:
    answer = await client.post(path.format(lab=told), "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        {"title": "x"},
        {"title": 3, "to": 4},
        {"title": "x", "to": -1},
        {"title": "x", "to": 1.5},
        {"title": "x", "to": 10**30},
        {"title": "x", "to": 1, "extra": 1},
        {"title": "x", "to": 1, "blank": {"words": ["ab"]}},
        {"title": "x", "to": 1, "blank": {"words": ["abc"] * 51}},
        {"title": "x", "to": 1, "notes": [{"at": 1}]},
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_in_words(
    client: AsyncClient, told: str, body: Any
) -> None:
    response = await post(client, f"/api/labs/{told}/recordings/preview", body)
    assert (response.status_code, response.json()["code"]) == (400, "malformed-order")
    assert response.json()["try"]


async def test_an_order_that_is_too_large_is_refused(client: AsyncClient, told: str) -> None:
    order = {**ORDER, "description": "x" * 600_000}
    response = await post(client, f"/api/labs/{told}/recordings/preview", order)
    assert response.status_code == 413


async def test_recordings_are_made_at_a_rate(
    client: AsyncClient, told: str, registry: Registry
) -> None:
    registry.recordings_made = Buckets(per_minute=1)
    assert (await post(client, f"/api/labs/{told}/recordings/preview", ORDER)).status_code == 200
    response = await post(client, f"/api/labs/{told}/recordings/preview", ORDER)
    assert response.status_code == 429
    assert "Wait a minute" in response.json()["try"]


async def test_a_full_disk_is_said_in_words(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> str:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(kept_recordings, "add", full)
    response = await post(client, "/api/recordings", GOLDEN[0].read_bytes())
    assert (response.status_code, response.json()["code"]) == (503, "storage")
    page = await upload(client, GOLDEN[0].read_bytes())
    assert page.status_code == 503
    assert "disk is full" in text_of(page)


# The file


async def test_a_page_of_another_site_may_fetch_the_file_and_keeps_no_cookie(
    client: AsyncClient, told: str
) -> None:
    address = f"/r/{await frozen(client, told)}.jsonl"
    response = await AsyncClient().get(address, headers={"origin": "https://course.example"})
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not response.cookies
    assert "Cookie" not in response["Vary"]


async def test_the_file_is_packed_for_who_takes_it_so(client: AsyncClient, told: str) -> None:
    address = f"/r/{await frozen(client, told)}.jsonl"
    plain = await client.get(address)
    packed = await client.get(address, headers={"accept-encoding": "br, gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in packed["Vary"]


async def test_the_file_is_not_sent_twice(client: AsyncClient, told: str) -> None:
    address = f"/r/{await frozen(client, told)}.jsonl"
    tag = (await client.get(address))["ETag"]
    again = await client.get(address, headers={"if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == tag
    assert again["Access-Control-Allow-Origin"] == "*"
    assert "no-cache" in again["Cache-Control"]


async def test_our_own_recordings_are_fetched_by_their_names(client: AsyncClient) -> None:
    response = await client.get("/r/first-image.jsonl")
    own = kept_recordings.OWN / "first-image.jsonl"
    assert response.content == own.read_bytes()


@pytest.mark.parametrize(
    "id", ["nowhere", "%00", "a" * 500, "..%2f..%2fsecret_key", "%2e%2e", "first-image%00"]
)
async def test_a_recording_that_is_not_there_is_said_so(client: AsyncClient, id: str) -> None:
    response = await client.get(f"/r/{id}.jsonl")
    assert response.status_code == 404
    if response["Content-Type"] == "application/json":
        assert response.json()["code"] == "no-such-recording"
        assert response["Access-Control-Allow-Origin"] == "*"


# Importing


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
async def test_every_golden_tape_is_imported_and_exported_again(
    client: AsyncClient, path: Path
) -> None:
    made = await imported(client, path.read_bytes())
    exported = (await client.get(f"/r/{made}.jsonl")).content
    assert read(exported).events == read(path.read_bytes()).events
    again = await imported(client, exported)
    assert (await client.get(f"/r/{again}.jsonl")).content == exported


async def test_a_tape_without_a_header_gets_a_title(client: AsyncClient) -> None:
    await imported(client, GOLDEN[0].read_bytes())
    assert "Imported recording" in text_of(await client.get("/recordings/"))


@pytest.mark.parametrize("data", [case[0] for case in HOSTILE.values()], ids=HOSTILE.keys())
async def test_a_hostile_file_is_refused_in_words_and_leaves_nothing(
    client: AsyncClient, data: bytes
) -> None:
    response = await post(client, "/api/recordings", data)
    assert response.status_code == 400
    problem = response.json()
    assert problem["title"]
    assert problem["why"]
    assert problem["try"]
    page = await upload(client, data)
    assert page.status_code == 400
    assert "Traceback" not in text_of(page)
    assert await kept() == 0
