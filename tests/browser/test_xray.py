"""Looking into layers, images and containers: what is there, what is hidden, and what it weighs."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import LabPage
from tests.browser.site import Site
from tests.browser.test_accessibility import LOOKS, Axe
from tests.browser.visitor import Looks

DOCKERFILE = """FROM alpine
RUN echo token=abc123 > /secret.txt && mkdir /data
RUN head -c 200000 /dev/zero > /data/big.bin
RUN rm /secret.txt && head -c 150000 /dev/zero > /data/big.bin
CMD sleep 600
"""
SECRET = "token=abc123"
MANY = """FROM alpine
RUN mkdir /many && cd /many && seq -f %04g 1 450 | while read n; do echo $n > f$n; done
"""


def test_a_deleted_secret_is_found_in_the_layer_that_deletes_it_and_read(
    site: Site, arrive: Arrive
) -> None:
    lab = _lab(site, arrive)

    lab.layers.last.click()
    layer = lab.page.get_by_role("region", name="Layer of RUN rm")
    expect(layer).to_contain_text("1 changed, 1 deleted")
    expect(layer).to_contain_text("200 kB hidden below")
    _row(layer, "/secret.txt, deleted, lies in layer 2").click()

    expect(layer.get_by_label("Text of /secret.txt")).to_contain_text(SECRET)
    expect(layer).to_contain_text("Deleted in layer 4, and still here to be read")
    layer.get_by_role("button", name="RUN rm /secret.txt && head", exact=False).last.click()
    expect(layer).to_contain_text("only holds the mark that hides the path")


def test_an_image_shows_the_layer_of_each_file_and_what_it_wastes(
    site: Site, arrive: Arrive
) -> None:
    lab = _lab(site, arrive)

    image = _open_image(lab)
    expect(image.get_by_text("docker save my-app:latest | tar -t")).to_be_visible()
    expect(_row(image, "/bin, folder, from layer 1, FROM alpine")).to_be_visible()
    expect(_row(image, "/secret.txt, hidden by layer 4, lies in layer 2")).to_contain_text(
        "hidden by 4"
    )
    meter = image.get_by_role("meter", name="Efficiency")
    assert 0 < int(meter.get_attribute("aria-valuenow") or "0") < 100

    image.get_by_role("button", name="350 kB wasted").click()
    expect(image.get_by_role("treeitem")).to_have_count(2)
    expect(_row(image, "/data/big.bin, changed, from layer 4")).to_be_visible()
    image.get_by_role("button", name="Largest first").click()
    expect(image.get_by_role("treeitem").first).to_contain_text("big.bin")

    image.get_by_role("button", name="show layer 4").first.click()
    expect(lab.page.get_by_role("region", name="Layer of RUN rm")).to_be_visible()
    expect(lab.layers.last).to_have_attribute("aria-pressed", "true")


def test_a_search_finds_a_file_anywhere_and_says_when_there_is_none(
    site: Site, arrive: Arrive
) -> None:
    lab = _lab(site, arrive)
    image = _open_image(lab)

    field = image.get_by_role("textbox", name="Search paths of my-app:latest")
    field.fill("OS-REL")
    expect(_row(image, "/etc/os-release")).to_be_visible()
    field.fill("no-such-name")
    expect(image).to_contain_text("No path here has “no-such-name” in it")
    image.get_by_role("button", name="Show all files").click()
    expect(_row(image, "/etc, folder")).to_be_visible()
    expect(field).to_have_value("")


def test_a_container_shows_its_own_layer_over_the_image(site: Site, arrive: Arrive) -> None:
    lab = _lab(site, arrive)
    name = lab.run()
    lab.execute(name, "sh -c 'echo mine > /new.txt; echo x >> /etc/hostname; rm /etc/os-release'")
    panel = lab.page.get_by_role("region", name=f"Container {name}")
    panel.get_by_role("tab", name="Files").click()

    expect(_row(panel, "/new.txt, added, from its own layer")).to_be_visible()
    expect(_row(panel, "/etc/os-release, whiteout, lies in layer 1")).to_be_visible()
    expect(_row(panel, "/secret.txt")).to_have_count(0)
    _row(panel, "/new.txt").click()
    expect(panel.get_by_label("Text of /new.txt")).to_contain_text("mine")
    expect(panel.get_by_text(f"docker cp {name}:/new.txt -")).to_be_visible()
    panel.get_by_role("button", name="All files").click()
    expect(_row(panel, "/new.txt")).to_be_focused()

    # What happens meanwhile shows by itself.
    panel.get_by_role("tab", name="Command").click()
    panel.get_by_label("Run a command in it").fill("touch /later.txt")
    panel.get_by_label("Run a command in it").press("Enter")
    panel.get_by_role("tab", name="Files").click()
    expect(_row(panel, "/later.txt, added")).to_be_visible()

    panel.get_by_role("button", name="All", exact=True).click()
    expect(_row(panel, "/bin, folder, from layer 1, FROM alpine")).to_be_visible()


def test_a_folder_of_many_files_comes_by_pages_and_few_rows_are_drawn(
    site: Site, arrive: Arrive
) -> None:
    lab = _lab(site, arrive, MANY)
    lab.layers.last.click()
    layer = lab.page.get_by_role("region", name="Layer of RUN mkdir")

    first = _row(layer, "/many, folder")
    expect(first).to_have_attribute("aria-expanded", "true")
    expect(_row(layer, "/many/f0001,")).to_be_visible()
    first.focus()
    for following in ("/many/f0201,", "/many/f0401,"):
        lab.page.keyboard.press("End")
        expect(_row(layer, following)).to_be_focused()
    lab.page.keyboard.press("End")
    expect(_row(layer, "/many/f0450,")).to_be_focused()
    assert layer.get_by_role("treeitem").count() < 120


def test_everything_is_done_by_keyboard_alone(site: Site, arrive: Arrive) -> None:
    lab = _lab(site, arrive)
    page = lab.page
    lab.layers.last.focus()
    page.keyboard.press("Enter")
    layer = page.get_by_role("region", name="Layer of RUN rm")
    expect(_row(layer, "/secret.txt")).to_be_visible()

    _tab_back_to(page, layer.get_by_role("treeitem").first)
    page.keyboard.press("s")
    expect(_row(layer, "/secret.txt")).to_be_focused()
    # The letter went to the tree: it is no shortcut for a shell here.
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(layer.get_by_label("Text of /secret.txt")).to_contain_text(SECRET)
    expect(layer.get_by_role("button", name="All files")).to_be_focused()
    page.keyboard.press("Escape")
    expect(_row(layer, "/secret.txt")).to_be_focused()

    page.keyboard.press("Home")
    expect(_row(layer, "/data, folder")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(_row(layer, "/data, folder")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(_row(layer, "/data/big.bin")).to_be_focused()

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Layer of RUN echo token")).to_be_visible()


@pytest.mark.parametrize("looks", LOOKS)
def test_the_xray_is_clean(site: Site, arrive: Arrive, looks: Looks) -> None:
    lab = _lab(site, arrive, looks=looks)
    axe = Axe()
    lab.layers.last.click()
    lab.show("container")
    layer = lab.page.get_by_role("region", name="Layer of RUN rm")
    expect(_row(layer, "/secret.txt")).to_be_visible()
    axe.look(lab.page, "a layer's tree")
    _row(layer, "/secret.txt").click()
    expect(layer.get_by_label("Text of /secret.txt")).to_contain_text(SECRET)
    axe.look(lab.page, "a file that is read")

    layer.get_by_role("button", name="Layer 4 of 4").click()
    image = lab.page.get_by_role("region", name="Image my-app:latest")
    _row(image, "/etc, folder").click()
    expect(_row(image, "/etc/os-release")).to_be_visible()
    axe.look(lab.page, "an image's tree")
    image.get_by_role("button", name="350 kB wasted").click()
    expect(image.get_by_role("treeitem")).to_have_count(2)
    axe.look(lab.page, "what is wasted")

    name = lab.run()
    lab.execute(name, "sh -c 'echo x > /new.txt; rm /etc/os-release'")
    panel = lab.page.get_by_role("region", name=f"Container {name}")
    panel.get_by_role("tab", name="Files").click()
    expect(_row(panel, "/etc/os-release, whiteout")).to_be_visible()
    axe.look(lab.page, "a container's own layer")
    assert _overflow(lab.page) == 0
    axe.expect_nothing_found()


def _lab(
    site: Site, arrive: Arrive, dockerfile: str = DOCKERFILE, looks: Looks | None = None
) -> LabPage:
    """A lab of its own in which this was built, with the stage in view."""
    lab = LabPage(arrive(site, looks).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", dockerfile)
    lab.build()
    lab.show("stage")
    return lab


def _open_image(lab: LabPage) -> Locator:
    lab.layers.last.click()
    lab.page.get_by_role("button", name=re.compile(r"^Layer \d of \d")).click()
    image = lab.page.get_by_role("region", name="Image my-app:latest")
    expect(image.get_by_role("treeitem").first).to_be_visible()
    return image


def _row(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("treeitem", name=name)


def _tab_back_to(page: Page, goal: Locator, most: int = 60) -> None:
    """Press Shift+Tab until this has the focus: the details stand before the stage."""
    for _ in range(most):
        page.keyboard.press("Shift+Tab")
        if goal.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{goal} is not reached with {most} presses of Shift+Tab")


def _overflow(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(0, width)
