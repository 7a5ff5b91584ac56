"""The parts on a real engine: one engine and one site for all of them, and who goes without."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.docker import builds, containers, layers, news
from bench.figures import Table
from tests.browser.site import Site
from tests.engine.docker import daemon
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.wire import Request

Measure = Callable[[Site, EngineApi, bool], Awaitable[list[Table]]]

PARTS: tuple[Measure, ...] = (builds.measure, news.measure, containers.measure, layers.measure)


def measure(settings: dict[str, str], quick: bool) -> list[Table]:
    """All tables; one that says why where no engine can be started."""
    reason = daemon.missing()
    if reason:
        return [Table("On a Docker Engine", ("not measured",), ((reason,),), "")]
    with daemon.private_engine() as host, tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "site", engine="docker", docker_host=host, **settings)
        site.start()
        try:
            return asyncio.run(_all(site, host, quick))
        finally:
            site.stop()


async def _all(site: Site, host: str, quick: bool) -> list[Table]:
    api = EngineApi(host)
    version = await api.get("/version")
    tables: list[Table] = []
    for part in PARTS:
        tables += await part(site, api, quick)
        await _forget_builds(api)
    api.close()
    words = f"Docker Engine {version['Version']}: "
    return [Table(words + each.title, each.columns, each.rows, each.note) for each in tables]


async def _forget_builds(api: EngineApi) -> None:
    """What one part left in the build cache must not help the next."""
    await api.call(Request("POST", "/build/prune", {"all": "1"}))
