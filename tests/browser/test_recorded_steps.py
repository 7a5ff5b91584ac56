"""A recording tells why each step of its builds ran, at any moment, with no lab behind it."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Arrive
from tests.browser.site import ROOT, Site
from tests.browser.test_accessibility import LOOKS, Axe
from tests.browser.test_recordings import choose, fits
from tests.browser.visitor import NARROW, Looks

OURS = ROOT / "content" / "recordings" / "first-image.jsonl"
TAPE = ROOT / "tests" / "tapes" / "recording-v1.jsonl"


def after(tape: Path, kind: str, build: int) -> int:
    """The position on the tape at which this of a build has just happened."""
    facts = [json.loads(line) for line in tape.read_text().splitlines()[1:]]
    return next(
        int(fact["seq"]) for fact in facts if (fact["type"], fact.get("build")) == (kind, build)
    )


def steps(page: Page) -> Locator:
    """What stands beside the player once the steps are asked for."""
    tab = page.get_by_role("tab", name="Steps")
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
    return page.get_by_role("tabpanel", name="Steps")


def row(page: Page, build: int, step: int) -> Locator:
    """The row of a step, opened."""
    found = page.locator(f"[data-step='{build}:{step}']")
    button = found.get_by_role("button").first
    if button.get_attribute("aria-expanded") == "false":
        button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    return found


def expect_difference(page: Page) -> None:
    """Wait until the changed line of app.py is shown as it was and as it is."""
    difference = page.get_by_role("group", name="Difference of app.py")
    expect(difference).to_contain_text("before: print(f")
    expect(difference).to_contain_text("now: print(f")


@pytest.mark.parametrize("looks", LOOKS)
def test_why_each_step_of_a_second_build_ran_is_told_and_clean(
    site: Site, arrive: Arrive, looks: Looks
) -> None:
    page = arrive(site, looks).new_page()
    page.goto(f"/r/first-image/#t=e{after(OURS, 'image.built', 2)}")
    panel = steps(page)
    expect(panel.get_by_role("group", name="What the cache was worth")).to_contain_text(
        re.compile(
            r"Step 3 broke the cache: app\.py changed\. Everything after it had to run: "
            r"\d+ ms of the \d+ ms that the steps took\. The cache saved \d+ ms\."
        )
    )
    expect(row(page, 2, 2)).to_contain_text("From the cache: the same instruction")
    expect(row(page, 2, 3)).to_contain_text("Compared with build 1.")
    expect(row(page, 2, 4)).to_contain_text("It ran because step 3 ran")
    expect_difference(page)
    axe = Axe()
    axe.look(page, "steps of a recording")
    axe.expect_nothing_found()
    assert fits(page)


def test_as_the_recording_plays_on_the_steps_are_those_of_the_moment(
    site: Site, arrive: Arrive
) -> None:
    page = arrive(site).new_page()
    page.goto("/r/first-image/")
    panel = steps(page)
    expect(panel).to_contain_text("Press Play.")
    built = after(OURS, "image.built", 1)
    page.goto(f"/r/first-image/#t=e{built}")
    expect(row(page, 1, 3)).to_contain_text("the cache had no result of it yet")
    page.keyboard.press("End")
    expect(row(page, 2, 3)).to_contain_text("files that it copies changed: app.py modified")
    page.keyboard.press("Home")
    expect(panel).to_contain_text("No build yet")


def test_by_keyboard_alone_one_gets_from_the_tape_to_the_line_that_changed(
    site: Site, arrive: Arrive
) -> None:
    page = arrive(site).new_page()
    page.goto(f"/r/first-image/#t=e{after(OURS, 'image.built', 2)}")
    page.get_by_role("tab", name="What happened").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Steps")).to_be_focused()
    last = page.locator("[data-step='2:4']").get_by_role("button").first
    expect(last).to_be_visible()
    last.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Show step 3")).to_be_focused()
    page.keyboard.press("Enter")
    cause = page.locator("[data-step='2:3']").get_by_role("button").first
    expect(cause).to_be_focused()
    expect(cause).to_have_attribute("aria-expanded", "true")
    expect_difference(page)
    # The keys of the timeline were not meant.
    expect(page).to_have_url(re.compile(rf"#t=e{after(OURS, 'image.built', 2)}$"))


def test_a_layer_on_the_stage_leads_to_the_step_that_made_it(site: Site, arrive: Arrive) -> None:
    page = arrive(site).new_page()
    page.goto(f"/r/first-image/#t=e{after(OURS, 'image.built', 2)}")
    page.get_by_role("region", name="Recording", exact=True).get_by_role(
        "button", name=re.compile(r"^COPY app\.py")
    ).click()
    expect(page.get_by_role("tab", name="Steps")).to_have_attribute("aria-selected", "true")
    button = page.locator("[data-step='2:3']").get_by_role("button").first
    expect(button).to_have_attribute("aria-expanded", "true")
    expect_difference(page)


def test_a_recording_without_the_files_says_so_and_tells_the_rest(
    site: Site, arrive: Arrive, tmp_path: Path
) -> None:
    header, *events = TAPE.read_text().splitlines()
    bare = {**json.loads(header), "files": [], "title": "Without its files"}
    file = tmp_path / "bare.jsonl"
    file.write_text("\n".join([json.dumps(bare), *events]) + "\n")
    page = arrive(site, Looks(NARROW)).new_page()
    page.goto("/recordings/")
    choose(page, file)
    page.wait_for_url("**/r/*/", wait_until="commit")
    page.goto(f"{page.url}#t=e{after(TAPE, 'image.built', 2)}")
    page.reload()
    steps(page)
    step = row(page, 2, 3)
    expect(step).to_contain_text("files that it copies changed: hello.py modified")
    expect(step).to_contain_text("This recording was made without its content")
    expect(page.get_by_text("not which files.")).to_be_visible()
    expect(page.get_by_text("To look inside, open a lab")).to_have_count(0)
    assert fits(page)
