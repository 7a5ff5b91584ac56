"""The student's whole story, in a real browser, in both widths."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import STOP_MS, LabPage
from tests.browser.site import Site
from tests.browser.visitor import NARROW, WIDE, Looks


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_student_goes_from_a_dockerfile_to_containers_and_back(
    site: Site, arrive: Arrive, size: tuple[int, int]
) -> None:
    student = arrive(site, Looks(size))
    lab = LabPage(student.new_page())

    lab.open_fresh()
    for file in ("Dockerfile", "app.py"):
        expect(lab.page.get_by_role("tab", name=file, exact=True)).to_be_visible()

    lab.build()
    _the_layers_stand_on_the_stage(lab)
    first, second, third = lab.run(), lab.run(), lab.run()
    _three_containers_stand_on_one_stack(lab, [first, second, third])

    _write_a_file_in_a_shell(lab, first)
    expect(lab.card(first).files).to_contain_text("note.txt")
    for other in (second, third):
        expect(lab.card(other).locator).not_to_contain_text("note.txt")

    _stop_and_start(lab, first)
    assert "remember the milk" in lab.execute(first, "cat /root/note.txt")

    _remove(lab, first)
    fresh = lab.run()
    # Its card is there from its creation on, a moment before it runs.
    lab.card(fresh).expect_state("running")
    assert "exit code 1" in lab.execute(fresh, "cat /root/note.txt")
    lab.show("stage")
    expect(lab.card(fresh).locator).not_to_contain_text("note.txt")

    _change_a_line_of_the_app(lab)
    lab.build(2)
    assert "It ran because files that it copies changed: app.py modified" in lab.why(3)
    assert "It ran because step 3 ran" in lab.why(4)
    assert "from cache" in lab.why(2)

    again = LabPage(arrive(site, Looks(size), student.cookies()).new_page())
    again.open(lab.address)
    again.expect_build(2, "Built")
    again.show("stage")
    expect(again.layer("COPY app.py .")).to_have_count(1)
    images = again.stage.get_by_role("list", name="Images of this lab").get_by_role("button")
    images.filter(has_text="3 containers").click()
    again.show("stage")
    assert set(again.names) == {second, third, fresh}


def _the_layers_stand_on_the_stage(lab: LabPage) -> None:
    lab.show("stage")
    expect(lab.layer("COPY app.py .")).to_be_visible()
    expect(lab.layer('RUN echo "built with care" > built.txt')).to_be_visible()
    base = lab.layers.first
    expect(base).to_have_accessible_name(re.compile("^FROM python:3.12-slim, read-only layer of "))
    expect(lab.stage.get_by_role("region", name="Config")).to_contain_text("GREETING=Hello")


def _three_containers_stand_on_one_stack(lab: LabPage, names: list[str]) -> None:
    for name in names:
        lab.card(name).expect_state("running")
        # app.py keeps its visits in a file, each container in its own layer.
        expect(lab.card(name).files).to_contain_text("visits.txt")
    expect(lab.layer("COPY app.py .")).to_have_count(1)
    meter = lab.stage.get_by_role("region", name="Disk meter")
    expect(meter).to_contain_text("stored once")
    expect(meter).to_contain_text("3 own layers")


def _write_a_file_in_a_shell(lab: LabPage, name: str) -> None:
    screen = lab.open_shell(name)
    lab.type_in_shell("cd /root && echo remember the milk > note.txt && ls")
    expect(screen).to_contain_text("note.txt\n")
    lab.show("stage")


def _stop_and_start(lab: LabPage, name: str) -> None:
    card = lab.card(name)
    card.press("Stop")
    # The app is process 1 and handles no SIGTERM: as in Docker it is killed after the grace.
    card.expect_state("stopped", timeout=STOP_MS)
    expect(card.locator).to_contain_text("137")
    expect(card.files).to_contain_text("note.txt")
    card.press("Start")
    card.expect_state("running")
    expect(card.files).to_contain_text("note.txt")


def _remove(lab: LabPage, name: str) -> None:
    lab.show("stage")
    lab.card(name).press("Remove…")
    dialog = lab.page.get_by_role("dialog")
    expect(dialog).to_contain_text("/root/note.txt")
    expect(dialog).to_contain_text("my-app:latest stays as it is")
    lab.confirm("Stop and remove it")
    expect(lab.card(name).locator).to_have_count(0)


def _change_a_line_of_the_app(lab: LabPage) -> None:
    lab.open_file("app.py")
    lab.page.get_by_role("tabpanel", name="app.py").get_by_role("textbox").click()
    lab.page.keyboard.press("ControlOrMeta+Home")
    lab.page.keyboard.press("Shift+End")
    lab.paste('"""Greets in another way."""')
    lab.expect_saved()
