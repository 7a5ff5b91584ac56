"""A build from its request to its image: read, planned, and BuildKit's work followed.

Nothing that a Dockerfile holds makes `run` raise: every failure is told to the tape.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from visualizer.dockerfile.steps import Plan
from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.build_layers import BuildLayers
from visualizer.engine.docker.build_reading import BuildReading, BuildStopped
from visualizer.engine.docker.build_steps import BuildSteps
from visualizer.engine.docker.context_archive import context_archive
from visualizer.engine.docker.images import Image, LabImages
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.docker.rewriting import Rewriting
from visualizer.engine.docker.trace import read_trace
from visualizer.engine.docker.wire import Request
from visualizer.engine.docker.words import ENGINE_FAULT, ENGINE_GONE, shown
from visualizer.engine.embedded.building.failures import BUILD_TIMEOUT, STEP_TIMEOUT
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.port import BuildRequest
from visualizer.events.types import (
    BuildCancelled,
    BuildFailed,
    BuildPlanned,
    LimitReached,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Built:
    """A build's result, on the engine and not yet one of the lab's images."""

    image: Image
    size: int
    duration_ms: int


class Build:
    """Carries out one build."""

    def __init__(self, lab: LabContext, images: LabImages, request: BuildRequest) -> None:
        self._lab = lab
        self._images = images
        self._request = request
        self._reading = BuildReading(lab, images, request)
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
        build, emit = self._request.build, self._lab.emit
        self._task = asyncio.create_task(self._build())
        if self._cancelled_for is not None:
            self._task.cancel()
        try:
            await asyncio.wait([self._task])
            return self._task.result()
        except BuildStopped as stopped:
            emit(BuildFailed(build=build, message=stopped.message, diagnosis=stopped.diagnosis))
        except asyncio.CancelledError:
            reason = self._cancelled_for
            emit(BuildCancelled(build=build, reason=reason or "The engine is closing."))
            if reason is None:
                self._task.cancel()
                raise
        except EngineUnavailable:
            diagnosis = ENGINE_GONE.at(None)
            emit(BuildFailed(build=build, message=diagnosis.title, diagnosis=diagnosis))
        except Exception as error:
            log.exception("a build failed for a reason of the engine's own")
            words = shown(error.message) if isinstance(error, ApiError) else type(error).__name__
            diagnosis = ENGINE_FAULT.at(None, words=words)
            emit(BuildFailed(build=build, message=words, diagnosis=diagnosis))
        return None

    async def _build(self) -> Built:
        limit = self._lab.limits.build_seconds
        try:
            async with asyncio.timeout(limit):
                self._reading.tell_start()
                planned = await self._reading.plan()
                event = BuildPlanned(build=self._request.build, steps=planned.planned())
                self._lab.emit(event)
                return await self._carry_out(planned)
        except TimeoutError:
            self._limit_reached("build_seconds", limit)
            diagnosis = BUILD_TIMEOUT.at(None, limit=limit)
            raise BuildStopped(diagnosis.title, diagnosis) from None

    async def _carry_out(self, planned: Plan) -> Built:
        lab, request = self._lab, self._request
        known: set[str] = set()
        steps = BuildSteps(request.build, planned, lab.limits, lab.emit, known.__contains__)
        if not request.no_cache:
            known |= await lab.layers.known_steps(lab.names.root, steps.config_keys())
        layers = BuildLayers(request.build, planned, lab, self._reading.used)
        await layers.prepare()
        steps.begin(layers.tell_base)
        try:
            image = await self._follow(planned, steps)
            steps.end()
        finally:
            await lab.layers.put_steps(lab.names.root, steps.done_config_steps())
        inspected = await lab.api.get(f"/images/{image}/json")
        built = self._images.view(inspected)
        size = await layers.tell(inspected, built, steps.was_cached)
        return Built(built, size, int((time.monotonic() - self._began) * 1000))

    async def _follow(self, planned: Plan, steps: BuildSteps) -> str:
        """Let BuildKit build; the image's digest. Raises BuildStopped."""
        image = ""
        async with self._lab.api.open(self._engine_request(planned)) as answer:
            lines = answer.json_lines()
            while (line := await self._next(lines, steps)) is not None:
                if line.get("id") == "moby.buildkit.trace":
                    steps.follow(read_trace(line["aux"]))
                elif line.get("id") == "moby.image.id":
                    image = line["aux"]["ID"]
                elif "error" in line:
                    raise _stopped(str(line["error"]), steps)
        if not image:
            raise _stopped("the engine made no image", steps)
        return image

    async def _next(
        self, lines: AsyncIterator[dict[str, Any]], steps: BuildSteps
    ) -> dict[str, Any] | None:
        """The engine's next line, None at the end. Raises BuildStopped when a step is too slow."""
        limit = self._lab.limits.step_seconds
        running = steps.running()
        first = min((state.began for state in running), default=None)
        left = None if first is None else max(0.0, first + limit - time.monotonic())
        try:
            async with asyncio.timeout(left):
                return await anext(lines, None)
        except TimeoutError:
            slow = min(running, key=lambda state: state.began)
        slow.limit("step_seconds", limit)
        diagnosis = STEP_TIMEOUT.at(slow.step, limit=limit)
        slow.failed(diagnosis.title, None, diagnosis)
        raise BuildStopped(diagnosis.title, diagnosis)

    def _engine_request(self, planned: Plan) -> Request:
        request, names = self._request, self._lab.names
        rewriting = Rewriting(self._reading.tags, request.dockerfile_path, self._reading.escape)
        text = rewriting.apply(self._reading.source, planned)
        archive = context_archive(
            self._reading.seen_files(),
            (request.dockerfile_path, text),
            with_copy=rewriting.needs_copy,
        )
        query = {
            "version": "2",
            "networkmode": "none",
            "dockerfile": request.dockerfile_path,
            "t": names.building,
            # Cache mounts are the engine's, under the name that a Dockerfile gives them.
            "buildargs": json.dumps({**request.args, "BUILDKIT_CACHE_MOUNT_NS": names.root}),
        }
        if request.target:
            query["target"] = request.target
        if request.no_cache:
            query["nocache"] = "1"
        return Request("POST", "/build", query, archive, "application/x-tar")

    def _limit_reached(self, what: str, limit: int) -> None:
        subject = f"build:{self._request.build}"
        self._lab.emit(LimitReached(what=what, limit=limit, subject=subject))


def _stopped(words: str, steps: BuildSteps) -> BuildStopped:
    if steps.failure is not None:
        return BuildStopped(*steps.failure)
    words = shown(words)
    return BuildStopped(words, ENGINE_FAULT.at(None, words=words))
