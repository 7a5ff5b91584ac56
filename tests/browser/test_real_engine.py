"""The lab on a real Docker Engine, in a real browser: what the embedded engine only plays."""

import re
from secrets import token_hex

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import STOP_MS, LabPage
from tests.browser.site import Site
from tests.browser.test_layout import run_ten_and_expect_all_in_sight
from tests.browser.visitor import NARROW, WIDE, Looks
from tests.site_process import wait_until

SLEEPER = "FROM busybox\nRUN echo hello > /hello.txt\nCMD sleep 600\n"
NO_SHELL = """FROM busybox AS tools
FROM scratch
COPY --from=tools /bin/busybox /busybox
CMD ["/busybox", "sleep", "600"]
"""
# Each waits, for half a minute at most, until the other has begun; then for who looks at both.
MEETING = """FROM busybox AS {name}
RUN --mount=type=cache,id={id},target=/meeting \\
    touch /meeting/{name}; for i in $(seq 300); do \\
    test -e /meeting/{other} && echo {name} met {other} > /{name} && exec sleep 6; \\
    sleep 0.1; done; exit 1
"""
TOGETHER = "FROM busybox\nCOPY --from=left /left /\nCOPY --from=right /right /\n"
BUILD_MS = 90_000
COLOUR = "element => getComputedStyle(element).color"
PROMPT = r"/ # \s*$"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_student_goes_from_a_dockerfile_to_containers_and_back(
    real_site: Site, arrive: Arrive, size: tuple[int, int]
) -> None:
    lab = LabPage(arrive(real_site, Looks(size)).new_page())
    lab.open_fresh()
    expect(lab.page.get_by_text(re.compile("Docker Engine 2")).first).to_be_attached()

    build(lab)
    lab.show("stage")
    expect(lab.layer("COPY app.py .")).to_be_visible()
    base = lab.layers.first
    expect(base).to_have_accessible_name(re.compile("^FROM python:3.12-slim, read-only layer of "))
    first, second, third = names = [lab.run() for _ in range(3)]
    for name in names:
        lab.card(name).expect_state("running")
        expect(lab.card(name).files).to_contain_text("visits.txt")

    shells_in_all_at_once(lab, names)
    lab.show("stage")
    expect(lab.card(first).files).to_contain_text("note.txt")
    for other in (second, third):
        expect(lab.card(other).locator).not_to_contain_text("note.txt")

    stop_and_start(lab, first)
    assert "remember the milk" in lab.execute(first, "cat /root/note.txt")
    remove(lab, first)
    fresh = lab.run()
    assert "exit code 1" in lab.execute(fresh, "cat /root/note.txt")

    lab.write_file("app.py", "import time\nprint('another app', flush=True)\ntime.sleep(600)\n")
    build(lab, 2)
    assert "It ran because files that it copies changed: app.py modified" in lab.why(3)
    assert "It ran because step 3 ran" in lab.why(4)
    assert "from cache" in lab.why(2)


def build(lab: LabPage, number: int = 1) -> None:
    """Press Build and wait for the image; a real engine may have a big base image to read first."""
    lab.press_build()
    lab.expect_build(number, "Built", BUILD_MS)


def shells_in_all_at_once(lab: LabPage, names: list[str]) -> None:
    """A shell in each, all of them open, each with its own screen; the first writes a file."""
    for name in names:
        screen = lab.open_shell(name)
        lab.type_in_shell("cd /root; who=$(cat /etc/hostname); echo I am $who")
        expect(screen).to_contain_text(re.compile(r"I am [0-9a-f]{12}"))
    seen = set()
    for name in names:
        show_shell(lab, name)
        told = re.search(r"I am ([0-9a-f]{12})", screen_of(lab).inner_text())
        assert told
        seen.add(told[1])
    assert len(seen) == len(names), "each screen is another container's"
    show_shell(lab, names[0])
    lab.page.locator(".xterm-helper-textarea").focus()
    lab.type_in_shell("echo remember the milk > note.txt; cat note.txt")
    expect(screen_of(lab)).to_contain_text("remember the milk\n")


def show_shell(lab: LabPage, name: str) -> None:
    """Bring a container's open shell to the front."""
    lab.show("stage")
    lab.card(name).select()
    lab.show("container")
    panel = lab.page.get_by_role("region", name=f"Container {name}")
    panel.get_by_role("tab", name="Shell").click()
    expect(screen_of(lab)).to_be_visible()


