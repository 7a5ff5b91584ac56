"""The list of recordings: a file is imported, and revoked again, by keyboard alone; axe finds
nothing on the way."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.browser.site import ROOT, Site
from tests.browser.test_accessibility import LOOKS, Axe
from tests.browser.visitor import Looks

TAPE = ROOT / "tests" / "tapes" / "recording-v1.jsonl"
TITLE = "A file changes, and the cache with it"


def choose(page: Page, file: Path) -> None:
    """Choose the file and import it, with the keyboard but for the system's own dialog."""
    field = page.get_by_label("file that a Layercake site has exported")
    field.set_input_files(file)
    field.focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Import it")).to_be_focused()
    page.keyboard.press("Enter")


def follow(page: Page, link: str) -> None:
    """Go to a link with the keyboard."""
    page.get_by_role("link", name=link).focus()
    page.keyboard.press("Enter")


def fits(page: Page) -> bool:
    """Whether nothing sticks out at the side."""
    wide: bool = page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    return wide


@pytest.mark.parametrize("looks", LOOKS)
def test_a_recording_comes_and_goes_and_every_page_is_clean(
    site: Site, arrive: Arrive, looks: Looks
) -> None:
    page = arrive(site, looks).new_page()
    axe = Axe()
    page.goto("/recordings/")
    expect(page.get_by_text("This browser has no recording yet.")).to_be_visible()
    axe.look(page, "empty list")

    choose(page, TAPE)
    page.wait_for_url("**/r/*/", wait_until="commit")
    page.goto("/recordings/")
    expect(page.get_by_role("link", name=TITLE, exact=True)).to_be_visible()
    axe.look(page, "list")
    assert fits(page)

    follow(page, f"Take back “{TITLE}”")
    expect(page.get_by_role("heading", name=f"Take the recording “{TITLE}” back?")).to_be_visible()
    axe.look(page, "question")
    page.get_by_role("button", name="Take it back").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("This browser has no recording yet.")).to_be_visible()
    axe.expect_nothing_found()


@pytest.mark.parametrize("looks", LOOKS)
def test_a_file_that_is_none_is_refused_where_it_was_chosen(
    site: Site, arrive: Arrive, looks: Looks
) -> None:
    visitor = arrive(site, looks)
    visitor.expect_complaint(r"status of 400")
    page = visitor.new_page()
    page.goto("/recordings/")
    choose(page, ROOT / "pyproject.toml")
    expect(page.get_by_role("heading", name="This file cannot be played.")).to_be_visible()
    expect(page.get_by_text("Line 1:")).to_be_visible()
    expect(page.get_by_role("button", name="Import it")).to_be_visible()
    assert fits(page)
    axe = Axe()
    axe.look(page, "refused")
    axe.expect_nothing_found()
