"""The page of a recording: for whoever has its address, with more on it for its owner."""

import json
import re
from typing import Any

import pytest
from django.test import AsyncClient

from tests.conftest import OWNER
from tests.socket_client import cookie
from tests.web.kept import forget, keep
from visualizer.labs.registry import Registry
from visualizer.web import owner, pages


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch) -> None:
    if not pages.is_built():
        pytest.skip("the front end is not built")


def browser_of(name: str) -> AsyncClient:
    client = AsyncClient()
    client.cookies[owner.NAME] = cookie(name).split("=", 1)[1]
    return client


def text_of(response: Any) -> str:
    return str(response.content.decode())


def boot_of(response: Any) -> dict[str, Any]:
    found = re.search(
        r'<script id="boot" type="application/json">(.*?)</script>', text_of(response)
    )
    assert found
    return dict(json.loads(found[1]))


async def test_whoever_has_the_address_sees_the_recording(registry: Registry) -> None:
    recording = await keep("Layers & <more>", description="Two builds.")
    page = await AsyncClient().get(f"/r/{recording}/")
    assert page.status_code == 200
    assert "<title>Layers &amp; &lt;more&gt; · Layercake</title>" in text_of(page)
    boot = boot_of(page)
    assert boot["file"] == f"/r/{recording}.jsonl"
    assert (boot["title"], boot["description"]) == ("Layers & <more>", "Two builds.")
    assert boot["owner"] is False
    assert owner.NAME not in page.cookies


async def test_only_its_owner_may_take_it_back(registry: Registry) -> None:
    recording = await keep()
    assert boot_of(await browser_of(OWNER).get(f"/r/{recording}/"))["owner"] is True
    assert boot_of(await browser_of("else").get(f"/r/{recording}/"))["owner"] is False
    assert boot_of(await browser_of(OWNER).get("/r/first-image/"))["owner"] is False


async def test_other_sites_can_find_out_how_to_embed_it(registry: Registry) -> None:
    recording = await keep()
    page = text_of(await AsyncClient().get(f"/r/{recording}/"))
    link = re.search(r'<link rel="alternate" type="application/json\+oembed" href="([^"]+)"', page)
    assert link
    address = link[1].replace("&amp;", "&").removeprefix("http://testserver")
    told = json.loads((await AsyncClient().get(address)).content)
    assert f"/embed/{recording}" in told["html"]
    assert f'<link rel="canonical" href="http://testserver/r/{recording}/">' in page
    assert f'property="og:image" content="http://testserver/r/{recording}/still.svg"' in page


async def test_searchers_find_only_our_own(registry: Registry) -> None:
    recording = await keep()
    assert 'content="noindex"' in text_of(await AsyncClient().get(f"/r/{recording}/"))
    assert 'content="noindex"' not in text_of(await AsyncClient().get("/r/first-image/"))


async def test_it_is_not_shown_in_frames(registry: Registry) -> None:
    page = await AsyncClient().get("/r/first-image/")
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


async def test_without_scripts_there_is_a_picture_and_the_file(registry: Registry) -> None:
    page = text_of(await AsyncClient().get("/r/first-image/"))
    without = page[page.index("<noscript>") : page.index("</noscript>")]
    assert 'src="still.svg"' in without
    assert 'href="/r/first-image.jsonl"' in without


async def test_one_that_was_taken_back_says_so(registry: Registry) -> None:
    recording = await keep()
    await forget(recording)
    page = await AsyncClient().get(f"/r/{recording}/")
    assert page.status_code == 404
    assert "There is no recording at this address." in text_of(page)


@pytest.mark.parametrize("recording", ["nowhere", "%00", "a" * 500, "..", "%2e%2e%2fx"])
async def test_nonsense_is_no_recording(registry: Registry, recording: str) -> None:
    assert (await AsyncClient().get(f"/r/{recording}/")).status_code == 404
