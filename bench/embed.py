"""An embed on a slow phone, and beside asciinema-player where the work of both is the same.

Both get a recording of equal length, and both are asked for moments all over it.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench import figures
from bench.figures import Table
from bench.page import SLOWER
from bench.tape import LONG, long_tape
from tests.browser.conftest import FLAGS, find_chromium
from tests.browser.other_origin import serving
from tests.browser.site import ROOT, Site

RECORDING = "first-image"
BITS_A_SECOND = 1_600_000
LATENCY_MS = 150
"""As Lighthouse's slow 4G has it."""
NOTE_EVERY = 50
BETWEEN_MS = 400
ASCIINEMA = ROOT / "node_modules" / "asciinema-player"

# When a layer is first painted: looked for in each frame, told after the frame is drawn.
FIRST_LAYER = """
window.firstLayer = new Promise(resolve => {
    const look = () => {
        const slab = document.querySelector('.slab');
        if (!slab || getComputedStyle(slab).visibility === 'hidden') {
            requestAnimationFrame(look);
            return;
        }
        const painted = new MessageChannel();
        painted.port1.onmessage = () => resolve(performance.now());
        painted.port2.postMessage(null);
    };
    requestAnimationFrame(look);
});
"""

# A press on the bar, until the author's note of that moment stands there, which is drawn in the
# same frame as its scene.
SEEK_OURS = """async share => {
    const slider = document.querySelector('[role=slider]');
    slider.setPointerCapture = () => {};
    const box = slider.getBoundingClientRect();
    const at = {button: 0, pointerId: 1, bubbles: true, clientY: box.bottom - 8,
        clientX: box.left + 10 + share * (box.width - 20)};
    const began = performance.now();
    slider.dispatchEvent(new PointerEvent('pointerdown', at));
    slider.dispatchEvent(new PointerEvent('pointerup', at));
    const said = document.querySelector('[aria-live=polite]');
    return new Promise(resolve => {
        const look = () => {
            const position = Number(slider.getAttribute('aria-valuenow'));
            const note = Math.floor(position / EVERY) * EVERY;
            if (said.textContent !== `moment ${note}`) return requestAnimationFrame(look);
            const painted = new MessageChannel();
            painted.port1.onmessage = () => resolve(performance.now() - began);
            painted.port2.postMessage(null);
        };
        requestAnimationFrame(look);
    });
}""".replace("EVERY", str(NOTE_EVERY))

OPEN_THEIRS = """async cast => {
    document.body.innerHTML = '<div id="player"></div>';
    window.player = AsciinemaPlayer.create({data: cast}, document.getElementById('player'),
        {preload: true, fit: 'width'});
    await window.player.play();
    await window.player.pause();
}"""

SEEK_THEIRS = """async seconds => {
    const began = performance.now();
    await window.player.seek(seconds);
    return new Promise(resolve => requestAnimationFrame(() => {
        const painted = new MessageChannel();
        painted.port1.onmessage = () => resolve(performance.now() - began);
        painted.port2.postMessage(null);
    }));
}"""


async def measure(site: Site, quick: bool) -> list[Table]:
    """Two tables. Playwright's plain interface wants a thread without an event loop."""
    return await asyncio.to_thread(_measure, site, quick)


def _measure(site: Site, quick: bool) -> list[Table]:
    length = LONG // 5 if quick else LONG
    with _browser() as browser:
        first = _first_visits(browser, site, 1 if quick else 5)
        beside = _beside(browser, length, 10 if quick else 60)
    return [first, beside]


@contextmanager
def _browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        raise RuntimeError("no chromium on PATH: apt install chromium, or set LAYERCAKE_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


def _first_visits(browser: Browser, site: Site, runs: int) -> Table:
    visits = [_first_visit(browser, f"{site.address}/embed/{RECORDING}") for _ in range(runs)]
    requests, size, _ = visits[0]
    times = [time for _, _, time in visits]
    return Table(
        "An embed, on its first visit",
        ("", "requests", "over the wire", "first layer drawn, p50", "longest"),
        (
            (
                RECORDING,
                str(requests),
                figures.kb(size),
                figures.ms(figures.median(times)),
                figures.ms(max(times)),
            ),
        ),
        f"CPU slowed {SLOWER} times, {BITS_A_SECOND / 1e6} Mbit/s and {LATENCY_MS} ms a request, "
        f"{runs} visit(s) at 800 by 600, nothing cached. From the start of the visit to the paint "
        "that shows a layer; bytes as Chromium received them, headers included, the recording "
        "among them.",
    )


def _first_visit(browser: Browser, address: str) -> tuple[int, float, float]:
    context = browser.new_context(viewport={"width": 800, "height": 600})
    page = context.new_page()
    session = context.new_cdp_session(page)
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": BITS_A_SECOND / 8,
            "uploadThroughput": BITS_A_SECOND / 8,
        },
    )
    _slow_down(page)
    page.add_init_script(FIRST_LAYER)
    page.goto(address)
    time = float(page.evaluate("window.firstLayer"))
    context.close()
    return len(sizes), sum(sizes), time


