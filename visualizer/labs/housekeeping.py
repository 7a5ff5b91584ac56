"""What the site does by itself: parks the idle, deletes the old, keeps a shared engine tidy.

An engine that is away must hold nobody up, so its chores run beside the others and fail softly.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import timedelta
from typing import Protocol, runtime_checkable

from visualizer.engine.errors import EngineError, EngineUnavailable
from visualizer.environment import Environment
from visualizer.events import types as event
from visualizer.labs import opening
from visualizer.labs.database import in_database
from visualizer.labs.engines import Engines, Offer
from visualizer.labs.errors import NotThere
from visualizer.labs.runner import Runner
from visualizer.labs.tape import TapeBroken

logger = logging.getLogger(__name__)

LONGEST_PAUSE = 30.0
"""Seconds between two looks at what is due."""
FULL = 0.8
"""The share of the private engine's disk from which on the longest unused labs make room: what is
left is for the builds of a minute."""

LabsThereAre = Callable[[], Awaitable[Collection[str]]]


@runtime_checkable
class Outlasting(Protocol):
    """An engine that outlives the site, and so may hold what no lab owns any more."""

    async def sweep(self, labs: LabsThereAre) -> int:
        """Take off what belongs to none of the labs, which are asked for after looking what is
        there; how many things went."""

    async def labs_with_containers(self) -> Collection[str]:
        """The labs that have containers on it, running or not."""


@runtime_checkable
class Bounded(Protocol):
    """An engine whose disk all labs share."""

    async def keep_within(self, limit: int, oldest: Sequence[str]) -> Sequence[str]:
        """Take the things of labs off it until the rest has no more than `limit` bytes, those of
        the labs named first to begin with; the labs that lost theirs."""


class Labs(Protocol):
    """The labs at work, as far as they are looked after from here."""

    engines: Engines
    environment: Environment

    async def park_idle(self) -> None: ...
    async def sweep(self) -> int: ...
    async def at_rest(self, lab: str, work: Callable[[Runner], Awaitable[None]]) -> bool: ...


class Housekeeping:
    """The chores of one site. Used on one event loop."""

    def __init__(self, labs: Labs, clock: Callable[[], float]) -> None:
        self._labs = labs
        self._clock = clock
        self._swept_labs_at = clock()
        self._swept_at: dict[str, float] = {}
        self._tidying: dict[str, asyncio.Task[None]] = {}
        self._going: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin. Calling it again is fine."""
        if self._going is None:
            self._going = asyncio.create_task(self._go_on())

    async def stop(self) -> None:
        """End, also what is under way."""
        tasks = [task for task in (self._going, *self._tidying.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def look_round(self) -> None:
        """Do what is due; the engines' chores are only begun."""
        await self._labs.park_idle()
        for offer in self._labs.engines.offers:
            self._tidy_when_due(offer)
        every = self._labs.environment.sweep_seconds
        if every and self._clock() - self._swept_labs_at >= every:
            self._swept_labs_at = self._clock()
            logger.info("deleted %d labs that were not used any more", await self._labs.sweep())

    async def tidied(self) -> None:
        """Wait for the engines' chores that are under way."""
        await asyncio.gather(*self._tidying.values(), return_exceptions=True)

    async def _go_on(self) -> None:
        while True:
            try:
                await self.look_round()
            except Exception:
                logger.exception("housekeeping failed; it goes on")
            await asyncio.sleep(self._pause())

    def _pause(self) -> float:
        here = self._labs.environment
        due = [LONGEST_PAUSE, here.idle_seconds / 4]
        if here.engine_sweep_seconds:
            due.append(here.engine_sweep_seconds / 4)
        return max(0.05, min(due))

    # An engine's chores

    def _tidy_when_due(self, offer: Offer) -> None:
        every = self._labs.environment.engine_sweep_seconds
        last, task = self._swept_at.get(offer.kind), self._tidying.get(offer.kind)
        if not every or not isinstance(offer.engine, Outlasting):
            return
        if (task is not None and not task.done()) or (
            last is not None and self._clock() - last < every
        ):
            return
        self._swept_at[offer.kind] = self._clock()
        self._tidying[offer.kind] = asyncio.create_task(self._tidy(offer, offer.engine))

    async def _tidy(self, offer: Offer, engine: Outlasting) -> None:
        try:
            count = await engine.sweep(lambda: in_database(opening.on_engine, offer.kind))
            if count:
                logger.info("%s: %d things belonged to no lab", offer.title, count)
            await self._empty_the_idle(offer, engine)
            # Somebody else's disk is not ours to keep within bounds.
            if offer.own and isinstance(engine, Bounded):
                most = int(self._labs.environment.private_disk_bytes * FULL)
                labs = await in_database(opening.on_engine, offer.kind)
                for lab in await engine.keep_within(most, labs):
                    logger.info("%s: lab %s made room", offer.title, lab)
        except EngineError as error:
            # Away, most likely. The lab pages say so; the next time comes soon.
            logger.info("%s was not tidied: %s", offer.title, error)
        except Exception:
            logger.exception("%s was not tidied", offer.title)

    async def _empty_the_idle(self, offer: Offer, engine: Outlasting) -> None:
        if not self._labs.environment.idle_remove_hours:
            return
        holding = await engine.labs_with_containers()
        for lab in await self._idle(offer.kind):
            if lab in holding:
                try:
                    await self._labs.at_rest(lab, self._take_containers)
                except EngineUnavailable:
                    raise
                except (NotThere, TapeBroken, EngineError) as error:
                    # One lab that makes trouble must not keep the disk from being looked after.
                    logger.info("lab %s: its containers stay: %s", lab, error)

    async def _idle(self, kind: str) -> list[str]:
        time = timedelta(hours=self._labs.environment.idle_remove_hours)
        return await in_database(opening.unused_for, time, kind)

    async def _take_containers(self, runner: Runner) -> None:
        if runner.lab not in await self._idle(""):
            return  # Somebody was in it meanwhile.
        hours = self._labs.environment.idle_remove_hours
        runner.take(event.LimitReached(what="idle_remove_hours", limit=hours, subject="lab"))
        for held in (await runner.engine.holdings()).containers:
            await runner.engine.remove(held.container, force=True)
