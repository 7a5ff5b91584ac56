"""A recording inside pages of other origins, and as a folder that needs no site at all."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, Request, expect

from tests.browser.conftest import Arrive
from tests.browser.other_origin import serving
from tests.browser.site import ROOT, Site
from tests.browser.test_accessibility import LOOKS, Axe
from tests.browser.visitor import NARROW, WIDE, Looks, Visitor

RECORDING = "first-image"
FAST = "speed=8"
HEARING = """<script>
  window.heights = [];
  addEventListener("message", ({ data }) => {
    if (data.type === "layercake:resize") window.heights.push(data.height);
  });
</script>"""
FRAMES = {
    "a plain frame": '<iframe src="{src}" title="Layers" width="800" height="600"></iframe>',
    "a sandboxed frame": '<iframe sandbox="allow-scripts" src="{src}" title="Layers" width="800" '
    'height="600"></iframe>',
    "the element": '<script src="{site}/embed/layercake-player.js"></script>'
    '<layercake-player src="{src}" title="Layers"></layercake-player>',
}


class Player:
    """The player, wherever it is: in a frame or alone on a page."""

    def __init__(self, place: FrameLocator | Page) -> None:
        self.slider: Locator = place.get_by_role("slider", name="Moment of the tape")
        self.play: Locator = place.get_by_role("button", name="Play", exact=True)
        self.stage: Locator = place.get_by_role("region", name="Stage")

    def expect_end(self) -> None:
        """It has come to its end: the image stands, and the bar is at its last event."""
        last = self.slider.get_attribute("aria-valuemax")
        assert last
        assert int(last) > 10
        expect(self.slider).to_have_attribute("aria-valuenow", last, timeout=120_000)
        expect(self.stage.get_by_label("Layers of the image")).to_be_visible()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder of somebody else's, and its address."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with serving(folder) as address:
        yield folder, address


def visit(visitor: Visitor) -> Page:
    """A page in a browser that gives frames no cookies."""
    page = visitor.new_page()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.setCookieControls",
        {
            "enableThirdPartyCookieRestriction": True,
            "disableThirdPartyCookieMetadata": True,
            "disableThirdPartyCookieHeuristics": True,
        },
    )
    return page


def write(folder: Path, body: str, name: str = "index.html") -> None:
    icon = '<link rel="icon" href="data:,"><title>A course</title>'
    head = f'<!doctype html><html lang="en"><meta charset="utf-8">{icon}'
    (folder / name).write_text(f"{head}<body><h1>A course</h1>{body}</body></html>")


@pytest.mark.parametrize("looks", [Looks(WIDE), Looks(NARROW, "dark")], ids=["wide", "narrow"])
@pytest.mark.parametrize("kind", FRAMES)
def test_it_plays_and_asks_for_its_height_inside(
    site: Site, arrive: Arrive, elsewhere: tuple[Path, str], kind: str, looks: Looks
) -> None:
    folder, address = elsewhere
    frame = FRAMES[kind].format(site=site.address, src=f"{site.address}/embed/{RECORDING}?{FAST}")
    write(folder, f"{HEARING}{frame}")
    asked: list[Request] = []
    page = visit(arrive(site, looks))
    page.goto("/labs/")
    page.on("request", lambda request: asked.append(request))
    page.goto(address)

    player = Player(page.frame_locator("iframe"))
    page.wait_for_function("window.heights.length > 0")
    player.play.click()
    player.expect_end()

    assert all(request.url.startswith((site.address, address)) for request in asked)
    to_the_site = [request for request in asked if request.url.startswith(site.address)]
    assert not any("cookie" in request.all_headers() for request in to_the_site)
    assert not any(request.resource_type == "websocket" for request in asked)
    height = page.evaluate("window.heights.at(-1)")
    assert 300 < height < 2000
    if kind == "the element":
        expect(page.locator("iframe")).to_have_css("height", f"{height}px")


def test_a_higher_frame_is_asked_for_no_further_height(
    site: Site, arrive: Arrive, elsewhere: tuple[Path, str]
) -> None:
    folder, address = elsewhere
    src = f"{site.address}/embed/{RECORDING}?t=e40"
    write(folder, HEARING + FRAMES["a plain frame"].format(src=src))
    page = visit(arrive(site))
    page.goto(address)
    page.wait_for_function("window.heights.length > 0")
    wanted = page.evaluate("window.heights.at(-1)")
    page.locator("iframe").evaluate("(frame, height) => frame.style.height = height + 'px'", wanted)
    box = page.frame_locator("iframe").locator(".box")
    expect(box).to_have_js_property("scrollTop", 0)
    page.wait_for_function("() => new Promise(done => requestAnimationFrame(() => done(true)))")
    assert page.evaluate("window.heights.at(-1)") == wanted
    assert box.evaluate("box => box.scrollHeight <= box.clientHeight")


@pytest.mark.parametrize("height", [400, 600])
def test_in_a_low_frame_the_controls_stay_in_sight(
    site: Site, arrive: Arrive, elsewhere: tuple[Path, str], height: int
) -> None:
    folder, address = elsewhere
    src = f"{site.address}/embed/{RECORDING}?t=e40"
    write(folder, f'<iframe src="{src}" title="Layers" width="700" height="{height}"></iframe>')
    page = visit(arrive(site))
    page.goto(address)
    player = Player(page.frame_locator("iframe"))
    expect(player.slider).to_be_visible()
    bar = page.frame_locator("iframe").get_by_role("region", name="Timeline")
    place, frame = bar.bounding_box(), page.locator("iframe").bounding_box()
    assert place
    assert frame
    assert place["y"] + place["height"] <= frame["y"] + frame["height"] + 3


def test_its_link_leads_out_of_the_cage(
    site: Site, arrive: Arrive, elsewhere: tuple[Path, str]
) -> None:
    folder, address = elsewhere
    write(
        folder,
        FRAMES["the element"].format(site=site.address, src=f"{site.address}/embed/{RECORDING}"),
    )
    page = visit(arrive(site))
    page.goto(address)
    with page.context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("link", name="Open in Layercake").click()
    opened.value.wait_for_url(f"{site.address}/r/{RECORDING}/")
    assert opened.value.evaluate("window.origin") == site.address


def test_it_is_played_by_keyboard_alone(site: Site, arrive: Arrive) -> None:
    page = arrive(site).new_page()
    page.goto(f"/embed/{RECORDING}")
    player = Player(page)
    expect(player.play).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Open in Layercake")).to_be_focused()
    page.keyboard.press("Tab")
    expect(player.play).to_be_focused()
    page.keyboard.press("Enter")
    expect(player.play).to_have_count(0)
    page.keyboard.press("End")
    player.expect_end()
    page.keyboard.press("Home")
    expect(player.slider).to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("ArrowRight")
    expect(player.slider).to_have_attribute("aria-valuenow", "1")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause (space)")).to_be_visible()


def test_it_opens_as_it_is_asked_to(site: Site, arrive: Arrive) -> None:
    page = arrive(site).new_page()
    page.goto(f"/embed/{RECORDING}?t=e12&theme=dark&speed=2&controls=1")
    expect(Player(page).slider).to_have_attribute("aria-valuenow", "12")
    expect(page.get_by_label("Speed")).to_have_value("2")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.goto(f"/embed/{RECORDING}?t=e12&theme=light&controls=0")
    expect(page.get_by_role("button", name="Play (space)")).to_be_visible()
    expect(Player(page).slider).to_have_count(0)


def test_who_wants_less_motion_starts_it_themselves(site: Site, arrive: Arrive) -> None:
    still = arrive(site, Looks(reduced_motion=True)).new_page()
    still.goto(f"/embed/{RECORDING}?autoplay=1")
    expect(Player(still).play).to_be_visible()
    moving = arrive(site, Looks(reduced_motion=False)).new_page()
    moving.goto(f"/embed/{RECORDING}?autoplay=1")
    expect(moving.get_by_role("button", name="Pause (space)")).to_be_visible()


@pytest.mark.parametrize("looks", LOOKS)
def test_axe_finds_nothing(site: Site, arrive: Arrive, looks: Looks) -> None:
    visitor = arrive(site, looks)
    visitor.expect_complaint("404")
    page = visitor.new_page()
    axe = Axe()
    for query in ("", "?t=e5", "?t=e40&controls=0", "?t=1e9"):
        page.goto(f"/embed/{RECORDING}{query}")
        expect(page.get_by_role("region", name="Stage")).to_be_visible()
        axe.look(page, f"embed{query}")
    page.goto("/embed/no-such-recording")
    axe.look(page, "no recording")
    axe.expect_nothing_found()


@pytest.fixture
def published(own_site: Site, tmp_path: Path) -> Path:
    """A recording as a folder; the site that wrote it is switched off."""
    out = tmp_path / "published"
    subprocess.run(
        [sys.executable, "manage.py", "publish", RECORDING, "--out", str(out)],
        cwd=ROOT,
        env={**os.environ, "LAYERCAKE_DATA": str(own_site.data)},
        check=True,
        capture_output=True,
    )
    own_site.stop()
    return out


@pytest.mark.parametrize("way", ["http", "file"])
def test_a_published_folder_plays_to_its_end_with_no_site_behind_it(
    own_site: Site, published: Path, arrive: Arrive, way: str
) -> None:
    page = arrive(own_site).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with serving(published) as served:
        base = served if way == "http" else published.as_uri()
        page.goto(f"{base}/index.html?{FAST}")
        player = Player(page)
        player.play.click()
        player.expect_end()
    assert asked
    assert all(url.startswith((f"{base}/", "data:")) for url in asked)
