"""The page in a real Chromium: what it loads, how smoothly it draws, how soon a click shows."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright

from bench import figures
from bench.figures import Table
from scripts.checks import budget
from tests.browser import visitor
from tests.browser.conftest import FLAGS, find_chromium
from tests.browser.lab_page import BUILD_MS, SLEEPER, LabPage
from tests.browser.site import ROOT, Site
from tests.browser.visitor import Looks

SLOWER = 4
"""How many times slower the CPU is made, for the kind of laptop that a school lends."""
LAYERS = 40
FORTY = "FROM busybox\n" + "".join(
    f"RUN sleep 0.1; echo {n} > /{n}.txt\n" for n in range(LAYERS - 1)
)

RECORD_FRAMES = """() => {
    window.frameTimes = [];
    let last = null;
    const frame = now => {
        if (last !== null) window.frameTimes.push(now - last);
        last = now;
        window.frameRequest = requestAnimationFrame(frame);
    };
    window.frameRequest = requestAnimationFrame(frame);
}"""
STOP_FRAMES = "() => { cancelAnimationFrame(window.frameRequest); return window.frameTimes; }"

# The page looks for the finished image itself: a question from outside would cost it a frame.
UNTIL_IMAGE_STANDS = """() => new Promise(resolve => {
    const look = () => document.querySelector('[aria-label^="Layers of the image"]')
        ? resolve() : requestAnimationFrame(look);
    look();
})"""

# From the click's own time to the paint after the first sign that the page took it.
TIME_A_CLICK = """() => {
    window.sign = new Promise(resolve => {
        addEventListener('click', click => {
            const look = () => {
                if (!document.querySelector('[aria-busy="true"]')) return;
                observer.disconnect();
                requestAnimationFrame(() => {
                    const painted = new MessageChannel();
                    painted.port1.onmessage = () => resolve(performance.now() - click.timeStamp);
                    painted.port2.postMessage(null);
                });
            };
            const observer = new MutationObserver(look);
            observer.observe(document, {attributes: true, childList: true, subtree: true});
        }, {capture: true, once: true});
    });
}"""


async def measure(site: Site, quick: bool) -> list[Table]:
    """Four tables. Playwright's plain interface wants a thread without an event loop."""
    return await asyncio.to_thread(_measure, site, quick)


def _measure(site: Site, quick: bool) -> list[Table]:
    return [_sizes(site), *_frames(site, 1 if quick else 3), _clicks(site, 5 if quick else 20)]


@contextmanager
def _page(site: Site) -> Iterator[Page]:
    path = find_chromium()
    if path is None:
        raise RuntimeError("no chromium on PATH: apt install chromium, or set LAYERCAKE_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        visit = visitor.arrive(browser, site.address, Looks(reduced_motion=False), [])
        yield visit.new_page()
        browser.close()


def _sizes(site: Site) -> Table:
    with _page(site) as page:
        loaded = _listen(page.context.new_cdp_session(page))
        lab = LabPage(page)
        lab.open()
        _until_idle_parts_came(page, loaded)
        first = list(loaded)
        lab.write_file("Dockerfile", SLEEPER)
        lab.build()
        name = lab.run()
        page.wait_for_load_state("networkidle")
        before_terminal = len(loaded)
        lab.open_shell(name)
        page.wait_for_load_state("networkidle")
    terminal = sum(each.size for each in loaded[before_terminal:] if each.kind == "Script")
    editor = sum(each.size for each in loaded[len(first) : before_terminal] if _of_editor(each))
    rows = [(what, figures.kb(size)) for what, size in _parts(first).items()]
    rows += [
        ("**all that a visit fetches unasked**", f"**{figures.kb(sum(x.size for x in first))}**"),
        ("JavaScript of the editor, when the text is first touched", figures.kb(editor)),
        ("JavaScript of the terminal, when one is first opened", figures.kb(terminal)),
    ]
    return Table(
        "The lab page's size",
        ("", "over the wire"),
        tuple(rows),
        "A first visit, nothing cached; bytes as Chromium received them (`encodedDataLength`, "
        "headers included).",
    )


@dataclass(frozen=True)
class Loaded:
    """One answer: Chromium's word for its kind, its address, and its bytes over the wire."""

    kind: str
    url: str
    size: float

    @property
    def file(self) -> str:
        """Its name in the manifest."""
        return self.url.partition("/static/")[2]


def _parts(loaded: list[Loaded]) -> dict[str, float]:
    """Bytes by what they are for."""
    at_once = budget.first_load(_manifest(), budget.ENTRY)
    parts = dict.fromkeys(
        ("JavaScript that the page starts with", "JavaScript fetched idly", "CSS", "all else"), 0.0
    )
    starts, idly, css, rest = parts
    for each in loaded:
        if each.kind == "Script":
            parts[starts if each.file in at_once else idly] += each.size
        else:
            parts[css if each.kind == "Stylesheet" else rest] += each.size
    return parts


def _until_idle_parts_came(page: Page, loaded: list[Loaded]) -> None:
    wanted = set(budget.idle_load(_manifest(), budget.ENTRY))
    for _ in range(200):
        if wanted <= {each.file for each in loaded}:
            return
        page.wait_for_timeout(50)
    raise RuntimeError("the page did not fetch its panels and dialogs within ten seconds")


def _of_editor(loaded: Loaded) -> bool:
    return loaded.file in budget.touched_load(_manifest(), budget.ENTRY, "codemirror")


def _manifest() -> dict[str, dict[str, Any]]:
    return budget.read_manifest(ROOT / "static" / "dist")


def _listen(session: CDPSession) -> list[Loaded]:
    """What is received, filled as it comes."""
    answers: dict[str, tuple[str, str]] = {}
    loaded: list[Loaded] = []

    def answered(event: dict[str, Any]) -> None:
        answers[event["requestId"]] = (event["type"], event["response"]["url"])

    def finished(event: dict[str, Any]) -> None:
        kind, url = answers.get(event["requestId"], ("Other", ""))
        loaded.append(Loaded(kind, url, event["encodedDataLength"]))

    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)
    session.send("Network.enable")
    return loaded


