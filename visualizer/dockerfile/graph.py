"""What needs what: the stages that a target needs, and the steps that a step needs."""

from collections.abc import Sequence

from visualizer.dockerfile.bases import Bases, base_name, earlier_stage
from visualizer.dockerfile.diagnosis import Problem
from visualizer.dockerfile.operations import Copy, From, Operation, Run
from visualizer.dockerfile.parser import Instruction, parse_trigger
from visualizer.dockerfile.scope import Scope
from visualizer.dockerfile.stages import StageText
from visualizer.dockerfile.steps import Step, Unresolved


def needed_stages(
    texts: Sequence[StageText], scope: Scope, bases: Bases | None, target: int
) -> set[int]:
    """The target and every stage that it begins with or copies from, however indirectly.

    Found from the FROMs and flags alone, before anything is worked out: what is not needed is not
    looked at. `scope` is that of the global ARGs.
    """
    needed: set[int] = set()
    waiting = [target]
    while waiting:
        number = waiting.pop()
        if number not in needed:
            needed.add(number)
            waiting += [n for n in _used_by(texts, number, scope, bases) if n < number]
    return needed


def needs_of(
    steps: Sequence[Step], stage: int, operation: Operation | Unresolved
) -> tuple[int, ...]:
    """The steps that the next step has to wait for, when `steps` are those before it."""
    stages: list[int | None] = []
    needs = set()
    if isinstance(operation, From):
        stages.append(operation.stage)
    elif steps and steps[-1].stage == stage:
        needs.add(steps[-1].step)
    if isinstance(operation, Copy):
        stages.append(operation.from_stage)
    elif isinstance(operation, Run):
        stages += [mount.stage for mount in operation.mounts]
    for other in stages:
        if other is not None:
            needs.add(max(step.step for step in steps if step.stage == other))
    return tuple(sorted(needs))


def _used_by(
    texts: Sequence[StageText], number: int, scope: Scope, bases: Bases | None
) -> list[int]:
    text = texts[number]
    found = []
    instructions = list(text.instructions[1:])
    try:
        name = base_name(text, scope)
    except Problem:
        name = text.base
    base = earlier_stage(scope, name, number)
    if base is not None:
        found.append(base)
        triggers = [i.text for i in texts[base].instructions if i.keyword == "ONBUILD"]
        instructions += _parsed([_after_keyword(trigger) for trigger in triggers], text.begin)
    elif bases is not None and (image := bases(name)):
        instructions += _parsed(image.config.get("OnBuild") or [], text.begin)
    for flag in (flag for instruction in instructions for flag in instruction.flags):
        found += _stages_in_flag(flag, scope)
    return found


def _stages_in_flag(flag: str, scope: Scope) -> list[int]:
    name, _, value = flag[2:].partition("=")
    names = []
    if name == "from":
        names = [value]
    elif name == "mount":
        parts = [part.partition("=") for part in value.split(",")]
        names = [given for key, _, given in parts if key.lower() == "from"]
    found = []
    for name in names:
        stage = scope.find_stage(name)
        if stage is None and name.isdecimal() and len(name) < 5 and int(name) < len(scope.stages):
            stage = scope.stages[int(name)]
        if stage is not None:
            found.append(stage.number)
    return found


def _after_keyword(text: str) -> str:
    parts = text.split(None, 1)
    return parts[1] if len(parts) > 1 else ""


def _parsed(triggers: Sequence[str], place: Instruction) -> list[Instruction]:
    found = [parse_trigger(trigger, place.line_start, place.line_end) for trigger in triggers]
    return [instruction for instruction in found if instruction is not None]
