"""A build's steps in the order in which they are told: the engine's vertices, and between them the
steps that only change the config, for which the engine has no vertex."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from visualizer.dockerfile import apply_config, changed_field, diagnose_failure
from visualizer.dockerfile.operations import Arg, Copy, From, Run, Workdir
from visualizer.dockerfile.steps import Plan, Stage, Step, Unresolved
from visualizer.engine.docker.engine_words import shown
from visualizer.engine.docker.step_state import StepState
from visualizer.engine.docker.trace import Log, Trace, Vertex
from visualizer.engine.docker.vertices import Vertices
from visualizer.engine.docker.words import diagnose_copy, exit_code_of
from visualizer.engine.limits import Limits
from visualizer.engine.port import Emit
from visualizer.events.types import ConfigChanged, Diagnosis


class BuildSteps:
    """Turns BuildKit's trace into the events of the plan's steps."""

    def __init__(
        self,
        build: int,
        planned: Plan,
        limits: Limits,
        emit: Emit,
        known: Callable[[str], bool],
    ) -> None:
        """`known` says whether the lab has done a config step before, by its key."""
        self._build = build
        self._plan = planned
        self._emit = emit
        self._known = known
        self._vertices = Vertices(planned)
        self._of_vertex: dict[str, StepState] = {}
        self._stages = [stage for stage in planned.stages if stage.needed]
        self._states = {
            number: StepState(build, planned.step(number), limits, emit)
            for stage in self._stages
            for number in stage.steps
        }
        self._keys = {
            number: key for stage in self._stages for number, key in _keys(planned, stage)
        }
        self._configs: dict[int, Mapping[str, Any]] = {}
        self.failure: tuple[str, Diagnosis | None] | None = None
        """The message and diagnosis of the step that failed."""

    def begin(self, tell_base: Callable[[Stage], None]) -> None:
        """Tell all FROMs: what is begun with is there already, nothing is pulled."""
        for stage in self._stages:
            self._state(stage.steps[0]).cached()
            tell_base(stage)
            self._advance(stage)

    def follow(self, trace: Trace) -> None:
        """Tell what a message of the engine says."""
        # One message may have a step's beginning, its end and what it wrote in between.
        for vertex in trace.vertexes:
            if vertex.started is not None and not vertex.cached:
                self._vertex(replace(vertex, completed=None, error=""))
        for log in trace.logs:
            self._log(log)
        for vertex in trace.vertexes:
            self._vertex(vertex)

    def end(self) -> None:
        """The build is done: what was not told came out of another stage that is the same."""
        for stage in self._stages:
            for number in stage.steps:
                state = self._state(number)
                if state.phase == "running":
                    self._finish(state, time.monotonic() - state.began)
                elif state.phase == "waiting" and state.step.makes != "config":
                    self._from_cache(state)
                self._advance(stage)

    def running(self) -> Sequence[StepState]:
        """The steps whose commands run now."""
        states = self._states.values()
        return [s for s in states if s.phase == "running" and isinstance(s.step.operation, Run)]

    def was_cached(self, step: int) -> bool:
        """Whether a step came from the cache."""
        return self._state(step).phase == "cached"

    def config_keys(self) -> list[str]:
        """The keys of all config steps."""
        states = self._states.items()
        return [self._keys[number] for number, s in states if s.step.makes == "config"]

    def done_config_steps(self) -> list[str]:
        """The keys of the config steps that were told, to be known from now on."""
        return [
            self._keys[number]
            for number, state in self._states.items()
            if state.done and state.step.makes == "config"
        ]

    # Inside

    def _state(self, number: int) -> StepState:
        return self._states[number]

    def _vertex(self, vertex: Vertex) -> None:
        state = self._of_vertex.get(vertex.digest)
        if state is None:
            step = self._vertices.step(vertex.name)
            if step is None or step.step not in self._states:
                return
            state = self._of_vertex[vertex.digest] = self._state(step.step)
        if state.phase == "waiting":
            if vertex.cached and vertex.completed is not None and not vertex.error:
                self._catch_up(state.step)
                self._from_cache(state)
            elif vertex.started is not None and not vertex.cached:
                self._catch_up(state.step)
                state.started()
        if state.phase == "running" and vertex.completed is not None:
            self._complete(state, vertex)
        self._advance(self._plan.stages[state.step.stage])

    def _complete(self, state: StepState, vertex: Vertex) -> None:
        if not vertex.error:
            self._finish(state, (vertex.completed or 0.0) - (vertex.started or 0.0))
        elif "context canceled" not in vertex.error and self.failure is None:
            message = shown(vertex.error)
            diagnosis = diagnose(state, message)
            self.failure = (message, diagnosis)
            state.failed(message, exit_code_of(message), diagnosis)

    def _log(self, log: Log) -> None:
        state = self._of_vertex.get(log.vertex)
        if state is not None and state.phase == "running":
            state.written("stderr" if log.stream == 2 else "stdout", log.data)

    def _catch_up(self, step: Step) -> None:
        """Steps before this one that have no vertex of their own are another stage's as well."""
        for number in self._plan.stages[step.stage].steps:
            if number >= step.step:
                return
            if self._state(number).phase == "waiting":
                if self._state(number).step.makes == "config":
                    self._config(self._state(number))
                else:
                    self._from_cache(self._state(number))

    def _advance(self, stage: Stage) -> None:
        """Tell the config steps whose turn it is, here and in the stages that begin with this."""
        for number in stage.steps:
            state = self._state(number)
            if state.phase == "waiting" and state.step.makes == "config":
                if not self._begun(stage):
                    return
                self._config(state)
            elif not state.done:
                return
        for other in self._stages:
            if self._base_of(other) == stage.number and other is not stage:
                self._advance(other)

    def _base_of(self, stage: Stage) -> int | None:
        begin = self._plan.step(stage.steps[0]).operation
        return begin.stage if isinstance(begin, From) else None

    def _begun(self, stage: Stage) -> bool:
        base = self._base_of(stage)
        return base is None or all(self._state(n).done for n in self._plan.stages[base].steps)

    def _config(self, state: StepState) -> None:
        step = state.step
        stage = self._plan.stages[step.stage]
        before = [self._state(number) for number in stage.steps if number < step.step]
        cached = all(each.phase == "cached" for each in before)
        cached = cached and self._known(self._keys[step.step])
        if cached:
            state.cached()
        else:
            state.started()
        self._tell_changes(self._changes(step), step)
        if not cached:
            state.finished(0.0)

    def _from_cache(self, state: StepState) -> None:
        state.cached()
        self._tell_workdir(state.step)

    def _finish(self, state: StepState, seconds: float) -> None:
        self._tell_workdir(state.step)
        state.finished(seconds)

    def _tell_workdir(self, step: Step) -> None:
        """WORKDIR is the one instruction that makes a layer and changes the config."""
        match step.operation:
            case Workdir(path) if self._config_before(step).get("WorkingDir") != path:
                self._tell_changes([("WorkingDir", path)], step)

    def _tell_changes(self, changes: Sequence[tuple[str, Any]], step: Step) -> None:
        for name, value in changes:
            event = ConfigChanged(build=self._build, step=step.step, field=name, value=value)
            self._emit(event)

    def _changes(self, step: Step) -> list[tuple[str, Any]]:
        """The keys that a step set, its own first. ENTRYPOINT takes Cmd away as well."""
        before, after = self._config_before(step), self._config_after(step)
        own = None if isinstance(step.operation, Unresolved) else changed_field(step.operation)
        keys = dict.fromkeys([own] if own else [])
        keys |= dict.fromkeys(k for k in {**before, **after} if before.get(k) != after.get(k))
        return [(key, after.get(key)) for key in keys]

    def _config_before(self, step: Step) -> Mapping[str, Any]:
        stage = self._plan.stages[step.stage]
        place = stage.steps.index(step.step)
        if place:
            return self._config_after(self._plan.step(stage.steps[place - 1]))
        base = self._base_of(stage)
        return {} if base is None else self._plan.stages[base].config

    def _config_after(self, step: Step) -> Mapping[str, Any]:
        if step.step not in self._configs:
            before = self._config_before(step)
            operation = step.operation
            if isinstance(operation, Unresolved):
                return before
            self._configs[step.step] = apply_config(before, operation)
        return self._configs[step.step]


