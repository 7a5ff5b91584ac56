"""Adapters of one site on a real engine, and a way to leave nothing of them behind."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.site_process import Site
from visualizer.engine.docker import DockerEngine
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.names import HOST, INSTANCE_LABEL


class Engines:
    """Adapters that share an instance, as a site has when it is started again."""

    def __init__(self, host: str, cache: Path, instance: str) -> None:
        self.host = host
        self.cache = cache
        self.instance = instance
        self._made: list[DockerEngine] = []

    def make(self, host: str | None = None, registry: str = "") -> DockerEngine:
        """One more adapter."""
        made = DockerEngine(
            host or self.host, cache_dir=self.cache, instance=self.instance, registry=registry
        )
        self._made.append(made)
        return made

    async def clean_up(self) -> None:
        """Close them, and take all that they made off the engine."""
        for made in self._made:
            await made.close()
        api = EngineApi(self.host)
        mine = json.dumps({"label": [f"{INSTANCE_LABEL}={self.instance}"]})
        for container in await api.get("/containers/json", all="1", filters=mine):
            await api.delete(f"/containers/{container['Id']}", force="1", v="1")
        for network in await api.get("/networks", filters=mine):
            await api.delete(f"/networks/{network['Id']}")
        for image in await api.get("/images/json"):
            for tag in image.get("RepoTags") or []:
                if tag.startswith(f"{HOST}/{self.instance}/"):
                    await api.delete(f"/images/{tag}", force="1")
        api.close()


@asynccontextmanager
async def site_on(docker_host: str, folder: Path, **settings: str) -> AsyncIterator[Site]:
    """A site that knows this engine, set up and not yet started; leaves nothing behind."""
    data = folder / "data"
    site = Site(data, docker_host=docker_host, **settings)
    site.migrate()
    yield site
    if site.process is not None:
        site.kill()
    known_by = data / "engine" / "docker" / "instance"
    if known_by.exists():
        await Engines(docker_host, folder, known_by.read_text()).clean_up()
