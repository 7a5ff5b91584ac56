"""Whoever has a lab's address may watch it live, and may touch nothing."""

import json

from playwright.sync_api import WebSocketRoute, expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import SLEEPER, LabPage
from tests.browser.site import Site
from tests.browser.visitor import NARROW, Looks
from tests.site_process import wait_until


def test_a_watcher_sees_everything_live_and_can_do_nothing(site: Site, arrive: Arrive) -> None:
    owner = LabPage(arrive(site).new_page())
    owner.open_fresh()
    owner.write_file("Dockerfile", SLEEPER)
    watcher = LabPage(arrive(site).new_page())
    watcher.open(owner.address)

    expect(watcher.page.get_by_text("Watching, read-only")).to_be_visible()
    for name in ("Build", "Add a file", "Upload files"):
        expect(watcher.page.get_by_role("button", name=name, exact=True)).to_have_count(0)

    owner.build()
    expect(watcher.layer("RUN echo hello > /hello.txt")).to_be_visible()
    expect(watcher.stage.get_by_role("button", name="Run", exact=True)).to_have_count(0)
    name = owner.run()
    watcher.card(name).expect_state("running")
    expect(watcher.card(name).locator.get_by_role("button")).to_have_count(1)
    owner.execute(name, "sh -c 'echo seen > /seen.txt'")
    expect(watcher.card(name).files).to_contain_text("seen.txt")

    # Nor by keyboard.
    watcher.page.keyboard.press("Control+Enter")
    watcher.page.keyboard.press("r")
    owner.run()
    expect(watcher.cards).to_have_count(2)


def test_a_watcher_on_a_phone_sees_the_same(site: Site, arrive: Arrive) -> None:
    owner = LabPage(arrive(site).new_page())
    owner.open_fresh()
    owner.write_file("Dockerfile", SLEEPER)
    owner.build()
    name = owner.run()

    watcher = LabPage(arrive(site, Looks(NARROW)).new_page())
    watcher.open(owner.address)
    watcher.show("stage")

    watcher.card(name).expect_state("running")


def test_a_lab_that_is_not_there_says_so(site: Site, arrive: Arrive) -> None:
    visitor = arrive(site)
    visitor.expect_complaint("404")
    page = visitor.new_page()

    answer = page.goto("/lab/no-such-lab-anywhere/")

    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_page_is_live_only_when_it_has_taken_in_what_happened_before(
    site: Site, arrive: Arrive
) -> None:
    owner = LabPage(arrive(site).new_page())
    owner.open_fresh()
    owner.write_file("Dockerfile", SLEEPER)
    owner.build()
    page = arrive(site).new_page()
    held: list[str | bytes] = []
    sockets: list[WebSocketRoute] = []
    catching_up = True

    def hold_the_tape(socket: WebSocketRoute) -> None:
        def pass_on(message: str | bytes) -> None:
            if catching_up and json.loads(message)["frame"] == "events":
                held.append(message)
            else:
                socket.send(message)

        sockets.append(socket)
        socket.connect_to_server().on_message(pass_on)

    page.route_web_socket("**/ws/labs/**", hold_the_tape)
    page.goto(owner.address)
    said = page.get_by_role("banner").get_by_role("status")
    expect(said).to_have_text("Catching up…")
    # Asking the page lets Playwright hear of what came meanwhile.
    wait_until(lambda: said.count() and held)

    catching_up = False
    for message in held:
        sockets[-1].send(message)
    expect(said).to_have_text("Live")
    expect(LabPage(page).layer("RUN echo hello > /hello.txt")).to_have_count(1)
