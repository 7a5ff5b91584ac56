"""The cache detective: why each step of a second build ran, shown with its proof."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import LabPage
from tests.browser.site import Site
from tests.browser.test_accessibility import LOOKS, Axe
from tests.browser.visitor import NARROW, Looks

DOCKERFILE = """FROM alpine
ARG GREETING=Hello
RUN echo slow > /slow.txt
COPY app.py /app.py
RUN echo $GREETING > /greeting.txt
CMD sleep 600
"""
FIRST = "print('one')\nprint('two')\n"
SECOND = "print('one')\nprint('three')\n"


def lab_built_once(lab: LabPage) -> None:
    """A lab of its own with one build."""
    lab.open_fresh()
    lab.write_file("Dockerfile", DOCKERFILE)
    lab.write_file("app.py", FIRST)
    lab.build()


def summary(lab: LabPage) -> Locator:
    """What the panel says on top of the steps."""
    lab.show("steps")
    return lab.page.get_by_role("group", name="What the cache was worth")


def difference(lab: LabPage) -> Locator:
    """What is different about app.py."""
    return lab.page.get_by_role("group", name="Difference of app.py")


def expect_difference(lab: LabPage) -> None:
    """Wait until the line that was changed is shown as it was and as it is."""
    expect(difference(lab)).to_contain_text("before: print('two')")
    expect(difference(lab)).to_contain_text("now: print('three')")


def test_a_file_then_an_argument_then_nothing_is_changed(site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(site).new_page())
    lab_built_once(lab)
    expect(summary(lab)).to_contain_text("Only the base image was there already")

    lab.write_file("app.py", SECOND)
    lab.build(2)
    expect(summary(lab)).to_contain_text(
        re.compile(
            r"Step 4 broke the cache: app\.py changed\. Everything after it had to run: "
            r"[\d.]+ m?s of the [\d.]+ m?s that the steps took"
        )
    )
    assert "It ran because files that it copies changed: app.py modified." in lab.why(4)
    expect(lab.step(4)).to_contain_text("Compared with build 1.")
    expect_difference(lab)
    assert "From the cache" in lab.why(3)
    expect(lab.step(3)).to_contain_text(re.compile(r"It took \d+ m?s when it last ran"))
    assert "It ran because step 4 ran" in lab.why(5)

    lab.show("files")
    lab.page.get_by_role("button", name="Options", exact=True).click()
    lab.page.get_by_role("textbox", name="Build arguments").fill("GREETING=Bye")
    lab.build(3)
    # A RUN finds every argument in its environment, whether its text names it or not.
    expect(summary(lab)).to_contain_text("GREETING was “Hello” and is “Bye”")
    assert "It ran because a build argument changed: GREETING was “Hello” and is “Bye”" in lab.why(
        3
    )
    assert "It ran because step 2 ran" in lab.why(4)

    lab.build(4)
    expect(summary(lab)).to_contain_text("Everything came from the cache: nothing had changed.")


def test_a_line_that_was_rewritten_is_shown_before_and_after(site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(site).new_page())
    lab_built_once(lab)
    lab.write_file("Dockerfile", DOCKERFILE.replace("echo slow", "echo quick"))
    lab.build(2)

    lab.why(3)

    rewritten = lab.page.get_by_role("group", name="The instruction before and now")
    expect(rewritten.get_by_text("slow", exact=True).first).to_have_js_property("tagName", "DEL")
    expect(rewritten.get_by_text("quick", exact=True).first).to_have_js_property("tagName", "INS")


def test_by_keyboard_alone_one_gets_from_a_step_to_what_caused_it(
    site: Site, arrive: Arrive
) -> None:
    lab = LabPage(arrive(site).new_page())
    lab_built_once(lab)
    lab.write_file("app.py", SECOND)
    lab.build(2)
    page = lab.page

    lab.step(5).get_by_role("button").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Show step 4")).to_be_focused()
    page.keyboard.press("Enter")

    cause = lab.step(4).get_by_role("button").first
    expect(cause).to_be_focused()
    expect(cause).to_have_attribute("aria-expanded", "true")
    expect_difference(lab)
    page.keyboard.press("Tab")
    file = lab.step(4).get_by_role("button", name="app.py changed", exact=True)
    expect(file).to_be_focused()
    page.keyboard.press("Enter")
    expect(difference(lab)).to_have_count(0)


def test_who_watches_and_who_looks_at_the_past_are_shown_the_same(
    site: Site, arrive: Arrive
) -> None:
    owner = LabPage(arrive(site).new_page())
    lab_built_once(owner)
    owner.write_file("app.py", SECOND)
    owner.build(2)
    then = next(
        fact["seq"]
        for fact in owner.events()
        if (fact["type"], fact.get("build")) == ("image.built", 2)
    )
    owner.build(3)

    watcher = LabPage(arrive(site, Looks(NARROW)).new_page())
    watcher.page.goto(f"{owner.address}#t=e{then}")
    expect(summary(watcher)).to_contain_text("Step 4 broke the cache: app.py changed")
    watcher.why(4)
    expect_difference(watcher)


@pytest.mark.parametrize("looks", LOOKS)
def test_it_is_clean_and_nothing_is_wider_than_the_page(
    site: Site, arrive: Arrive, looks: Looks
) -> None:
    lab = LabPage(arrive(site, looks).new_page())
    lab_built_once(lab)
    lab.write_file("app.py", SECOND + "# " + "long " * 80)
    lab.write_file("Dockerfile", DOCKERFILE.replace("echo $GREETING", "echo $GREETING again"))
    lab.build(2)
    for step in (4, 5, 6):
        lab.why(step)
    expect_difference(lab)
    axe = Axe()
    axe.look(lab.page, "the cache detective")
    axe.expect_nothing_found()
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert lab.page.evaluate(wide)
