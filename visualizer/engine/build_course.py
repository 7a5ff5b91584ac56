"""The course of a build on every engine: one at a time in a lab, called off, timed, and told.

Nothing that a Dockerfile holds makes `BuildCourse.run` raise: every failure is told to the tape.
"""

import asyncio
import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from visualizer.engine.build_failures import BUILD_TIMEOUT, BuildStopped, stopped
from visualizer.engine.errors import Conflict, NotFound
from visualizer.engine.limits import Limits
from visualizer.engine.port import Emit
from visualizer.engine.request_reading import RequestReading
from visualizer.events.types import BuildCancelled, BuildFailed, Diagnosis, LimitReached

log = logging.getLogger(__name__)
Built = TypeVar("Built")


class BuildCourse(ABC, Generic[Built]):
    """Carries out one build; what it is made of, an engine says."""

    def __init__(self, request: RequestReading, limits: Limits, emit: Emit) -> None:
        self._start = request.start
        self._number = request.request.build
        self._build_limits = limits
        self._tell = emit
        self._began = time.monotonic()
        self._cancelled_for: str | None = None
        self._task: asyncio.Task[Built] | None = None

    def cancel(self, reason: str) -> None:
        """Call the build off; `run` then gives None."""
        if self._cancelled_for is None:
            self._cancelled_for = reason
            if self._task is not None:
                self._task.cancel()

    async def run(self) -> Built | None:
        """Build. All that happens is emitted but `image.built`, which is the lab's to say."""
        build, emit = self._number, self._tell
        emit(self._start())
        self._task = asyncio.create_task(self._within_time())
        if self._cancelled_for is not None:
            self._task.cancel()
        try:
            await asyncio.wait([self._task])
            return self._task.result()
        except BuildStopped as end:
            emit(BuildFailed(build=build, message=end.message, diagnosis=end.diagnosis))
        except asyncio.CancelledError:
            reason = self._cancelled_for
            emit(BuildCancelled(build=build, reason=reason or "The engine is closing."))
            if reason is None:
                self._task.cancel()
                raise
        except Exception as error:
            message, diagnosis = self._fault(error)
            emit(BuildFailed(build=build, message=message, diagnosis=diagnosis))
        return None

    async def _within_time(self) -> Built:
        limit = self._build_limits.build_seconds
        try:
            async with asyncio.timeout(limit):
                return await self._carry_out()
        except TimeoutError:
            self._limit_reached("build_seconds", limit)
            raise stopped(BUILD_TIMEOUT, limit=limit) from None

    @abstractmethod
    async def _carry_out(self) -> Built:
        """The build itself. Raises BuildStopped; anything else is a fault of the engine's."""

    @abstractmethod
    def _fault(self, error: Exception) -> tuple[str, Diagnosis]:
        """What is said of an error that is not the Dockerfile's; it is logged here."""

    @property
    def _duration_ms(self) -> int:
        return int((time.monotonic() - self._began) * 1000)

    def _limit_reached(self, what: str, limit: int) -> None:
        self._tell(LimitReached(what=what, limit=limit, subject=f"build:{self._number}"))


class OneBuild:
    """Sees that a lab builds one image at a time."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._course: BuildCourse[Any] | None = None
        self._cancelled_for: str | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    @contextlib.contextmanager
    def begun(self, number: int) -> Iterator[None]:
        """While this build is prepared, carried out and taken in. Raises Conflict."""
        if self._number is not None:
            raise Conflict("build-running", "A build runs in this lab already.")
        self._number, self._cancelled_for = number, None
        self._idle.clear()
        try:
            yield
        finally:
            self._number = self._course = None
            self._idle.set()

    @property
    def is_running(self) -> bool:
        """Whether there is one."""
        return self._number is not None

    async def run(self, course: BuildCourse[Built]) -> Built | None:
        """Carry it out, called off at once when that was asked for before."""
        self._course = course
        if self._cancelled_for is not None:
            course.cancel(self._cancelled_for)
        return await course.run()

    def cancel(self, number: int, reason: str) -> None:
        """Call a build off. Raises NotFound when it does not run."""
        if number != self._number:
            raise NotFound(
                "no-such-build",
                f"Build {number} is not running.",
                "It has ended already, or waits for its turn.",
            )
        self._cancelled_for = reason
        if self._course is not None:
            self._course.cancel(reason)

    async def stop(self, reason: str) -> None:
        """Call off whichever build runs, and wait until it is over."""
        if self._number is not None:
            self.cancel(self._number, reason)
        await self._idle.wait()
