"""One lab at work: its engine, its tape, and the way of events from the one to the other.

A runner lives on the site's event loop. Engines may emit from any thread.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from visualizer.engine import registry_words
from visualizer.engine.errors import EngineError
from visualizer.engine.limits import Limits
from visualizer.engine.port import BuildRequest, Engine, LabEngine
from visualizer.environment import Environment
from visualizer.events import codec
from visualizer.events import types as event
from visualizer.events.types import AnyEvent
from visualizer.labs import journal, reconcile
from visualizer.labs.belief import FOLDED, Belief
from visualizer.labs.builds import UNTOLD, BuildQueue, Ticket
from visualizer.labs.database import in_database
from visualizer.labs.errors import NotThere, TooMuch
from visualizer.labs.intake import Intake
from visualizer.labs.kept_files import Bounds
from visualizer.labs.opening import LabRecord
from visualizer.labs.output import OUTPUT, OutputGate
from visualizer.labs.rates import Bucket
from visualizer.labs.tape import Position, TapeBroken, TapeWriter

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAKES_AN_IMAGE = (event.ImageBuilt, event.ImageCommitted, event.ImagePulled)

PARK_SECONDS = 20.0
LAB_COMMANDS_PER_SECOND = 200.0
"""Over all sockets of a lab; one socket's own limit is far below."""
DROPPED_WHEN_FULL = (
    *OUTPUT,
    event.ContainerChanged,
    event.ContainerMeasured,
    event.TransferProgressed,
)


