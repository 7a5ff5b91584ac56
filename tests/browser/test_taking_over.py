"""A reader takes the lab of a course page's frame with them, where third-party cookies are blocked;
and what anybody else gains by its key."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, Request, expect

from tests.browser.conftest import Arrive
from tests.browser.elsewhere import Elsewhere
from tests.browser.lab_page import LabPage
from tests.browser.site import Site
from tests.browser.test_accessibility import LOOKS, Axe
from tests.browser.visitor import Looks, Visitor
from visualizer.web import owner


@pytest.fixture
def course(site: Site) -> Iterator[Elsewhere]:
    """A course page on another origin, with a live lab."""
    head = '<!doctype html><html lang="en"><title>A course</title><link rel="icon" href="data:,">'
    frame = f'<iframe src="{site.address}/embed/lab?recipe=hello-layers" title="A lab"'
    page = f'{head}<h1>A course</h1>{frame} width="100%" height="760"></iframe>'
    with Elsewhere({"/": page}).serving() as elsewhere:
        yield elsewhere


def frame_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def start(page: Page, course: Elsewhere) -> FrameLocator:
    """Open the lab in the frame, and build in it."""
    page.goto(course.address)
    frame = frame_of(page)
    frame.get_by_role("button", name="Start the lab").click()
    expect(frame.get_by_role("banner").get_by_text("Live", exact=True)).to_be_visible()
    frame.get_by_role("button", name="Build", exact=True).click()
    layers = frame.get_by_role("list", name="Layers of the image, the base first")
    expect(layers.get_by_role("button")).to_have_count(4, timeout=30_000)
    return frame


def way_out(frame: FrameLocator) -> Locator:
    return frame.get_by_role("link", name="Open in Layercake (a new tab)")


def address_with_key(frame: FrameLocator, site: Site) -> str:
    return f"{site.address}{way_out(frame).get_attribute('href')}"


def open_in_layercake(visitor: Visitor, frame: FrameLocator) -> Page:
    """The new tab, by keyboard."""
    way_out(frame).focus()
    with visitor.context.expect_page() as opened:
        way_out(frame).press("Enter")
    return opened.value


def test_a_reader_takes_the_lab_of_a_frame_along(
    site: Site, arrive: Arrive, course: Elsewhere
) -> None:
    visitor = arrive(site)
    page = visitor.new_page()
    frame = start(page, course)
    assert visitor.cookies() == []
    key = address_with_key(frame, site).partition("#")[2]
    assert len(key) > 40
    asked: list[Request] = []
    visitor.context.on("request", lambda request: asked.append(request))

    tab = open_in_layercake(visitor, frame)
    mine = tab.get_by_role("button", name="Make it mine")
    expect(mine).to_be_visible()
    # The key has left the address, and no way back leads to it.
    assert tab.url.endswith("/take/")
    assert tab.evaluate("history.length") == 1
    assert not any(cookie["name"] == owner.NAME for cookie in visitor.cookies())
    mine.press("Enter")
    tab.wait_for_url(re.compile(r"/lab/[\w-]+/$"))
    lab = LabPage(tab)
    lab.expect_live()
    layers = tab.get_by_role("list", name="Layers of the image, the base first")
    expect(layers.get_by_role("button")).to_have_count(4)
    lab.skip_tour()
    lab.write_file("Dockerfile", 'FROM alpine\nRUN echo mine > /mine\nCMD ["sleep", "600"]\n')
    lab.build(2)
    expect(lab.layer("RUN echo mine > /mine")).to_have_count(1)

    # The frame is told, and cannot change the lab any more.
    expect(frame.get_by_text("This lab was opened in Layercake.")).to_be_visible()
    expect(frame.get_by_role("button", name="Build", exact=True)).to_have_count(0)
    frame.get_by_role("button", name="Connect again").click()
    expect(frame.get_by_text("Watching, read-only")).to_be_visible()
    expect(frame.get_by_role("banner").get_by_text("Live", exact=True)).to_be_visible()
    name = key.partition("%3A")[0]
    told = [request.url.partition("#")[0] + request.headers.get("referer", "") for request in asked]
    assert told
    assert not any(name in each for each in told)
    # It is the reader's: they come back to it without its address.
    mine_now = tab.url
    tab.goto("/lab/")
    assert tab.url == mine_now


def test_a_key_works_once_and_a_second_reader_is_told_so(
    site: Site, arrive: Arrive, course: Elsewhere
) -> None:
    frame = start(arrive(site).new_page(), course)
    address = address_with_key(frame, site)
    first = arrive(site).new_page()
    first.goto(address)
    first.get_by_role("button", name="Make it mine").click()
    first.wait_for_url(re.compile(r"/lab/[\w-]+/$"))

    second = arrive(site)
    second.expect_complaint("403")
    late = second.new_page()
    late.goto(address)
    late.get_by_role("button", name="Make it mine").click()
    said = late.get_by_role("alert")
    expect(said).to_contain_text("This lab cannot be taken over with that address. It works once")
    assert not any(cookie["name"] == owner.NAME for cookie in second.cookies())
    late.reload()
    expect(said).to_contain_text("This address is not complete.")
    late.get_by_role("link", name="Only watch it").click()
    expect(late.get_by_text("Watching, read-only")).to_be_visible()


def test_whoever_has_it_already_is_taken_there(
    site: Site, arrive: Arrive, course: Elsewhere
) -> None:
    visitor = arrive(site)
    frame = start(visitor.new_page(), course)
    address = address_with_key(frame, site)
    for turn in range(2):
        tab = visitor.new_page()
        tab.goto(address)
        if turn == 0:
            tab.get_by_role("button", name="Make it mine").click()
        tab.wait_for_url(re.compile(r"/lab/[\w-]+/$"))


@pytest.mark.parametrize("looks", LOOKS)
def test_the_page_that_asks_is_clean(
    site: Site, arrive: Arrive, course: Elsewhere, looks: Looks
) -> None:
    axe = Axe()
    visitor = arrive(site, looks)
    page = visitor.new_page()
    page.goto(course.address)
    frame = frame_of(page)
    frame.get_by_role("button", name="Start the lab").click()
    address = address_with_key(frame, site)
    tab = visitor.new_page()
    tab.goto(address)
    expect(tab.get_by_role("button", name="Make it mine")).to_be_visible()
    axe.look(tab, "asking")
    tab.reload()
    expect(tab.get_by_role("alert")).to_contain_text("This address is not complete.")
    axe.look(tab, "without a key")
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe.expect_nothing_found()
