"""A lab is recorded and shared, and a static page elsewhere plays it with nothing behind it."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import LabPage
from tests.browser.other_origin import serving
from tests.browser.site import ROOT, Site
from tests.browser.test_embeds import FAST, Player, visit, write
from tests.browser.test_sharing import copied, dialog

DOCKERFILE = """FROM alpine
RUN echo secret > /secret.txt
RUN rm /secret.txt
ENV GREETING=hello
CMD sleep 600
"""
# What a card says, without the buttons that only the lab's owner has.
WORDS = """card => {
  const copy = card.cloneNode(true);
  for (const own of copy.querySelectorAll(".actions, .patience")) own.remove();
  return copy.textContent.replaceAll(/\\s+/g, " ").trim();
}"""


def worked_in(lab: LabPage) -> None:
    """Build an image and run two containers of it, of which one writes and the other ends."""
    lab.open_fresh()
    lab.write_file("Dockerfile", DOCKERFILE)
    lab.build()
    writes, ends = lab.run(), lab.run()
    lab.execute(writes, "touch /new.txt")
    lab.show("stage")
    expect(lab.card(writes).files).to_contain_text("new.txt")
    lab.card(ends).press("More for")
    lab.card(ends).press("Kill")
    lab.card(ends).expect_state("killed")


def shown(stage: Locator) -> dict[str, list[str]]:
    """What the stage tells of the image and its containers: words, and nothing of pixels."""
    expect(stage.get_by_role("article")).to_have_count(2)
    layers = stage.get_by_role("list", name="Layers of the image, the base first")
    return {
        "layers": [slab.inner_text() for slab in layers.get_by_role("button").all()],
        "containers": [card.evaluate(WORDS) for card in stage.get_by_role("article").all()],
    }


def frozen(page: Page, title: str) -> str:
    """Make a recording through the Share dialog, its preview seen; its address."""
    page.get_by_role("button", name="Share this lab").click()
    dialog(page).get_by_role("button", name="Freeze a recording…").click()
    dialog(page).get_by_label("Title").fill(title)
    dialog(page).get_by_role("button", name="Show what would leave").click()
    preview = dialog(page)
    expect(preview.get_by_role("heading", name="This would leave the lab")).to_be_visible()
    expect(preview).to_contain_text("Dockerfile")
    preview.get_by_role("button", name="Make the recording").click()
    return copied(page, "the address")


def publish(site: Site, recording: str, out: Path) -> None:
    """Write the recording as a folder of static files, as the site's host would."""
    subprocess.run(
        [sys.executable, "manage.py", "publish", "--out", str(out), "--", recording],
        cwd=ROOT,
        env={**os.environ, "LAYERCAKE_DATA": str(site.data)},
        check=True,
        capture_output=True,
    )


def expect_switched_off(site: Site) -> None:
    """Nobody listens at the site's port any more."""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", site.port), timeout=5).close()


def requests_of(page: Page) -> list[str]:
    """The addresses that it asks for from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def played_to_its_end(frame: FrameLocator) -> dict[str, list[str]]:
    """Play what is in the frame, from its beginning to its end; what stands on the stage then."""
    player = Player(frame)
    expect(player.slider).to_have_attribute("aria-valuenow", "0")
    player.play.click()
    player.expect_end()
    return shown(player.stage)


def test_an_author_records_a_lab_and_a_static_page_elsewhere_plays_it_with_the_site_switched_off(
    own_site: Site, arrive: Arrive, tmp_path: Path
) -> None:
    author = LabPage(arrive(own_site).new_page())
    worked_in(author)
    lab = shown(author.stage)
    assert len(lab["layers"]) == 3
    assert "new.txt" in "".join(lab["containers"])
    address = frozen(author.page, "A secret in a layer")
    script = copied(author.page, "the script")
    frame = copied(author.page, "the frame")
    found = re.search(r"/r/([\w-]+)/$", address)
    assert found
    # A lab that is open asks for its site again and again.
    author.page.close()

    course = tmp_path / "course"
    course.mkdir()
    with serving(course) as elsewhere:
        # As long as the site is there, a page elsewhere plays what the Share dialog gave.
        for number, snippet in enumerate((script, frame)):
            write(course, snippet, f"living-{number}.html")
            reader = visit(arrive(own_site))
            reader.goto(f"{elsewhere}/living-{number}.html")
            assert played_to_its_end(reader.frame_locator("iframe")) == lab

        publish(own_site, found[1], course / "secret")
        own_site.stop()
        expect_switched_off(own_site)

        write(course, f'<iframe src="secret/index.html?{FAST}" width="1200" height="900"></iframe>')
        for place in (elsewhere, course.as_uri()):
            reader = visit(arrive(own_site))
            asked = requests_of(reader)
            reader.goto(f"{place}/index.html")
            assert played_to_its_end(reader.frame_locator("iframe")) == lab
            assert asked
            assert all(url.startswith((f"{place}/", "data:")) for url in asked)
