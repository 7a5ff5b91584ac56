"""Plans a build: goes through the stages, works out each instruction with what its stage knows, and
numbers the steps. Strict for a build, lenient for diagnoses; the rules are the same."""

from collections.abc import Mapping, Sequence

import msgspec

from visualizer.dockerfile.bases import Bases, image_for_copy, interpret_from
from visualizer.dockerfile.context import ContextFiles
from visualizer.dockerfile.copying import select
from visualizer.dockerfile.diagnosis import Problem, Words
from visualizer.dockerfile.flags import FormProblem
from visualizer.dockerfile.graph import needed_stages, needs_of
from visualizer.dockerfile.interpret import interpret, unknown_instruction
from visualizer.dockerfile.interpret_copy import read_paths
from visualizer.dockerfile.operations import Copy, From, OnBuild, Operation, Run
from visualizer.dockerfile.parser import Dockerfile, Instruction, parse_trigger
from visualizer.dockerfile.policy import INSTRUCTION_COUNT, INSTRUCTIONS
from visualizer.dockerfile.reading import UNREADABLE
from visualizer.dockerfile.scope import Budget, Scope, StageName
from visualizer.dockerfile.stages import (
    BEFORE_FROM,
    NO_FROM,
    UNKNOWN_TARGET,
    StageText,
    global_args,
    global_instructions,
    platform_args,
    split_stages,
)
from visualizer.dockerfile.steps import Plan, Stage, Step, Unresolved, makes
from visualizer.events.types import Diagnosis

PLATFORM = "linux/amd64"
STEPS = 2 * INSTRUCTIONS
OF_BASE = "  (ONBUILD of the base image)"
"""What is shown behind a step that no line of the Dockerfile says."""
"""The most steps of a build, triggers included: many stages on one base would multiply them."""


class PlanError(Problem):
    """The Dockerfile cannot be built at all; `.diagnosis` says why."""


def plan(
    dockerfile: Dockerfile,
    *,
    context: ContextFiles,
    bases: Bases,
    args: Mapping[str, str] | None = None,
    target: str | None = None,
    catalogue: Sequence[str] = (),
    platform: str = PLATFORM,
) -> Plan:
    """The build's steps. Raises PlanError if Docker (or this site) would not build the file."""
    planner = Planner(dockerfile, context, bases, args or {}, target, catalogue, platform)
    planner.run()
    return planner.result()


