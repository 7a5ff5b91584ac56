"""The page of an embed: alike for everybody, open to frames, and closed to all else."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import AsyncClient

from tests.conftest import OWNER
from tests.socket_client import cookie
from tests.web.kept import forget, golden, keep
from visualizer.labs.registry import Registry
from visualizer.recordings import format as file
from visualizer.recordings.format import Note
from visualizer.web import embeds, owner


@pytest.fixture(autouse=True)
def built(tmp_path: Path, settings: LazySettings) -> Path:
    """A front end of which the player is built."""
    folder = tmp_path / "embed"
    folder.mkdir()
    manifest = {"a": {"file": "player-abc.js"}, "b": {"file": "player-abc.css"}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "layercake-player.js").write_text("/* the element */")
    settings.BUILT_FRONT_END = tmp_path
    return tmp_path


async def embed(recording: str, query: str = "", **headers: str) -> Any:
    return await AsyncClient().get(f"/embed/{recording}{query}", headers=headers)


def boot_of(response: Any) -> dict[str, Any]:
    text = response.content.decode()
    found = re.search(r'<script id="boot" type="application/json">(.*?)</script>', text)
    assert found
    return dict(json.loads(found[1]))


def policy_of(response: Any) -> dict[str, str]:
    parts = response["Content-Security-Policy"].split("; ")
    return {name: words for name, _, words in (part.partition(" ") for part in parts)}


async def test_it_holds_the_whole_recording_and_the_player(registry: Registry) -> None:
    recording = await keep("A story", notes=[Note(at=3, text="Look.")])
    page = await embed(recording)
    assert page.status_code == 200
    boot = boot_of(page)
    recorded = file.read(boot["text"].encode())
    assert (recorded.header.title, recorded.events) == ("A story", golden())
    assert boot["page"] == f"http://testserver/r/{recording}/"
    assert 'src="http://testserver/static/embed/player-abc.js"' in page.content.decode()


async def test_a_large_recording_is_fetched_by_the_player(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeds, "INLINE_BYTES", 100)
    recording = await keep()
    boot = boot_of(await embed(recording))
    assert "text" not in boot
    assert boot["address"] == f"http://testserver/r/{recording}.jsonl"


async def test_words_of_its_author_cannot_leave_their_place(registry: Registry) -> None:
    evil = "</script><script>alert(1)</script><!--"
    page = await embed(await keep(evil, description=evil))
    assert "<script>alert" not in page.content.decode()
    assert boot_of(page)["title"] == evil


async def test_no_cookie_is_read_or_set(registry: Registry) -> None:
    recording = await keep()
    known = AsyncClient()
    known.cookies[owner.NAME] = cookie(OWNER).split("=", 1)[1]
    pages = [await known.get(f"/embed/{recording}"), await embed(recording)]
    assert pages[0].content == pages[1].content
    for page in pages:
        assert not page.cookies
        assert "Cookie" not in page["Vary"]
        assert "csrf" not in page.content.decode().lower()


async def test_any_page_may_frame_it_and_it_may_do_nothing_else(registry: Registry) -> None:
    page = await embed(await keep())
    assert policy_of(page) == {
        "default-src": "'none'",
        "script-src": "http://testserver/static/embed/",
        "style-src": "http://testserver/static/embed/",
        "img-src": "data:",
        "connect-src": "http://testserver/r/",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "*",
    }
    assert "X-Frame-Options" not in page
    assert page["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize("path", ["/", "/labs/", "/recordings/", "/r/first-image/", "/no-such"])
async def test_no_other_page_may_be_framed(registry: Registry, path: str) -> None:
    page = await AsyncClient().get(path)
    assert policy_of(page)["frame-ancestors"] == "'none'"
    assert page["X-Frame-Options"] == "DENY"
    assert page["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "query", ["?t=1:23&speed=2&theme=dark", "?t=%00&speed=fast&theme=%3Cscript%3E&lang=tlh", "?%"]
)
async def test_the_query_is_for_the_player_alone(registry: Registry, query: str) -> None:
    recording = await keep()
    page = await embed(recording, query)
    assert page.status_code == 200
    assert page.content == (await embed(recording)).content


async def test_it_is_kept_by_browsers_as_long_as_it_is_there(registry: Registry) -> None:
    recording = await keep()
    page = await embed(recording)
    assert page["Cache-Control"] == "public, no-cache"
    again = await embed(recording, if_none_match=page["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    await forget(recording)
    assert (await embed(recording, if_none_match=page["ETag"])).status_code == 404


async def test_it_is_sent_compressed_to_who_takes_that(registry: Registry) -> None:
    recording = await keep()
    page = await embed(recording, accept_encoding="gzip, br")
    assert page["Content-Encoding"] == "gzip"
    assert gzip.decompress(page.content) == (await embed(recording)).content


@pytest.mark.parametrize("id", ["never-made", "a\x00b", "..", "x" * 500, "<b>"])
async def test_an_unknown_one_says_so_in_its_frame(registry: Registry, id: str) -> None:
    page = await embed(id)
    assert page.status_code == 404
    assert "There is no recording at this address." in page.content.decode()
    assert policy_of(page)["frame-ancestors"] == "*"
    assert "X-Frame-Options" not in page


async def test_without_scripts_it_says_what_it_is(registry: Registry) -> None:
    recording = await keep("A story", description="Two builds.")
    text = (await embed(recording)).content.decode()
    noscript = text[text.index("<noscript>") : text.index("</noscript>")]
    assert "A story" in noscript
    assert "Two builds." in noscript
    assert f'href="http://testserver/r/{recording}/"' in noscript


async def test_a_site_that_is_not_built_says_so(registry: Registry, built: Path) -> None:
    (built / "embed" / "manifest.json").unlink()
    (built / "embed" / "layercake-player.js").unlink()
    assert (await embed(await keep())).status_code == 503
    assert (await AsyncClient().get("/embed/layercake-player.js")).status_code == 503


@pytest.mark.parametrize("method", ["post", "put", "delete"])
async def test_it_is_there_to_be_read(registry: Registry, method: str) -> None:
    assert (await getattr(AsyncClient(), method)("/embed/first-image")).status_code == 405


async def test_the_element_is_for_any_page(registry: Registry) -> None:
    script = await AsyncClient().get("/embed/layercake-player.js")
    assert script["Content-Type"] == "text/javascript; charset=utf-8"
    assert script["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert script["Access-Control-Allow-Origin"] == "*"
    assert script["Cache-Control"] == "public, max-age=3600"
    assert script.content == b"/* the element */"
    assert not script.cookies
