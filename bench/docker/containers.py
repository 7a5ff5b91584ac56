"""Ten containers through the site against ten `docker run -d`, and the memory that fifty take."""

import asyncio
import time
from functools import partial

from bench import figures
from bench.builds import build
from bench.docker.context import tarred
from bench.figures import Table
from bench.lab import Event, Lab, open_lab
from bench.memory import resident
from tests.browser.site import Site
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.wire import Request

SLEEPER = [{"path": "Dockerfile", "text": 'FROM busybox\nCMD ["sleep", "1000"]\n'}]
BARE = "bench.invalid/sleeper:latest"
NETWORK = "bench"
"""As each lab has one: a container without a network would start sooner."""
TEN = 10
LABS = 5


async def measure(site: Site, api: EngineApi, quick: bool) -> list[Table]:
    """Two tables: the time that ten take, and the memory of fifty."""
    return [await _ten(site, api, 3 if quick else 7), await _fifty(site)]


async def _ten(site: Site, api: EngineApi, runs: int) -> Table:
    lab = await open_lab(site)
    await build(lab, SLEEPER)
    query = {"version": "2", "networkmode": "none", "t": BARE}
    await api.call(Request("POST", "/build", query, tarred(SLEEPER), "application/x-tar"))
    network = await api.post("/networks/create", {"Name": NETWORK, "Internal": True})
    through: list[float] = []
    typed: list[float] = []
    for _ in range(runs):
        through.append(await _through_the_site(lab))
        typed.append(await _typed(api))
    await lab.close()
    await api.delete(f"/networks/{network['Id']}")
    site_ms, typed_ms = figures.median(through), figures.median(typed)
    return Table(
        "ten containers",
        ("site, median", "`docker run -d`, median", "ratio"),
        ((figures.ms(site_ms), figures.ms(typed_ms), f"{site_ms / typed_ms:.2f}"),),
        f"{runs} times each, by turns. Site: ten commands sent at once, until the tenth "
        "`container.started` is on the socket. Typed: ten `docker run -d`, one after another.",
    )


async def _through_the_site(lab: Lab) -> float:
    before = len(lab.received)
    began = time.monotonic()
    runs = [lab.ask("container.run", image="my-app:latest") for _ in range(TEN)]
    made = [each["container"] for each in await asyncio.gather(*runs)]
    for container in made:
        await lab.event(partial(_has_started, container), before)
    took = (time.monotonic() - began) * 1000
    for container in made:
        await lab.ask("container.remove", container=container, force=True)
    return took


def _has_started(container: str, event: Event) -> bool:
    return bool(event["type"] == "container.started" and event["container"] == container)


async def _typed(api: EngineApi) -> float:
    began = time.monotonic()
    made = [await _docker_run(f"unix://{api.address.path}") for _ in range(TEN)]
    took = (time.monotonic() - began) * 1000
    for container in made:
        await api.delete(f"/containers/{container}", force="1")
    return took


async def _docker_run(host: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "docker", "--host", host, "run", "-d", "--network", NETWORK, BARE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode().strip()


async def _fifty(site: Site) -> Table:
    labs = [await open_lab(site) for _ in range(LABS)]
    for lab in labs:
        await build(lab, SLEEPER)
    before = resident(site.pid)
    for lab in labs:
        await asyncio.gather(*(lab.ask("container.run", image="my-app:latest") for _ in range(TEN)))
    after = resident(site.pid)
    for lab in labs:
        await lab.close()
    mib = 1024 * 1024
    return Table(
        "memory of the site",
        ("containers running", "site before", "site after"),
        ((str(LABS * TEN), f"{before / mib:.0f} MiB", f"{after / mib:.0f} MiB"),),
        f"Resident memory of the site's process (VmRSS); {LABS} labs with {TEN} containers each, "
        "every lab's socket open.",
    )
