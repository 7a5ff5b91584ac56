"""A build from its request to its image: read, planned, and BuildKit's work followed."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from visualizer.dockerfile.diagnosis import Words
from visualizer.dockerfile.failure_words import DISK
from visualizer.dockerfile.parser import parse
from visualizer.dockerfile.steps import Plan
from visualizer.engine.build_course import BuildCourse
from visualizer.engine.build_failures import STEP_TIMEOUT, BuildStopped
from visualizer.engine.docker.added_archives import check_added_archives
from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.build_layers import BuildLayers
from visualizer.engine.docker.build_reading import BuildReading
from visualizer.engine.docker.build_steps import BuildSteps
from visualizer.engine.docker.context_archive import context_archive
from visualizer.engine.docker.engine_words import shown
from visualizer.engine.docker.image_bounds import ImageBounds
from visualizer.engine.docker.images import Image, LabImages
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.docker.layer_sources import TooManyFiles
from visualizer.engine.docker.newer_syntax import needs_newer_engine
from visualizer.engine.docker.remapped_archives import remapped_archives
from visualizer.engine.docker.remapping import owner_of_context
from visualizer.engine.docker.rewriting import Rewriting
from visualizer.engine.docker.trace import read_trace
from visualizer.engine.docker.wire import Request
from visualizer.engine.docker.words import DISK_FULL, ENGINE_FAULT, ENGINE_GONE, NO_ROOM
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.port import BuildRequest
from visualizer.events.types import BuildPlanned, Diagnosis

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Built:
    """A build's result, on the engine and not yet one of the lab's images."""

    image: Image
    size: int
    duration_ms: int


class Build(BuildCourse[Built]):
    """Carries out one build."""

    def __init__(
        self, lab: LabContext, images: LabImages, request: BuildRequest, until: int | None = None
    ) -> None:
        """`until` is the step at whose end the build stops; None for all of it."""
        self._lab = lab
        self._images = images
        self._request = request
        self._reading = BuildReading(lab, images, request, until)
        self._bounds = ImageBounds(lab, request.build)
        super().__init__(self._reading.request, lab.limits, lab.emit)

    async def _carry_out(self) -> Built:
        planned = await self._reading.plan()
        self._lab.emit(BuildPlanned(build=self._request.build, steps=planned.planned()))
        self._bounds.check_plan(planned)
        files = self._reading.request.seen_files()
        await asyncio.to_thread(check_added_archives, planned, files, self._lab.limits)
        try:
            return await self._build(planned)
        except (BuildStopped, ApiError) as end:
            if _may_have_filled_the_disk(end):
                await self._lab.disk.wait_for_room()
            raise

    def _fault(self, error: Exception) -> tuple[str, Diagnosis]:
        if isinstance(error, EngineUnavailable):
            diagnosis = ENGINE_GONE.at(None)
            return diagnosis.title, diagnosis
        if isinstance(error, ApiError) and NO_ROOM in error.message:
            diagnosis = DISK_FULL.at(None)
            return diagnosis.title, diagnosis
        log.error("a build failed for a reason of the engine's own", exc_info=error)
        words = shown(error.message) if isinstance(error, ApiError) else type(error).__name__
        return words, ENGINE_FAULT.at(None, words=Words(words))

    async def _build(self, planned: Plan) -> Built:
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
        await self._bounds.check_size(inspected)
        try:
            size = await layers.tell(inspected, built, steps.was_cached)
        except TooManyFiles:
            raise await self._bounds.too_many_files() from None
        return Built(built, size, self._duration_ms)

    async def _follow(self, planned: Plan, steps: BuildSteps) -> str:
        """Let BuildKit build; the image's digest. Raises BuildStopped."""
        image = ""
        async with self._lab.api.open(await self._engine_request(planned)) as answer:
            lines = answer.json_lines()
            while (line := await self._next(lines, steps)) is not None:
                if line.get("id") == "moby.buildkit.trace":
                    steps.follow(read_trace(line["aux"]))
                elif line.get("id") == "moby.image.id":
                    image = line["aux"]["ID"]
                elif "error" in line:
                    raise await self._stopped(str(line["error"]), steps)
        if not image:
            raise await self._stopped("the engine made no image", steps)
        return image

    async def _stopped(self, words: str, steps: BuildSteps) -> BuildStopped:
        """What the engine's words mean, with which it has given up."""
        if steps.failure is not None:
            return BuildStopped(*steps.failure)
        words = shown(words)
        if NO_ROOM in words:
            return BuildStopped(words, DISK_FULL.at(None))
        version = str((await self._lab.api.info())["ServerVersion"])
        diagnosis = needs_newer_engine(words, parse(self._reading.request.source), version)
        return BuildStopped(words, diagnosis or ENGINE_FAULT.at(None, words=Words(words)))

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

    async def _engine_request(self, planned: Plan) -> Request:
        request, names = self._request, self._lab.names
        rewriting = Rewriting(
            self._reading.tags, request.dockerfile_path, self._reading.request.escape
        )
        text = rewriting.apply(self._reading.request.source, planned)
        files = self._reading.request.seen_files()
        owner = owner_of_context(await self._lab.api.info())
        archive = context_archive(
            files,
            (request.dockerfile_path, text),
            with_copy=rewriting.needs_copy,
            owner=owner,
            instead=await asyncio.to_thread(remapped_archives, planned, files, owner),
        )
        query = {
            "version": "2",
            "networkmode": "none",
            "dockerfile": request.dockerfile_path,
            "t": names.building,
            "buildargs": json.dumps(_engine_args(request.args, names.root)),
            "labels": json.dumps(names.labels),
        }
        if request.target:
            query["target"] = request.target
        if request.no_cache:
            query["nocache"] = "1"
        return Request("POST", "/build", query, archive, "application/x-tar")


def _engine_args(args: Mapping[str, str], cache_namespace: str) -> dict[str, str]:
    """A build's arguments without those that BuildKit itself listens to, such as another frontend.

    Cache mounts are the engine's, under the name that a Dockerfile gives them: hence a namespace.
    """
    own = {name: value for name, value in args.items() if not name.startswith("BUILDKIT_")}
    return {**own, "BUILDKIT_CACHE_MOUNT_NS": cache_namespace}


def _may_have_filled_the_disk(end: BuildStopped | ApiError) -> bool:
    # A step that was cut off may have been about to.
    codes = (DISK.code, DISK_FULL.code, STEP_TIMEOUT.code)
    if isinstance(end, BuildStopped) and end.diagnosis is not None and end.diagnosis.code in codes:
        return True
    return NO_ROOM in end.message
