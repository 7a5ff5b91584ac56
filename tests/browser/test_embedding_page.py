"""The page for authors: it plays our recordings, and what it gives to copy is what plays."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.browser.site import Site
from tests.browser.test_accessibility import LOOKS, Axe
from tests.browser.test_embeds import Player
from tests.browser.test_sharing import copied as copied_in_dialog
from tests.browser.test_sharing import tab_to
from tests.browser.visitor import SMALLEST, Looks
from visualizer.web.embedding import EXAMPLES

TITLE = "The first image"


def opened(page: Page) -> Page:
    page.goto("/embedding/")
    expect(page.locator("layercake-player iframe")).to_have_count(len(EXAMPLES))
    return page


def test_each_recording_plays_in_the_page(site: Site, arrive: Arrive) -> None:
    page = opened(arrive(site).new_page())
    for place in range(len(EXAMPLES)):
        frame = page.locator("layercake-player iframe").nth(place)
        # Those further down are fetched when they come into sight.
        frame.scroll_into_view_if_needed()
        player = Player(frame.content_frame)
        player.play.click()
        expect(player.slider).not_to_have_attribute("aria-valuenow", "0")


def test_by_keyboard_the_snippet_is_copied_that_the_share_dialog_gives(
    site: Site, arrive: Arrive
) -> None:
    page = opened(arrive(site).new_page())
    copy = page.get_by_role("button", name=f"Copy the script of “{TITLE}”")
    copy.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")

    page.goto("/r/first-image/")
    page.get_by_role("button", name="Share", exact=True).click()
    assert copied_in_dialog(page, "the script") == copied


def test_the_front_page_leads_there_and_a_reader_gets_about_by_keyboard(
    site: Site, arrive: Arrive
) -> None:
    page = arrive(site).new_page()
    page.goto("/")
    page.get_by_role("link", name="Put it into your course").click()
    page.wait_for_url("**/embedding/")
    tab_to(page, page.get_by_role("link", name="How it begins"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="How it begins")).to_be_in_viewport()


def test_the_share_dialog_leads_there(site: Site, arrive: Arrive) -> None:
    page = arrive(site).new_page()
    page.goto("/r/first-image/")
    page.get_by_role("button", name="Share", exact=True).click()
    with page.context.expect_page() as told:
        page.get_by_role("dialog").get_by_role("link", name="Put it into your course").click()
    told.value.wait_for_url("**/embedding/")


@pytest.mark.parametrize("looks", [*LOOKS, pytest.param(Looks(SMALLEST), id="smallest")])
def test_the_page_is_clean_and_fits_its_window(site: Site, arrive: Arrive, looks: Looks) -> None:
    page = opened(arrive(site, looks).new_page())
    assert page.evaluate("document.documentElement.scrollWidth") == looks.size[0]
    if looks.bypass_csp:
        axe = Axe()
        axe.look(page, "page for authors")
        axe.expect_nothing_found()
