"""Time travel in a real lab: scrubbed back and forth, looked at only, linked to, compared."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import SLEEPER, LabPage
from tests.browser.site import Site
from tests.browser.test_accessibility import LOOKS, Axe
from tests.browser.visitor import NARROW, Looks
from tests.site_process import wait_until

BROKEN = "FROM alpine\nRUN cat /nothing\nCMD sleep 600\n"


class Bar:
    """The timeline under the stage."""

    def __init__(self, lab: LabPage) -> None:
        self.lab = lab
        self.page: Page = lab.page
        self.region = lab.page.get_by_role("region", name="Timeline", exact=True)
        self.slider = self.region.get_by_role("slider", name="Moment of the tape")

    @property
    def head(self) -> int:
        """How many events the bar has."""
        return int(self.slider.get_attribute("aria-valuemax") or "0")

    def expect_at(self, position: int) -> None:
        """Wait until the bar and the address are at this moment."""
        expect(self.slider).to_have_attribute("aria-valuenow", str(position))
        # The stage may be drawn a little later than the bar.
        expect(self.page.locator(f'[data-at="{position}"]')).to_have_count(1)
        expect(self.page).to_have_url(re.compile(rf"#t=e{position}$"))

    def expect_live(self) -> None:
        """Wait until the page is at the end of the tape and follows it."""
        expect(self.region.get_by_text("Live", exact=True)).to_be_visible()
        expect(self.page).to_have_url(re.compile(r"/lab/[^#]+$"))
        # The stage may be drawn a little later than the bar here, too.
        wait_until(lambda: self.page.locator(f'.stage[data-at="{self.head}"]').count())

    def drag(self, *shares: float) -> None:
        """Press at the first place of the bar (0 to 1), go to each of the others, and let go."""
        self.slider.scroll_into_view_if_needed()
        box = self.slider.bounding_box()
        assert box is not None
        places = [box["x"] + 10 + share * (box["width"] - 20) for share in shares]
        y = box["y"] + box["height"] - 9
        self.page.mouse.move(places[0], y)
        self.page.mouse.down()
        for x in places[1:]:
            self.page.mouse.move(x, y, steps=8)
        self.page.mouse.up()


def lab_with_a_past(lab: LabPage) -> str:
    """A lab of its own with a build that failed, one that did not, and a container that wrote."""
    lab.open_fresh()
    lab.write_file("Dockerfile", BROKEN)
    lab.press_build()
    lab.expect_build(1, "Failed")
    lab.write_file("Dockerfile", SLEEPER)
    lab.build(2)
    name = lab.run()
    lab.execute(name, "touch /new.txt")
    lab.show("stage")
    # The last that happens by itself: from now on the tape stands still.
    expect(lab.card(name).files).to_contain_text("new.txt")
    # The bar is drawn less often than the stage: it has caught up when it is as long.
    at = lab.page.locator(".stage[data-at]").get_attribute("data-at")
    expect(Bar(lab).slider).to_have_attribute("aria-valuemax", at or "")
    return name


def picture(stage: Locator) -> str:
    """What the stage says to who cannot see it: all that it shows, and nothing of pixels."""
    return stage.aria_snapshot()


def test_scrubbing_by_mouse_ends_on_the_same_picture(site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(site).new_page())
    name = lab_with_a_past(lab)
    bar = Bar(lab)
    bar.expect_live()
    before = picture(lab.stage)

    bar.drag(1, 0.1, 0.7, 0.3)
    expect(bar.region.get_by_role("button", name="Back to live")).to_be_visible()
    bar.drag(0.3, 0)
    expect(lab.stage.get_by_text("No image yet")).to_be_visible()
    bar.expect_at(0)
    bar.drag(0, 0.9, 0.5)
    expect(lab.stage).not_to_contain_text("No image yet")
    bar.drag(0.5, 1)

    bar.expect_live()
    assert picture(lab.stage) == before
    # A marker leads to just what it marks.
    bar.region.get_by_title(f"Container {name} was made").click()
    expect(bar.slider).to_have_attribute(
        "aria-valuetext", re.compile(f"^Container {name} was made")
    )
    lab.card(name).expect_state("created")
    bar.region.get_by_role("button", name="Back to live").click()
    bar.expect_live()
    assert picture(lab.stage) == before


def test_scrubbing_by_keyboard_alone_ends_on_the_same_picture(site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(site).new_page())
    name = lab_with_a_past(lab)
    bar, keys = Bar(lab), lab.page.keyboard
    before = picture(lab.stage)
    head = bar.head
    bar.slider.focus()

    keys.press("Home")
    bar.expect_at(0)
    expect(bar.slider).to_have_attribute("aria-valuetext", re.compile("^Nothing has happened yet"))
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    keys.press("ArrowLeft")
    bar.expect_at(1)
    for _ in range(4):
        keys.press("Shift+ArrowRight")
    expect(bar.slider).to_have_attribute(
        "aria-valuetext", re.compile(rf"^Step \d .*; event \d+ of {head}, \d:\d\d of \d:\d\d$")
    )
    position = int(bar.slider.get_attribute("aria-valuenow") or "0")
    bar.expect_at(position)
    there = picture(lab.stage)
    keys.press("Control+ArrowRight")
    keys.press("Control+ArrowLeft")
    bar.expect_at(position)
    assert picture(lab.stage) == there
    keys.press("End")
    bar.expect_live()
    assert picture(lab.stage) == before

    # From anywhere on the page, where the keys are nobody else's.
    lab.page.get_by_role("link", name="Layercake").focus()
    lab.page.evaluate("document.activeElement.blur()")
    keys.press("ArrowLeft")
    bar.expect_at(head - 1)
    keys.press("l")
    bar.expect_live()
    lab.card(name).expect_state("running")
    assert picture(lab.stage) == before


def test_a_tape_plays_from_its_start_until_it_is_live_again(site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(site).new_page())
    lab_with_a_past(lab)
    bar = Bar(lab)
    before = picture(lab.stage)

    # Slowly, so that it is still on its way when it is paused.
    bar.region.get_by_label("Speed").select_option("0.5")
    bar.region.get_by_role("button", name="Play from the start").click()
    expect(bar.region.get_by_role("button", name="Back to live")).to_be_visible()
    bar.region.get_by_role("button", name="Pause").click()
    at = bar.slider.get_attribute("aria-valuenow")
    bar.region.get_by_label("Speed").select_option("4")
    bar.region.get_by_role("button", name="Play", exact=False).first.click()
    expect(bar.slider).not_to_have_attribute("aria-valuenow", at or "")

    bar.expect_live()
    assert picture(lab.stage) == before


def test_the_past_is_look_only(site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(site).new_page())
    name = lab_with_a_past(lab)
    bar, page = Bar(lab), lab.page
    lab.open_shell(name)
    told = len(lab.events())

    bar.region.get_by_title(f"Container {name} was made").click()
    lab.card(name).expect_state("created")
    expect(page.get_by_role("banner").get_by_text("Past", exact=True)).to_be_visible()
    buttons = [
        page.get_by_role("button", name="Build", exact=True),
        page.get_by_role("button", name="Run with options…"),
        lab.stage.get_by_role("button", name="Run", exact=True),
        lab.stage.get_by_role("button", name=f"Start {name}"),
        lab.stage.get_by_role("button", name=re.compile("^Remove… the image")),
    ]
    for button in buttons:
        expect(button).to_be_disabled()
        expect(button).to_have_accessible_description(
            "You are looking at the past. Press L to go back to live."
        )
    page.locator(".xterm-helper-textarea").focus()
    lab.type_in_shell("touch /typed-in-the-past.txt")
    lab.write_file("app.py", "print('files may be edited')\n")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.press("r")
    notice = page.get_by_text("You are looking at the past.").locator("visible=true")
    expect(notice.first).to_be_visible()

    page.keyboard.press("l")
    bar.expect_live()
    lab.card(name).expect_state("running")
    assert "/typed-in-the-past.txt" not in str(lab.events())
    assert len(lab.events()) == told
    expect(lab.stage.get_by_role("button", name=f"Stop {name}")).to_be_enabled()


def test_a_link_opens_at_its_moment_for_the_owner_and_for_a_watcher(
    site: Site, arrive: Arrive
) -> None:
    owner = arrive(site)
    lab = LabPage(owner.new_page())
    name = lab_with_a_past(lab)
    bar = Bar(lab)
    bar.region.get_by_title(f"Container {name} was made").click()
    expect(lab.page).to_have_url(re.compile(r"#t=e\d+$"))
    link = lab.page.url
    position = int(link.partition("#t=e")[2])

    for visitor, looks in ((owner, None), (arrive(site, Looks(NARROW)), NARROW)):
        page = visitor.new_page()
        page.goto(link)
        there = LabPage(page)
        if looks:
            there.show("stage")
        Bar(there).expect_at(position)
        there.card(name).expect_state("created")
        page.evaluate("location.hash = '#t=e1'")
        Bar(there).expect_at(1)
        page.evaluate("location.hash = '#t=nonsense'")
        expect(Bar(there).region.get_by_text("Live", exact=True)).to_be_visible()


def test_what_happens_meanwhile_waits_until_one_is_live_again(site: Site, arrive: Arrive) -> None:
    owner = LabPage(arrive(site).new_page())
    owner.open_fresh()
    owner.write_file("Dockerfile", SLEEPER)
    owner.build()
    watcher = LabPage(arrive(site).new_page())
    watcher.open(owner.address)
    bar = Bar(watcher)
    bar.slider.press("Home")
    bar.expect_at(0)
    before = str(len(owner.events()))
    expect(bar.slider).to_have_attribute("aria-valuemax", before)

    name = owner.run()
    expect(bar.slider).not_to_have_attribute("aria-valuemax", before)
    bar.expect_at(0)
    expect(watcher.stage.get_by_text("No image yet")).to_be_visible()
    watcher.page.keyboard.press("l")
    bar.expect_live()
    watcher.card(name).expect_state("running")


def test_two_moments_are_compared_by_keyboard_alone(site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(site).new_page())
    name = lab_with_a_past(lab)
    bar, page = Bar(lab), lab.page
    bar.slider.focus()
    page.keyboard.press("Home")
    bar.expect_at(0)

    page.keyboard.press("c")
    comparison = page.get_by_role("region", name="Two moments compared")
    expect(comparison).to_contain_text("Nothing differs")
    page.keyboard.press("l")
    bar.expect_live()
    expect(comparison.get_by_role("status").first).to_have_text(
        re.compile(r"\d+ came, 0 went, 0 changed")
    )
    came = comparison.get_by_role("region", name="Came from A to B")
    for what in ("Image my-app:latest", "Tag my-app:latest", f"Container {name}", "Build 1 failed"):
        expect(came).to_contain_text(what)
    expect(comparison.get_by_role("region", name="Stage at moment A")).to_contain_text(
        "No image yet"
    )
    expect(comparison.get_by_role("region", name="Stage at moment B")).not_to_contain_text(
        "No image yet"
    )
    page.keyboard.press("Escape")
    expect(comparison).to_have_count(0)
    lab.card(name).expect_state("running")


@pytest.mark.parametrize("looks", LOOKS)
def test_the_past_and_a_comparison_are_clean(site: Site, arrive: Arrive, looks: Looks) -> None:
    lab = LabPage(arrive(site, looks).new_page())
    name = lab_with_a_past(lab)
    bar, axe = Bar(lab), Axe()
    axe.look(lab.page, "live, with its bar")
    bar.slider.press("Home")
    bar.expect_at(0)
    if lab.narrow:
        bar.region.get_by_role("button", name="More of the timeline").click()
    bar.region.get_by_role("button", name="Compare", exact=True).click()
    bar.region.get_by_title(f"Container {name} was made").click()
    comparison = lab.page.get_by_role("region", name="Two moments compared")
    expect(comparison).to_contain_text("Image my-app:latest")
    axe.look(lab.page, "comparison")
    comparison.get_by_role("button", name="Stop comparing").click()
    expect(lab.card(name).locator).to_be_visible()
    for part in ("files", "stage", "steps", "container", "discoveries", "transcript"):
        lab.show(part)
        axe.look(lab.page, f"in the past, {part}")
    axe.expect_nothing_found()
