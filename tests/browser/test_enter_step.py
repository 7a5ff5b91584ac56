"""Entering a step of a build that failed: where it went wrong can be looked at."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import LabPage
from tests.browser.site import Site
from tests.browser.visitor import NARROW, WIDE, Looks

DOCKERFILE = """\
FROM busybox
WORKDIR /srv
RUN echo "kept by step 3" > kept.txt
RUN cat missing.txt
"""
ENTER = re.compile("^Enter step 3 of build 1")


def unfold(lab: LabPage, number: int) -> None:
    """Open a step's row."""
    lab.why(number)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_last_good_step_of_a_failed_build_is_entered_and_looked_at(
    site: Site, arrive: Arrive, size: tuple[int, int]
) -> None:
    lab = LabPage(arrive(site, Looks(size)).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", DOCKERFILE)
    lab.press_build()
    lab.expect_build(1, "Failed")

    unfold(lab, 4)
    expect(lab.step(4).get_by_role("button", name=re.compile("^Enter step"))).to_have_count(0)
    unfold(lab, 3)
    button = lab.step(3).get_by_role("button", name=ENTER)
    expect(button).to_be_visible()
    # By keyboard, as everything.
    button.focus()
    lab.page.keyboard.press("Enter")

    screen = lab.page.locator(".xterm-rows")
    expect(screen).to_contain_text(re.compile("[#$] *$"))
    lab.type_in_shell("pwd && cat kept.txt && ls missing.txt")
    expect(screen).to_contain_text("/srv\n")
    expect(screen).to_contain_text("kept by step 3")
    expect(screen).to_contain_text(re.compile("missing.txt.*: No such file"))

    lab.show("stage")
    expect(lab.card("step-3-of-build-1").locator).to_be_visible()
    expect(lab.stage.get_by_role("button", name="my-app, after step 3").first).to_be_visible()

    _the_image_goes_with_its_container(lab)


def _the_image_goes_with_its_container(lab: LabPage) -> None:
    lab.card("step-3-of-build-1").press("Remove…")
    expect(lab.page.get_by_role("dialog")).to_contain_text("goes with it")
    lab.confirm("Stop and remove it")
    expect(lab.stage.get_by_text("my-app, after step 3")).to_have_count(0)


def test_who_watches_is_told_why_it_cannot_be_entered(site: Site, arrive: Arrive) -> None:
    owner = LabPage(arrive(site).new_page())
    owner.open_fresh()
    owner.write_file("Dockerfile", DOCKERFILE)
    owner.press_build()
    owner.expect_build(1, "Failed")
    watcher = LabPage(arrive(site).new_page())
    watcher.open(owner.address)
    unfold(watcher, 3)
    button = watcher.step(3).get_by_role("button", name=ENTER)
    expect(button).to_have_attribute("aria-disabled", "true")
    button.hover()
    expect(_note(watcher.page)).to_be_visible()


def _note(page: Page) -> Locator:
    return page.get_by_text("Only the lab’s owner can enter a step")
