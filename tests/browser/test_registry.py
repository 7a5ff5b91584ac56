"""The registry's shelf: an image is pushed, seen blob by blob, removed, and pulled back."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import LabPage
from tests.browser.site import Site
from tests.browser.test_accessibility import LOOKS, Axe
from tests.browser.test_layout import OVERFLOW
from tests.browser.visitor import NARROW, SMALLEST, WIDE, Looks
from tests.engine.docker.conftest import registry_address

__all__ = ["registry_address"]

SMALL = "FROM busybox\nRUN echo one > /one\nRUN echo two > /two\nCMD sleep 600\n"
BIG = "FROM busybox\nRUN head -c 60000000 /dev/urandom > /big\nRUN echo two > /two\nCMD sleep 600\n"
NAME = "registry.lab/my-app:1.0"
TRANSFER_MS = 90_000


@pytest.fixture(scope="module")
def registry_site(
    docker_host: str, registry_address: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A site on a real Docker Engine, with a real registry."""
    site = Site(
        tmp_path_factory.mktemp("registry-site"),
        engine="docker",
        docker_host=docker_host,
        registry=registry_address,
    )
    site.start()
    yield site
    site.stop()


def shelf(lab: LabPage) -> Locator:
    return lab.stage.get_by_role("region", name="Registry", exact=True)


def blobs(lab: LabPage) -> Locator:
    return shelf(lab).get_by_role("list", name=re.compile("Layers of this")).get_by_role("listitem")


def push(lab: LabPage, name: str = NAME) -> None:
    """Ask for a push, and answer the dialog."""
    lab.show("stage")
    lab.stage.get_by_role("button", name=re.compile("^Push…")).click()
    dialog = lab.page.get_by_role("dialog")
    dialog.get_by_label("Name in the registry").fill(name)
    dialog.get_by_role("button", name="Push", exact=True).click()


def expect_pushed(lab: LabPage) -> None:
    expect(shelf(lab)).to_contain_text(f"Pushed {NAME}", timeout=TRANSFER_MS)


def remove_image(lab: LabPage) -> None:
    """Tag by tag, until the stage has no image."""
    remove = lab.stage.get_by_role("button", name=re.compile("^Remove… the image"))
    for tag in ("my-app:latest", NAME):
        expect(lab.stage.get_by_role("button", name=f"Remove… the image {tag}")).to_be_visible()
        remove.click()
        lab.page.get_by_role("dialog").get_by_role("button", name=re.compile("^Remove")).click()
    expect(remove).to_have_count(0)


def kinds(lab: LabPage) -> list[str]:
    return [event["type"] for event in lab.events()]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1440", "390"])
def test_an_image_is_pushed_removed_and_pulled_back(
    site: Site, arrive: Arrive, size: tuple[int, int]
) -> None:
    lab = LabPage(arrive(site, Looks(size)).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", SMALL)
    lab.build()
    lab.show("stage")
    expect(shelf(lab)).to_have_count(0)
    push(lab)
    expect_pushed(lab)
    expect(blobs(lab)).to_have_count(3)
    expect(blobs(lab).filter(has_text="sent")).to_have_count(3)

    push(lab)
    expect(blobs(lab).filter(has_text="already exists")).to_have_count(3)

    remove_image(lab)
    expect(shelf(lab)).to_contain_text("not in the lab")
    shelf(lab).get_by_role("button", name=re.compile("^Pull my-app:1.0")).click()
    expect(shelf(lab)).to_contain_text(f"Pulled {NAME}", timeout=TRANSFER_MS)
    expect(lab.layers).to_have_count(3)
    lab.run()
    assert kinds(lab).count("image.pushed") == 2
    assert kinds(lab).count("image.pulled") == 1


def test_a_changed_image_sends_only_what_is_new(site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(site).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", SMALL)
    lab.build()
    push(lab)
    expect_pushed(lab)
    lab.write_file("Dockerfile", SMALL.replace("CMD", "RUN echo three > /three\nCMD"))
    lab.build(2)
    push(lab)
    expect(blobs(lab)).to_have_count(4)
    expect(blobs(lab).filter(has_text="already exists")).to_have_count(3)
    expect(blobs(lab).filter(has_text="echo three")).to_contain_text("sent")


def test_an_image_is_pushed_by_keyboard(site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(site).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", SMALL)
    lab.build()
    lab.stage.get_by_role("button", name=re.compile("^Push…")).focus()
    lab.page.keyboard.press("Enter")
    field = lab.page.get_by_role("dialog").get_by_label("Name in the registry")
    expect(field).to_be_focused()
    expect(field).to_have_value("registry.lab/my-app:latest")
    expect(lab.page.get_by_role("dialog")).to_contain_text("docker push registry.lab/my-app:latest")
    lab.page.keyboard.press("Enter")
    expect(shelf(lab)).to_contain_text("Pushed registry.lab/my-app:latest", timeout=TRANSFER_MS)
    pull = shelf(lab).get_by_role("button", name=re.compile("^Pull my-app:latest"))
    pull.focus()
    lab.page.keyboard.press("Enter")
    expect(shelf(lab)).to_contain_text("Pulled registry.lab/my-app:latest", timeout=TRANSFER_MS)


def test_another_registry_is_refused_in_words(site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(site).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", SMALL)
    lab.build()
    push(lab, "docker.example/my-app:1.0")
    expect(lab.page.get_by_role("dialog")).to_contain_text("Begin with registry.lab/")
    assert "transfer.started" not in kinds(lab)


@pytest.mark.parametrize("looks", LOOKS)
def test_the_shelf_and_its_dialog_are_clean(site: Site, arrive: Arrive, looks: Looks) -> None:
    lab = LabPage(arrive(site, looks).new_page())
    axe = Axe()
    lab.open_fresh()
    lab.write_file("Dockerfile", SMALL)
    lab.build()
    lab.show("stage")
    lab.stage.get_by_role("button", name=re.compile("^Push…")).click()
    expect(lab.page.get_by_role("dialog")).to_be_visible()
    axe.look(lab.page, "push dialog")
    lab.page.keyboard.press("Escape")
    push(lab)
    expect_pushed(lab)
    axe.look(lab.page, "shelf")
    axe.expect_nothing_found()


@pytest.mark.parametrize("size", [WIDE, NARROW, SMALLEST], ids=["1440", "390", "360"])
def test_the_shelf_fits_its_window(site: Site, arrive: Arrive, size: tuple[int, int]) -> None:
    lab = LabPage(arrive(site, Looks(size)).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", SMALL)
    lab.build()
    long = "registry.lab/a-team-with-a-long-name/an-app-with-quite-a-long-name-too:1.0.0-beta.12"
    push(lab, long)
    expect(shelf(lab)).to_contain_text(f"Pushed {long}", timeout=TRANSFER_MS)
    assert lab.page.evaluate(OVERFLOW) == 0
    assert shelf(lab).evaluate("element => element.scrollWidth - element.clientWidth") == 0


def test_a_real_registry_is_pushed_to_blob_by_blob(registry_site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(registry_site).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", BIG)
    lab.build()
    push(lab)
    expect_pushed(lab)
    expect(blobs(lab)).to_have_count(3)
    expect(blobs(lab).filter(has_text="60 MB")).to_contain_text("sent")
    push(lab)
    expect(blobs(lab).filter(has_text="already exists")).to_have_count(3)
    moving = [event for event in lab.events() if _is_moving(event)]
    assert len({event["current"] for event in moving if event["total"] == 60_000_000}) > 1


def _is_moving(event: dict[str, Any]) -> bool:
    return (event["type"], event.get("state")) == ("transfer.progressed", "moving")
