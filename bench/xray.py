"""X-ray of an image of 30,000 files: the first look into it, and every click after that.

Labs may not make images as large, so the site's own code is run here with other limits.
"""

import asyncio
import io
import itertools
import json
import os
import secrets
import tarfile
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import figures
from bench.figures import Table
from tests.engine.docker import daemon
from visualizer.engine.docker import DockerEngine
from visualizer.engine.embedded import EmbeddedEngine
from visualizer.engine.limits import Limits
from visualizer.engine.port import BuildRequest, ContextFile, Engine, RunRequest

STEPS, FOLDERS, FILES = 9, 34, 100
LIMITS = Limits(
    disk_bytes=256 * 1024**2,
    files=50_000,
    image_files=50_000,
    build_seconds=600,
    step_seconds=300,
)

Answer = tuple[float, dict[str, Any]]
Ask = Callable[[str, dict[str, str]], Awaitable[Answer]]


@dataclass
class Clicks:
    """Milliseconds of every click of each kind, and how many files there were."""

    files: int = 0
    first: list[float] = field(default_factory=list)
    """The first look after a build."""
    cold: list[float] = field(default_factory=list)
    """The same where nothing was taken apart ahead."""
    others: dict[str, list[float]] = field(default_factory=dict)


def measure(quick: bool) -> list[Table]:
    """One table, of both engines where a Docker Engine can be started."""
    with tempfile.TemporaryDirectory(prefix="layercake-bench-") as folder:
        _set_up_django(Path(folder) / "site")
        found = {"embedded engine": _on(EmbeddedEngine(Path(folder) / "engine"), quick)}
        reason = daemon.missing()
        if not reason:
            with daemon.private_engine() as host:
                layers, name = Path(folder) / "layers", secrets.token_hex(6)
                found["Docker Engine"] = _on(
                    DockerEngine(host, cache_dir=layers, instance=name), quick
                )
    return [_table(found, f" No Docker Engine: {reason}." if reason else "")]


def _table(found: dict[str, Clicks], without: str) -> Table:
    names = list(next(iter(found.values())).others)
    rows = [
        ("the first look after a build", *(_told(each.first) for each in found.values())),
        ("the same, not taken apart yet", *(_told(each.cold) for each in found.values())),
    ]
    rows += [(name, *(_told(each.others[name]) for each in found.values())) for name in names]
    sizes = ", ".join(f"{each.files:,} files on the {name}" for name, each in found.items())
    return Table(
        "X-ray of a large image: median (p95)",
        ("a click", *found),
        tuple(rows),
        f"{sizes}. From the request to the whole answer, through the site's views but no network. "
        "The site takes an image apart in the background once it is built, and keeps that; the "
        f"second row is what this takes, and what who looks at the same moment waits for.{without}",
    )


def _told(times: list[float]) -> str:
    return f"{figures.ms(figures.median(times))} ({figures.ms(figures.percentile(times, 0.95))})"


def _set_up_django(data: Path) -> None:
    import django
    from django.core.management import call_command

    data.mkdir()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "visualizer.settings",
        "LAYERCAKE_DATA": str(data),
        # The name under which Django's own client asks.
        "LAYERCAKE_HOSTS": "testserver",
    }
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)


def _on(engine: Engine, quick: bool) -> Clicks:
    return asyncio.run(_clicked(engine, quick))


async def _clicked(engine: Engine, quick: bool) -> Clicks:
    # They need Django to be set up.
    from visualizer.labs import opening, wiring
    from visualizer.labs.database import in_database
    from visualizer.labs.engines import Engines, Offer
    from visualizer.labs.registry import Registry
    from visualizer.labs.xray import Xrays

    offers = Engines([Offer("any", "An engine", "It is measured.", 1, engine)])
    registry = Registry(offers, replace(wiring.environment(), sweep_seconds=0), LIMITS)
    wiring.install(registry)
    lab = await in_database(opening.create, "owner", "any", [], 50)
    ask, made = _asking(lab), Clicks()
    try:
        runner = await registry.runner(lab)
        for run in range(2 if quick else 5):
            image = await runner.engine.build(_recipe(run))
            assert image is not None
            await runner.settled()
            await registry.ahead.done()
            took, page = await ask(f"image/{image}", {})
            made.first.append(took)
            prepared, registry.xrays = registry.xrays, Xrays()
            made.cold.append((await ask(f"image/{image}", {}))[0])
            registry.xrays = prepared
            made.files = page["summary"]["files"]
            layers = await runner.engine.layers_of(image)
            for _ in range(3 if quick else 10):
                await _click_about(ask, image, layers[-2], made)
        # The embedded engine's shell would take no more than 10,000 files.
        container = await runner.engine.run(RunRequest("app", start=False))
        times = made.others.setdefault("a container", [])
        for _ in range(5 if quick else 30):
            times.append((await ask(f"container/{container}", {}))[0])
    finally:
        await registry.close()
        wiring.install(None)
    return made


def _recipe(run: int) -> BuildRequest:
    """The same image each time, but for its last layer."""
    added = [f"ADD data.tar.gz /data{step}/" for step in range(STEPS)]
    last = "COPY last.txt /data0/1/file1.txt"
    text = "\n".join(["FROM busybox", *added, last, 'CMD ["sleep", "1000"]'])
    files = [
        ContextFile("Dockerfile", text.encode()),
        ContextFile("last.txt", str(run).encode()),
        ContextFile("data.tar.gz", _archive()),
    ]
    return BuildRequest(run + 1, files, "app:latest")


@cache
def _archive() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.GNU_FORMAT) as tar:
        for folder, number in itertools.product(range(FOLDERS), range(FILES)):
            info = tarfile.TarInfo(f"{folder}/file{number}.txt")
            content = b"x" * number
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


async def _click_about(ask: Ask, image: str, layer: str, made: Clicks) -> None:
    where = f"image/{image}"
    clicks: dict[str, tuple[str, dict[str, str]]] = {
        "the root": (where, {"folder": "/"}),
        "a folder": (where, {"folder": "/data0/3"}),
        "a layer": (f"layer/{layer}", {"image": image}),
        "a search": (where, {"search": "file1"}),
        "a glob": (where, {"search": "/data*/*7.txt"}),
        "a filter in the tree": (where, {"folder": "/", "only": "wasted"}),
        "all that was added": (where, {"only": "added"}),
        "all, the largest first": (where, {"only": "added", "sort": "size"}),
    }
    for name, (subject, query) in clicks.items():
        took, page = await ask(subject, query)
        made.others.setdefault(name, []).append(took)
    took, _ = await ask(where, {"only": "added", "sort": "size", "after": page["next"]})
    made.others.setdefault("its next page", []).append(took)


def _asking(lab: str) -> Ask:
    from django.test import AsyncClient

    client = AsyncClient()

    async def ask(where: str, query: dict[str, str]) -> Answer:
        began = time.monotonic()
        answer = await client.get(f"/api/labs/{lab}/xray/{where}?{urlencode(query)}")
        took = (time.monotonic() - began) * 1000
        assert answer.status_code == 200, answer.content
        page: dict[str, Any] = json.loads(answer.content)
        return took, page

    return ask
