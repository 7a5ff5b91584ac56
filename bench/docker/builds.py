"""A build through the site against the same context sent to the Engine's API alone."""

import itertools
import json
import time

from bench import figures
from bench.builds import build
from bench.docker.context import tarred
from bench.figures import Table
from bench.lab import Lab, open_lab
from tests.browser.site import Site
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.wire import Request

DOCKERFILE = """FROM python:3.12-slim
WORKDIR /app
COPY app.py .
RUN python3 -m compileall -q app.py && echo built > built.txt
RUN python3 -c "print(sum(range(1000)))" > sum.txt
CMD ["python3", "app.py"]
"""
Files = list[dict[str, str]]

_fresh = itertools.count()


async def measure(site: Site, api: EngineApi, quick: bool) -> list[Table]:
    """One table: cold and cached, by turns with the engine alone."""
    runs = 5 if quick else 15
    lab = await open_lab(site)
    through: dict[str, list[float]] = {"cold": [], "cached": []}
    bare: dict[str, list[float]] = {"cold": [], "cached": []}
    # The base image is read once a digest, which is measured apart.
    await _through_the_site(lab, _context())
    await _bare(api, _context())
    for _ in range(runs):
        files = _context()
        for name in ("cold", "cached"):
            through[name].append(await _through_the_site(lab, files))
        files = _context()
        for name in ("cold", "cached"):
            bare[name].append(await _bare(api, files))
    await lab.close()
    return [
        Table(
            "a six-step build through the site and by the API alone",
            ("", "site, median", "API alone, median", "ratio"),
            tuple(_row(name, through[name], bare[name]) for name in through),
            f"{runs} builds each, by turns. Site: from sending the command to receiving "
            "`image.built` on the socket. API alone: `POST /build?version=2` with the same "
            "context, read to its end. Cold: a file that the engine has never seen.",
        )
    ]


def _row(name: str, through: list[float], bare: list[float]) -> tuple[str, ...]:
    site, alone = figures.median(through), figures.median(bare)
    return (name, figures.ms(site), figures.ms(alone), f"{site / alone:.2f}")


def _context() -> Files:
    """Files that differ from all before, so that nothing after COPY comes from the cache."""
    text = f"print({next(_fresh)})  # {time.time_ns()}\n"
    return [{"path": "Dockerfile", "text": DOCKERFILE}, {"path": "app.py", "text": text}]


async def _through_the_site(lab: Lab, files: Files) -> float:
    _, whole = await build(lab, files)
    return whole


async def _bare(api: EngineApi, files: Files) -> float:
    began = time.monotonic()
    query = {"version": "2", "networkmode": "none", "t": "bench.invalid/bare:latest"}
    request = Request("POST", "/build", query, tarred(files), "application/x-tar")
    image = ""
    async with api.open(request) as answer:
        async for line in answer.json_lines():
            assert "error" not in line, json.dumps(line)
            if line.get("id") == "moby.image.id":
                image = line["aux"]["ID"]
    assert image
    return (time.monotonic() - began) * 1000
