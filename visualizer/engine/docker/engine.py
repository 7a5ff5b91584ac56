"""A Docker Engine that labs share: its images, its news, and its coming and going."""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from visualizer.engine.catalogue import Catalogue, load_catalogue
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.base_images import BaseImages, LabBases
from visualizer.engine.docker.keeping import Disk, Keeping
from visualizer.engine.docker.lab import DockerLab
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.docker.layers import Layers
from visualizer.engine.docker.names import INSTANCE_LABEL, LAB_LABEL, LabNames
from visualizer.engine.docker.presence import Patience, Presence
from visualizer.engine.docker.pushed_images import PushedImages
from visualizer.engine.docker.registry import ADDRESS
from visualizer.engine.docker.sandbox import Sandbox
from visualizer.engine.docker.sweeping import clear, sweep
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.limits import Limits
from visualizer.engine.port import Emit
from visualizer.events.types import EngineInfo

log = logging.getLogger(__name__)

WENT_AWAY = "The Docker Engine does not answer. What ran in this lab has most likely stopped."
IS_BACK = "The Docker Engine is back. The tape and the engine agree on what is there."

_LAB_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)


class DockerEngine:
    """Implements `visualizer.engine.port.Engine`. Used on one event loop."""

    def __init__(
        self,
        host: str,
        *,
        cache_dir: Path,
        instance: str,
        catalogue: Catalogue | None = None,
        sandbox: Sandbox | None = None,
        tls: Path | None = None,
        registry: str = "",
        patience: Patience | None = None,
    ) -> None:
        """`host` is as of DOCKER_HOST. `instance` ([a-z0-9]) tells the things of this site from
        those of others on the same engine. `cache_dir` may be emptied while nothing runs.
        `registry` is the labs' one as the engine reaches it (`host:port`), empty for none.

        Raises address.InvalidAddress, ValueError.
        """
        LabNames(instance, "check")
        if registry and not ADDRESS.fullmatch(registry):
            raise ValueError(f"not a registry's host:port: {registry!r}")
        self._api = EngineApi(host, tls)
        self._catalogue = catalogue or load_catalogue()
        self._instance = instance
        self._sandbox = sandbox or Sandbox()
        self._images = BaseImages(self._api, self._catalogue)
        self._layers = Layers(self._api, cache_dir)
        self._disk = Disk(self._api)
        self._keeping = Keeping(self._disk, self._is_building, self.clear_lab)
        self._cache_dir = cache_dir
        self._registry = registry
        self._open: dict[str, DockerLab] = {}
        self._presence = Presence(
            self._api,
            EngineApi(host, tls),
            instance,
            patience or Patience(),
            happened=self._happened,
            lost=self._lost,
            restored=self._restored,
        )

    async def info(self) -> EngineInfo:
        """What the badge says. Raises EngineUnavailable."""
        told = await self._api.get("/version")
        return EngineInfo(
            kind="docker", name="Docker Engine", version=str(told["Version"]), simulated=False
        )

    async def open_lab(self, lab: str, emit: Emit, limits: Limits) -> DockerLab:
        """The lab as the engine holds it. Raises EngineUnavailable."""
        if not _LAB_NAME.fullmatch(lab):
            raise ValueError(f"not a lab's name: {lab!r}")
        if lab in self._open:
            raise RuntimeError(f"the lab {lab} is open already")
        await self._presence.needed()
        names = LabNames(self._instance, lab)
        context = LabContext(
            api=self._api,
            names=names,
            limits=limits,
            sandbox=self._sandbox,
            catalogue=self._catalogue,
            bases=LabBases(self._api, self._images, names, self._layers),
            layers=self._layers,
            disk=self._disk,
            emit=emit,
            registry=self._registry,
            pushed=PushedImages(self._cache_dir, names.key),
        )
        opened = DockerLab(context, lambda: self._closed(lab))
        self._open[lab] = opened
        try:
            await opened.load()
        except BaseException:
            self._closed(lab)
            raise
        return opened

    async def catalogue(self) -> Sequence[str]:
        """Names with tags that a Dockerfile may build FROM. Raises EngineUnavailable."""
        return await self._images.names()

    async def sweep(self, labs: Collection[str] | Callable[[], Awaitable[Collection[str]]]) -> int:
        """Remove what belongs to none of the labs, nor to an open one; how many things.

        Labs may be opened meanwhile when it is a function, which is asked after looking what is
        there. Raises EngineUnavailable.
        """

        async def there_are() -> Collection[str]:
            return {*(await labs() if callable(labs) else labs), *self._open}

        return await sweep(self._api, self._instance, there_are, lambda: self._open)

    async def clear_lab(self, lab: str, *, images: bool = True) -> bool:
        """Remove a lab's containers, and if wanted its images too; whether there was anything.

        One that is open is left alone. Raises EngineUnavailable.
        """
        if lab in self._open:
            return False
        names = LabNames(self._instance, lab)
        if images:
            await self._layers.forget_lab(names.root)
        return await clear(self._api, names, images=images) > 0

    async def keep_within(self, limit: int, oldest: Sequence[str]) -> Sequence[str]:
        """Bring all that the engine holds below `limit` bytes; the labs that were cleared for it.

        While there is room nothing is done. Otherwise the build cache goes first, then what belongs
        to the labs named, the first before the rest; those that are open are left alone. Only for
        an engine that is this site's alone: another's cache is not ours to give up.
        Raises EngineUnavailable.
        """
        return await self._keeping.keep_within(limit, oldest)

    async def labs_with_containers(self) -> Collection[str]:
        """The labs of this site that have containers, running or not. Raises EngineUnavailable."""
        mine = json.dumps({"label": [f"{INSTANCE_LABEL}={self._instance}", LAB_LABEL]})
        held = await self._api.get("/containers/json", all="1", filters=mine)
        return {each["Labels"][LAB_LABEL] for each in held}

    async def close(self) -> None:
        """Park every lab and let go of everything."""
        await asyncio.gather(*(lab.park() for lab in list(self._open.values())))
        await self._presence.close()
        await self._layers.close()
        self._api.close()

    def _is_building(self) -> bool:
        return any(lab.is_building for lab in self._labs())

    def _closed(self, lab: str) -> None:
        self._open.pop(lab, None)

    # The engine's news

    def _happened(self, event: Mapping[str, Any]) -> None:
        attributes = event["Actor"]["Attributes"]
        lab = self._open.get(attributes.get(LAB_LABEL, ""))
        if lab is not None:
            # Execs have their command behind the action: `exec_create: sh -c …`.
            action = str(event["Action"]).partition(":")[0]
            lab.happened(event["Actor"]["ID"], action, attributes)

    async def _lost(self) -> None:
        await asyncio.gather(*(lab.engine_lost(WENT_AWAY) for lab in self._labs()))

    async def _restored(self) -> None:
        """Raises EngineUnavailable when the engine went away again meanwhile."""
        ends = await asyncio.gather(
            *(lab.engine_restored(IS_BACK) for lab in self._labs()), return_exceptions=True
        )
        for error in ends:
            if isinstance(error, EngineUnavailable):
                raise error
            if error is not None:
                log.error("a lab was not brought in line with the engine", exc_info=error)

    def _labs(self) -> list[DockerLab]:
        return list(self._open.values())
