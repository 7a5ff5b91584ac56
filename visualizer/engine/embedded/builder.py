"""A build from its request to its image: read, plan, the needed stages side by side, the result.

Nothing that a Dockerfile holds makes `run` raise: every failure is told to the tape, with a
diagnosis. What the engine itself did wrong is logged, and told as that.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from visualizer.dockerfile.diagnosis import Message, Problem
from visualizer.dockerfile.failures import diagnose_failure
from visualizer.dockerfile.parser import parse
from visualizer.dockerfile.plan import plan
from visualizer.dockerfile.policy import check_policy
from visualizer.dockerfile.steps import Plan, Step
from visualizer.engine.embedded.building.context import BuildContext
from visualizer.engine.embedded.building.failures import (
    ENGINE_FAULT,
    INVALID_TAG,
    NO_DOCKERFILE,
    StepFailure,
    limit_failure,
    whole_build,
    with_lines,
)
from visualizer.engine.embedded.building.stage_state import StageState
from visualizer.engine.embedded.building.step_events import StepEvents
from visualizer.engine.embedded.building.steps import START, StepExecutor
from visualizer.engine.embedded.image import Image, document, from_document
from visualizer.engine.embedded.references import full_tag
from visualizer.engine.errors import Refused
from visualizer.events.types import (
    BuildCancelled,
    BuildFailed,
    BuildPlanned,
    BuildStarted,
    Diagnosis,
    LimitReached,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Built:
    """A build's result, in the store and not yet in the lab."""

    image: Image
    size: int
    duration_ms: int


class BuildStopped(Exception):
    """A build that failed; the tape's words for it."""

    def __init__(self, message: str, diagnosis: Diagnosis | None) -> None:
        super().__init__(message)
        self.message = message
        self.diagnosis = diagnosis


class Builder:
    """Carries out one build."""

    def __init__(self, context: BuildContext) -> None:
        self._context = context
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
        build, emit = self._context.build, self._context.emit
        self._tell_start()
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
        except Exception:
            log.exception("a build failed for a reason of the engine's own")
            diagnosis = ENGINE_FAULT.at(None)
            emit(BuildFailed(build=build, message=diagnosis.title, diagnosis=diagnosis))
        return None

    async def _build(self) -> Built:
        limit = self._context.limits.build_seconds
        try:
            async with asyncio.timeout(limit):
                planned = await self._context.services.in_thread(self._plan)
                self._tell_plan(planned)
                await self._stages(planned)
                return await self._finish(planned)
        except TimeoutError:
            stopped = limit_failure("build_seconds", limit, whole_build())
            self._limit_reached("build_seconds", limit)
            raise BuildStopped(stopped.message, stopped.diagnosis) from None

    # Reading

    def _tell_start(self) -> None:
        request = self._context.request
        dockerfile = self._dockerfile()
        self._context.emit(
            BuildStarted(
                build=request.build,
                tag=request.tag,
                dockerfile=(dockerfile or b"").decode("utf-8", "replace"),
                files=self._context.files.entries(),
                args=dict(request.args),
                target=request.target,
                no_cache=request.no_cache,
            )
        )

    def _dockerfile(self) -> bytes | None:
        request = self._context.request
        for file in request.files:
            if file.path == request.dockerfile_path:
                return file.content
        return None

    def _plan(self) -> Plan:
        """Read the Dockerfile. Blocking. Raises BuildStopped."""
        source, context = self._dockerfile(), self._context
        try:
            full_tag(context.request.tag)
        except Refused:
            raise _stopped(INVALID_TAG, tag=context.request.tag) from None
        if source is None:
            raise _stopped(NO_DOCKERFILE, path=context.request.dockerfile_path)
        for diagnosis in check_policy(source, context.files):
            if diagnosis.severity == "error":
                raise BuildStopped(diagnosis.title, diagnosis)
        try:
            return plan(
                parse(source),
                context=context.files,
                bases=context.images.base,
                args=context.request.args,
                target=context.request.target,
                catalogue=context.services.bases.catalogue.names(),
            )
        except Problem as problem:
            raise BuildStopped(problem.diagnosis.title, problem.diagnosis) from None

    def _tell_plan(self, planned: Plan) -> None:
        self._context.emit(BuildPlanned(build=self._context.build, steps=planned.planned()))

    # Doing

    async def _stages(self, planned: Plan) -> None:
        """Build the needed stages, side by side where they do not need each other."""
        loop = asyncio.get_running_loop()
        needed = [stage for stage in planned.stages if stage.needed]
        self._context.stages.update({stage.number: loop.create_future() for stage in needed})
        tasks = [
            asyncio.create_task(self._stage(stage.number, [planned.step(n) for n in stage.steps]))
            for stage in needed
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _stage(self, number: int, steps: list[Step]) -> None:
        executor = StepExecutor(self._context)
        state = START
        for step in steps:
            state = await self._step(executor, step, state)
        self._context.stages[number].set_result(state)

    async def _step(self, executor: StepExecutor, step: Step, state: StageState) -> StageState:
        events = StepEvents(self._context.build, step, self._context.emit)
        try:
            # Between steps others get their turn, and a call to cancel is heard.
            await asyncio.sleep(0)
            return await executor.execute(step, state, events)
        except StepFailure as failure:
            if failure.limit is not None:
                events.limit(*failure.limit)
            diagnosis = failure.diagnosis or self._diagnosis(step, failure, events.tail)
            events.failed(failure.message, failure.exit_code, diagnosis)
            raise BuildStopped(failure.message, diagnosis) from None
        except Exception as error:
            log.exception("step %s failed for a reason of the engine's own", step.step)
            diagnosis = with_lines(ENGINE_FAULT.at(None), step)
            events.failed(diagnosis.title, None, diagnosis)
            raise BuildStopped(diagnosis.title, diagnosis) from error

    def _diagnosis(self, step: Step, failure: StepFailure, tail: str) -> Diagnosis | None:
        return diagnose_failure(step, failure.exit_code, tail, simulated=True)

    def _limit_reached(self, what: str, limit: int) -> None:
        subject = f"build:{self._context.build}"
        self._context.emit(LimitReached(what=what, limit=limit, subject=subject))

    # The result

    async def _finish(self, planned: Plan) -> Built:
        state = await self._context.stages[planned.target_stage]
        config: Mapping[str, Any] = state.config
        content = document(config, state.stack.digests, state.history)
        image = await self._context.services.in_thread(self._put, content)
        duration_ms = int((time.monotonic() - self._began) * 1000)
        return Built(image, state.stack.size, duration_ms)

    def _put(self, content: bytes) -> Image:
        store = self._context.services.store
        digest = store.put_config(content)
        return from_document(digest, store.config(digest))


def _stopped(words: Message, **values: object) -> BuildStopped:
    diagnosis = words.at(whole_build(), None, None, **values)
    return BuildStopped(diagnosis.title, diagnosis)
