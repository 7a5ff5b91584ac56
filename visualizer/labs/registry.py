"""The labs that are at work in this process: one runner each, opened once, on its own engine."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from weakref import WeakValueDictionary

from visualizer.engine.errors import EngineError, EngineUnavailable
from visualizer.engine.limits import Limits
from visualizer.environment import Environment
from visualizer.labs import handing_over, opening
from visualizer.labs.announcements import Listeners, announce
from visualizer.labs.builds import BuildQueue
from visualizer.labs.database import in_database
from visualizer.labs.diagnosing import Desk
from visualizer.labs.engines import Engines
from visualizer.labs.errors import NotThere, TooMuch, no_such_lab
from visualizer.labs.housekeeping import Housekeeping
from visualizer.labs.rates import Buckets
from visualizer.labs.runner import Runner
from visualizer.labs.tape import TapeBroken
from visualizer.labs.xray import Xrays
from visualizer.labs.xray_ahead import Ahead

logger = logging.getLogger(__name__)

IDLE = (
    "Nobody was in this lab for a while, so the engine let go of it: what ran was stopped. "
    "Images and stopped containers were kept."
)
SITE_STOPPED = (
    "The site was stopped, so everything that ran in this lab stopped with it. "
    "Images and stopped containers were kept."
)


class Registry:
    """The site at work: the engines, the runners, who watches. Used on one event loop."""

    def __init__(
        self,
        engines: Engines,
        environment: Environment,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.engines = engines
        self.environment = environment
        self.limits = limits or Limits()
        self.builds = {offer.kind: BuildQueue(offer.builds) for offer in engines.offers}
        """A queue for each kind of engine."""
        self.listeners = Listeners()
        self.labs_opened = Buckets(environment.labs_per_minute)
        self.diagnoses = Buckets(environment.diagnoses_per_minute)
        self.recordings_made = Buckets(environment.recordings_per_minute)
        self.desk = Desk()
        self.xrays = Xrays()
        self.ahead = Ahead(self.xrays)
        self._clock = clock
        self._runners: dict[str, Runner] = {}
        # A lock lives as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._watching: Counter[str] = Counter()
        self._addresses: Counter[str] = Counter()
        self._left_at: dict[str, float] = {}
        self._visited: set[str] = set()
        """Labs at work that somebody has watched."""
        self.housekeeping = Housekeeping(self, lambda: self._clock())
        self._closing = False

    def start(self) -> None:
        """Begin to look after the labs: park the idle, delete the old. Calling it again is fine."""
        self.housekeeping.start()

    async def runner(self, lab: str) -> Runner:
        """The lab at work, opened when it is not. Raises NotThere, EngineError, TapeBroken."""
        self.start()
        async with self._lock(lab):
            runner = self._runners.get(lab)
            if runner is not None and runner.tape.broken:
                await self._park(runner, SITE_STOPPED)
                runner = None
            if runner is None:
                runner = await self._open(lab)
            self._left_at[lab] = self._clock()
            return runner

    def running(self, lab: str) -> Runner | None:
        """The lab's runner if it is at work already."""
        return self._runners.get(lab)

    def __len__(self) -> int:
        return len(self._runners)

    # Who watches

    def enter(self, lab: str, address: str, owns: bool = False) -> None:
        """A socket was opened. Raises TooMuch when the lab or the address has too many."""
        # Whoever has the address may watch; that must not keep the owner out.
        if not owns and self._watching[lab] >= self.environment.watchers_per_lab:
            raise _too_many_sockets("This lab is watched by as many as it can take.")
        if self._addresses[address] >= self.environment.sockets_per_address:
            raise _too_many_sockets("Too many pages are open from your address.")
        self._watching[lab] += 1
        self._visited.add(lab)
        self._addresses[address] += 1

    def leave(self, lab: str, address: str) -> None:
        """A socket that had entered was closed."""
        for counter, name in ((self._watching, lab), (self._addresses, address)):
            counter[name] -= 1
            if counter[name] <= 0:
                del counter[name]
        if lab in self._runners:
            self._left_at[lab] = self._clock()
        elif lab not in self._watching:
            self._visited.discard(lab)

    async def hand_over(self, lab: str, before: str, own: str) -> None:
        """Make `before`'s lab `own`'s, by their names; who has it open as `before` hears of it.

        Raises NotThere, NotAllowed, TooMuch.
        """
        most = self.environment.labs_per_owner
        async with self._lock(lab):
            holder = await in_database(handing_over.hand_over, lab, before, own, most)
            runner = self._runners.get(lab)
            if runner is not None:
                runner.owner_hash = holder
        await announce(lab, 0)

    # Letting go

    async def park_idle(self) -> None:
        """Park every lab that nobody has watched for the idle time."""
        for lab in list(self._runners):
            async with self._lock(lab):
                runner = self._runners.get(lab)
                if runner is not None and self._is_idle(lab):
                    await self._park(runner, IDLE)

    async def sweep(self) -> int:
        """Delete the labs that nobody has opened for the days that labs are kept; how many."""
        count = 0
        old = timedelta(days=self.environment.keep_days)
        for lab in await in_database(opening.unused_for, old):
            async with self._lock(lab):
                if lab in self._runners or self._watching[lab]:
                    continue
                with suppress(NotThere):  # Its owner was faster.
                    await self._delete(lab, None)
                    count += 1
        return count

    async def at_rest(self, lab: str, work: Callable[[Runner], Awaitable[None]]) -> bool:
        """Do something to a lab that nobody is in, and leave it parked; False when somebody is.

        Raises NotThere, EngineError, TapeBroken.
        """
        async with self._lock(lab):
            if lab in self._runners or self._watching[lab]:
                return False
            runner = await self._open(lab)
            try:
                await work(runner)
            finally:
                await self._park(runner, IDLE)
            return True

    async def delete(self, lab: str) -> None:
        """Forget the lab now, whoever watches it. Raises NotThere, EngineError."""
        async with self._lock(lab):
            await self._delete(lab, self._runners.pop(lab, None))

    async def close(self) -> None:
        """Park every lab, then the engine. The end of the site."""
        self._closing = True
        await self.housekeeping.stop()
        await self.ahead.stop()
        # Those that are locked are being opened, or parked, right now.
        await asyncio.gather(*(self._close(lab) for lab in {*self._runners, *self._locks}))
        await asyncio.gather(*(offer.engine.close() for offer in self.engines.offers))

    async def _close(self, lab: str) -> None:
        async with self._lock(lab):
            runner = self._runners.get(lab)
            if runner is not None:
                await self._park(runner, SITE_STOPPED)

    async def _open(self, lab: str) -> Runner:
        if self._closing:
            raise EngineUnavailable(
                "site-stopping",
                "The site is being stopped.",
                "It does not take anything new while it puts everything away.",
                "Load the page again in a minute.",
            )
        record = await in_database(opening.load, lab)
        if record is None:
            raise no_such_lab()
        offer = self.engines.of_lab(record.engine)
        runner = Runner(record, self.limits, self.builds[offer.kind], self.environment)
        try:
            await runner.open(offer.engine)
        except BaseException:
            await runner.tape.close()
            raise
        runner.image_made = partial(self.ahead.soon, lab, runner.engine)
        self._runners[lab] = runner
        return runner

    async def _delete(self, lab: str, runner: Runner | None) -> None:
        with suppress(EngineError, TapeBroken):
            # The engine may keep layers of a lab that is not at work; opening it finds them.
            opened = runner or await self._open(lab)
            self._runners.pop(lab, None)
            await self.ahead.forget(lab)
            await opened.destroy()
        self._left_at.pop(lab, None)
        await in_database(opening.delete, lab)

    async def _park(self, runner: Runner, message: str) -> None:
        self._runners.pop(runner.lab, None)
        self._left_at.pop(runner.lab, None)
        visited = runner.lab in self._visited
        self._visited.discard(runner.lab)
        await self.ahead.forget(runner.lab)
        try:
            await runner.park(message)
            if visited:
                await in_database(opening.seen, runner.lab)
        except Exception:
            logger.exception("lab %s was not parked in order", runner.lab)

    def _is_idle(self, lab: str) -> bool:
        away = self._clock() - self._left_at.get(lab, 0.0)
        return not self._watching[lab] and away >= self.environment.idle_seconds

    def _lock(self, lab: str) -> asyncio.Lock:
        lock = self._locks.get(lab)
        if lock is None:
            lock = self._locks[lab] = asyncio.Lock()
        return lock


def _too_many_sockets(title: str) -> TooMuch:
    return TooMuch(
        "too-many-watchers",
        title,
        "Every open page costs the site a little, so there is a limit.",
        "Close a page that shows a lab, then load this one again.",
    )
