"""An author shares a lab through the dialog, and others open what was shared: by keyboard too."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.conftest import Arrive
from tests.browser.elsewhere import Elsewhere
from tests.browser.lab_page import SLEEPER, LabPage
from tests.browser.site import Site
from tests.browser.test_accessibility import LOOKS, Axe
from tests.browser.visitor import Looks, Visitor
from tests.site_process import wait_until

SECRET = "hunter2-is-no-password"
TELLTALE = f'FROM alpine\nRUN echo "it is {SECRET}"\nENV API_TOKEN={SECRET}\nCMD sleep 600\n'


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def copied(page: Page, what: str) -> str:
    """Press a copy button of the dialog; what is in the clipboard then."""
    page.evaluate("navigator.clipboard.writeText('nothing yet')")
    dialog(page).get_by_role("button", name=f"Copy {what}", exact=True).click()
    # That it says so stands for two seconds, and of the button before it may stand still.
    wait_until(lambda: page.evaluate("navigator.clipboard.readText()") != "nothing yet")
    return str(page.evaluate("navigator.clipboard.readText()"))


def tab_to(page: Page, target: Locator) -> None:
    """Reach it by Tab alone."""
    expect(target).to_be_visible()
    for _ in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("it cannot be reached by Tab")


def press(page: Page, name: str) -> None:
    """Press a button of the dialog by keyboard alone."""
    tab_to(page, dialog(page).get_by_role("button", name=name, exact=True))
    page.keyboard.press("Enter")


def write(page: Page, label: str, text: str) -> None:
    """Fill a field of the dialog by keyboard alone."""
    tab_to(page, dialog(page).get_by_label(label).first)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def freeze(page: Page, title: str) -> str:
    """Make a recording of the lab that is open; its address."""
    page.get_by_role("button", name="Share this lab").click()
    dialog(page).get_by_role("button", name="Freeze a recording…").click()
    dialog(page).get_by_label("Title").fill(title)
    dialog(page).get_by_role("button", name="Show what would leave").click()
    dialog(page).get_by_role("button", name="Make the recording").click()
    return copied(page, "the address")


def test_an_author_shares_a_recording_by_keyboard_and_another_opens_it(
    site: Site, arrive: Arrive
) -> None:
    author = LabPage(arrive(site).new_page())
    author.open_fresh()
    author.write_file("Dockerfile", TELLTALE)
    author.build()
    page = author.page
    share = page.get_by_role("button", name="Share this lab")
    share.focus()
    page.keyboard.press("Enter")
    press(page, "Freeze a recording…")
    write(page, "Title", "A <b>secret</b> in a layer")
    # A moment is chosen by what happened there.
    tab_to(page, dialog(page).get_by_label("From"))
    page.keyboard.press("ArrowDown")
    expect(dialog(page).get_by_label("From").locator("option:checked")).to_contain_text(
        "Build 1 of my-app:latest began"
    )
    write(page, "Words to blank", SECRET)
    press(page, "Add a note")
    write(page, "What readers are told", "This is the end.")
    press(page, "Show what would leave")
    preview = dialog(page)
    expect(preview.get_by_role("heading", name="This would leave the lab")).to_be_visible()
    expect(preview).to_contain_text("of what commands printed")
    press(page, "Make the recording")
    expect(preview.get_by_role("heading", name="The recording is made")).to_be_visible()
    address = copied(page, "the address")
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)

    reader = arrive(site).new_page()
    reader.goto(address)
    expect(reader.get_by_role("heading", name="A <b>secret</b> in a layer")).to_be_visible()
    player = reader.get_by_role("region", name="Recording", exact=True)
    expect(player.get_by_role("button", name="Play", exact=True)).to_be_visible()
    reader.keyboard.press("End")
    expect(player).to_contain_text("This is the end.")
    expect(reader).to_have_url(re.compile(r"#t=e\d+$"))
    expect(reader.get_by_role("button", name="Take back…")).to_have_count(0)
    tape = reader.request.get(address.rstrip("/") + ".jsonl").text()
    assert SECRET not in tape
    assert "▒" in tape


def test_the_preview_warns_of_what_looks_like_a_secret(site: Site, arrive: Arrive) -> None:
    author = LabPage(arrive(site).new_page())
    author.open_fresh()
    author.write_file("Dockerfile", TELLTALE)
    author.build()
    page = author.page
    page.get_by_role("button", name="Share this lab").click()
    dialog(page).get_by_role("button", name="Freeze a recording…").click()
    dialog(page).get_by_label("Title").fill("With a secret")
    dialog(page).get_by_role("button", name="Show what would leave").click()
    expect(dialog(page).get_by_role("heading", name=re.compile("like a secret"))).to_be_visible()
    dialog(page).get_by_role("button", name=re.compile("^Blank it")).first.click()
    expect(dialog(page).get_by_text("Nothing in it looks like a secret.")).to_be_visible()
    # What was typed stays while one looks elsewhere; nothing was made meanwhile.
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Share this lab").click()
    dialog(page).get_by_role("button", name="Freeze a recording…").click()
    expect(dialog(page).get_by_label("Title")).to_have_value("With a secret")
    expect(dialog(page).get_by_label("Words to blank")).to_have_value(SECRET)
    page.goto("/recordings/")
    expect(page.get_by_text("With a secret")).to_have_count(0)


def test_whoever_looks_at_a_recording_goes_on_in_a_lab_and_its_owner_takes_it_back(
    site: Site, arrive: Arrive
) -> None:
    author = LabPage(arrive(site).new_page())
    author.open_fresh()
    author.write_file("Dockerfile", SLEEPER)
    author.build()
    address = freeze(author.page, "Sleepers")

    reader = arrive(site)
    reader.expect_complaint("404")
    page = reader.new_page()
    page.goto(address)
    page.get_by_role("button", name="Open a lab with these files").click()
    page.wait_for_url("**/lab/*/")
    fork = LabPage(page)
    fork.expect_live()
    fork.skip_tour()
    fork.build()
    expect(fork.layer("RUN echo hello > /hello.txt")).to_have_count(1)

    author.page.goto(address)
    author.page.get_by_role("button", name="Take back…").click()
    dialog(author.page).get_by_role("button", name="Take it back").click()
    author.page.wait_for_url("**/recordings/")
    page.goto(address)
    expect(page.get_by_text("There is no recording at this address.")).to_be_visible()


def test_a_link_with_a_moment_opens_there(site: Site, arrive: Arrive) -> None:
    page = arrive(site).new_page()
    page.goto("/r/first-image/#t=e2")
    bar = page.get_by_role("slider")
    expect(bar).to_have_attribute("aria-valuenow", re.compile(r"\d"))
    expect(page).to_have_url(re.compile("#t=e2$"))
    page.get_by_role("button", name="Share", exact=True).click()
    expect(dialog(page).get_by_label("Moment")).to_have_value("e2")
    assert copied(page, "the address").endswith("/r/first-image/#t=e2")


# --- live labs in other sites' pages

COOKIE = "document.cookie = 'probe=1; path=/'; document.cookie"


@pytest.fixture
def course(site: Site) -> Iterator[Elsewhere]:
    """A course page on another origin."""
    frame = f'<iframe src="{site.address}/embed/lab?recipe=hello-layers" title="A lab"'
    look = 'width="100%" height="760" allow="clipboard-write"'
    head = '<!doctype html><html lang="en"><title>A course</title><link rel="icon" href="data:,">'
    pages = {
        "/": f"{head}<h1>A course</h1>{frame} {look}></iframe>",
        "/caged": f'{head}{frame} {look} sandbox="allow-scripts"></iframe>',
    }
    with Elsewhere(pages).serving() as elsewhere:
        yield elsewhere


def in_frame(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def frame_says(page: Page, script: str) -> Any:
    """What a script says inside the frame."""
    handle = page.locator("iframe").element_handle()
    inside = handle.content_frame()
    assert inside is not None
    return inside.evaluate(script)


def test_a_reader_builds_and_runs_in_a_frame_without_cookies(
    site: Site, arrive: Arrive, course: Elsewhere
) -> None:
    visitor: Visitor = arrive(site)
    page = visitor.new_page()
    # The control: this browser takes cookies from the site itself, and none from its frames.
    page.goto(f"{site.address}/embed/lab?recipe=hello-layers")
    assert page.evaluate(COOKIE) == "probe=1"
    page.goto(course.address)
    frame = in_frame(page)
    start = frame.get_by_role("button", name="Start the lab")
    expect(start).to_be_visible()
    assert frame_says(page, COOKIE) == ""

    start.click()
    expect(frame.get_by_role("banner").get_by_text("Live", exact=True)).to_be_visible()
    frame.get_by_role("button", name="Build", exact=True).click()
    layers = frame.get_by_role("list", name="Layers of the image, the base first")
    expect(layers.get_by_role("button")).to_have_count(4)
    frame.get_by_role("region", name="Stage", exact=True).get_by_role(
        "button", name="Run", exact=True
    ).click()
    cards = frame.get_by_role("list", name="Containers of this image").get_by_role("article")
    expect(cards).to_have_count(1)
    expect(cards.first).to_contain_text("running")
    assert [each["name"] for each in visitor.cookies()] == ["probe"]


def test_nothing_in_the_frame_leads_out_of_it(
    site: Site, arrive: Arrive, course: Elsewhere
) -> None:
    page = arrive(site).new_page()
    page.goto(course.address)
    in_frame(page).get_by_role("button", name="Start the lab").click()
    expect(in_frame(page).get_by_role("banner").get_by_text("Live", exact=True)).to_be_visible()
    links = in_frame(page).get_by_role("link").all()
    assert links
    assert {link.get_attribute("target") for link in links} == {"_blank"}


def test_a_frame_without_an_origin_is_told_what_it_lacks(
    site: Site, arrive: Arrive, course: Elsewhere
) -> None:
    visitor = arrive(site)
    # Its scripts cannot be fetched: that is what the page says.
    visitor.expect_complaint("blocked by CORS policy|ERR_FAILED|ERR_BLOCKED_BY_RESPONSE")
    page = visitor.new_page()
    page.goto(f"{course.address}/caged")
    said = in_frame(page).get_by_role("heading", name="This lab cannot start in this frame.")
    expect(said).to_be_visible()
    expect(in_frame(page).get_by_text("allow-same-origin")).to_be_visible()


def test_the_files_of_a_lab_travel_in_the_frames_address(site: Site, arrive: Arrive) -> None:
    author = LabPage(arrive(site).new_page())
    author.open_fresh()
    author.write_file("Dockerfile", SLEEPER)
    author.page.get_by_role("button", name="Share this lab").click()
    dialog(author.page).get_by_role("button", name="A live lab in your page…").click()
    html = copied(author.page, "the frame")
    source = re.search(r'src="([^"]+)"', html)
    assert source

    page = arrive(site).new_page()
    page.goto(unescape(source[1]))
    expect(page.get_by_role("region", name="Dockerfile")).to_contain_text("RUN echo hello")
    page.get_by_role("button", name="Start the lab").click()
    lab = LabPage(page)
    lab.expect_live()
    lab.build()
    expect(lab.layer("RUN echo hello > /hello.txt")).to_have_count(1)


# --- axe


@pytest.mark.parametrize("looks", LOOKS)
def test_everything_about_sharing_is_clean(site: Site, arrive: Arrive, looks: Looks) -> None:
    axe = Axe()
    page = arrive(site, looks).new_page()
    page.goto("/r/first-image/#t=e20")
    expect(page.get_by_role("slider")).to_be_visible()
    axe.look(page, "recording")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(dialog(page)).to_be_visible()
    axe.look(page, "recording's share dialog")

    lab = LabPage(page)
    lab.open_fresh()
    lab.write_file("Dockerfile", TELLTALE)
    lab.build()
    page.get_by_role("button", name="Share this lab").click()
    axe.look(page, "lab's share dialog")
    dialog(page).get_by_role("button", name="Freeze a recording…").click()
    dialog(page).get_by_role("button", name="Add a note").click()
    dialog(page).get_by_role("button", name="Show what would leave").click()
    axe.look(page, "form with its problems")
    dialog(page).get_by_label("Title").fill("With a secret")
    dialog(page).get_by_role("button", name="Show what would leave").click()
    expect(dialog(page).get_by_role("button", name="Make the recording")).to_be_visible()
    axe.look(page, "preview")
    dialog(page).get_by_role("button", name="Make the recording").click()
    expect(dialog(page).get_by_label("Moment")).to_be_visible()
    axe.look(page, "what can be done with it")

    page.goto("/embed/lab?recipe=hello-layers")
    expect(page.get_by_role("button", name="Start the lab")).to_be_visible()
    axe.look(page, "live embed before it starts")
    axe.expect_nothing_found()