def _beside(browser: Browser, length: int, seeks: int) -> Table:
    moments = random.Random(4)
    shares = [moments.random() for _ in range(seeks)]
    rows = []
    for name, (script, style), times in (
        ("Layercake", _our_files(), _our_seeks(browser, length, shares)),
        ("asciinema-player", _their_files(), _their_seeks(browser, length, shares)),
    ):
        bytes_ = [_brotli(script), _brotli(style)]
        shown = [figures.ms(figures.percentile(times, share)) for share in (0.5, 0.95)]
        rows.append((name, *map(figures.kb, bytes_), figures.kb(sum(bytes_)), *shown))
    version = json.loads((ASCIINEMA / "package.json").read_text())["version"]
    return Table(
        "Beside asciinema-player",
        ("", "script", "style", "together", "seek, p50", "seek, p95"),
        tuple(rows),
        f"asciinema-player {version} from npm, its bundle. Both compressed by brotli alike. Seek: "
        f"{seeks} moments all over a recording of {length} events, or of as many lines of output, "
        f"from the call to the paint that shows it, CPU slowed {SLOWER} times, the same moments in "
        "the same order. What is drawn differs: a stage there, a terminal here.",
    )


def _our_files() -> tuple[Path, Path]:
    folder = ROOT / "static" / "dist" / "embed"
    return next(folder.glob("player-*.js")), next(folder.glob("player-*.css"))


def _their_files() -> tuple[Path, Path]:
    bundle = ASCIINEMA / "dist" / "bundle"
    return bundle / "asciinema-player.min.js", bundle / "asciinema-player.css"


def _our_seeks(browser: Browser, length: int, shares: list[float]) -> list[float]:
    with tempfile.TemporaryDirectory(prefix="layercake-bench-") as name:
        folder = Path(name)
        (folder / "long.jsonl").write_text(_recording(length))
        _publish(folder / "long.jsonl", folder / "out", folder / "data")
        with serving(folder / "out") as address:
            page = browser.new_page(viewport={"width": 800, "height": 600})
            page.goto(f"{address}/index.html?t=e{length}")
            slider = page.get_by_role("slider")
            expect(slider).to_have_attribute("aria-valuenow", str(length), timeout=60_000)
            return _timed(page, SEEK_OURS, shares)


def _recording(length: int) -> str:
    notes = [{"at": at, "text": f"moment {at}"} for at in range(0, length, NOTE_EVERY)]
    header: dict[str, Any] = {"layercake": "recording", "format": 1, "vocabulary": 1}
    return "\n".join([json.dumps({**header, "notes": notes}), *long_tape(length)])


def _publish(recording: Path, out: Path, data: Path) -> None:
    words = ["manage.py", "publish", str(recording), "--out", str(out)]
    environment = {**os.environ, "LAYERCAKE_DATA": str(data)}
    subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, check=True, capture_output=True
    )


def _their_seeks(browser: Browser, length: int, shares: list[float]) -> list[float]:
    script, style = _their_files()
    page = browser.new_page(viewport={"width": 800, "height": 600})
    page.add_script_tag(path=script)
    page.add_style_tag(path=style)
    lines = [json.dumps({"version": 2, "width": 80, "height": 24})]
    lines += [
        json.dumps([round(0.1 * at, 1), "o", f"line {at} of what a busy afternoon prints\r\n"])
        for at in range(length)
    ]
    page.evaluate(OPEN_THEIRS, "\n".join(lines))
    return _timed(page, SEEK_THEIRS, [share * 0.1 * length for share in shares])


def _timed(page: Page, seek: str, places: list[float]) -> list[float]:
    _slow_down(page)
    times = []
    for place in places:
        # Each on its own: nobody presses while the last moment is still being drawn.
        page.wait_for_timeout(BETWEEN_MS)
        times.append(float(page.evaluate(seek, place)))
    page.close()
    return times


def _slow_down(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


def _brotli(path: Path) -> int:
    """Bytes of the file as brotli packs it; Node has it built in."""
    code = (
        "process.stdout.write(String(require('zlib').brotliCompressSync("
        "require('fs').readFileSync(process.argv[1])).length))"
    )
    answer = subprocess.run(
        ["node", "-e", code, str(path)], check=True, capture_output=True, text=True
    )
    return int(answer.stdout)
