"""Embedded builds: from the command to `image.built`, cold and cached, and how they grow."""

import time
from collections.abc import Sequence

from bench import figures
from bench.figures import Table
from bench.lab import Lab, open_lab
from tests.browser.site import Site

Files = list[dict[str, str]]

APP = {"path": "app.py", "text": "print('hello')\n"}
FIVE_STEPS = """FROM python:3.12-slim
WORKDIR /app
COPY app.py .
RUN echo built > built.txt
CMD ["python", "app.py"]
"""


async def measure(site: Site, quick: bool) -> list[Table]:
    """The two tables on builds."""
    runs = 5 if quick else 25
    cold, cached = await _cold_and_cached(site, _dockerfile(FIVE_STEPS, [APP]), runs)
    five = Table(
        "A five-step build",
        ("", "server, median", "server, p95", "command to `image.built`, as a browser sees it"),
        (_row("cold", cold), _row("cached", cached)),
        f"{runs} fresh labs. Server: `image.built.duration_ms`, whole milliseconds. The last "
        "column is the median from sending the command to receiving the event, over loopback.",
    )
    return [five, await _growth(site, runs=3 if quick else 9)]


async def _growth(site: Site, runs: int) -> Table:
    rows = []
    for steps in (5, 20, 80):
        lines = [f"RUN echo {n} > /{n}.txt" for n in range(steps - 1)]
        text = "\n".join(["FROM busybox", *lines, ""])
        rows.append(await _grown(site, f"{steps} steps (RUN echo)", _dockerfile(text, []), runs))
    for count in (10, 50, 200):
        files = [{"path": f"src/{n}.txt", "text": f"{n}\n" * 500} for n in range(count - 1)]
        text = "FROM busybox\nCOPY src /src\n"
        rows.append(await _grown(site, f"{count} files (COPY)", _dockerfile(text, files), runs))
    return Table(
        "How a build grows",
        ("", "cold, median", "cached, median"),
        tuple(rows),
        f"{runs} fresh labs each; command to `image.built`, over loopback.",
    )


async def _grown(site: Site, name: str, files: Files, runs: int) -> tuple[str, ...]:
    cold, cached = await _cold_and_cached(site, files, runs)
    return (name, *(figures.ms(figures.median([all_ for _, all_ in t])) for t in (cold, cached)))


Times = list[tuple[float, float]]
"""Of each build: milliseconds on the server, and milliseconds as a browser sees it."""


async def _cold_and_cached(site: Site, files: Files, runs: int) -> tuple[Times, Times]:
    cold: Times = []
    cached: Times = []
    # The first build of a site also reads the catalogue and compiles what is compiled once.
    await _fresh_lab(site, files, [], [])
    for _ in range(runs):
        await _fresh_lab(site, files, cold, cached)
    return cold, cached


async def _fresh_lab(site: Site, files: Files, cold: Times, cached: Times) -> None:
    lab = await open_lab(site)
    cold.append(await build(lab, files))
    cached.append(await build(lab, files))
    await lab.close()


async def build(lab: Lab, files: Sequence[dict[str, str]]) -> tuple[float, float]:
    """Build; milliseconds on the server and in all. An assertion fails when the build does."""
    came_before = len(lab.received)
    began = time.time()
    await lab.ask("build", files=list(files))
    ends = ("image.built", "build.failed", "build.cancelled")
    ended, event = await lab.event(lambda event: event["type"] in ends, came_before)
    assert event["type"] == "image.built", event
    return float(event["duration_ms"]), (ended - began) * 1000


def _dockerfile(text: str, files: Files) -> Files:
    return [{"path": "Dockerfile", "text": text}, *files]


def _row(name: str, times: Times) -> tuple[str, ...]:
    server = [server for server, _ in times]
    whole = figures.median([whole for _, whole in times])
    return (
        name,
        figures.ms(figures.median(server)),
        figures.ms(figures.percentile(server, 0.95)),
        figures.ms(whole),
    )
