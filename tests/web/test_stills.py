"""The still of a recording and the QR code of its address: pictures that any page may show."""

import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from django.test import AsyncClient

from tests.web.kept import forget, golden, keep
from visualizer.events.types import BuildStarted, ContainerCreated, ImageBuilt
from visualizer.labs.registry import Registry
from visualizer.recordings.format import Header, Recorded
from visualizer.recordings.still import dimensions, still
from visualizer.web import stills

SVG = "{http://www.w3.org/2000/svg}"


def words(svg: str) -> list[str]:
    """The texts that are drawn, in their order. Fails when the picture is not well-formed."""
    return ["".join(text.itertext()) for text in ET.fromstring(svg).iter(f"{SVG}text")]


def position_of(kind: type, nth: int = 1) -> int:
    """The position just after the nth such event of the story."""
    found = [at for at, event in enumerate(golden(), start=1) if isinstance(event, kind)]
    return found[nth - 1]


def told(**header: Any) -> Recorded:
    return Recorded(Header(**header), golden())


def test_the_image_is_drawn_with_its_instructions_and_sizes() -> None:
    drawn = words(still(told(title="A story"), position_of(ImageBuilt)))
    slabs = drawn[drawn.index("RUN") : -1]
    assert slabs[:3] == ["RUN", 'echo "built with care" > built.txt', "16 B"]
    assert drawn[0] == "A story"
    assert "5 read-only layers" in drawn[1]
    assert drawn[-1].startswith("Layercake recording")


def test_containers_stand_on_the_image_with_their_own_layers() -> None:
    drawn = words(still(told(), position_of(ContainerCreated)))
    created = next(event for event in golden() if isinstance(event, ContainerCreated))
    assert created.name in drawn
    assert "own layer 0 B, no file changed" in drawn
    assert drawn.index(created.name) < drawn.index("RUN")


def test_before_anything_was_built_it_says_so() -> None:
    assert "An empty lab." in words(still(told(), 1))
    at = position_of(BuildStarted)
    assert "Build 1 is running. There is no image yet." in words(still(told(), at))


def test_a_recording_that_begins_later_has_no_earlier_picture() -> None:
    begins = position_of(ImageBuilt)
    assert still(told(begins=begins), 0) == still(told(begins=begins), begins)


@pytest.mark.parametrize(
    "title", ["</title><script>alert(1)</script>", 'a" onload="x', "\x00\x1b[31m\u202e", "\ud800"]
)
def test_a_title_is_only_text(title: str) -> None:
    svg = still(told(title=title))
    svg.encode()
    tree = ET.fromstring(svg)
    assert {element.tag.removeprefix(SVG) for element in tree.iter()} <= {
        *("svg", "title", "style", "rect", "text", "path", "g"),
    }
    assert "\u202e" not in svg
    assert not any(name.startswith("on") for each in tree.iter() for name in each.attrib)


def test_a_theme_is_the_readers_unless_one_is_chosen() -> None:
    assert "prefers-color-scheme" in still(told())
    light, dark = still(told(), None, "light"), still(told(), None, "dark")
    assert light != dark
    assert "prefers-color-scheme" not in light + dark


async def test_a_still_may_be_shown_by_any_page_and_does_nothing(registry: Registry) -> None:
    recording = await keep()
    response = await AsyncClient().get(f"/r/{recording}/still.svg")
    assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["Content-Security-Policy"].startswith("default-src 'none'")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert re.fullmatch(r"public, max-age=\d{1,4}", response["Cache-Control"])
    assert not response.cookies
    assert "<script" not in response.content.decode()


@pytest.mark.parametrize(
    ("moment", "position"),
    [("e1", 1), ("0", None), ("e99999", None), ("nonsense", None), ("", None)],
)
async def test_a_moment_is_read_leniently(
    registry: Registry, moment: str, position: int | None
) -> None:
    recording = await keep(title="A story")
    response = await AsyncClient().get(f"/r/{recording}/still.svg", {"t": moment})
    drawn = words(response.content.decode())
    if position:
        assert drawn == words(still(told(title="A story"), position))
    elif moment == "0":
        assert "An empty lab." in drawn
    else:
        assert drawn == words(still(told(title="A story")))


async def test_what_is_gone_has_no_picture(registry: Registry) -> None:
    recording = await keep()
    assert (await AsyncClient().get(f"/r/{recording}/still.svg")).status_code == 200
    await forget(recording)
    for name in ("still", "qr"):
        assert (await AsyncClient().get(f"/r/{recording}/{name}.svg")).status_code == 404


async def test_the_qr_code_is_of_the_pages_address(registry: Registry) -> None:
    recording = await keep()
    plain = await AsyncClient().get(f"/r/{recording}/qr.svg")
    later = await AsyncClient().get(f"/r/{recording}/qr.svg", {"t": "e12"})
    wrong = await AsyncClient().get(f"/r/{recording}/qr.svg", {"t": "<nonsense>"})
    title = f"QR code of http://testserver/r/{recording}/"
    assert title_of(plain) == title_of(wrong) == title
    assert title_of(later) == f"{title}#t=e12"
    assert plain.content != later.content


def title_of(response: Any) -> str | None:
    found = ET.fromstring(response.content).find(f"{SVG}title")
    return found.text if found is not None else None


def test_a_still_knows_its_size() -> None:
    width, height = dimensions(still(told()))
    assert width == 800
    assert height > 200


async def test_who_waits_too_long_for_a_picture_is_told_to_come_back(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = await keep()
    monkeypatch.setattr(stills, "WAIT_SECONDS", 0.0)
    response = await AsyncClient().get(f"/r/{recording}/still.svg?t=e3")
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    asked = {"url": f"http://testserver/r/{recording}/"}
    assert (await AsyncClient().get("/oembed", asked)).status_code == 503