def screen_of(lab: LabPage) -> Locator:
    """What the terminal that is looked at shows."""
    return lab.page.locator(".xterm-rows")


def stop_and_start(lab: LabPage, name: str) -> None:
    """Its files outlive its process."""
    card = lab.card(name)
    card.press("Stop")
    card.expect_state("stopped", timeout=STOP_MS)
    expect(card.files).to_contain_text("note.txt")
    card.press("Start")
    card.expect_state("running")
    expect(card.files).to_contain_text("note.txt")


def remove(lab: LabPage, name: str) -> None:
    """Remove a running container, which is asked about first."""
    lab.show("stage")
    lab.card(name).press("Remove…")
    expect(lab.page.get_by_role("dialog")).to_contain_text("/root/note.txt")
    lab.confirm("Stop and remove it")
    expect(lab.card(name).locator).to_have_count(0)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_two_stages_are_seen_to_run_at_the_same_time(
    real_site: Site, arrive: Arrive, size: tuple[int, int]
) -> None:
    lab = LabPage(arrive(real_site, Looks(size)).new_page())
    lab.open_fresh()
    meeting = token_hex(4)
    stages = [
        MEETING.format(name=name, other=other, id=meeting)
        for name, other in (("left", "right"), ("right", "left"))
    ]
    lab.write_file("Dockerfile", "".join(stages) + TOGETHER)

    lab.press_build()
    lab.show("steps")
    both = lab.steps.filter(has_text="RUN").filter(has_text="running")
    expect(both).to_have_count(2)
    lab.expect_build(1, "Built", BUILD_MS)

    events = lab.events()
    order = [
        (event["type"], event["step"])
        for event in events
        if event["type"] in ("step.started", "step.finished") and event["step"] in (2, 4)
    ]
    assert {kind for kind, _ in order[:2]} == {"step.started"}, order
    lab.show("stage")
    expect(lab.layer("COPY --from=left /left /")).to_be_visible()
    name = lab.run()
    lab.show("stage")
    assert name


