"""Images are taken apart before somebody looks into them: in the background, one after the other.

It only saves a wait, so what goes wrong here is nobody's problem: whoever looks is told then.
"""

import asyncio
import logging
from collections import OrderedDict
from typing import NamedTuple

from visualizer.engine.errors import EngineError
from visualizer.engine.port import LabEngine
from visualizer.labs.errors import LabError
from visualizer.labs.xray import Xrays

logger = logging.getLogger(__name__)

MOST_WAITING = 50
"""Labs with an image that waits for its turn; the one that has waited longest gives way."""


class _Waiting(NamedTuple):
    engine: LabEngine
    image: str


class Ahead:
    """The images that are new, of all labs. Used on one event loop."""

    def __init__(self, xrays: Xrays, most_waiting: int = MOST_WAITING) -> None:
        self._xrays = xrays
        self._most_waiting = most_waiting
        self._waiting: OrderedDict[str, _Waiting] = OrderedDict()
        self._at_work: asyncio.Task[None] | None = None
        self._lab = ""
        """Whose image is being taken apart."""
        self._preparing: asyncio.Task[None] | None = None

    def soon(self, lab: str, engine: LabEngine, image: str) -> None:
        """This lab has a new image. Of those that wait, it is taken apart in its older ones' place.

        Returns at once.
        """
        self._waiting.pop(lab, None)
        self._waiting[lab] = _Waiting(engine, image)
        while len(self._waiting) > self._most_waiting:
            self._waiting.popitem(last=False)
        if self._at_work is None:
            self._at_work = asyncio.create_task(self._go_on())

    async def forget(self, lab: str) -> None:
        """The lab is let go of: its engine is asked nothing more."""
        self._waiting.pop(lab, None)
        if self._preparing is not None and self._lab == lab:
            self._preparing.cancel()
            await asyncio.wait([self._preparing])

    async def done(self) -> None:
        """Wait until nothing is left to be taken apart."""
        if self._at_work is not None:
            await asyncio.wait([self._at_work])

    async def stop(self) -> None:
        """End, also what is under way. The end of the site."""
        self._waiting.clear()
        if self._preparing is not None:
            self._preparing.cancel()
        await self.done()

    async def _go_on(self) -> None:
        while self._waiting:
            self._lab, (engine, image) = self._waiting.popitem(last=False)
            self._preparing = asyncio.create_task(self._xrays.prepare(engine, image))
            await asyncio.wait([self._preparing])
            self._note(self._preparing)
            self._preparing = None
        self._at_work = None

    def _note(self, task: "asyncio.Task[None]") -> None:
        failure = None if task.cancelled() else task.exception()
        if isinstance(failure, EngineError | LabError):
            # It was removed again, most likely, or is too large to be taken apart.
            logger.debug("lab %s: an image was not taken apart ahead: %s", self._lab, failure)
        elif failure is not None:
            logger.error("lab %s: an image was not taken apart ahead", self._lab, exc_info=failure)
