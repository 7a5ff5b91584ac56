"""Everything can be done without a mouse."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import SLEEPER, LabPage
from tests.browser.site import Site

# It ends on SIGTERM, so that stopping does not take the ten seconds of grace.
ENDS_WHEN_ASKED = "FROM alpine\nCMD trap 'exit 0' TERM; while true; do sleep 1; done\n"


def test_build_run_select_stop_and_remove_by_keys(site: Site, arrive: Arrive) -> None:
    page = arrive(site).new_page()
    lab = LabPage(page)
    lab.open()
    lab.write_file("Dockerfile", ENDS_WHEN_ASKED)

    page.keyboard.press("Control+Enter")
    lab.expect_build(1, "Built")
    # Out of the editor, as its help says: single keys are the page's again.
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.press("r")
    expect(lab.cards).to_have_count(1)
    page.keyboard.press("r")
    expect(lab.cards).to_have_count(2)
    first, second = lab.names

    page.keyboard.press("]")
    expect(page.get_by_role("region", name=f"Container {first}")).to_be_visible()
    page.keyboard.press("]")
    expect(page.get_by_role("region", name=f"Container {second}")).to_be_visible()
    page.keyboard.press("[")
    page.keyboard.press("x")
    expect(lab.card(first).locator).not_to_contain_text("running")
    lab.card(second).expect_state("running")

    page.keyboard.press("]")
    page.keyboard.press("Delete")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Remove the container {second}?")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(lab.cards).to_have_count(1)


def test_every_control_can_be_reached_and_shows_the_focus(site: Site, arrive: Arrive) -> None:
    page = arrive(site).new_page()
    lab = LabPage(page)
    lab.open()
    lab.write_file("Dockerfile", SLEEPER)
    lab.build()
    name = lab.run()
    page.get_by_role("link", name="Layercake").focus()

    reached = _tab_through(page)

    for control in ("Build", "Run", f"Shell {name}", f"Stop {name}", "Help and keyboard shortcuts"):
        assert control in reached, f"{control} cannot be reached: {list(reached)}"
        assert reached[control], f"{control} has the focus and does not show it"


def test_the_help_sheet_lists_the_keys_and_gives_the_focus_back(site: Site, arrive: Arrive) -> None:
    page = arrive(site).new_page()
    lab = LabPage(page)
    lab.open()
    button = page.get_by_role("button", name="Help and keyboard shortcuts")
    button.focus()

    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Help")).to_contain_text("Build the image")
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_letters_typed_into_a_field_are_no_shortcuts(site: Site, arrive: Arrive) -> None:
    page = arrive(site).new_page()
    lab = LabPage(page)
    lab.open()
    lab.write_file("Dockerfile", SLEEPER)
    lab.build()

    page.get_by_label("Image name").fill("")
    page.keyboard.type("rrr:x")

    expect(page.get_by_label("Image name")).to_have_value("rrr:x")
    expect(lab.cards).to_have_count(0)


def test_a_shell_can_be_left_by_keyboard(site: Site, arrive: Arrive) -> None:
    page = arrive(site).new_page()
    lab = LabPage(page)
    lab.open_fresh()
    lab.write_file("Dockerfile", SLEEPER)
    lab.build()
    lab.open_shell(lab.run())

    page.keyboard.press("Tab")
    expect(page.locator(".xterm-helper-textarea")).to_be_focused()
    page.keyboard.press("Shift+Escape")

    expect(page.get_by_role("button", name="Close it")).to_be_focused()


FOCUSED = """() => {
    const focused = document.activeElement;
    const drawn = [getComputedStyle(focused), getComputedStyle(focused, '::after')];
    const name = focused.getAttribute('aria-label') || focused.innerText?.trim() || '';
    const ring = look => look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0;
    return [name, drawn.some(ring)];
}"""


def _tab_through(page: Page, most: int = 150) -> dict[str, bool]:
    """Press Tab all around the page: what got the focus, and whether a ring showed it."""
    reached: dict[str, bool] = {}
    for _ in range(most):
        page.keyboard.press("Tab")
        # The editor keeps Tab for itself, and says how it lets go.
        if page.evaluate("document.activeElement?.closest('.cm-editor') !== null"):
            page.keyboard.press("Escape")
            continue
        name, ring = page.evaluate(FOCUSED)
        reached[name] = ring
    return reached