def test_what_a_container_uses_is_seen_live_and_nothing_jumps(
    real_site: Site, arrive: Arrive
) -> None:
    lab = LabPage(arrive(real_site).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", SLEEPER)
    build(lab)
    resting, busy = lab.run(), lab.run()
    card = lab.card(resting)
    card.expect_state("running")
    uses = card.locator.get_by_label("What it uses now")
    expect(uses).to_be_visible()
    before = card.locator.bounding_box()
    expect(uses).to_contain_text(re.compile(r"mem\s*\d.*of 64 MiB"))
    assert card.locator.bounding_box() == before

    lab.open_shell(busy)
    lab.type_in_shell("while :; do :; done &")
    lab.type_in_shell("")
    expect(lab.card(busy).locator.get_by_label("What it uses now")).to_contain_text(
        re.compile(r"cpu\s*\d\d+ %\s*pids\s*[3-9]")
    )
    panel = lab.page.get_by_role("region", name=f"Container {busy}")
    expect(panel.get_by_label("What it uses now")).to_contain_text(re.compile(r"cpu\s*\d\d+ %"))
    expect(panel).to_contain_text(re.compile(r"id [0-9a-f]{12}\s*hostname [0-9a-f]{12}"))
    expect(panel).to_contain_text(re.compile(r"IP address \d+\.\d+\.\d+\.\d+"))
    assert len(lab.cards.get_by_label("What it uses now").all()) == 2
    # The announcer says milestones; how much is used now is none.
    announcer = lab.page.locator(".unseen[aria-live=polite]")
    expect(announcer).to_contain_text("was started")
    expect(announcer).not_to_contain_text("of a core")

    lab.card(busy).press("Stop")
    lab.card(busy).expect_state("stopped", timeout=STOP_MS)
    expect(lab.card(busy).locator.get_by_label("What it uses now")).to_have_count(0)


def test_ten_containers_and_their_stack_fit_a_screen(real_site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(real_site).new_page())
    lab.open_fresh()
    build(lab)
    run_ten_and_expect_all_in_sight(lab)


def shows(screen: Locator, pattern: str, timeout: int = 45_000) -> None:
    """Wait until the terminal's rows, one a line, hold what matches."""
    expect(screen).to_contain_text(re.compile(pattern), timeout=timeout, use_inner_text=True)


def test_a_terminal_is_a_real_one(real_site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(real_site).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", SLEEPER)
    build(lab)
    name = lab.run()
    screen = lab.open_shell(name)

    lab.type_in_shell("echo size; stty size")
    shows(screen, r"size\n\d+ \d+\n")
    rows, columns = terminal_size(screen)
    lab.page.set_viewport_size({"width": 1100, "height": 1000})
    # The engine hears of it a little later than the page.
    same = f"stty size | grep -q '^{rows} {columns}$'"
    lab.type_in_shell(f"clear; while {same}; do sleep 0.1; done; echo size; stty size")
    expect(screen).not_to_contain_text(f"{rows} {columns}")
    shows(screen, r"size\n\d+ \d+\n")
    assert terminal_size(screen) != (rows, columns)

    lab.type_in_shell("clear; echo 'ä€🐋 日本' | tee /root/utf8; sleep 600")
    shows(screen, "ä€🐋 日本\n")
    lab.page.keyboard.press("Control+c")
    shows(screen, r"\^C\s*/ # \s*$")

    lab.type_in_shell(r"clear; printf '\033[38;2;200;30;30mco''loured\033[0m\n'")
    coloured = screen.locator("span", has_text="coloured").last
    colours = [part.evaluate(COLOUR) for part in (coloured, screen)]
    assert colours[0] != colours[1]

    lab.type_in_shell("vi /root/note.txt")
    shows(screen, r"(~\n){5,}")
    lab.page.keyboard.type("iwritten in vi")
    shows(screen, "written in vi")
    lab.page.keyboard.press("Escape")
    shows(screen, r"- /root/note\.txt \[Modified\]")
    lab.type_in_shell(":wq")
    shows(screen, PROMPT)
    lab.type_in_shell("top")
    shows(screen, r"PID\s+PPID.*COMMAND")
    lab.page.keyboard.press("q")
    shows(screen, PROMPT)
    expect(lab.card(name).files).to_contain_text("note.txt")

    lab.page.keyboard.press("Control+d")
    expect(lab.page.get_by_text("The shell has ended.")).to_be_visible()
    assert "written in vi" in lab.execute(name, "cat /root/note.txt")


def terminal_size(screen: Locator) -> tuple[int, int]:
    """Rows and columns as `stty size` has printed them."""
    told = re.search(r"size\n(\d+) (\d+)", screen.inner_text())
    assert told
    return int(told[1]), int(told[2])


def test_a_large_paste_arrives_whole(real_site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(real_site).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", SLEEPER)
    build(lab)
    name = lab.run()
    screen = lab.open_shell(name)
    lab.type_in_shell("stty -echo; echo li''stens; cat > /root/pasted; wc -lc < /root/pasted")
    expect(screen).to_contain_text("listens")
    text = "".join(f"line {number} of a large paste, with ä and €\n" for number in range(2000))
    lab.paste(text)
    lab.page.keyboard.press("Control+d")
    shows(screen, rf"\b2000\s+{len(text.encode())}\b", timeout=120_000)


def test_closing_a_shell_ends_what_runs_in_it(real_site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(real_site).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", SLEEPER)
    build(lab)
    name = lab.run()
    screen = lab.open_shell(name)
    lab.type_in_shell("echo go; sleep 4242")
    expect(screen).to_contain_text("go\n")
    lab.page.get_by_role("button", name="Close it").click()
    expect(screen).to_have_count(0)
    # It is told once nothing of it runs any more.
    wait_until(lambda: any(event["type"] == "exec.exited" for event in lab.events()))
    assert "4242" not in lab.execute(name, "ps -o args")


def test_an_image_without_a_shell_is_told_in_words(real_site: Site, arrive: Arrive) -> None:
    lab = LabPage(arrive(real_site).new_page())
    lab.open_fresh()
    lab.write_file("Dockerfile", NO_SHELL)
    build(lab)
    name = lab.run()
    lab.card(name).expect_state("running")
    lab.card(name).press("Shell")
    panel = lab.page.get_by_role("region", name=f"Container {name}")
    expect(panel.get_by_text(f"The container {name} has no shell.")).to_be_visible()
    expect(panel).to_contain_text("Build on an image that has a shell")