@dataclass(frozen=True)
class Drawn:
    """What drawing took: milliseconds from frame to frame, and of the main thread by cause."""

    frames: list[float]
    work: dict[str, float]


def _frames(site: Site, runs: int) -> list[Table]:
    cases = {"idle": False, f"{LAYERS} layers being drawn": True}
    drawn = {name: [_drawn(site, build) for _ in range(runs)] for name, build in cases.items()}
    frames = Table(
        f"Frame time with the CPU slowed {SLOWER} times",
        ("", "frames", "p50", "p95", "p99", "over 16.7 ms"),
        tuple(_frame_row(name, each) for name, each in drawn.items()),
        f"Between two `requestAnimationFrame` calls at 1440 by 900, over {runs} build(s) of "
        f"{LAYERS} layers, one every tenth of a second at most, all moving, editor and steps "
        "beside them: from the click on Build until the image stands. Nothing asks the page "
        "anything meanwhile. The first row is the same page with nothing going on. Headless "
        "Chromium draws in software here, and shares the cores with the site that builds.",
    )
    built = drawn[f"{LAYERS} layers being drawn"]
    work = Table(
        "The main thread's work for a layer",
        ("", *built[0].work),
        (("milliseconds a layer", *(_a_layer(built, cause) for cause in built[0].work)),),
        f"CPU time of the same builds, slowed {SLOWER} times: median of the runs, divided by "
        f"{LAYERS}. Unlike frame time it does not wait for a core.",
    )
    return [frames, work]


def _frame_row(name: str, drawn: list[Drawn]) -> tuple[str, ...]:
    times = [time for each in drawn for time in each.frames]
    # Chromium counts frames of a 60 Hz clock as 16.6 or 16.7 ms.
    over = sum(time > 16.75 for time in times) / len(times)
    shares = [figures.ms(figures.percentile(times, share)) for share in (0.5, 0.95, 0.99)]
    return (name, str(len(times)), *shares, f"{over:.1%}")


def _a_layer(drawn: list[Drawn], cause: str) -> str:
    return figures.ms(figures.median([each.work[cause] for each in drawn]) / LAYERS)


def _drawn(site: Site, build: bool) -> Drawn:
    with _page(site) as page:
        lab = LabPage(page)
        lab.open()
        lab.write_file("Dockerfile", FORTY)
        lab.show("steps")
        _slow_down(page)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        before = work(session)
        page.evaluate(RECORD_FRAMES)
        if build:
            lab.press_build()
            _until_built(page)
            page.evaluate(UNTIL_IMAGE_STANDS)
        else:
            # Nothing to wait for: this is how long the idle page is looked at.
            page.wait_for_timeout(3000)
        frames = page.evaluate(STOP_FRAMES)
        after = work(session)
    return Drawn(frames, {cause: after[cause] - before[cause] for cause in after})


def _until_built(page: Page) -> None:
    """Asks the site, not the page, which is being measured."""
    events = page.url.replace("/lab/", "/api/labs/") + "events?after=0"
    deadline = time.monotonic() + BUILD_MS / 1000
    while time.monotonic() < deadline:
        if '"image.built"' in page.request.get(events).text():
            return
        time.sleep(0.25)
    raise RuntimeError(f"the build of {LAYERS} layers did not end within {BUILD_MS} ms")


def work(session: CDPSession) -> dict[str, float]:
    """Milliseconds of the main thread so far, by cause."""
    answer = session.send("Performance.getMetrics")["metrics"]
    seconds = {metric["name"]: metric["value"] for metric in answer}
    causes = {"script": "Script", "style": "RecalcStyle", "layout": "Layout", "all": "Task"}
    return {cause: 1000 * seconds[f"{name}Duration"] for cause, name in causes.items()}


def _clicks(site: Site, runs: int) -> Table:
    rows = []
    for slower in (1, SLOWER):
        with _page(site) as page:
            lab = LabPage(page)
            lab.open()
            lab.write_file("Dockerfile", SLEEPER)
            _slow_down(page, slower)
            times = [_click(page, lab, number) for number in range(1, runs + 1)]
        shares = [figures.ms(figures.percentile(times, share)) for share in (0.5, 0.95)]
        rows.append((f"CPU {slower} times slower" if slower > 1 else "CPU as it is", *shares))
    return Table(
        "From a click on Build to the first sign",
        ("", "p50", "p95"),
        tuple(rows),
        f"{runs} clicks each; from the click's own time to the paint that shows the button busy.",
    )


def _click(page: Page, lab: LabPage, number: int) -> float:
    page.evaluate(TIME_A_CLICK)
    lab.press_build()
    took: float = page.evaluate("window.sign")
    lab.expect_build(number, "Built")
    return took


def _slow_down(page: Page, times: int = SLOWER) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": times})
