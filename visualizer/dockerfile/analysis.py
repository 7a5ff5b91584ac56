"""A Dockerfile as the rules see it: its instructions, grouped in stages, each with what it turned
out to do."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from visualizer.dockerfile.bases import Bases
from visualizer.dockerfile.context import ContextFiles
from visualizer.dockerfile.operations import From, Operation, Run, ShellCommand
from visualizer.dockerfile.parser import Dockerfile, Instruction
from visualizer.dockerfile.plan import Planner
from visualizer.dockerfile.scope import Scope
from visualizer.dockerfile.shellscript import SimpleCommand, commands
from visualizer.dockerfile.steps import Unresolved
from visualizer.events.types import Diagnosis


@dataclass(frozen=True)
class Placed:
    """An instruction in its stage, with its operation."""

    instruction: Instruction
    operation: Operation | Unresolved

    @cached_property
    def words(self) -> frozenset[str]:
        """All words of the instruction's text, whatever they stand for."""
        return frozenset(re.findall(r"\w+", self.instruction.text))


@dataclass(frozen=True)
class StageView:
    """One stage, its FROM first; triggers of the base image are left out."""

    number: int
    name: str | None
    placed: tuple[Placed, ...]
    scope: Scope
    """As it is at the stage's end."""
    needed: bool
    last: bool

    @property
    def begin(self) -> Placed:
        return self.placed[0]

    @cached_property
    def scripts(self) -> tuple[tuple[Instruction, tuple[SimpleCommand, ...]], ...]:
        """The stage's RUNs in the shell form, with their commands."""
        found = []
        for placed in self.of("RUN"):
            operation = placed.operation
            if isinstance(operation, Run) and isinstance(operation.command, ShellCommand):
                script = next(iter(operation.command.files.values()), operation.command.script)
                found.append((placed.instruction, commands(script)))
        return tuple(found)

    def of(self, *keywords: str) -> list[Placed]:
        """The stage's instructions of these kinds."""
        return [placed for placed in self.placed if placed.instruction.keyword in keywords]


@dataclass(frozen=True)
class Analysis:
    """What every rule is given."""

    dockerfile: Dockerfile
    stages: tuple[StageView, ...]
    problems: tuple[Diagnosis, ...]
    """What stops a build."""
    context: ContextFiles | None
    catalogue: Sequence[str]
    global_args: dict[str, str | None]
    global_used: set[str]
    global_undefined: dict[int, set[str]]

    @cached_property
    def instructions(self) -> tuple[Instruction, ...]:
        """Those that Docker's parser could read."""
        return tuple(i for i in self.dockerfile.instructions if not i.broken and i.known)

    def all(self, *keywords: str) -> Iterator[Instruction]:
        """The instructions of these kinds, wherever they stand."""
        return (i for i in self.instructions if i.keyword in keywords)

    def scripts(self) -> Iterator[tuple[StageView, Instruction, tuple[SimpleCommand, ...]]]:
        """All RUNs in the shell form, with their stages and commands."""
        for stage in self.stages:
            for instruction, found in stage.scripts:
                yield stage, instruction, found

    def bases_on_any(self, stage: StageView) -> bool:
        """True when some stage begins with this one."""
        return any(True for _ in self.bases_on(stage))

    def bases_on(self, stage: StageView) -> Iterator[StageView]:
        """The stages that begin with this one."""
        for other in self.stages:
            operation = other.begin.operation
            if isinstance(operation, From) and operation.stage == stage.number:
                yield other


def analyse(
    dockerfile: Dockerfile,
    context: ContextFiles | None,
    bases: Bases | None,
    catalogue: Sequence[str] = (),
) -> Analysis:
    """Plans leniently and puts what comes of it beside the text. Never raises."""
    planner = Planner(dockerfile, context, bases, {}, catalogue=catalogue, strict=False)
    planner.run()
    by_line = {id(i): i for i in dockerfile.instructions}
    views = []
    for text, scope in zip(planner.texts, planner.scopes, strict=True):
        number = text.name.number
        steps = [s for s in planner.steps if s.stage == number and not s.trigger]
        placed = tuple(
            Placed(by_line[id(instruction)], step.operation)
            for instruction, step in zip(text.instructions, steps, strict=True)
        )
        views.append(
            StageView(
                number,
                text.name.name,
                placed,
                scope,
                number in planner.needed,
                number == len(planner.texts) - 1,
            )
        )
    return Analysis(
        dockerfile=dockerfile,
        stages=tuple(views),
        problems=tuple(planner.problems),
        context=context,
        catalogue=catalogue,
        global_args=planner.globals,
        global_used=planner.global_scope.used,
        global_undefined=planner.global_scope.undefined,
    )