def diagnose(state: StepState, message: str) -> Diagnosis | None:
    """What is said to a learner about a step that failed."""
    step = state.step
    if isinstance(step.operation, Run):
        code = exit_code_of(message)
        # Without an exit code the command did not even begin: the reason is the engine's.
        reason = "" if code is not None else message.rpartition("did not complete successfully:")[2]
        return diagnose_failure(step, code, state.tail + reason, simulated=False)
    return diagnose_copy(step, message)


def _without_stages(operation: Copy | Run) -> object:
    if isinstance(operation, Copy):
        return replace(operation, from_stage=None)
    return replace(
        operation, mounts=tuple(replace(mount, stage=None) for mount in operation.mounts)
    )


def _keys(planned: Plan, stage: Stage) -> list[tuple[int, str]]:
    """A key for each step of a stage: what it does, after all that was done before."""
    keys: list[tuple[int, str]] = []
    key = ""
    for number in stage.steps:
        operation = planned.step(number).operation
        value: object = operation.pairs if isinstance(operation, Arg) else operation
        if isinstance(operation, Copy | Run):
            # Stages are counted anew when one is put in; whether what is taken from one has
            # changed is told by the step itself, which then runs.
            value = _without_stages(operation)
        if isinstance(operation, From) and operation.stage is not None:
            value = _keys(planned, planned.stages[operation.stage])[-1][1]
        key = hashlib.sha256(json.dumps([key, repr(value)]).encode()).hexdigest()
        keys.append((number, key))
    return keys
