"""Choosing the engine of a lab, and a lab whose engine the site has no more.

What answers as a Docker Engine here says who it is, and that it holds nothing: the choice is what
is looked at. Labs on a real one have tests of their own.
"""

import json
import re
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import SLEEPER, LabPage
from tests.browser.site import Site
from tests.browser.test_accessibility import LOOKS, Axe
from tests.browser.test_layout import OVERFLOW
from tests.browser.visitor import NARROW, SMALLEST, WIDE, Looks

VERSION = {"Version": "20.10.24+dfsg1", "ApiVersion": "1.41"}


class Herald(BaseHTTPRequestHandler):
    """Says who it is, and that it holds nothing."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """`/version`, and empty lists."""
        body = json.dumps(VERSION if self.path.endswith("/version") else []).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        """A socket in a folder has no address."""
        return "socket"

    def log_message(self, *args: object) -> None:
        """Not between the tests' words."""


class Heralds(ThreadingMixIn, UnixStreamServer):
    """Listens on a socket in a folder."""

    daemon_threads = True
    block_on_close = False


@pytest.fixture(scope="module")
def herald() -> Iterator[str]:
    """The address of what answers as a Docker Engine."""
    # Not in pytest's folder: a socket's path has at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="layercake-herald-") as folder:
        path = f"{folder}/docker.sock"
        with Heralds(path, Herald) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield f"unix://{path}"
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def both(herald: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with two engines on offer."""
    site = Site(tmp_path_factory.mktemp("both"), engine="auto", docker_host=herald)
    site.start()
    yield site
    site.stop()


def test_a_lab_is_opened_on_the_engine_chosen_by_keyboard(both: Site, arrive: Arrive) -> None:
    page = arrive(both).new_page()
    page.goto("/")
    group = page.get_by_role("group", name="Open it on")
    docker = group.get_by_role("radio", name=re.compile("^Docker Engine 20.10.24"))
    expect(docker).to_be_checked()
    docker.focus()
    page.keyboard.press("ArrowDown")
    expect(group.get_by_role("radio", name="Embedded engine")).to_be_checked()
    page.keyboard.press("Enter")
    page.wait_for_url("**/lab/*/")
    lab = LabPage(page)
    lab.expect_live()
    lab.skip_tour()
    lab.stage.get_by_role("button", name="Embedded engine (simulated userland)").click()
    sheet = page.get_by_role("dialog", name="What is simulated here")
    expect(sheet.get_by_text("This engine was chosen when the lab was opened.")).to_be_visible()


def test_a_further_lab_is_opened_on_the_engine_of_the_lab_before(
    both: Site, arrive: Arrive
) -> None:
    page = arrive(both).new_page()
    page.goto("/")
    page.get_by_role("radio", name="Embedded engine").check()
    page.get_by_role("button", name="Open a lab").click()
    page.wait_for_url("**/lab/*/")
    first = page.url
    page.get_by_role("button", name="Open a new lab").click()
    page.wait_for_url(lambda url: "/lab/" in url and url != first)
    LabPage(page).expect_live()
    expect(page.get_by_role("banner").get_by_text("Embedded engine")).to_be_visible()


@pytest.mark.parametrize("looks", LOOKS)
def test_the_choice_is_clean(both: Site, arrive: Arrive, looks: Looks) -> None:
    page = arrive(both, looks).new_page()
    axe = Axe()
    for address in ("/", "/labs/"):
        page.goto(address)
        expect(page.get_by_role("radio")).to_have_count(2)
        axe.look(page, address)
    axe.expect_nothing_found()


@pytest.mark.parametrize("size", [WIDE, NARROW, SMALLEST], ids=["1440", "390", "360"])
def test_the_choice_fits_its_window(both: Site, arrive: Arrive, size: tuple[int, int]) -> None:
    page = arrive(both, Looks(size)).new_page()
    for address in ("/", "/labs/"):
        page.goto(address)
        expect(page.get_by_role("radio")).to_have_count(2)
        assert page.evaluate(OVERFLOW) <= 0, address


def test_the_front_page_says_why_there_is_but_one(site: Site, arrive: Arrive) -> None:
    page = arrive(site).new_page()
    page.goto("/")
    expect(page.get_by_text("This engine was chosen by whoever runs this site.")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(0)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1440", "390"])
def test_a_lab_without_its_engine_says_so_and_shows_what_was(
    own_site: Site, arrive: Arrive, size: tuple[int, int]
) -> None:
    visitor = arrive(own_site, Looks(size))
    lab = LabPage(visitor.new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", SLEEPER)
    lab.build()
    own_site.stop()
    _move_to_docker(own_site.data, lab.address)
    own_site.start()
    page: Page = lab.page
    visitor.expect_complaint(r"WebSocket|net::ERR_|Failed to fetch|503")
    lab.open(lab.address)
    words = "This lab lives on a Docker Engine, and the site has none now."
    expect(page.get_by_text(words)).to_be_visible()
    lab.show("stage")
    expect(page.get_by_text(words)).to_be_visible()
    expect(lab.layer("RUN echo hello > /hello.txt")).to_be_visible()
    lab.press_build()
    lab.show("files")
    expect(page.get_by_role("region", name="Files").get_by_text(words).first).to_be_visible()


def _move_to_docker(data: Path, address: str) -> None:
    lab = address.rstrip("/").rpartition("/")[2]
    with closing(sqlite3.connect(data / "db.sqlite3", timeout=40)) as database:
        database.execute("UPDATE visualizer_lab SET engine = 'docker' WHERE id = ?", [lab])
        database.commit()
