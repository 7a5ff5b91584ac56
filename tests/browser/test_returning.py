"""Whoever comes back finds the lab as it was: after a reload, and after the site was restarted."""

import re
from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import SLEEPER, LabPage
from tests.browser.site import Site

# Cutting the site off is what these tests do, so the browser may say that a socket broke.
CUT = r"WebSocket|net::ERR_|Failed to load resource|Failed to fetch|NetworkError"


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_images_and_stopped_containers_survive_a_restart_and_running_ones_say_why_not(
    own_site: Site, arrive: Arrive, ending: Literal["stop", "kill"]
) -> None:
    student = arrive(own_site)
    student.expect_complaint(CUT)
    lab = LabPage(student.new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", SLEEPER)
    lab.build()
    stopped, running = lab.run(), lab.run()
    lab.execute(stopped, "sh -c 'echo kept > /kept.txt'")
    lab.show("stage")
    expect(lab.card(stopped).files).to_contain_text("kept.txt")
    _kill(lab, stopped)

    own_site.stop() if ending == "stop" else own_site.kill()
    expect(lab.page.get_by_text("The connection was lost.")).to_be_visible()
    own_site.start()

    # The page that stayed open finds its way back by itself.
    lab.expect_live()
    _everything_is_there(lab, stopped, running)
    again = LabPage(arrive(own_site, cookies=student.cookies()).new_page())
    again.open(lab.address)
    _everything_is_there(again, stopped, running)
    again.card(stopped).press("Start")
    again.card(stopped).expect_state("running")
    assert "kept" in again.execute(stopped, "cat /kept.txt")


def test_the_newest_lab_opens_by_itself(site: Site, arrive: Arrive) -> None:
    student = arrive(site)
    lab = LabPage(student.new_page())
    lab.open_fresh()

    again = LabPage(student.new_page())
    again.open("/lab/")

    assert again.address == lab.address


def test_a_file_typed_is_there_after_a_reload(site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(site).new_page())
    lab.open_fresh()
    lab.write_file("app.py", "print('typed by hand')\n")

    lab.page.reload()
    lab.expect_live()
    lab.open_file("app.py")

    expect(lab.page.get_by_role("tabpanel", name="app.py")).to_contain_text("typed by hand")


def test_the_tour_never_comes_back_once_closed(site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(site).new_page())
    lab.open(tour=True)
    tour = lab.page.get_by_role("region", name="Tour")
    expect(tour).to_contain_text("1 of 3")
    for _ in range(2):
        tour.get_by_role("button", name="Next").click()
    tour.get_by_role("button", name="Done").click()
    expect(tour).to_have_count(0)

    lab.page.reload()
    lab.expect_live()

    expect(tour).to_have_count(0)


def _kill(lab: LabPage, name: str) -> None:
    card = lab.card(name)
    card.press("More for")
    card.press("Kill")
    card.expect_state("killed")


def _everything_is_there(lab: LabPage, stopped: str, running: str) -> None:
    lab.show("stage")
    expect(lab.layer("RUN echo hello > /hello.txt")).to_be_visible()
    lab.card(stopped).expect_state("killed")
    expect(lab.card(stopped).files).to_contain_text("kept.txt")
    lab.card(running).expect_state("lost with the engine")
    lab.show("transcript")
    told = lab.page.get_by_role("tabpanel", name="Transcript")
    expect(told).to_contain_text(re.compile(rf"{running}.*(lost|stopped|ended|restart)", re.DOTALL))
    lab.show("stage")