class Runner:
    """Owns one lab's engine and is the only writer of its tape."""

    engine: LabEngine

    def __init__(
        self, record: LabRecord, limits: Limits, builds: BuildQueue, environment: Environment
    ) -> None:
        self.lab = record.lab
        self.owner_hash = record.owner_hash
        self.limits = limits
        self.belief = Belief()
        self.files_lock = asyncio.Lock()
        """Held while the lab's files are saved, so that they are kept in the order of asking."""
        self.counted_lock = asyncio.Lock()
        """Held while an exec or an image is added, so that two at once are counted one by one."""
        self.entering_lock = asyncio.Lock()
        """Held while a step is entered: its image must not go before its container is there."""
        self._transferring = asyncio.Lock()
        self.bucket = Bucket(LAB_COMMANDS_PER_SECOND, 2 * LAB_COMMANDS_PER_SECOND)
        self.tape = TapeWriter(
            record.lab, Position(record.next_seq, record.at_ms, record.tape_bytes)
        )
        self._opened_at = record.opened_at.timestamp()
        self._builds = builds
        self._environment = environment
        self.kept_bounds = Bounds(environment.kept_files, environment.kept_bytes)
        self.image_made: Callable[[str], object] = lambda image: None
        """Called with each image that is new, once it is on the tape's way."""
        self._intake = Intake(OutputGate(limits), self._now_ms, self._write)
        self._unknown: set[str] = set()
        self._work: set[asyncio.Task[Any]] = set()
        self._next_build = 1
        self._full = False

    # Opening and parking

    async def open(self, engine: Engine) -> None:
        """Fold the tape, open the lab on the engine, and make the two agree."""
        await self._fold_tape()
        self.engine = await engine.open_lab(self.lab, self.emit, self.limits)
        try:
            if not self.belief.opened:
                info = await engine.info()
                self.take(event.LabOpened(engine=info, limits=self._all_limits(info)))
            await self._reconcile()
            await self.settled()
        except BaseException:
            await self.engine.park()
            raise

    async def park(self, message: str) -> None:
        """Let the engine go of the lab, and say on the tape what that ended. Ends the runner."""
        if not self.belief.is_quiet():
            self.take(event.EngineLost(message=message))
        await self._end_builds(message)
        try:
            async with asyncio.timeout(PARK_SECONDS):
                await self.engine.park()
        except Exception:
            logger.exception("lab %s: the engine did not park it", self.lab)
        self._intake.drain()
        for fact in reconcile.ended(self.belief, message):
            self.take(fact)
        await self._finish()

    async def destroy(self) -> None:
        """Forget the lab on the engine; its rows are the caller's to delete."""
        await self._end_builds("The lab was deleted.")
        await self.engine.destroy()
        await self._finish()

    def _all_limits(self, engine: event.EngineInfo) -> dict[str, int]:
        of_site = ["tape_events", "tape_bytes"]
        if engine.kind == "docker":
            of_site.append("idle_remove_hours")
        return self.limits.as_dict() | {what: getattr(self._environment, what) for what in of_site}

    async def _finish(self) -> None:
        self._intake.close()
        await self.tape.close()

    async def _fold_tape(self) -> None:
        after = 0
        while page := await in_database(journal.read_types, self.lab, FOLDED, after):
            for entry in page:
                self.belief.fold(codec.decode(entry.body))
            after = page[-1].seq
        self._next_build = self.belief.last_build + 1

    async def _reconcile(self) -> None:
        found = reconcile.corrections(self.belief, await self.engine.holdings())
        self._unknown.update(found.strange_containers, found.strange_images)
        for container in found.strange_containers:
            await self._discard(self.engine.remove(container, force=True))
        for image in found.strange_images:
            await self._discard(self.engine.remove_image(image, force=True))
        for fact in found.facts:
            self.take(fact)
        for container in found.changed:
            changes = list(await self.engine.changes(container))
            size = sum(change.size for change in changes)
            self.take(
                event.ContainerChanged(container=container, changes=changes, writable_size=size)
            )

    async def _discard(self, removal: Awaitable[None]) -> None:
        try:
            await removal
        except EngineError as error:
            logger.warning("lab %s: left behind on the engine: %s", self.lab, error)

    # Events

    def emit(self, fact: AnyEvent) -> None:
        """Take an event from any thread, at once. The engine's way to the tape."""
        self._intake.emit(fact)

    def take(self, fact: AnyEvent) -> None:
        """Put an event on the tape, after all that came before it. On the loop only."""
        self._intake.take(fact)

    async def settled(self) -> int:
        """Wait until everything that has happened is on the tape; the last number."""
        self._intake.flush()
        return await self.tape.settled()

    def _write(self, fact: AnyEvent) -> None:
        if self._is_unknown(fact):
            return
        self._note_when_full()
        if self._full and isinstance(fact, DROPPED_WHEN_FULL):
            return
        self.belief.fold(self.tape.add(fact))
        if isinstance(fact, MAKES_AN_IMAGE):
            self.image_made(fact.image)

    def _note_when_full(self) -> None:
        """A tape that is full takes no more output; how things end is still written."""
        for what, size in (("tape_events", self.tape.events), ("tape_bytes", self.tape.bytes)):
            limit = getattr(self._environment, what)
            if size >= limit and not self._full:
                self._full = True
                self.tape.add(event.LimitReached(what=what, limit=limit, subject="lab"))

    def _is_unknown(self, fact: AnyEvent) -> bool:
        if isinstance(fact, MAKES_AN_IMAGE):
            # The very image that was discarded may be made anew: the same content, the same digest.
            self._unknown.discard(fact.image)
        about = {getattr(fact, "container", None), getattr(fact, "image", None)}
        return not self._unknown.isdisjoint(about)

    def _now_ms(self) -> int:
        return max(0, int((time.time() - self._opened_at) * 1000))

    # Commands

    def check_room(self) -> None:
        """Raises TooMuch when the tape is full, TapeBroken when it cannot be written."""
        if self.tape.broken:
            raise TapeBroken
        self._note_when_full()
        if self._full:
            raise TooMuch(
                "tape-full",
                "This lab has recorded as much as it can.",
                f"A lab keeps at most {self._environment.tape_events:,} events and "
                f"{self._environment.tape_bytes // 1024**2} MiB of them. They all stay.",
                "Open a new lab to go on; copy your files over.",
            )

    def queue_build(self, request: BuildRequest) -> int:
        """Have it built when its turn comes; the build's number. Raises TooMuch."""
        self._builds.check(self.lab)
        build = self._next_build
        self._next_build += 1
        self.belief.builds.add(build)
        numbered = BuildRequest(**{**vars(request), "build": build})
        self._builds.add(
            Ticket(
                self.lab,
                build,
                work=lambda: self._build(numbered),
                moved=lambda position: self.take(event.BuildQueued(build=build, position=position)),
            )
        )
        return build

    async def in_turn(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do what costs as much as a build, when its turn comes. Raises what it raises."""
        self._builds.check(self.lab)
        return await self._builds.in_turn(self.lab, work)

    async def see_through(self, work: Coroutine[Any, Any, T]) -> T:
        """Await this; it goes on to its end even when the one who waits goes away."""
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work_done)
        return await asyncio.shield(task)

    def _work_done(self, task: "asyncio.Task[Any]") -> None:
        self._work.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.debug("lab %s: a command was not carried out: %r", self.lab, task.exception())

    async def transfer(self, direction: event.Direction, reference: str) -> int:
        """Push or pull; its number, once the tape says how it ended. Raises EngineError."""
        if self._transferring.locked():
            raise registry_words.transfer_running()
        async with self._transferring:
            number = self.belief.last_transfer + 1
            carry_out = self.engine.push if direction == "push" else self.engine.pull
            try:
                await carry_out(number, reference)
            finally:
                self._intake.drain()
                if number in self.belief.transfers:
                    failure = "The engine ended this without saying how."
                    self.take(event.TransferFailed(transfer=number, message=failure))
        return number

    async def cancel_build(self, build: int, reason: str = "You called it off.") -> None:
        """Call a build off, whether it waits or runs. Raises NotThere."""
        if self._builds.withdraw(self.lab, build):
            if build != UNTOLD:
                self.take(event.BuildCancelled(build=build, reason=reason))
            return
        running = self._builds.running(self.lab)
        if running is None or running.build != build:
            raise NotThere(
                "no-such-build",
                f"Build {build} is not running.",
                "It has ended already, or there never was one with this number.",
                "Look at the steps to see how it ended.",
            )
        await self.engine.cancel_build(build)

    async def _build(self, request: BuildRequest) -> None:
        failure = "The engine ended this build without saying how."
        try:
            await self.engine.build(request)
        except EngineError as error:
            failure = " ".join(filter(None, [str(error), error.why, error.try_]))
        except Exception:
            logger.exception("lab %s: build %d", self.lab, request.build)
            failure = "Something went wrong in the site itself. It has been written to the log."
        self._intake.drain()
        if request.build in self.belief.builds:
            self.take(event.BuildFailed(build=request.build, message=failure))

    async def _end_builds(self, reason: str) -> None:
        for ticket in reversed(self._builds.waiting(self.lab)):
            await self.cancel_build(ticket.build, reason)
        running = self._builds.running(self.lab)
        if running is None or running.task is None:
            return
        try:
            async with asyncio.timeout(PARK_SECONDS):
                await self.engine.cancel_build(running.build)
                await asyncio.shield(running.task)
        except (EngineError, TimeoutError):
            running.task.cancel()
            await asyncio.gather(running.task, return_exceptions=True)
