"""The first list of a big layer's files against `docker save IMAGE | tar t`."""

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import figures
from bench.figures import Table
from tests.browser.site import Site
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.layers import Layers
from visualizer.engine.docker.wire import Request

PYTHON = "python:3.12-slim"
IMAGE = "bench.invalid/one-layer:latest"
PAGE = 500


async def measure(site: Site, api: EngineApi, quick: bool) -> list[Table]:
    """One table: over the engine's disk, over the API alone, and by the command."""
    runs = 3 if quick else 5
    await _flatten(api, PYTHON, IMAGE)
    inspected = await api.get(f"/images/{IMAGE}/json")
    # As an engine says it whose disk is not this machine's.
    elsewhere = {**inspected, "GraphDriver": None}
    first: list[float] = []
    exported: list[float] = []
    again: list[float] = []
    saved: list[float] = []
    for _ in range(runs):
        once, twice = await _listed(api, inspected)
        first.append(once)
        again.append(twice)
        exported.append((await _listed(api, elsewhere))[0])
        saved.append(_saved(f"unix://{api.address.path}"))
    save = figures.median(saved)
    size = int(inspected["Size"]) / 1e6
    rows = [("`docker save` and `tar t`", figures.ms(save), "1")]
    for name, values in (
        ("first time, the engine's disk at hand", first),
        ("first time, over the API alone", exported),
        ("second time", again),
    ):
        took = figures.median(values)
        rows.append((name, figures.ms(took), f"{took / save:.3f}"))
    return [
        Table(
            f"the files of a layer of {size:.0f} MB",
            ("", "median", "ratio"),
            tuple(rows),
            f"{runs} times each, by turns, with an empty index; until the first {PAGE} paths are "
            "there. The command lists the layer's own tar, whole, out of what `docker save` gives.",
        )
    ]


async def _flatten(api: EngineApi, image: str, name: str) -> None:
    """Make an image of one layer that holds all that another's hold."""
    container = (await api.post("/containers/create", {"Image": image, "Cmd": ["true"]}))["Id"]
    async with api.open(Request("GET", f"/containers/{container}/export")) as answer:
        files = b"".join([piece async for piece in answer.pieces()])
    repository, _, tag = name.rpartition(":")
    query = {"fromSrc": "-", "repo": repository, "tag": tag}
    await api.call(Request("POST", "/images/create", query, files, "application/x-tar"))
    await api.delete(f"/containers/{container}", force="1")


async def _listed(api: EngineApi, inspected: dict[str, Any]) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        layers = Layers(api, Path(folder))
        times = []
        for _ in range(2):
            began = time.monotonic()
            await layers.read(inspected)
            (layer,) = inspected["RootFS"]["Layers"]
            assert len(await layers.page(layer, "", PAGE)) == PAGE
            times.append((time.monotonic() - began) * 1000)
        await layers.close()
    return times[0], times[1]


def _saved(host: str) -> float:
    began = time.monotonic()
    listing = 'docker --host "$1" save "$2" | tar -xO --wildcards \'*/layer.tar\' | tar -t'
    done = subprocess.run(
        ["sh", "-c", listing, "sh", host, IMAGE], capture_output=True, text=True, check=True
    )
    assert len(done.stdout.splitlines()) > PAGE
    return (time.monotonic() - began) * 1000
