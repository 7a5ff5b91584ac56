"""oEmbed as its spec has it: what another site is told to put into its page."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import AsyncClient

from tests.web.kept import keep
from visualizer.environment import PROJECT
from visualizer.labs.registry import Registry

HOST = "http://testserver"


async def ask(**query: Any) -> Any:
    return await AsyncClient().get("/oembed", query)


@pytest.fixture
async def recording(registry: Registry) -> str:
    """A recording whose title means to break out of an attribute."""
    return await keep(title='Layers & "quotes" <b>')


async def test_a_recordings_page_is_told_as_a_frame(recording: str) -> None:
    response = await ask(url=f"{HOST}/r/{recording}/")
    told = json.loads(response.content)
    assert response["Content-Type"] == "application/json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert (told["version"], told["type"]) == ("1.0", "rich")
    assert told["title"] == 'Layers & "quotes" <b>'
    assert told["provider_name"] == "Layercake"
    assert told["thumbnail_url"] == f"{HOST}/r/{recording}/still.svg"
    assert f'src="{HOST}/embed/{recording}"' in told["html"]
    assert (told["width"], told["height"]) == (800, 600)


@pytest.mark.parametrize("place", ["static/src/sandbox.ts", "docs/embedding.md"])
async def test_the_frame_may_do_what_the_other_ways_to_embed_let_it_do(
    recording: str, place: str
) -> None:
    html = json.loads((await ask(url=f"{HOST}/r/{recording}/")).content)["html"]
    allowed = re.search(r'sandbox="([^"]+)"', html)
    assert allowed
    assert f'"{allowed[1]}"' in (PROJECT / place).read_text(encoding="utf-8")


async def test_a_title_cannot_break_out_of_the_frame(recording: str) -> None:
    html = json.loads((await ask(url=f"{HOST}/r/{recording}/")).content)["html"]
    assert html.count("<") == 2
    assert 'title="Layers &amp; &quot;quotes&quot; &lt;b&gt;"' in html


@pytest.mark.parametrize(
    "path", ["/embed/{}?t=e2&speed=2", "/r/{}/?speed=2#t=e2", "/embed/{}?speed=2#t=e2"]
)
async def test_the_moment_and_the_options_are_handed_on(recording: str, path: str) -> None:
    told = json.loads((await ask(url=HOST + path.format(recording))).content)
    source = re.search(r'src="([^"]+)"', told["html"])
    assert source
    query = parse_qs(urlsplit(unescape(source[1])).query)
    assert query == {"t": ["e2"], "speed": ["2"]}
    assert told["thumbnail_url"].endswith("still.svg?t=e2")


async def test_what_is_no_moment_is_not_handed_on(recording: str) -> None:
    told = json.loads((await ask(url=f'{HOST}/embed/{recording}?t="><script>')).content)
    assert f'src="{HOST}/embed/{recording}"' in told["html"]


async def test_frame_and_picture_stay_within_what_is_asked_for(recording: str) -> None:
    answer = await ask(url=f"{HOST}/r/{recording}/", maxwidth=320, maxheight=200)
    told = json.loads(answer.content)
    assert (told["width"], told["height"]) == (320, 200)
    assert 'width="320" height="200"' in told["html"]
    assert told["thumbnail_width"] <= 320
    assert told["thumbnail_height"] <= 200


@pytest.mark.parametrize("nonsense", ["-1", "x", "", "99999999999", "1e3", "0"])
async def test_a_bound_that_is_no_number_is_passed_over(recording: str, nonsense: str) -> None:
    told = json.loads((await ask(url=f"{HOST}/r/{recording}/", maxwidth=nonsense)).content)
    assert 1 <= told["width"] <= 800


@pytest.mark.parametrize("wanted", ["json", "JSON", ""])
async def test_json_is_had_however_it_is_asked_for(recording: str, wanted: str) -> None:
    response = await ask(url=f"{HOST}/r/{recording}/", format=wanted)
    assert json.loads(response.content)["version"] == "1.0"


@pytest.mark.parametrize("wanted", ["xml", "yaml"])
async def test_another_format_than_json_is_not_implemented(recording: str, wanted: str) -> None:
    assert (await ask(url=f"{HOST}/r/{recording}/", format=wanted)).status_code == 501


@pytest.mark.parametrize(
    "address",
    [
        "/r/{}/",
        "http://elsewhere.example/r/{}/",
        HOST + "/lab/{}/",
        HOST + "/r/nobody-has-this/",
        HOST + "/r/{}/still.svg",
        "ftp://testserver/r/{}/",
        "javascript:alert(1)",
        "http://[",
        HOST + "/r/%00/",
    ],
)
async def test_what_is_no_recording_of_ours_is_not_found(recording: str, address: str) -> None:
    response = await ask(url=address.format(recording))
    assert response.status_code == 404
    assert response["Access-Control-Allow-Origin"] == "*"


async def test_an_address_is_needed(registry: Registry) -> None:
    assert (await ask()).status_code == 400


async def test_one_that_was_taken_back_is_not_found(recording: str) -> None:
    from tests.web.kept import forget

    await forget(recording)
    assert (await ask(url=f"{HOST}/r/{recording}/")).status_code == 404


async def test_our_own_recordings_are_found_by_their_names(registry: Registry) -> None:
    told = json.loads((await ask(url=f"{HOST}/r/first-image/")).content)
    assert f'src="{HOST}/embed/first-image"' in told["html"]


async def test_no_cookie_is_set(recording: str) -> None:
    assert not (await ask(url=f"{HOST}/r/{recording}/")).cookies
