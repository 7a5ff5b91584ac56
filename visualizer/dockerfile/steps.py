"""A build's steps and stages as data: what an engine carries out, and the graph that is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from visualizer.dockerfile.operations import Operation, Workdir
from visualizer.events.types import Diagnosis, Makes, PlannedStep


@dataclass(frozen=True)
class Unresolved:
    """A step of a stage that is skipped, which could not be worked out. It is never executed."""

    problem: Diagnosis


@dataclass(frozen=True)
class Step:
    """An instruction's place in one build."""

    step: int
    stage: int
    stage_name: str | None
    instruction: str
    text: str
    line_start: int
    line_end: int
    makes: Makes
    needs: tuple[int, ...]
    reads: tuple[str, ...]
    skipped: bool
    operation: Operation | Unresolved
    trigger: bool = False
    """True for an ONBUILD trigger of the base image."""

    def planned(self) -> PlannedStep:
        """The step as the tape tells it."""
        return PlannedStep(
            step=self.step,
            stage=self.stage,
            stage_name=self.stage_name,
            instruction=self.instruction,
            text=self.text,
            line_start=self.line_start,
            line_end=self.line_end,
            makes=self.makes,
            needs=list(self.needs),
            reads=list(self.reads),
            skipped=self.skipped,
        )


@dataclass(frozen=True)
class Stage:
    """One FROM and what follows it."""

    number: int
    name: str | None
    steps: tuple[int, ...]
    needed: bool
    config: Mapping[str, Any]
    """The image config at the stage's end."""

    @property
    def last_step(self) -> int:
        return self.steps[-1]


@dataclass(frozen=True)
class Plan:
    """All steps of a build, those of unneeded stages marked as skipped."""

    steps: tuple[Step, ...]
    stages: tuple[Stage, ...]
    target_stage: int
    args: Mapping[str, str] = field(default_factory=dict)
    """The values of the ARGs before the first FROM."""
    unused_args: tuple[str, ...] = ()
    """Build arguments given from outside that no ARG declares; Docker warns of them."""

    def step(self, number: int) -> Step:
        return self.steps[number - 1]

    @property
    def config(self) -> Mapping[str, Any]:
        """The config of the image that the build makes."""
        return self.stages[self.target_stage].config

    def planned(self) -> list[PlannedStep]:
        return [step.planned() for step in self.steps]

    def until(self, number: int) -> "Plan":
        """The plan without the steps after one of its last stage, which is the target.

        The config of that stage is still the one at its end.
        """
        last = replace(
            self.stages[-1], steps=tuple(s for s in self.stages[-1].steps if s <= number)
        )
        return replace(self, steps=self.steps[:number], stages=(*self.stages[:-1], last))


def makes(operation: Operation | Unresolved, keyword: str) -> Makes:
    """What the step leaves behind."""
    if keyword == "FROM":
        return "base"
    if isinstance(operation, Workdir):
        # BuildKit makes the directory and counts a layer for it even if it is there already, but
        # not for `/`. dockerfile2llb/convert.go, dispatchWorkdir: commitToHistory(…, withLayer).
        return "config" if operation.path == "/" else "layer"
    return "layer" if keyword in ("RUN", "COPY", "ADD", "WORKDIR") else "config"
