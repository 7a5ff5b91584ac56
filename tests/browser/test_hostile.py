"""What strangers write is text: in files, in output, in names. It is never carried out."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import LabPage
from tests.browser.site import Site

HTML = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
DOCKERFILE = f"""FROM alpine
COPY hostile.txt .
RUN cat hostile.txt
RUN printf '\\033[31mred\\033[0m \\033]0;title\\007 \\033[2J'
LABEL note="{HTML}"
CMD cat hostile.txt; sleep 600
"""
TEXT = f"{HTML}\n\u202eright to left\u202c\n"


def test_html_in_a_build_and_in_a_container_is_shown_as_text(site: Site, arrive: Arrive) -> None:
    page = arrive(site).new_page()
    lab = LabPage(page)
    lab.open_fresh()
    _add_file(page, "hostile.txt")
    lab.write_file("hostile.txt", TEXT)
    lab.write_file("Dockerfile", DOCKERFILE)

    lab.build()
    assert "<img src=x onerror=window.hacked=1>" in lab.why(3)
    colours = lab.why(4)
    assert "red" in colours
    assert "\x1b" not in colours

    name = lab.run()
    lab.card(name).select()
    panel = page.get_by_role("region", name=f"Container {name}")
    panel.get_by_role("tab", name="Log").click()
    expect(panel).to_contain_text("<script>window.hacked=1</script>")
    lab.show("transcript")
    expect(page.get_by_role("tabpanel", name="Transcript")).to_contain_text("Build 1")

    assert page.evaluate("window.hacked === undefined")
    assert page.evaluate("document.querySelectorAll('main img, main script').length") == 0


def test_a_watcher_is_as_safe(site: Site, arrive: Arrive) -> None:
    owner = LabPage(arrive(site).new_page())
    owner.open_fresh()
    owner.write_file("Dockerfile", f"FROM alpine\nRUN echo '{HTML}'\n")
    owner.build()

    watcher = LabPage(arrive(site).new_page())
    watcher.open(owner.address)

    assert "onerror=window.hacked=1" in watcher.why(2)
    assert watcher.page.evaluate("window.hacked === undefined")


def test_names_that_are_markup_stay_names(site: Site, arrive: Arrive) -> None:
    page = arrive(site).new_page()
    lab = LabPage(page)
    lab.open_fresh()

    _add_file(page, "<b>bold<b>.txt")

    expect(page.get_by_role("tab", name="<b>bold<b>.txt", exact=True)).to_be_visible()


def test_characters_that_turn_text_around_are_made_visible(site: Site, arrive: Arrive) -> None:
    page = arrive(site).new_page()
    lab = LabPage(page)
    lab.open_fresh()

    lab.write_file("Dockerfile", "FROM alpine\nRUN echo \u202eolleh\u202c\n")

    editor = page.get_by_role("tabpanel", name="Dockerfile")
    expect(editor.locator(".cm-specialChar").first).to_be_visible()


def _add_file(page: Page, name: str) -> None:
    page.get_by_role("button", name="Add a file").click()
    page.get_by_label("Name of the new file").fill(name)
    page.get_by_label("Name of the new file").press("Enter")
    expect(page.get_by_role("tab", name=name, exact=True)).to_be_visible()
