"""Dragging along a tape of 10,000 events: frames with the CPU slowed, and what the tape weighs."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import CDPSession, Page, WebSocketRoute, expect, sync_playwright

from bench import figures
from bench.figures import Table
from bench.page import RECORD_FRAMES, SLOWER, STOP_FRAMES, work
from bench.tape import LONG, long_tape
from tests.browser import visitor
from tests.browser.conftest import FLAGS, find_chromium
from tests.browser.lab_page import LabPage
from tests.browser.site import Site
from tests.browser.visitor import Looks

FRAME_EVENTS = 500
MISSED_MS = 25.0
"""A frame that comes later than this is not the next one of a 60 Hz screen."""
SWEEPS = 4
"""From one end of the bar to the other and back again, so often."""
MOVES = 90
"""Of the pointer, a sweep: about as many as a screen of 60 Hz tells in a second and a half."""

# How often the stage was drawn anew: the thumb alone moves with each frame anyway.
COUNT_DRAWINGS = """() => {
    window.drawings = 0;
    const stage = document.querySelector('section[aria-label="Stage"]');
    new MutationObserver(() => { window.drawings += 1; })
        .observe(stage, {childList: true, subtree: true, characterData: true});
}"""


@dataclass(frozen=True)
class Scrubbed:
    """Milliseconds from frame to frame, moments drawn in them, CPU time of the main thread (ms)."""

    frames: list[float]
    drawings: int
    work: float


async def measure(site: Site, quick: bool) -> list[Table]:
    """Two tables. Playwright's plain interface wants a thread without an event loop."""
    return await asyncio.to_thread(_measure, site, quick)


def _measure(site: Site, quick: bool) -> list[Table]:
    tape = long_tape(LONG // 5 if quick else LONG)
    return [_frames(site, tape, 1 if quick else 3), _memory(site, tape)]


@contextmanager
def _lab_with(site: Site, tape: list[str]) -> Iterator[Page]:
    """A lab page whose tape is this one: the page is the site's own, its socket is played here."""
    path = find_chromium()
    if path is None:
        raise RuntimeError("no chromium on PATH: apt install chromium, or set LAYERCAKE_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        visit = visitor.arrive(browser, site.address, Looks(reduced_motion=False), [])
        page = visit.new_page()
        page.route_web_socket("**/ws/**", lambda socket: _play(socket, tape))
        LabPage(page).open()
        expect(page.get_by_role("slider", name="Moment of the tape")).to_have_attribute(
            "aria-valuenow", str(len(tape)), timeout=60_000
        )
        yield page
        browser.close()


def _play(socket: WebSocketRoute, tape: list[str]) -> None:
    hello = {"frame": "hello", "lab": "bench", "role": "owner", "seq": len(tape)}
    socket.send(json.dumps(hello))
    for at in range(0, len(tape), FRAME_EVENTS):
        socket.send(f'{{"frame":"events","events":[{",".join(tape[at : at + FRAME_EVENTS])}]}}')


def _frames(site: Site, tape: list[str], runs: int) -> Table:
    rows = {"nobody touches it": False, "dragged": True}
    return Table(
        f"Dragging along a tape of {len(tape)} events with the CPU slowed {SLOWER} times",
        (
            *("", "frames", "p50", "p95", "p99", "over 16.7 ms", "missed one"),
            *("moments a second", "CPU a moment"),
        ),
        tuple(
            _row(name, [_scrubbed(site, tape, drags) for _ in range(runs)])
            for name, drags in rows.items()
        ),
        f"The lab page at 1440 by 900, {runs} visit(s) of {SWEEPS} sweeps over the whole bar by "
        f"mouse, {MOVES} moves each. Between two `requestAnimationFrame` calls; their clock tells "
        "16.8 ms also of a frame in time, so those are told as well that missed one: what took a "
        "frame and a half. The thumb moves with each frame; the stage is drawn anew as often as "
        "the machine can. The first row is the same page left alone, which is what the machine "
        "itself loses. CPU: of the main thread, all that dragging costs divided by the moments "
        "drawn; it does not wait for a core.",
    )


def _row(name: str, drawn: list[Scrubbed]) -> tuple[str, ...]:
    times = [time for each in drawn for time in each.frames]
    over = sum(time > 16.75 for time in times) / len(times)
    missed = sum(time > MISSED_MS for time in times) / len(times)
    shares = [figures.ms(figures.percentile(times, share)) for share in (0.5, 0.95, 0.99)]
    moments = sum(each.drawings for each in drawn)
    each_second = f"{moments / (sum(times) / 1000):.1f}"
    cost = figures.ms(sum(each.work for each in drawn) / moments) if moments else ""
    return (name, str(len(times)), *shares, f"{over:.1%}", f"{missed:.1%}", each_second, cost)


def _scrubbed(site: Site, tape: list[str], drags: bool) -> Scrubbed:
    with _lab_with(site, tape) as page:
        slider = page.get_by_role("slider", name="Moment of the tape")
        box = slider.bounding_box()
        assert box is not None
        left, right, y = box["x"] + 12, box["x"] + box["width"] - 14, box["y"] + box["height"] - 9
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.evaluate(COUNT_DRAWINGS)
        before = work(session)["all"]
        page.evaluate(RECORD_FRAMES)
        if drags:
            _drag(page, (left, right), y)
        else:
            # Nothing to wait for: this is how long the page is left alone.
            page.wait_for_timeout(3000)
        frames = page.evaluate(STOP_FRAMES)
        return Scrubbed(frames, page.evaluate("window.drawings"), work(session)["all"] - before)


def _drag(page: Page, ends: tuple[float, float], y: float) -> None:
    page.mouse.move(ends[1], y)
    page.mouse.down()
    for sweep in range(SWEEPS):
        page.mouse.move(ends[sweep % 2], y, steps=MOVES)
    page.mouse.up()


def _memory(site: Site, tape: list[str]) -> Table:
    rows = []
    for name, events in (("the lab was opened", tape[:1]), (f"{len(tape)} events", tape)):
        with _lab_with(site, events) as page:
            session = page.context.new_cdp_session(page)
            loaded = _heap(session)
            slider = page.get_by_role("slider", name="Moment of the tape")
            slider.press("Home")
            expect(slider).to_have_attribute("aria-valuenow", "0")
            slider.press("End")
            expect(slider).to_have_attribute("aria-valuenow", str(len(events)))
            rows.append((name, figures.kb(loaded), figures.kb(_heap(session))))
    size = sum(len(each) for each in tape)
    return Table(
        "Memory of a tape in the browser",
        ("tape", "loaded", "after going to both ends"),
        tuple(rows),
        "JavaScript heap in use after a collection (`Performance.getMetrics`). The long tape is "
        f"{figures.kb(size)} of JSON.",
    )


def _heap(session: CDPSession) -> float:
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "JSHeapUsedSize"))
