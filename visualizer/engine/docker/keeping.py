"""Keeps an engine's disk within bounds: what it holds is measured, then the build cache is given
up, then what belongs to the labs that were not used for longest."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from visualizer.engine.docker.api import ApiError, EngineApi
from visualizer.engine.docker.wire import Request
from visualizer.engine.docker.words import NO_ROOM
from visualizer.engine.errors import EngineUnavailable

log = logging.getLogger(__name__)

ROOM = 0.9
"""What is kept once the bound was met, as a share of it: so that it is not met again at once."""
URGENT = 1.1
"""From this share of the bound on, the cache is given up also while somebody builds."""
SECONDS = 300.0
"""For one measuring or pruning: on a full and busy disk both take their time."""
REST, REST_SHARE = 3.0, 20.0
"""Seconds for which the sizes of volumes are taken to be what they were, and the same as a multiple
of what it takes the engine to tell them."""
TRIES = 40
TRY_PAUSE = 0.25
"""Seconds between two tries to remove something while the disk is full."""


@dataclass(frozen=True)
class DiskUse:
    """Bytes on an engine's disk."""

    images: int
    containers: int
    """Their writable layers."""
    volumes: int
    cache: int
    """Of the build cache, what no image holds as well."""

    @property
    def total(self) -> int:
        """All together."""
        return self.images + self.containers + self.volumes + self.cache


class Disk:
    """The disk of one engine, as far as its API tells of it."""

    def __init__(self, api: EngineApi) -> None:
        self._api = api
        # Engines before 23 refuse a second question while they look for the answer to the first.
        self._asking = asyncio.Lock()
        self._looking = asyncio.Lock()
        self._volumes: Mapping[str, int] = {}
        self._looked = float("-inf")
        self._cost = 0.0

    async def use(self) -> DiskUse:
        """What is on it; the engine walks through it all. Raises EngineUnavailable, ApiError."""
        told = await self._told()
        return DiskUse(
            images=int(told["LayersSize"]),
            containers=sum(int(each.get("SizeRw") or 0) for each in told["Containers"] or ()),
            volumes=sum(max(0, size) for size in _volume_sizes(told).values()),
            cache=sum(int(each["Size"]) for each in told["BuildCache"] or () if not each["Shared"]),
        )

    async def volume_bytes(self, names: Iterable[str]) -> int:
        """Bytes in these volumes, some seconds ago at most. Raises EngineUnavailable, ApiError."""
        async with self._looking:
            if time.monotonic() - self._looked > max(REST, self._cost * REST_SHARE):
                began = time.monotonic()
                self._volumes = _volume_sizes(await self._told())
                self._looked = time.monotonic()
                self._cost = self._looked - began
        return sum(max(0, self._volumes.get(name, 0)) for name in names)

    async def prune(self, keep: int) -> None:
        """Give up build cache that no image holds, the longest unused first, until it has `keep`
        bytes. Raises EngineUnavailable, ApiError."""
        query = {"keep-storage": str(max(0, keep))}
        await self._api.call(Request("POST", "/build/prune", query), SECONDS)

    async def wait_for_room(self) -> None:
        """Once it was full: return when the engine can write again, or after some seconds.

        What a step has written in vain is deleted after its end, and until then nobody can work.
        """
        for _ in range(TRIES):
            with contextlib.suppress(ApiError, EngineUnavailable):
                name = (await self._api.post("/volumes/create", {}))["Name"]
                await self._api.delete(f"/volumes/{name}")
                return
            await asyncio.sleep(TRY_PAUSE)

    async def forget_since(self, moment: datetime) -> None:
        """Give up the cache of what was built since then and no image holds.

        Raises EngineUnavailable, ApiError.
        """
        told = await self._told()
        made = [
            str(each["ID"])
            for each in told["BuildCache"] or ()
            if not each["Shared"] and datetime.fromisoformat(_seconds(each["CreatedAt"])) >= moment
        ]
        if made:
            query = {"all": "1", "filters": json.dumps({"id": ["|".join(made)]})}
            await self._api.call(Request("POST", "/build/prune", query), SECONDS)

    async def _told(self) -> Mapping[str, Any]:
        async with self._asking:
            told: dict[str, Any] = json.loads(
                await self._api.call(Request("GET", "/system/df"), SECONDS)
            )
        return told


class Keeping:
    """Sees that the disk stays within a bound."""

    def __init__(
        self,
        disk: Disk,
        is_building: Callable[[], bool],
        clear: Callable[[str], Awaitable[bool]],
    ) -> None:
        """`clear` takes all things of a lab off the engine, if it may; whether any went."""
        self._disk = disk
        self._is_building = is_building
        self._clear = clear

    async def keep_within(self, limit: int, oldest: Sequence[str]) -> Sequence[str]:
        """Bring what the engine holds below `limit` bytes; the labs that lost their things for it.

        Nothing is done, and [] returned, while there is room. Raises EngineUnavailable, ApiError.
        """
        use = await self._disk.use()
        if use.total <= limit:
            return []
        if self._is_building() and use.total <= limit * URGENT:
            # The next look is soon enough, and the cache is what the build may be about to use.
            return []
        wanted = int(limit * ROOM)
        use = await self._prune(use, wanted)
        cleared: list[str] = []
        for lab in oldest:
            if use.total <= wanted:
                break
            if await self._clear(lab):
                cleared.append(lab)
                use = await self._prune(await self._disk.use(), wanted)
        log.info("the engine's disk: %d bytes kept, %d labs cleared", use.total, len(cleared))
        return cleared

    async def _prune(self, use: DiskUse, wanted: int) -> DiskUse:
        if use.total <= wanted or not use.cache:
            return use
        await self._disk.prune(wanted - (use.total - use.cache))
        return await self._disk.use()


async def delete(api: EngineApi, path: str, **query: str) -> None:
    """Remove something of the engine's; that it is gone already is fine.

    On a full disk the engine cannot even write down that something is gone, until the files of the
    step or container that has filled it are: so it is tried for some seconds.
    Raises ApiError, EngineUnavailable.
    """
    for tries in range(1, TRIES + 1):
        try:
            await api.delete(path, **query)
        except ApiError as error:
            if error.status == 404:
                return
            if NO_ROOM not in error.message or tries == TRIES:
                raise
            await asyncio.sleep(TRY_PAUSE)
        else:
            return


def _volume_sizes(told: Mapping[str, Any]) -> dict[str, int]:
    return {
        str(each["Name"]): int((each.get("UsageData") or {}).get("Size", 0))
        for each in told["Volumes"] or ()
    }


def _seconds(moment: str) -> str:
    """A moment of the engine's without its nanoseconds, which Python cannot read."""
    return f"{moment[:19]}+00:00"
