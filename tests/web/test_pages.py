"""The pages: ways into a lab, whose it is, what the browser is told, and the headers."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError
from django.test import AsyncClient

from tests.conftest import OWNER, one_engine
from tests.socket_client import cookie
from visualizer.engine.docker import DockerEngine
from visualizer.labs import kept_recordings, opening
from visualizer.labs.database import in_database
from visualizer.labs.rates import Buckets
from visualizer.labs.registry import Registry
from visualizer.web import owner


@pytest.fixture
def client(registry: Registry, built: None) -> AsyncClient:
    """A browser that keeps cookies."""
    return AsyncClient()


@pytest.fixture
def built(tmp_path: Path, settings: LazySettings) -> Iterator[None]:
    """A front end that is built: a manifest with the two entries."""
    entries = {
        f"static/src/{name}.ts": {
            "file": f"assets/{name}-abc12345.js",
            "src": f"static/src/{name}.ts",
            "isEntry": True,
            "css": [f"assets/{name}-abc12345.css"],
        }
        for name in ("lab", "front")
    }
    (tmp_path / "manifest.json").write_text(json.dumps(entries))
    settings.BUILT_FRONT_END = tmp_path
    from django_vite.core.asset_loader import DjangoViteAssetLoader

    settings.DJANGO_VITE = {
        "default": {"manifest_path": tmp_path / "manifest.json", "static_url_prefix": ""}
    }
    DjangoViteAssetLoader._instance = None
    yield
    # It reads a manifest once, and the next test may mean another.
    DjangoViteAssetLoader._instance = None


def boot_of(response: Any) -> dict[str, Any]:
    found = re.search(
        r'<script id="boot" type="application/json">(.*?)</script>', text_of(response)
    )
    assert found
    return dict(json.loads(found[1]))


def text_of(response: Any) -> str:
    return str(response.content.decode())


async def test_a_first_visitor_is_in_a_lab_at_once(client: AsyncClient) -> None:
    response = await client.get("/lab/")
    assert response.status_code == 302
    page = await client.get(response["Location"])
    boot = boot_of(page)
    assert boot["role"] == "owner"
    assert [file["path"] for file in boot["files"]] == ["Dockerfile", "app.py"]
    assert boot["engine"]["name"] == "Fake engine"
    assert boot["catalogue"] == ["alpine:3.20", "python:3.12-slim"]
    assert boot["ws"] == f"/ws/labs/{boot['lab']}/"
    assert boot["api"] == f"/api/labs/{boot['lab']}/"
    assert boot["csrf"]


async def test_the_visitor_comes_back_to_the_same_lab(client: AsyncClient) -> None:
    first = (await client.get("/lab/"))["Location"]
    assert (await client.get("/lab/"))["Location"] == first


async def test_a_fresh_lab_is_opened_on_demand_and_is_then_the_newest(client: AsyncClient) -> None:
    first = (await client.get("/lab/"))["Location"]
    second = (await client.post("/labs/"))["Location"]
    assert second != first
    assert (await client.get("/lab/"))["Location"] == second


async def test_someone_else_watches(client: AsyncClient) -> None:
    address = (await client.get("/lab/"))["Location"]
    assert boot_of(await AsyncClient().get(address))["role"] == "watcher"


async def test_the_owners_cookie_is_guarded(client: AsyncClient) -> None:
    response = await client.get("/lab/")
    morsel = response.cookies[owner.NAME]
    assert morsel["httponly"]
    assert morsel["samesite"] == "Lax"
    assert int(morsel["max-age"]) == owner.YEAR
    assert not morsel["secure"]
    secure = await AsyncClient().get("/lab/", secure=True)
    assert secure.cookies[owner.NAME]["secure"]


async def test_the_cookie_itself_is_not_in_the_database(client: AsyncClient) -> None:
    response = await client.get("/lab/")
    lab = response["Location"].split("/")[2]
    value = response.cookies[owner.NAME].value.split(":")[0]
    assert await in_database(opening.owner_of, lab) == opening.owner_hash(value)
    assert value not in str(await in_database(opening.load, lab))


async def test_a_forged_cookie_gets_a_lab_of_its_own(client: AsyncClient, lab: str) -> None:
    client.cookies[owner.NAME] = f"{OWNER}:forged"
    assert (await client.get("/lab/"))["Location"] != f"/lab/{lab}/"
    honest = AsyncClient()
    honest.cookies[owner.NAME] = cookie(OWNER).split("=", 1)[1]
    assert (await honest.get("/lab/"))["Location"] == f"/lab/{lab}/"


async def test_a_lab_that_is_not_there_is_a_page_in_words(client: AsyncClient) -> None:
    response = await client.get("/lab/nowhere/")
    assert response.status_code == 404
    assert "There is no lab at this address." in text_of(response)


async def test_a_lab_whose_engine_is_away_is_served_nevertheless(
    client: AsyncClient,
    built: None,
    lab: str,
    registry: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = DockerEngine(f"unix://{tmp_path}/none.sock", cache_dir=tmp_path, instance="test")
    with monkeypatch.context() as patched:
        patched.setattr(registry, "engines", one_engine(gone, registry.environment))
        boot = boot_of(await client.get(f"/lab/{lab}/"))
    assert (boot["engine"], boot["catalogue"]) == (None, [])
    assert [file["path"] for file in boot["files"]] == ["Dockerfile", "app.py"]


async def test_opening_a_lab_needs_a_token(registry: Registry, built: None) -> None:
    strict = AsyncClient(enforce_csrf_checks=True)
    response = await strict.post("/labs/")
    assert response.status_code == 403
    assert "Load the page again" in text_of(response)
    page = await strict.get("/")
    opened = await strict.post("/labs/", {"csrfmiddlewaretoken": boot_of(page)["csrf"]})
    assert opened.status_code == 302


async def test_labs_are_opened_at_a_rate(client: AsyncClient, registry: Registry) -> None:
    registry.labs_opened = Buckets(per_minute=1)
    await client.get("/lab/")
    client.cookies.clear()
    response = await client.get("/lab/")
    assert response.status_code == 429
    assert "Wait a minute" in text_of(response)


async def test_the_front_page_says_where_the_recording_is(
    client: AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = boot_of(await client.get("/"))["recording"]
    assert address == "/r/first-image.jsonl"
    response = await client.get(address)
    assert response.content == (kept_recordings.OWN / "first-image.jsonl").read_bytes()
    monkeypatch.setattr(kept_recordings, "OWN", tmp_path)
    assert boot_of(await client.get("/"))["recording"] is None
    assert (await client.get(address)).status_code == 404


@pytest.mark.parametrize(
    "address", ["/", "/lab/nowhere/", "/nothing", "/healthz", "/api/catalogue"]
)
async def test_every_answer_has_the_headers_that_guard_it(
    client: AsyncClient, address: str
) -> None:
    response = await client.get(address)
    policy = dict(
        part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["object-src"] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


async def test_every_script_of_a_page_is_a_file_or_has_the_nonce(client: AsyncClient) -> None:
    for address in ("/", (await client.get("/lab/"))["Location"]):
        response = await client.get(address)
        nonce = re.search(r"'nonce-([^']+)'", response["Content-Security-Policy"])
        assert nonce
        page = text_of(response)
        assert f'content="{nonce[1]}"' in page
        for tag in re.findall(r"<script[^>]*>", page):
            assert 'type="application/json"' in tag or f'nonce="{nonce[1]}"' in tag, tag
            assert 'type="application/json"' in tag or ' src="/static/assets/' in tag, tag
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page


async def test_what_a_learner_wrote_cannot_break_out_of_the_page(
    client: AsyncClient, registry: Registry
) -> None:
    from visualizer.engine.port import ContextFile
    from visualizer.labs import workspace

    address = (await client.get("/lab/"))["Location"]
    evil = "</script><script>alert(1)</script><!--"
    lab = address.split("/")[2]
    await in_database(workspace.save, lab, [ContextFile("Dockerfile", evil.encode())])
    page = await client.get(address)
    assert "<script>alert" not in text_of(page)
    assert boot_of(page)["files"] == [{"path": "Dockerfile", "text": evil, "base64": None}]


async def test_a_front_end_that_is_not_built_is_said_so(
    registry: Registry, tmp_path: Path, settings: LazySettings
) -> None:
    settings.BUILT_FRONT_END = tmp_path
    response = await AsyncClient().get("/")
    assert response.status_code == 503
    assert "scripts/run" in text_of(response)


async def test_a_host_that_is_not_ours_gets_nothing(client: AsyncClient) -> None:
    response = await client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "LAYERCAKE_HOSTS" in text_of(response)
    assert "evil.example" not in text_of(response)


async def test_a_monitor_may_ask_for_the_head_alone(client: AsyncClient) -> None:
    for address in ("/", "/healthz"):
        assert (await client.head(address)).status_code == 200


async def test_what_browsers_and_crawlers_ask_for_unasked_is_answered(client: AsyncClient) -> None:
    assert (await client.get("/favicon.ico")).status_code == 204
    robots = await client.get("/robots.txt")
    assert "Disallow: /lab/" in text_of(robots)


async def test_what_is_somebodys_own_is_not_kept_in_caches(client: AsyncClient) -> None:
    lab = (await client.get("/lab/"))["Location"]
    api = f"/api/labs/{lab.split('/')[2]}/"
    for address in ("/", lab, "/labs/", f"{api}events", f"{api}files", "/nothing", "/healthz"):
        assert (await client.get(address))["Cache-Control"] == "no-store", address


async def test_a_full_disk_is_said_in_words(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> str:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(opening, "create", full)
    response = await client.get("/lab/")
    assert response.status_code == 503
    assert "disk is full" in text_of(response)


async def test_an_unknown_page_is_404_in_words(client: AsyncClient) -> None:
    response = await client.get("/nothing")
    assert response.status_code == 404
    assert "There is no page at this address." in text_of(response)