class Planner:
    """Goes through a Dockerfile once. With `strict=False` it collects problems, raising none."""

    def __init__(
        self,
        dockerfile: Dockerfile,
        context: ContextFiles | None,
        bases: Bases | None,
        args: Mapping[str, str],
        target: str | None = None,
        catalogue: Sequence[str] = (),
        platform: str = PLATFORM,
        strict: bool = True,
    ) -> None:
        self.dockerfile = dockerfile
        self.context = context
        self.bases = bases
        self.given = args
        self.target = target
        self.catalogue = catalogue
        self.platform = platform
        self.strict = strict
        self.texts = split_stages(dockerfile)
        self.names = tuple(text.name for text in self.texts)
        self.problems: list[Diagnosis] = []
        self.steps: list[Step] = []
        self.scopes: list[Scope] = []
        self.needed: set[int] = set()
        self.globals: dict[str, str | None] = {}
        self.budget = Budget()
        self.global_scope = self._scope(0, {})
        self.target_stage = 0

    def run(self) -> None:
        """Plans every stage, the unneeded ones too."""
        for diagnosis in self.dockerfile.diagnoses:
            self.problem(diagnosis, True)
        self._check_before_from()
        if not self.texts:
            if not self.dockerfile.diagnoses and all(i.known for i in self.dockerfile.instructions):
                begin = self.dockerfile.instructions[0] if self.dockerfile.instructions else None
                self.problem(NO_FROM.at(begin), True)
            return
        self._globals()
        self._find_target()
        self.needed = needed_stages(self.texts, self.global_scope, self.bases, self.target_stage)
        for text in self.texts:
            self._stage(text)

    def result(self) -> Plan:
        stages = []
        for text, scope in zip(self.texts, self.scopes, strict=True):
            number = text.name.number
            steps = tuple(step.step for step in self.steps if step.stage == number)
            stages.append(Stage(number, text.name.name, steps, number in self.needed, scope.config))
        declared = set(self.globals).union(*(scope.args for scope in self.scopes))
        automatic = platform_args(self.platform, self.platform, None)
        return Plan(
            steps=tuple(self.steps),
            stages=tuple(stages),
            target_stage=self.target_stage,
            args={name: value for name, value in self.globals.items() if value is not None},
            unused_args=tuple(
                sorted(
                    name
                    for name in self.given
                    if name not in declared
                    and name not in automatic
                    and not name.upper().endswith("_PROXY")
                )
            ),
        )

    def problem(self, diagnosis: Diagnosis, fatal: bool) -> None:
        """Raises it, or notes it. One that is not fatal concerns a stage that is not built."""
        if not self.strict:
            self.problems.append(
                diagnosis if fatal else msgspec.structs.replace(diagnosis, severity="warning")
            )
        elif fatal:
            raise PlanError(diagnosis)

    def _scope(self, stage: int, globals_: Mapping[str, str]) -> Scope:
        return Scope(
            stage=stage,
            stages=self.names,
            given=self.given,
            globals=globals_,
            context=self.context,
            escape=self.dockerfile.escape,
            budget=self.budget,
        )

    def _check_before_from(self) -> None:
        for instruction in global_instructions(self.dockerfile):
            if instruction.broken:
                continue
            if not instruction.known:
                self.problem(unknown_instruction(instruction).diagnosis, True)
            elif instruction.keyword != "ARG" and self.texts:
                self.problem(BEFORE_FROM.at(instruction, keyword=instruction.keyword), True)

    def _globals(self) -> None:
        last = self.names[-1].name
        automatic = platform_args(self.platform, self.platform, self.target or last)
        automatic |= {name: self.given[name] for name in automatic if name in self.given}
        self.global_scope.env.update(automatic)
        try:
            found = global_args(global_instructions(self.dockerfile), self.global_scope, self.given)
        except Problem as problem:
            self.problem(problem.diagnosis, True)
            found = dict(self.global_scope.args)
        self.globals = found

    def _find_target(self) -> None:
        self.target_stage = len(self.texts) - 1
        if self.target:
            found = self.global_scope.find_stage(self.target)
            if found is None:
                stages = ", ".join(f"`{name.name}`" for name in self.names if name.name)
                self.problem(
                    UNKNOWN_TARGET.at(
                        None, name=self.target, stages=Words(stages or "none has a name")
                    ),
                    True,
                )
            else:
                self.target_stage = found.number

    def _stage(self, text: StageText) -> None:
        number = text.name.number
        needed = number in self.needed
        scope = self._scope(number, self._global_values())
        self.scopes.append(scope)
        operation: Operation | Unresolved
        triggers: list[str] = []
        try:
            if text.begin.broken:
                raise FormProblem(text.begin.broken)
            begin = interpret_from(text, self.global_scope, self.bases, self.catalogue, needed)
            triggers = self._begin(scope, begin)
            operation = begin
        except Problem as problem:
            operation = self._unresolved(problem, needed)
            scope.base_known = False
            scope.begin({})
        self._add_step(text.name, text.begin, operation, scope, [])
        self._triggers(text, scope, triggers, needed)
        for instruction in text.instructions[1:]:
            self._instruction(text.name, instruction, scope, needed)

    def _global_values(self) -> dict[str, str]:
        return dict(self.global_scope.env)

    def _begin(self, scope: Scope, begin: From) -> list[str]:
        """Sets the scope to the base's end; returns the base's triggers."""
        if begin.stage is None:
            base = begin.base.config if begin.base else {}
            scope.base_known = begin.scratch or begin.base is not None
            scope.apply(begin)
            scope.begin(scope.config)
            return list(base.get("OnBuild") or [])
        earlier = self.scopes[begin.stage]
        # A stage that begins with another takes over its ARGs too. convert.go, dispatchState.init
        scope.env, scope.args = dict(earlier.env), dict(earlier.args)
        scope.base_known = earlier.base_known
        scope.config = dict(earlier.config)
        scope.directories = earlier.directories.copy()
        scope.apply(begin)
        base_steps = [step for step in self.steps if step.stage == begin.stage]
        return [s.operation.trigger for s in base_steps if isinstance(s.operation, OnBuild)]

    def _triggers(self, text: StageText, scope: Scope, triggers: list[str], needed: bool) -> None:
        place = text.begin
        if len(self.steps) + len(triggers) > STEPS:
            count = len(self.steps) + len(triggers)
            self.problem(INSTRUCTION_COUNT.at(place, count=count, limit=STEPS), True)
            return
        for trigger in triggers:
            instruction = parse_trigger(trigger, place.line_start, place.line_end)
            if instruction is None:
                self.problem(UNREADABLE.at(place, reason="an ONBUILD trigger is broken"), needed)
            else:
                self._instruction(text.name, instruction, scope, needed, trigger=True)

    def _instruction(
        self,
        name: StageName,
        instruction: Instruction,
        scope: Scope,
        needed: bool,
        trigger: bool = False,
    ) -> None:
        operation: Operation | Unresolved
        reads: list[str] = []
        try:
            operation = interpret(instruction, scope)
            self._check_images(instruction, scope, operation, needed)
            reads = self._reads(instruction, scope, operation)
        except Problem as problem:
            already_known = instruction.broken is not None
            operation = self._unresolved(problem, needed, quiet=already_known)
        else:
            scope.apply(operation)
        self._add_step(name, instruction, operation, scope, reads, trigger)

    def _unresolved(self, problem: Problem, needed: bool, quiet: bool = False) -> Unresolved:
        if not quiet:
            self.problem(problem.diagnosis, needed or isinstance(problem, FormProblem))
        return Unresolved(problem.diagnosis)

    def _check_images(
        self, instruction: Instruction, scope: Scope, operation: Operation, needed: bool
    ) -> None:
        if not needed:
            return
        images = []
        if isinstance(operation, Copy) and operation.from_image:
            images.append(operation.from_image)
        elif isinstance(operation, Run):
            images += [mount.image for mount in operation.mounts if mount.image]
        for image in images:
            image_for_copy(instruction, scope, image, self.bases, self.catalogue)

    def _reads(self, instruction: Instruction, scope: Scope, operation: Operation) -> list[str]:
        if isinstance(operation, Copy):
            return read_paths(instruction, scope, operation)
        found: set[str] = set()
        if isinstance(operation, Run) and self.context is not None:
            for mount in operation.mounts:
                if mount.type == "bind" and mount.stage is None and mount.image is None:
                    found.update(select(self.context.paths, mount.source))
        return sorted(found)

    def _add_step(
        self,
        name: StageName,
        instruction: Instruction,
        operation: Operation | Unresolved,
        scope: Scope,
        reads: list[str],
        trigger: bool = False,
    ) -> None:
        number = len(self.steps) + 1
        text = instruction.text
        if trigger:
            text += OF_BASE
        self.steps.append(
            Step(
                step=number,
                stage=name.number,
                stage_name=name.name,
                instruction=instruction.keyword,
                text=text,
                line_start=instruction.line_start,
                line_end=instruction.line_end,
                makes=makes(operation, instruction.keyword),
                needs=needs_of(self.steps, name.number, operation),
                reads=tuple(reads),
                skipped=name.number not in self.needed,
                operation=operation,
                trigger=trigger,
            )
        )
