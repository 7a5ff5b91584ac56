"""Stages: the cut of a Dockerfile at its FROMs, the global ARGs before the first, and which stage
or image a name means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from visualizer.dockerfile.diagnosis import Problem, Topic, Words, replace_lines
from visualizer.dockerfile.flags import FormProblem
from visualizer.dockerfile.parser import Dockerfile, Instruction
from visualizer.dockerfile.scope import Scope, StageName
from visualizer.dockerfile.suggest import closest
from visualizer.events.types import Diagnosis

TOPIC = Topic("Stages and base images")

NO_FROM = TOPIC.message(
    "no-from",
    "error",
    "No FROM says what the image begins with.",
    "Every image is built on another one (or on `scratch`, which is empty), and FROM names it.",
    "Begin with a base image, for example `FROM alpine:3.20`.",
)
BEFORE_FROM = TOPIC.message(
    "instruction-before-from",
    "error",
    "{keyword} stands before the first FROM.",
    "There is no image yet that {keyword} could work on. Only ARG may stand above the first FROM.",
    "Move the line below the FROM.",
)
FROM_ARGUMENTS = TOPIC.message(
    "from-arguments",
    "error",
    "FROM takes an image, or an image, AS and a name.",
    "Docker reads {count} words here: {words}.",
    "Write `FROM image:tag` or `FROM image:tag AS name`.",
)
STAGE_NAME = TOPIC.message(
    "invalid-stage-name",
    "error",
    "A stage cannot be called `{name}`.",
    "A stage's name begins with a letter and goes on with letters, digits, `-`, `_` and `.`.",
    "Choose a name such as `builder`.",
)
UNKNOWN_STAGE = TOPIC.message(
    "unknown-stage",
    "error",
    "There is no stage `{name}` to copy from.",
    "`--from` takes the name that an earlier FROM gave its stage with AS, a stage's number from 0, "
    "or an image. {near}",
    "Name the stage in its FROM (`FROM image AS {name}`), or use a name that is there.",
)
LATER_STAGE = TOPIC.message(
    "stage-not-built-yet",
    "error",
    "The stage `{name}` is not finished at this point.",
    "A stage can use only stages that stand completely above it; `{name}` {where}.",
    "Move the stage that is copied from above this one.",
)
VARIABLE_IN_FROM = TOPIC.message(
    "variable-in-copy-from",
    "error",
    "`--from={name}` holds a variable, which Docker does not expand there.",
    "Which stages are needed has to be known before any variable is.",
    "Give the image a stage of its own, `FROM {name} AS files` below a global ARG, and "
    "copy from that.",
)
UNKNOWN_TARGET = TOPIC.message(
    "unknown-target",
    "error",
    "There is no stage `{name}` to build.",
    "The target names the stage at which the build ends. The stages here: {stages}.",
    "Choose one of them, or leave the target out to build the last.",
)
_STAGE_NAME = re.compile(r"[a-z][a-z0-9\-_.]*")
PLATFORM_NAMES = ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")


@dataclass(frozen=True)
class StageText:
    """A stage's instructions, its FROM first."""

    name: StageName
    base: str
    """The base as written, nothing expanded."""
    instructions: tuple[Instruction, ...]

    @property
    def begin(self) -> Instruction:
        return self.instructions[0]


def is_from(instruction: Instruction) -> bool:
    return instruction.keyword == "FROM"


def global_instructions(dockerfile: Dockerfile) -> list[Instruction]:
    """What stands before the first FROM."""
    found = []
    for instruction in dockerfile.instructions:
        if is_from(instruction):
            break
        found.append(instruction)
    return found


def split_stages(dockerfile: Dockerfile) -> list[StageText]:
    """The stages in the order of the file."""
    stages: list[list[Instruction]] = []
    for instruction in dockerfile.instructions:
        if is_from(instruction):
            stages.append([instruction])
        elif stages:
            stages[-1].append(instruction)
    return [_stage(number, found) for number, found in enumerate(stages)]


def _stage(number: int, instructions: list[Instruction]) -> StageText:
    begin = instructions[0]
    named = len(begin.value) == 3 and begin.value[1].lower() == "as"
    name = StageName(
        number,
        begin.value[2].lower() if named else None,
        begin.line_start,
        instructions[-1].line_end,
    )
    return StageText(name, begin.value[0] if begin.value else "", tuple(instructions))


def check_from(instruction: Instruction) -> None:
    """Raises FormProblem when a FROM has the wrong words."""
    words = instruction.value
    if len(words) == 3 and words[1].lower() == "as":
        if not _STAGE_NAME.fullmatch(words[2].lower()):
            raise FormProblem(STAGE_NAME.at(instruction, name=words[2]))
    elif len(words) != 1:
        raise FormProblem(
            FROM_ARGUMENTS.at(instruction, count=len(words), words=" ".join(words) or "none")
        )


def platform_args(platform: str, build_platform: str, target: str | None) -> dict[str, str]:
    """The arguments that BuildKit sets by itself. dockerfile2llb/platform.go, defaultArgs."""
    found = {}
    for prefix, given in (("BUILD", build_platform), ("TARGET", platform)):
        os, _, rest = given.partition("/")
        arch, _, variant = rest.partition("/")
        for name, value in zip(PLATFORM_NAMES, (given, os, "", arch, variant), strict=True):
            found[prefix + name] = value
    return found | {"TARGETSTAGE": target or "default"}


def global_args(
    instructions: list[Instruction], scope: Scope, given: Mapping[str, str]
) -> dict[str, str | None]:
    """The ARGs before the first FROM with their values; `scope` is used up on the way."""
    found: dict[str, str | None] = {}
    for instruction in instructions:
        if instruction.keyword != "ARG":
            continue
        for word in instruction.value:
            name, equals, default = word.partition("=")
            value = given.get(name)
            if value is None and equals:
                value = scope.expand(instruction, default)
            if value is not None:
                scope.env[name] = value
            found[name] = value
            scope.args[name] = value
    return found


def find_earlier(
    instruction: Instruction, scope: Scope, name: str, *, number_allowed: bool = True
) -> StageName | None:
    """The earlier stage that a `--from` means, None if it means an image. Raises Problem."""
    if "$" in name:
        raise Problem(VARIABLE_IN_FROM.at(instruction, name=name))
    found = scope.find_stage(name)
    if number_allowed and re.fullmatch(r"[+-]?\d+", name):
        number = int(name)
        if not 0 <= number < len(scope.stages):
            raise Problem(unknown_stage(instruction, scope, name))
        found = scope.stages[number]
    if found and found.number >= scope.stage:
        where = "is this very stage" if found.number == scope.stage else "stands below"
        raise Problem(LATER_STAGE.at(instruction, name=name, where=where))
    return found


def unknown_stage(instruction: Instruction, scope: Scope, name: str) -> Diagnosis:
    """The diagnosis of a `--from` that is no stage, with the nearest that is."""
    names = [stage.name for stage in scope.stages if stage.name and stage.number < scope.stage]
    near = closest(name, names)
    fix = None
    if near and instruction.line_start == instruction.line_end:
        text = instruction.text.replace(f"from={name}", f"from={near}", 1)
        fix = replace_lines(instruction, f"Copy from {near}", text)
    hint = f"Did you mean `{near}`?" if near else _listed(names)
    return UNKNOWN_STAGE.at(instruction, fix, name=name, near=Words(hint))


def _listed(names: list[str]) -> str:
    if not names:
        return "No stage above this one has a name."
    return "The stages above: " + ", ".join(f"`{name}`" for name in names) + "."
