"""The page that tells authors how a recording comes into a page of theirs."""

import html
import re
from dataclasses import replace

import pytest
from django.test import AsyncClient

from visualizer.environment import Environment
from visualizer.labs import wiring
from visualizer.labs.registry import Registry
from visualizer.web import owner, pages
from visualizer.web.embedding import EXAMPLES

LIVE = "/embed/lab?recipe=hello-layers"


@pytest.fixture(autouse=True)
def built(registry: Registry) -> None:
    if not pages.is_built():
        pytest.skip("the front end is not built")


async def read() -> str:
    response = await AsyncClient().get("/embedding/")
    assert response.status_code == 200
    assert owner.NAME not in response.cookies
    return str(response.content.decode())


def snippets(page: str) -> list[str]:
    """What can be copied, as it is read and not as it is written."""
    return [html.unescape(found) for found in re.findall(r"(?s)<pre><code>(.*?)</code>", page)]


async def test_it_plays_each_of_our_recordings_and_shows_what_puts_it_elsewhere() -> None:
    page = await read()
    given = snippets(page)
    for id in EXAMPLES:
        element = f'<layercake-player src="http://testserver/r/{id}/"'
        assert element in page
        assert any(element in each for each in given)
    script = '<script src="http://testserver/embed/layercake-player.js" async></script>'
    assert sum(script in each for each in given) == len(EXAMPLES)


async def test_it_can_be_read_without_javascript() -> None:
    page = await read()
    assert "<noscript><a href=" in page
    assert "still.svg" in page
    assert "python manage.py publish" in page


async def test_every_word_that_the_player_reads_is_explained() -> None:
    explained = re.findall(r'<th scope="row"><code>(\w+)</code>', await read())
    assert explained == ["t", "speed", "theme", "autoplay", "controls", "lang"]


async def test_a_live_lab_is_offered() -> None:
    assert any(LIVE in each for each in snippets(await read()))


class TestASiteThatOpensNoLabsInFrames:
    @pytest.fixture
    def environment(self) -> Environment:
        return replace(wiring.environment(), sweep_seconds=0, live_embeds=False)

    async def test_offers_none(self) -> None:
        assert LIVE not in await read()
