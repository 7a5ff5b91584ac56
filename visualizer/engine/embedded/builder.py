"""A build from its request to its image: read, plan, the needed stages side by side, the result.

What the engine itself did wrong is logged, and told as that.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from visualizer.dockerfile.failures import diagnose_failure
from visualizer.dockerfile.steps import Plan, Step
from visualizer.engine.build_course import BuildCourse
from visualizer.engine.build_failures import BuildStopped
from visualizer.engine.embedded.building.context import BuildContext
from visualizer.engine.embedded.building.failures import (
    ENGINE_FAULT,
    StepFailure,
    with_lines,
)
from visualizer.engine.embedded.building.stage_state import StageState
from visualizer.engine.embedded.building.step_events import StepEvents
from visualizer.engine.embedded.building.steps import START, StepExecutor
from visualizer.engine.embedded.image import Image, document, from_document
from visualizer.events.types import BuildPlanned, Diagnosis

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Built:
    """A build's result, in the store and not yet in the lab."""

    image: Image
    size: int
    duration_ms: int


class Builder(BuildCourse[Built]):
    """Carries out one build."""

    def __init__(self, context: BuildContext) -> None:
        super().__init__(context.reading, context.limits, context.emit)
        self._context = context

    async def _carry_out(self) -> Built:
        context = self._context
        planned = await context.services.in_thread(self._plan)
        context.emit(BuildPlanned(build=context.build, steps=planned.planned()))
        await self._stages(planned)
        return await self._finish(planned)

    def _fault(self, error: Exception) -> tuple[str, Diagnosis]:
        log.error("a build failed for a reason of the engine's own", exc_info=error)
        diagnosis = ENGINE_FAULT.at(None)
        return diagnosis.title, diagnosis

    def _plan(self) -> Plan:
        context = self._context
        names = context.services.bases.catalogue.names()
        return context.reading.plan(context.images.base, names)

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

    # The result

    async def _finish(self, planned: Plan) -> Built:
        state = await self._context.stages[planned.target_stage]
        config: Mapping[str, Any] = state.config
        content = document(config, state.stack.digests, state.history)
        image = await self._context.services.in_thread(self._put, content)
        return Built(image, state.stack.size, self._duration_ms)

    def _put(self, content: bytes) -> Image:
        store = self._context.services.store
        digest = store.put_config(content)
        return from_document(digest, store.config(digest))
