"""The page fits its window, moves only for who wants it, and shows at once that a click arrived."""

import re

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import SLEEPER, STOP_MS, LabPage
from tests.browser.site import Site
from tests.browser.visitor import NARROW, SMALLEST, WIDE, Looks

OVERFLOW = """() => {
    const page = document.documentElement;
    return page.scrollWidth - page.clientWidth;
}"""
MOVING = """() => document.getAnimations()
    .filter(animation => animation.playState === 'running')
    .map(animation => animation.animationName ?? animation.transitionProperty ?? 'animation')"""
# The page's policy forbids Playwright's own way of waiting, which evaluates a string.
UNTIL_MOVING = f"""() => new Promise((resolve, reject) => {{
    const moving = {MOVING};
    const look = () => moving().length > 0 ? resolve() : requestAnimationFrame(look);
    setTimeout(() => reject(new Error('nothing moved')), 45000);
    look();
}})"""


@pytest.mark.parametrize("size", [WIDE, NARROW, SMALLEST], ids=["1440", "390", "360"])
def test_no_page_is_wider_than_its_window(
    site: Site, arrive: Arrive, size: tuple[int, int]
) -> None:
    lab = LabPage(arrive(site, Looks(size)).new_page())
    lab.page.goto("/")
    expect(lab.page.get_by_role("button", name="Open a lab")).to_be_visible()
    _expect_fits(lab.page, "front page")

    lab.open(tour=True)
    _expect_fits(lab.page, "tour")
    lab.skip_tour()
    lab.write_file("Dockerfile", SLEEPER)
    lab.build()
    names = [lab.run() for _ in range(4)]
    lab.execute(names[0], "sh -c 'mkdir /a && echo 1 > /a/a-file-with-quite-a-long-name.txt'")
    for part in ("files", "stage", "steps", "container", "discoveries", "transcript"):
        lab.show(part)
        _expect_fits(lab.page, part)


PYTHON = "FROM python:3.12-slim\nWORKDIR /app\nCOPY app.py .\nRUN echo 1 > /1\nCMD sleep 600\n"


def test_ten_containers_and_their_stack_fit_a_screen(site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(site, Looks(WIDE)).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", PYTHON)
    lab.build()
    run_ten_and_expect_all_in_sight(lab)


def run_ten_and_expect_all_in_sight(lab: LabPage) -> None:
    """Containers above, the image below: nothing of either needs scrolling, one selected or not."""
    names = [lab.run() for _ in range(10)]
    for name in names:
        lab.card(name).expect_state("running")
    _expect_all_in_sight(lab, "with ten containers")
    lab.card(names[0]).select()
    expect(lab.page.get_by_role("region", name=f"Container {names[0]}")).to_be_visible()
    lab.card(names[0]).press("Stop")
    lab.card(names[0]).expect_state("stopped", timeout=STOP_MS)
    _expect_all_in_sight(lab, "with one of them selected")


def _expect_all_in_sight(lab: LabPage, when: str) -> None:
    """The image's name lies above the meter, which stands still over what scrolls."""
    foot = lab.stage.get_by_role("region", name="Disk meter")
    plinth = lab.stage.get_by_role("button", name=re.compile("^Push…"))
    shelf = lab.stage.get_by_role("list", name="Images of this lab")
    for part in (plinth, shelf, *lab.cards.all()):
        expect(part, when).to_be_in_viewport(ratio=1)
    over, below = foot.bounding_box(), plinth.bounding_box()
    assert over
    assert below
    assert below["y"] + below["height"] <= over["y"], f"the image is under the meter {when}"


def test_nothing_moves_for_who_asked_for_stillness(site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(site, Looks(reduced_motion=True)).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", SLEEPER.replace("echo hello", "sleep 5; echo hello"))

    lab.press_build()
    running = lab.page.get_by_role("button", name="RUN sleep 5").filter(has_text="running")
    expect(running.first).to_be_visible()

    assert lab.page.evaluate(MOVING) == []
    lab.expect_build(1, "Built")
    assert lab.page.evaluate(MOVING) == []


def test_layers_arrive_moving_for_everyone_else(site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(site, Looks(reduced_motion=False)).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", SLEEPER.replace("echo hello", "sleep 5; echo hello"))

    lab.press_build()

    lab.page.evaluate(UNTIL_MOVING)
    lab.expect_build(1, "Built")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_click_shows_before_the_site_has_answered(
    site: Site, arrive: Arrive, size: tuple[int, int]
) -> None:
    page = arrive(site, Looks(size)).new_page()
    lab = LabPage(page)
    held: list[str | bytes] = []
    sockets: list[WebSocketRoute] = []

    def hold_commands(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        sockets.append(server)
        socket.on_message(lambda message: held.append(message))

    page.route_web_socket("**/ws/labs/**", hold_commands)
    lab.open_fresh()

    lab.press_build()

    # The site has not even heard of it.
    sending = page.get_by_text(re.compile("^Sending")).locator("visible=true")
    expect(sending.first).to_be_visible()
    assert any('"build"' in str(message) for message in held)

    for message in held:
        sockets[-1].send(message)
    lab.expect_build(1, "Built")


def test_a_lost_connection_is_said_and_mended(own_site: Site, arrive: Arrive) -> None:
    visitor = arrive(own_site)
    visitor.expect_complaint("WebSocket|net::ERR_|Failed to load resource|Failed to fetch")
    lab = LabPage(visitor.new_page())
    lab.open_fresh()

    own_site.stop()
    expect(lab.page.get_by_text("The connection was lost.")).to_be_visible()
    build = lab.page.get_by_role("button", name="Build", exact=True)
    expect(build).to_be_disabled()
    own_site.start()

    lab.expect_live()
    lab.build()


def _expect_fits(page: Page, where: str) -> None:
    assert page.evaluate(OVERFLOW) <= 0, f"{where} is wider than the window"
