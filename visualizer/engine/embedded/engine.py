"""The embedded engine: many labs on one store, one set of base images and a few threads."""

import asyncio
import logging
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

from visualizer.engine.catalogue import load_catalogue
from visualizer.engine.embedded.base_images import BaseImages
from visualizer.engine.embedded.cache import BuildCache
from visualizer.engine.embedded.lab import EmbeddedLab
from visualizer.engine.embedded.lab_context import LabContext
from visualizer.engine.embedded.services import Services
from visualizer.engine.embedded.state import LabFolder, LabState
from visualizer.engine.embedded.store import Store
from visualizer.engine.embedded.userland import COMMANDS, NoWorker, PythonUnavailable, warm_up
from visualizer.engine.limits import Limits
from visualizer.engine.port import Emit
from visualizer.events.types import EngineInfo

VERSION = "1"
THREADS = 4
SWEEP_SECONDS = 600.0
"""How long after something became garbage the store is swept."""
EXIT_CODE_AFTER_CRASH = 255
"""What Docker gives a container whose end nobody saw."""

log = logging.getLogger(__name__)

_LAB_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)


class EmbeddedEngine:
    """Implements `visualizer.engine.port.Engine`. One for a folder, in one process."""

    def __init__(self, root: Path) -> None:
        self._labs_folder = root / "labs"
        self._labs_folder.mkdir(parents=True, exist_ok=True)
        store = Store(root)
        self._services = Services(
            store,
            BaseImages(load_catalogue(), store, COMMANDS),
            ThreadPoolExecutor(THREADS, thread_name_prefix="embedded-engine"),
            ThreadPoolExecutor(1, thread_name_prefix="embedded-engine-background"),
        )
        self._closed = False
        self._open: dict[str, EmbeddedLab] = {}
        self._sweeping: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None

    def warm_up_soon(self) -> None:
        """Begin, in the background, what the first shell and the first Python would wait for."""
        if self._warming is None and not self._closed:
            self._warming = asyncio.create_task(self._warm_up())

    async def _warm_up(self) -> None:
        try:
            await warm_up(self._services.executor)
        except (NoWorker, PythonUnavailable) as error:
            log.warning("the userland could not be made ready: %s", error)

    async def info(self) -> EngineInfo:
        """What the badge says."""
        return EngineInfo(
            kind="embedded",
            name="Embedded engine",
            version=f"{VERSION} (bashkit {version('bashkit')})",
            simulated=True,
        )

    async def open_lab(self, lab: str, emit: Emit, limits: Limits) -> EmbeddedLab:
        """The lab as it was left, or a new one."""
        if not _LAB_NAME.fullmatch(lab):
            raise ValueError(f"not a lab's name: {lab!r}")
        if lab in self._open:
            raise RuntimeError(f"the lab {lab} is open already")
        folder = LabFolder(self._labs_folder / lab)
        state = await self._services.in_thread(folder.load)
        records = await self._services.in_thread(folder.load_cache)
        _end_what_ran(state)
        context = LabContext(
            self._services, limits, emit, folder, state, BuildCache(records), self._sweep_soon
        )
        opened = EmbeddedLab(context, lambda: self._forget(lab))
        self._open[lab] = opened
        self._sweep_soon()
        return opened

    async def catalogue(self) -> Sequence[str]:
        """Names with tags that a Dockerfile may build FROM."""
        return self._services.bases.catalogue.names()

    async def close(self) -> None:
        """Park every lab and let go of the threads. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        await asyncio.gather(*(lab.park() for lab in list(self._open.values())))
        for task in (self._sweeping, self._warming):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        await self._services.in_thread(self._services.store.sync)
        for executor in (self._services.executor, self._services.background):
            executor.shutdown(wait=False)

    async def sweep(self) -> int:
        """Delete stored layers and configs that no lab refers to; how many."""
        loop = asyncio.get_running_loop()

        def in_use() -> set[str]:
            # Open labs change on the loop, so that is where they are looked at.
            opened = asyncio.run_coroutine_threadsafe(self._in_use_by_open(), loop)
            return opened.result() | self._in_use_by_closed() | self._services.bases.in_use

        return await self._services.in_thread(self._services.store.sweep, in_use)

    async def _in_use_by_open(self) -> set[str]:
        return set().union(*(lab.in_use for lab in self._open.values()))

    def _in_use_by_closed(self) -> set[str]:
        """Blocking. A lab that is open is read too, for it may have been closed just now."""
        folders = [LabFolder(path) for path in self._labs_folder.iterdir()]
        return set().union(*(folder.in_use() for folder in folders))

    def _forget(self, lab: str) -> None:
        self._open.pop(lab, None)

    def _sweep_soon(self) -> None:
        if self._sweeping is None or self._sweeping.done():
            self._sweeping = asyncio.create_task(self._sweep_later())

    async def _sweep_later(self) -> None:
        # One sweep for all that becomes garbage meanwhile: it reads every lab's state.
        await asyncio.sleep(SWEEP_SECONDS)
        await self.sweep()


def _end_what_ran(state: LabState) -> None:
    """What the stored state says is running cannot be: this engine has just been started."""
    for record in state.containers.values():
        if record.state in ("running", "paused"):
            record.state, record.reason = "exited", "lost"
            record.exit_code = EXIT_CODE_AFTER_CRASH
