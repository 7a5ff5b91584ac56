"""A Docker Engine that labs share: its images, its news, and its coming and going."""

import asyncio
import json
import logging
import re
import ssl
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from visualizer.engine.catalogue import Catalogue, load_catalogue
from visualizer.engine.docker.api import ApiError, EngineApi
from visualizer.engine.docker.base_images import BaseImages, LabBases
from visualizer.engine.docker.lab import DockerLab
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.docker.layers import Layers
from visualizer.engine.docker.names import INSTANCE_LABEL, LAB_LABEL, LabNames
from visualizer.engine.docker.sandbox import Sandbox
from visualizer.engine.docker.sweeping import sweep
from visualizer.engine.docker.wire import Request
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.limits import Limits
from visualizer.engine.port import Emit
from visualizer.events.types import EngineInfo

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
"""Seconds between two attempts to reach an engine that went away."""
HEARTBEAT = 5.0
"""Seconds between two questions whether it is there, and for the answer to each."""
PATIENCE = 1.0
"""How long it may be away before anybody is told."""
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
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`host` is as of DOCKER_HOST. `instance` ([a-z0-9]) tells the things of this site from
        those of others on the same engine. `cache_dir` may be emptied while nothing runs.

        Raises connection.InvalidAddress, ValueError.
        """
        LabNames(instance, "check")
        self._api = EngineApi(host, tls)
        self._catalogue = catalogue or load_catalogue()
        self._instance = instance
        self._sandbox = sandbox or Sandbox()
        self._images = BaseImages(self._api, self._catalogue)
        self._layers = Layers(self._api, cache_dir)
        self._open: dict[str, DockerLab] = {}
        self._watching: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._seen = 0
        """When the engine was last heard of: nanoseconds on its own clock."""

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
        await self._listen()
        names = LabNames(self._instance, lab)
        context = LabContext(
            api=self._api,
            names=names,
            limits=limits,
            sandbox=self._sandbox,
            catalogue=self._catalogue,
            bases=LabBases(self._api, self._images, names),
            layers=self._layers,
            emit=emit,
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

    async def sweep(self, labs: Collection[str]) -> int:
        """Remove what belongs to none of the labs named, nor to an open one; how many things.

        Raises EngineUnavailable.
        """
        return await sweep(self._api, self._instance, {*labs, *self._open})

    async def close(self) -> None:
        """Park every lab and let go of everything."""
        await asyncio.gather(*(lab.park() for lab in list(self._open.values())))
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
            self._watching = None
        await self._layers.close()
        self._api.close()

    def _closed(self, lab: str) -> None:
        self._open.pop(lab, None)

    # The engine's news

    async def _listen(self) -> None:
        """See that the engine's news are heard from now on. Raises EngineUnavailable."""
        if not self._listening.is_set():
            # An engine that is not there is told at once.
            await self._api.get("/version")
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        waiting = asyncio.create_task(self._listening.wait())
        done, _ = await asyncio.wait({waiting}, timeout=10.0)
        if not done:
            waiting.cancel()
            raise EngineUnavailable(
                "engine-unavailable",
                "The Docker Engine does not answer.",
                "It has been stopped, or is being restarted.",
                "Wait a moment and try again.",
            )

    async def _watch(self) -> None:
        """Hear the engine's news for ever; when it goes away, tell so and wait for it."""
        while True:
            tasks = {asyncio.create_task(self._hear()), asyncio.create_task(self._ask())}
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                ends = await asyncio.gather(*tasks, return_exceptions=True)
            log.warning("the engine's news have ended: %s", ends)
            self._listening.clear()
            await self._reach_again()

    async def _ask(self) -> None:
        """Ask now and then whether the engine is there: a frozen one closes no connection."""
        while True:
            await asyncio.sleep(HEARTBEAT)
            await self._api.call(Request("GET", "/_ping"), seconds=HEARTBEAT)

    async def _hear(self) -> None:
        query = {
            "filters": json.dumps(
                {"type": ["container"], "label": [f"{INSTANCE_LABEL}={self._instance}"]}
            )
        }
        if self._seen:
            after = self._seen + 1
            query["since"] = f"{after // 10**9}.{after % 10**9:09d}"
        async with self._api.open(Request("GET", "/events", query)) as answer:
            self._listening.set()
            async for event in answer.json_lines():
                self._seen = int(event["timeNano"])
                attributes = event["Actor"]["Attributes"]
                lab = self._open.get(attributes.get(LAB_LABEL, ""))
                if lab is not None:
                    # Execs have their command behind the action: `exec_create: sh -c …`.
                    action = str(event["Action"]).partition(":")[0]
                    lab.happened(event["Actor"]["ID"], action, attributes)

    async def _reach_again(self) -> None:
        """Wait until the engine answers; labs are told when that takes long."""
        began, pause, told = time.monotonic(), FIRST_PAUSE, False
        while True:
            try:
                self._api.forget_version()
                await self._api.call(Request("GET", "/version"), seconds=HEARTBEAT)
                break
            except (ApiError, EngineUnavailable):
                if not told and time.monotonic() - began > PATIENCE:
                    told = True
                    await asyncio.gather(*(lab.engine_lost(WENT_AWAY) for lab in self._labs()))
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        for lab in self._labs():
            await lab.engine_restored(IS_BACK if told else "")

    def _labs(self) -> list[DockerLab]:
        return list(self._open.values())
