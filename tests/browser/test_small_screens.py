"""A recording and a timeline on a phone: all of a player in sight at once, one calm row of keys."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import LabPage
from tests.browser.site import Site
from tests.browser.visitor import NARROW, SMALLEST, Looks

SIZES = pytest.mark.parametrize("size", [NARROW, SMALLEST], ids=["390", "360"])


def box(element: Locator) -> dict[str, float]:
    """Where it lies in the window, in px, as soon as it is there."""
    expect(element).to_be_visible()
    found = element.bounding_box()
    assert found is not None
    x, y, width, height = found["x"], found["y"], found["width"], found["height"]
    return {"x": x, "y": y, "width": width, "height": height, "bottom": y + height}


@SIZES
def test_a_recording_is_in_sight_at_once_and_keeps_the_keys_when_it_plays(
    site: Site, arrive: Arrive, size: tuple[int, int]
) -> None:
    page = arrive(site, Looks(size)).new_page()
    page.goto("/r/first-image/")
    player = page.get_by_role("region", name="Recording", exact=True)
    player.get_by_role("button", name="Play", exact=True).click()

    slider = player.get_by_role("slider", name="Moment of the tape")
    expect(slider).to_be_focused()
    expect(player).to_be_in_viewport(ratio=1)
    stage = box(player.get_by_role("region", name="Stage"))
    assert stage["y"] < box(slider)["y"]

    page.keyboard.press("End")
    end = slider.get_attribute("aria-valuemax")
    expect(slider).to_have_attribute("aria-valuenow", end or "")
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "0")
    expect(player).to_be_in_viewport(ratio=1)
    # Whoever presses anywhere on it has its keys, too.
    page.evaluate("document.activeElement.blur()")
    player.get_by_role("region", name="Stage").click(position={"x": 4, "y": 4})
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuenow", end or "")


@SIZES
def test_the_front_page_plays_within_one_screen(
    site: Site, arrive: Arrive, size: tuple[int, int]
) -> None:
    page = arrive(site, Looks(size)).new_page()
    page.goto("/")
    player = page.get_by_role("region", name="Recording", exact=True)
    expect(player.get_by_role("slider", name="Moment of the tape")).to_be_visible()
    assert box(player)["height"] <= size[1]


@SIZES
def test_the_timeline_of_a_lab_is_one_row_and_the_rest_is_one_press_away(
    site: Site, arrive: Arrive, size: tuple[int, int]
) -> None:
    lab = LabPage(arrive(site, Looks(size)).new_page())
    lab.open_fresh()
    lab.show("stage")
    bar = lab.page.get_by_role("region", name="Timeline", exact=True)
    speed = bar.get_by_role("combobox", name="Speed")
    expect(speed).to_be_hidden()

    # In the past it says what had happened, and the way back stands in the same row.
    slider = bar.get_by_role("slider", name="Moment of the tape")
    # A tape on which nothing has happened yet has no past.
    expect(slider).to_have_attribute("aria-valuemax", "1")
    slider.press("Home")
    expect(bar.get_by_text("Nothing has happened yet.")).to_be_visible()
    back = bar.get_by_role("button", name="Back to live")
    more = bar.get_by_role("button", name="More of the timeline")
    row = [box(bar.get_by_role("button", name="Play")), box(more), box(back)]
    assert max(each["y"] for each in row) < min(each["bottom"] for each in row)
    assert box(back)["x"] + box(back)["width"] <= size[0]

    more.press("Enter")
    expect(speed).to_be_visible()
    expect(bar.get_by_role("button", name="Even pace")).to_be_visible()
    expect(bar.get_by_role("button", name="Compare", exact=True)).to_be_visible()
    expect(bar.get_by_text("the clock tells the time as recorded")).to_be_visible()
    more.press("Enter")
    expect(speed).to_be_hidden()
    back.click()
    expect(bar.get_by_text("Live", exact=True)).to_be_visible()
