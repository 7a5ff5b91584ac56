"""What a lab's containers and images share: its state, its folder, its way to the tape."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from visualizer.engine.embedded.cache import BuildCache
from visualizer.engine.embedded.services import Services
from visualizer.engine.embedded.state import LabFolder, LabState, references
from visualizer.engine.limits import Limits
from visualizer.engine.port import Emit

log = logging.getLogger(__name__)


@dataclass
class LabContext:
    """One lab that is open."""

    services: Services
    limits: Limits
    emit: Emit
    folder: LabFolder
    state: LabState
    cache: BuildCache
    on_garbage: Callable[[], None]
    """To be called when something stored may be in use no more."""
    _version: int = 0
    _saved: int = 0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def in_use(self) -> set[str]:
        """Digests of all layers and configs that the lab refers to."""
        return references(self.state, self.cache.records)

    async def save(self) -> None:
        """Have the state stored when this returns: it survives the end of the site's process.

        A loss of power it survives a moment later; nobody waits for that. Those who come while
        another is writing share the next write.
        """
        self._version += 1
        wanted = self._version
        async with self._lock:
            if self._saved >= wanted:
                return
            version, state = self._version, msgspec.json.encode(self.state)
            try:
                await self.services.in_thread(self.folder.save, state)
            except OSError:
                # What runs goes on; the next change tries to write all of it again.
                log.exception("the state of a lab could not be stored")
                return
            self._saved = version
        self.services.background.submit(self.services.store.sync, *self.folder.files)

    async def save_cache(self) -> None:
        """Have the build cache on disk. Losing it costs time, so nobody waits for the disk."""
        records = msgspec.json.encode(self.cache.records)
        try:
            await self.services.in_thread(self.folder.save_cache, records)
        except OSError:
            log.exception("the build cache of a lab could not be stored")
