"""What a container uses while it runs: the engine's statistics, told when they have visibly
changed. A container that sleeps adds nothing to the tape."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.docker.wire import Request
from visualizer.engine.errors import EngineUnavailable
from visualizer.events.types import ContainerMeasured, LimitReached

SOONEST = 2.0
"""Seconds between two measures on the tape."""
PATIENT_AFTER = 120.0
"""Seconds after which measures become rarer: one a sixtieth of the time that it has run. A
container whose use goes up and down for half an hour so has about 220 of them."""
SILENCE = 15.0
"""Seconds without a word, of an engine that measures every second, until it is asked anew."""
PAUSE, LONGEST_PAUSE = 1.0, 10.0
"""Seconds before the engine is asked anew."""
LEAST_CPU, LEAST_MEMORY, LEAST_SHARE = 1.0, 256 * 1024, 0.1
"""The smallest change that is seen: in percent of a core, in bytes, and of what it was."""


@dataclass(frozen=True)
class Measure:
    """What a container's processes use together, as `docker stats` tells it."""

    cpu_percent: float
    """100 is one core."""
    memory: int
    """Bytes, without what the kernel may drop at any time (the page cache)."""
    memory_limit: int | None
    pids: int


def read_measure(stats: Mapping[str, Any]) -> Measure | None:
    """One line of the stream; None for the first, which has nothing to compare with, and for
    those after the end, which are empty."""
    cpu, before = stats["cpu_stats"], stats["precpu_stats"]
    # Absent at first; a 0 would give the mean since the machine was started.
    if not before.get("system_cpu_usage") or not stats["pids_stats"].get("current"):
        return None
    used = cpu["cpu_usage"]["total_usage"] - before["cpu_usage"]["total_usage"]
    passed = cpu["system_cpu_usage"] - before["system_cpu_usage"]
    cores = cpu.get("online_cpus") or len(cpu["cpu_usage"].get("percpu_usage") or ()) or 1
    share = used / passed * cores * 100 if used > 0 and passed > 0 else 0.0
    memory = stats["memory_stats"]
    return Measure(
        cpu_percent=round(share, 1),
        memory=_without_cache(memory),
        memory_limit=memory.get("limit") or None,
        pids=int(stats["pids_stats"]["current"]),
    )


def _without_cache(memory: Mapping[str, Any]) -> int:
    """As `docker stats` does it: less the file pages that nobody has used for a while."""
    usage = int(memory.get("usage", 0))
    told = memory.get("stats") or {}
    # cgroup v1 has the first, v2 the second (and v1 the second without the children's).
    cache = int(told.get("total_inactive_file", told.get("inactive_file", 0)))
    return usage - cache if cache < usage else usage


def visibly_differs(one: Measure, other: Measure) -> bool:
    """Whether who looks at both would see a difference."""
    return (
        one.pids != other.pids
        or one.memory_limit != other.memory_limit
        or _is_far(one.cpu_percent, other.cpu_percent, LEAST_CPU)
        or _is_far(one.memory, other.memory, LEAST_MEMORY)
    )


def _is_far(one: float, other: float, least: float) -> bool:
    return abs(one - other) >= max(least, LEAST_SHARE * max(one, other))


class Meter:
    """Decides which measures are told. It keeps no clock: the caller says what time it is."""

    def __init__(self, began: float) -> None:
        """`began` is when the container was started, in seconds on the caller's clock."""
        self._began = began
        self._told: Measure | None = None
        self._told_at = began - SOONEST
        self._latest: Measure | None = None

    def take(self, measure: Measure, now: float) -> bool:
        """Whether this one is to be told."""
        self._latest = measure
        rest = max(SOONEST, (now - self._began) * SOONEST / PATIENT_AFTER)
        if now - self._told_at < rest or not self._is_news(measure):
            return False
        self._told, self._told_at = measure, now
        return True

    def last(self) -> Measure | None:
        """What is still to be told at the end."""
        latest, self._latest = self._latest, None
        return latest if latest is not None and self._is_news(latest) else None

    def _is_news(self, measure: Measure) -> bool:
        return self._told is None or visibly_differs(self._told, measure)


class Measuring:
    """Measures one container from its start to its end."""

    def __init__(self, container: str, lab: LabContext) -> None:
        self._container = container
        self._lab = lab
        self._meter = Meter(time.monotonic())
        self._told_limit = False

    async def follow(self) -> None:
        """Tell what it uses until cancelled: the engine's stream goes on after the container."""
        pause = PAUSE
        while True:
            # When it is away, or has ended, whoever started this will know which.
            with contextlib.suppress(ApiError, EngineUnavailable):
                async for measure in self._measures():
                    pause = PAUSE
                    self._check(measure)
                    if self._meter.take(measure, time.monotonic()):
                        self._tell(measure)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _check(self, measure: Measure) -> None:
        """The container itself only sees that it cannot fork."""
        if measure.pids >= self._lab.sandbox.processes:
            self.met_limit()

    def met_limit(self) -> None:
        """It has as many processes as it may. Told once; it may be over before it is measured."""
        if not self._told_limit:
            self._told_limit = True
            limit, subject = self._lab.sandbox.processes, f"container:{self._container}"
            self._lab.emit(LimitReached(what="processes", limit=limit, subject=subject))

    def end(self) -> None:
        """Nothing runs any more: tell what it used at the last, unless that is told."""
        measure = self._meter.last()
        if measure is not None:
            self._tell(measure)

    async def _measures(self) -> AsyncIterator[Measure]:
        request = Request("GET", f"/containers/{self._container}/stats", {"stream": "1"})
        async with self._lab.api.open(request, SILENCE) as answer:
            async for stats in answer.json_lines():
                measure = read_measure(stats)
                if measure is not None:
                    yield measure

    def _tell(self, measure: Measure) -> None:
        self._lab.emit(ContainerMeasured(container=self._container, **asdict(measure)))
