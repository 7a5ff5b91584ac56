"""When a running container's file system is looked at: soon after something happened, else rarely.

A look costs about half a millisecond and there may be hundreds of containers, so a quiet one is
looked at less and less often.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

SOONEST = 0.5
LATEST = 6.0
GROWTH = 1.5
JITTER = 0.2
"""Containers that were started together shall not be looked at together for ever."""


class Watch:
    """Calls `look` over and over until it is cancelled. `look` says whether something changed."""

    def __init__(self, look: Callable[[], Awaitable[bool]]) -> None:
        self._look = look
        self._poked = asyncio.Event()
        self._looking = asyncio.Lock()
        self._waiting = False

    def poke(self) -> None:
        """Something happened in the container; look soon."""
        self._poked.set()

    async def look_now(self) -> None:
        """Look at once. Those who ask while another waits to look share its look."""
        if self._waiting:
            return
        self._waiting = True
        try:
            async with self._looking:
                self._waiting = False
                await self._look()
        finally:
            self._waiting = False

    async def run(self) -> None:
        """Look until cancelled."""
        rest = SOONEST
        while True:
            await asyncio.sleep(SOONEST)
            longer = (rest - SOONEST) * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
            try:
                # Not `wait_for`: that of Python 3.11 loses a cancellation which comes together
                # with what it waits for, and a container's last words do come with its end.
                async with asyncio.timeout(longer):
                    await self._poked.wait()
                poked = True
            except TimeoutError:
                poked = False
            self._poked.clear()
            async with self._looking:
                changed = await self._look()
            rest = SOONEST if changed or poked else min(rest * GROWTH, LATEST)
