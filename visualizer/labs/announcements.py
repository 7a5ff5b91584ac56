"""Tells who watches a lab that its tape grew. A message may be lost; the journal has the truth.

Announcements go through a Channels group, so that they can cross processes one day. A process
listens once for each lab, however many watch it.
"""

import asyncio
from collections.abc import Callable

from channels.layers import get_channel_layer

TAPE_GREW = "tape.grew"

Wake = Callable[[], None]


def group(lab: str) -> str:
    """The Channels group of the processes in which somebody watches the lab."""
    return f"lab.{lab}"


async def announce(lab: str, seq: int) -> None:
    """The tape holds events up to `seq` now. Only after they are committed."""
    await get_channel_layer().group_send(group(lab), {"type": TAPE_GREW, "seq": seq})


class Listeners:
    """Whom to wake in this process when a tape grows."""

    def __init__(self) -> None:
        self._wakes: dict[str, set[Wake]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._joined: dict[str, asyncio.Event] = {}

    async def add(self, lab: str, wake: Wake) -> None:
        """Call `wake` at each announcement from now on: what is announced later is not missed."""
        self._wakes.setdefault(lab, set()).add(wake)
        if lab not in self._tasks:
            joined = self._joined[lab] = asyncio.Event()
            self._tasks[lab] = asyncio.create_task(self._listen(lab, joined))
        await self._joined[lab].wait()

    def remove(self, lab: str, wake: Wake) -> None:
        """Do not call it any more."""
        wakes = self._wakes.get(lab, set())
        wakes.discard(wake)
        if not wakes:
            self._wakes.pop(lab, None)
            self._joined.pop(lab, None)
            task = self._tasks.pop(lab, None)
            if task is not None:
                task.cancel()

    async def _listen(self, lab: str, joined: asyncio.Event) -> None:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(group(lab), channel)
        joined.set()
        try:
            while True:
                await layer.receive(channel)
                for wake in tuple(self._wakes.get(lab, ())):
                    wake()
        finally:
            await layer.group_discard(group(lab), channel)
