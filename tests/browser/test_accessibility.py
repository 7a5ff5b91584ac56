"""axe finds nothing: in light and dark, in both widths, with everything open that can be open."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import SLEEPER, LabPage
from tests.browser.site import ROOT, Site
from tests.browser.visitor import NARROW, WIDE, Looks

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Of all rules, those that look at colours: nothing else differs between light and dark.
OF_COLOURS = ["color-contrast", "link-in-text-block"]

LOOKS = [
    pytest.param(Looks(WIDE, bypass_csp=True), id="wide"),
    pytest.param(Looks(NARROW, bypass_csp=True), id="narrow"),
]
"""What each of these tests is run with. `Axe` looks in light and in dark by itself."""

LOOK = """async options => {
    // Drawn in the colours that were just asked for.
    await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    return (await axe.run(options)).violations;
}"""

FAILING = "FROM alpine\nRUN cat /nothing\nCMD sleep 600\n"
MULTI_STAGE = """FROM alpine AS build
RUN echo made > /made.txt
FROM busybox
COPY --from=build /made.txt /made.txt
ENV A=1
EXPOSE 80
CMD ["sh"]
"""


class Axe:
    """Looks with axe again and again, and tells of everything at once."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def look(self, page: Page, where: str) -> None:
        """Note what axe finds on the page as it is now, in light and in dark."""
        if not page.evaluate("'axe' in window"):
            page.add_script_tag(path=AXE)
        self._look(page, f"{where}, light", {"type": "tag", "values": RULES})
        page.emulate_media(color_scheme="dark")
        self._look(page, f"{where}, dark", {"type": "rule", "values": OF_COLOURS})
        page.emulate_media(color_scheme="light")

    def _look(self, page: Page, where: str, rules: dict[str, Any]) -> None:
        # Frames are looked at as pages of their own: it could not reach into a sandboxed one.
        options = {"runOnly": rules, "iframes": False}
        violations: list[dict[str, Any]] = page.evaluate(LOOK, options)
        for rule in violations:
            self._found.append(f"{where}: {rule['id']} ({rule['impact']}): {rule['help']}")
            self._found += [f"    {node['html'][:200]}" for node in rule["nodes"]]

    def expect_nothing_found(self) -> None:
        """Fail with all that was noted."""
        assert not self._found, "axe found:\n" + "\n".join(self._found)


def test_axe_sees_what_can_be_read_in_light_only(arrive: Arrive, site: Site) -> None:
    page = arrive(site, Looks(bypass_csp=True)).new_page()
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    dark = "@media (prefers-color-scheme: dark) { h2 { color: #222 !important } }"
    page.add_style_tag(content=dark)

    axe = Axe()
    axe.look(page, "front page")
    with pytest.raises(AssertionError, match=r"front page, dark: color-contrast"):
        axe.expect_nothing_found()


@pytest.mark.parametrize("looks", LOOKS)
def test_the_front_page_is_clean(site: Site, arrive: Arrive, looks: Looks) -> None:
    page = arrive(site, looks).new_page()
    page.goto("/")
    expect(page.get_by_role("button", name="Open a lab")).to_be_visible()

    axe = Axe()
    axe.look(page, "front page")
    axe.expect_nothing_found()


@pytest.mark.parametrize("looks", LOOKS)
def test_the_lab_is_clean_at_every_turn(site: Site, arrive: Arrive, looks: Looks) -> None:
    lab = LabPage(arrive(site, looks).new_page())
    axe = Axe()
    lab.open(tour=True)
    axe.look(lab.page, "empty lab with its tour")
    lab.skip_tour()
    for part in ("files", "stage", "steps", "container", "discoveries", "transcript"):
        lab.show(part)
        axe.look(lab.page, f"empty lab, {part}")

    lab.write_file("Dockerfile", SLEEPER)
    lab.build()
    running, ended = lab.run(), lab.run()
    _end(lab, ended)
    lab.execute(running, "sh -c 'echo one > /one.txt; rm /hello.txt; cat /etc/os-release'")
    for part in ("files", "stage", "steps", "container", "discoveries", "transcript"):
        lab.show(part)
        axe.look(lab.page, f"lab with containers, {part}")
    _look_at_each_pane(axe, lab, running)
    lab.open_shell(running)
    axe.look(lab.page, "a shell")
    axe.expect_nothing_found()


@pytest.mark.parametrize("looks", LOOKS)
def test_builds_that_fail_and_builds_of_many_stages_are_clean(
    site: Site, arrive: Arrive, looks: Looks
) -> None:
    lab = LabPage(arrive(site, looks).new_page())
    lab.open_fresh()
    axe = Axe()
    lab.write_file("Dockerfile", FAILING)
    lab.press_build()
    lab.expect_build(1, "Failed")
    for part in ("files", "stage", "steps"):
        lab.show(part)
        axe.look(lab.page, f"failed build, {part}")

    lab.write_file("Dockerfile", MULTI_STAGE)
    lab.build(2)
    for part in ("stage", "steps"):
        lab.show(part)
        axe.look(lab.page, f"build of two stages, {part}")
    axe.expect_nothing_found()


@pytest.mark.parametrize("looks", LOOKS)
def test_every_dialog_is_clean(site: Site, arrive: Arrive, looks: Looks) -> None:
    lab = LabPage(arrive(site, looks).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", SLEEPER)
    lab.build()
    name = lab.run()
    axe, page, card = Axe(), lab.page, lab.card(name)

    def more(action: str) -> Callable[[], None]:
        def press() -> None:
            lab.show("stage")
            card.select()
            # On a narrow page selecting leads to the container's own section.
            lab.show("stage")
            if not card.locator.get_by_role("button", name=f"{action} {name}").is_visible():
                card.press("More for")
            card.press(action)

        return press

    openings: dict[str, Callable[[], None]] = {
        "help": page.get_by_role("button", name="Help and keyboard shortcuts").click,
        "share": page.get_by_role("button", name="Share this lab").click,
        "remove": more("Remove…"),
        "rename": more("Rename…"),
        "commit": more("Commit…"),
        "run": page.get_by_role("button", name="Run with options…").click,
    }
    for which, open_dialog in openings.items():
        open_dialog()
        expect(page.get_by_role("dialog")).to_be_visible()
        axe.look(page, f"{which} dialog")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    axe.expect_nothing_found()


def test_a_page_that_only_says_what_went_wrong_is_clean(site: Site, arrive: Arrive) -> None:
    visitor = arrive(site, Looks(bypass_csp=True))
    visitor.expect_complaint("404")
    page = visitor.new_page()
    page.goto("/lab/no-such-lab-anywhere/")

    axe = Axe()
    axe.look(page, "404")
    axe.expect_nothing_found()


def _end(lab: LabPage, name: str) -> None:
    lab.show("stage")
    card = lab.card(name)
    card.select()
    lab.show("stage")
    card.press("More for")
    card.press("Kill")
    card.expect_state("killed")


def _look_at_each_pane(axe: Axe, lab: LabPage, name: str) -> None:
    panel = lab.page.get_by_role("region", name=f"Container {name}")
    lab.show("stage")
    lab.card(name).select()
    lab.show("container")
    for pane in panel.get_by_role("tab").all():
        pane.click()
        axe.look(lab.page, f"container's {pane.inner_text()}")
