"""The lab page as a person meets it: found by role and accessible name, in both widths."""

import re
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.visitor import PATIENCE_MS

BUILD_MS = 90_000
STOP_MS = 60_000
"""Longer than the ten seconds that `docker stop` waits before it kills."""

SLEEPER = "FROM alpine\nRUN echo hello > /hello.txt\nCMD sleep 600\n"
"""An image whose containers stay and say nothing, for tests about something else."""


class Card:
    """A container on the stage."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.name = name
        self.locator = page.get_by_role("article", name=name, exact=True)

    def expect_state(self, word: str, timeout: int = PATIENCE_MS) -> None:
        """Wait until the card says this state, such as `running`."""
        state = re.compile(rf"^\s*{re.escape(word)}\s*\d*\s*$")
        expect(self.locator.get_by_text(state).first).to_be_visible(timeout=timeout)

    def press(self, action: str) -> None:
        """Press a button of the card, such as `Stop` or `Remove…`."""
        self.locator.get_by_role("button", name=f"{action} {self.name}", exact=True).click()

    @property
    def files(self) -> Locator:
        """What its own layer says it holds."""
        return self.locator.get_by_role("list", name="Files changed in this container")

    def select(self) -> None:
        """Press its name, unless it is selected."""
        name = self.locator.get_by_role("button", name=self.name, exact=True)
        if name.get_attribute("aria-pressed") != "true":
            name.click()


class LabPage:
    """One tab with a lab in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        viewport = page.viewport_size
        assert viewport is not None
        self.narrow = viewport["width"] <= 800

    # --- coming and going

    def open(self, path: str = "/lab/", *, tour: bool = False) -> None:
        """Go to a lab, wait until it is live, and put the tour away unless it is wanted."""
        self.page.goto(path)
        self.expect_live()
        if not tour:
            self.skip_tour()

    def open_fresh(self) -> None:
        """A lab of its own, as the button on the front page opens it."""
        self.page.goto("/")
        self.page.get_by_role("button", name="Open a lab").click()
        self.page.wait_for_url("**/lab/*/")
        self.expect_live()
        self.skip_tour()

    def expect_live(self) -> None:
        """Wait until the page is connected to its lab and shows its present."""
        expect(self.page.get_by_role("banner").get_by_text("Live", exact=True)).to_be_visible()

    def skip_tour(self) -> None:
        """Close the tour if it is there."""
        skip = self.page.get_by_role("button", name="Skip the tour")
        if skip.is_visible():
            skip.click()

    @property
    def address(self) -> str:
        """The lab's address, which may be shared."""
        return self.page.url

    def events(self) -> list[dict[str, Any]]:
        """The lab's whole tape, as the site tells it."""
        found: list[dict[str, Any]] = []
        path = self.page.url.replace("/lab/", "/api/labs/") + "events?after="
        while page := self.page.request.get(f"{path}{len(found)}").json()["events"]:
            found += page
        return found

    # --- parts of the page

    def show(self, part: str) -> None:
        """Bring `files`, `stage`, `steps`, `container`, `discoveries` or `transcript` into view."""
        if self.narrow:
            sections = {"files": "Files", "container": "Containers", "discoveries": "Discoveries"}
            self._section(sections.get(part, "Stage"))
        tabs = {"steps": "Steps", "discoveries": "Discoveries", "transcript": "Transcript"}
        if part in tabs and not (self.narrow and part == "discoveries"):
            details = self.page.get_by_role("tablist", name="Details")
            tab = details.get_by_role("tab", name=tabs[part])
            # Pressing the tab that is open folds the details away.
            if tab.get_attribute("aria-selected") != "true":
                tab.click()

    def _section(self, name: str) -> None:
        sections = self.page.get_by_role("navigation", name="Sections")
        sections.get_by_role("button", name=name, exact=True).click()

    @property
    def stage(self) -> Locator:
        """Where the image and its containers stand."""
        return self.page.get_by_role("region", name="Stage", exact=True)

    @property
    def layers(self) -> Locator:
        """The slabs of the image in focus, the base first."""
        stack = self.stage.get_by_role("list", name="Layers of the image, the base first")
        return stack.get_by_role("button")

    def layer(self, text: str) -> Locator:
        """The slabs that this instruction made."""
        stack = self.stage.get_by_role("list", name="Layers of the image, the base first")
        return stack.get_by_role("button", name=f"{text}, read-only layer")

    @property
    def cards(self) -> Locator:
        """The containers of the image in focus."""
        return self.stage.get_by_role("list", name="Containers of this image").get_by_role(
            "article"
        )

    def card(self, name: str) -> Card:
        """One of them."""
        return Card(self.page, name)

    @property
    def names(self) -> Sequence[str]:
        """The containers' names, in the order in which they came."""
        return [card.get_by_role("button").first.inner_text() for card in self.cards.all()]

    # --- files

    def write_file(self, path: str, text: str) -> None:
        """Replace a file's text in the editor."""
        self.open_file(path)
        editor = self.page.get_by_role("tabpanel", name=path).get_by_role("textbox")
        editor.click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.paste(text)
        self.expect_saved()

    def paste(self, text: str) -> None:
        """Put text in at the cursor, from the clipboard."""
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.page.keyboard.press("ControlOrMeta+v")

    def open_file(self, path: str) -> None:
        """Bring a file's tab to the front."""
        self.show("files")
        self.page.get_by_role("tab", name=path, exact=True).click()

    def expect_saved(self) -> None:
        """Wait until the site has the files."""
        expect(self.page.get_by_text("Saved", exact=True)).to_be_visible()

    # --- building

    def press_build(self) -> None:
        """Press Build, and nothing more."""
        self.show("files")
        self.page.get_by_role("button", name="Build", exact=True).click()

    def build(self, number: int = 1) -> None:
        """Press Build and wait until the build of this number has made its image."""
        self.press_build()
        self.expect_build(number, "Built")

    def expect_build(self, number: int, outcome: str, timeout: int = BUILD_MS) -> None:
        """Wait until the steps panel tells this outcome of the build."""
        self.show("steps")
        panel = self.page.get_by_role("tabpanel", name="Steps")
        expect(panel).to_contain_text(
            re.compile(rf"Build {number}\b.*{outcome}", re.DOTALL), timeout=timeout
        )

    @property
    def steps(self) -> Locator:
        """The rows of the newest build's steps."""
        panel = self.page.get_by_role("tabpanel", name="Steps")
        return panel.get_by_role("listitem").filter(has=self.page.locator("button[aria-expanded]"))

    def step(self, number: int) -> Locator:
        """One of them."""
        return self.steps.nth(number - 1)

    def why(self, number: int) -> str:
        """What the page says on why a step ran or did not: unfolds the step."""
        self.show("steps")
        row = self.step(number)
        button = row.get_by_role("button").first
        if button.get_attribute("aria-expanded") != "true":
            button.click()
        expect(button).to_have_attribute("aria-expanded", "true")
        return row.inner_text()

    # --- containers

    def run(self) -> str:
        """Press Run and wait for the new container; its name."""
        self.show("stage")
        before = set(self.names)
        self.stage.get_by_role("button", name="Run", exact=True).click()
        expect(self.cards).to_have_count(len(before) + 1)
        (name,) = set(self.names) - before
        return name

    def execute(self, name: str, command: str) -> str:
        """Run one command in a container with the form for it; what it wrote, and how it ended."""
        self.show("stage")
        # A container that was made a moment ago is not running yet.
        self.card(name).expect_state("running")
        self.card(name).select()
        self.show("container")
        panel = self.page.get_by_role("region", name=f"Container {name}")
        panel.get_by_role("tab", name="Command").click()
        panel.get_by_label("Run a command in it").fill(command)
        panel.get_by_label("Run a command in it").press("Enter")
        # The command as `docker exec` has it may be quoted in another way: its last word is there.
        expect(
            panel.get_by_role("code").filter(has_text=command.split()[-1].strip("'"))
        ).to_be_visible()
        expect(panel.get_by_text(re.compile(r"ended with exit code \d+"))).to_be_visible()
        return panel.inner_text()

    def open_shell(self, name: str) -> Locator:
        """Open a shell in a container and wait for its prompt; the screen's rows."""
        self.show("stage")
        self.card(name).press("Shell")
        screen = self.page.locator(".xterm-rows")
        expect(screen).to_contain_text(re.compile("[#$] *$"))
        return screen

    def type_in_shell(self, line: str) -> None:
        """Type a line and Enter into the shell that has the focus."""
        self.page.keyboard.type(line)
        self.page.keyboard.press("Enter")

    def confirm(self, button: str) -> None:
        """Answer the question that something would be lost."""
        self.page.get_by_role("dialog").get_by_role("button", name=button).click()
