"""Rules on base images and stages: names that move, names that clash, stages that nobody uses."""

import re
from collections.abc import Iterator

from visualizer.dockerfile.analysis import Analysis
from visualizer.dockerfile.diagnosis import Topic, replace_lines
from visualizer.dockerfile.operations import From
from visualizer.dockerfile.suggest import nearest, split_image
from visualizer.events.types import Diagnosis

TOPIC = Topic("Names of images and stages")

LATEST = TOPIC.message(
    "latest-tag",
    "warning",
    "`{image}` has {what}, so it can be another image tomorrow.",
    "`latest` is only the tag that is taken when none is given. Whoever publishes the image moves "
    "it on, and a build that works today may fail then.",
    "Name a version{example}.",
)
DUPLICATE = TOPIC.message(
    "duplicate-stage-name",
    "warning",
    "Two stages are called `{name}`.",
    "The one in line {line} has that name already. `--from={name}` then means the later of them, "
    "which may not be the one that you think of.",
    "Give each stage a name of its own.",
)
RESERVED = TOPIC.message(
    "reserved-stage-name",
    "warning",
    "`{name}` is a name that Docker uses itself.",
    "`scratch` stands for the empty image and `context` for the build context; a stage of that "
    "name hides them.",
    "Choose another name, such as `builder`.",
)
CASING = TOPIC.message(
    "stage-name-casing",
    "hint",
    "Stage names are written in small letters.",
    "Docker turns `{name}` into `{lower}`, and a `FROM {name}` further down would not find it.",
    "Write `{lower}`.",
)
UNUSED = TOPIC.message(
    "unused-stage",
    "hint",
    "The stage {name} is not needed for the image, so it is skipped.",
    "Docker builds the last stage and only those that it begins with or copies from. (With "
    "`--target` another stage can be asked for; then this is fine.)",
    "Copy from it with `COPY --from=…`, or delete it.",
)
PLATFORM = TOPIC.message(
    "platform-fixed",
    "hint",
    "`--platform={platform}` ties the image to one kind of processor.",
    "On another machine, for example a newer Mac, it runs slowly in emulation or not at all.",
    "Leave the flag out: Docker takes the image that fits the machine.",
)


def latest(analysis: Analysis) -> Iterator[Diagnosis]:
    for stage in analysis.stages:
        operation, instruction = stage.begin.operation, stage.begin.instruction
        if not isinstance(operation, From) or not operation.image or "@" in operation.image:
            continue
        repository, tag = split_image(operation.image)
        if tag not in ("", "latest"):
            continue
        better = nearest(operation.image, analysis.catalogue)
        if better is None or split_image(better)[1] in ("", "latest"):
            better = None
        fix = None
        written = stage.begin.instruction.value[0]
        if better and written == operation.image and instruction.text.count(written) == 1:
            text = instruction.text.replace(written, better)
            fix = replace_lines(instruction, f"Use {better}", text)
        what = "the tag `latest`" if tag else "no tag"
        example = f", for example `{better}`" if better else f", for example `{repository}:1.2`"
        yield LATEST.at(instruction, fix, image=operation.image, what=what, example=example)


def names(analysis: Analysis) -> Iterator[Diagnosis]:
    seen: dict[str, int] = {}
    for stage in analysis.stages:
        instruction = stage.begin.instruction
        if not stage.name:
            continue
        if stage.name in ("scratch", "context"):
            yield RESERVED.at(instruction, name=stage.name)
        if stage.name in seen:
            yield DUPLICATE.at(instruction, name=stage.name, line=seen[stage.name])
        seen[stage.name] = instruction.line_start
        written = instruction.value[2]
        if written != stage.name:
            text = re.sub(rf"\b{re.escape(written)}\s*$", stage.name, instruction.text)
            fix = replace_lines(instruction, f"Write {stage.name}", text)
            one_line = instruction.line_start == instruction.line_end
            yield CASING.at(instruction, fix if one_line else None, name=written, lower=stage.name)


def unused(analysis: Analysis) -> Iterator[Diagnosis]:
    misspelt = any(problem.code in ("unknown-stage", "no-from") for problem in analysis.problems)
    for stage in analysis.stages:
        if not stage.needed and not misspelt:
            name = (
                f"`{stage.name}`" if stage.name else f"of line {stage.begin.instruction.line_start}"
            )
            yield UNUSED.at(stage.begin.instruction, name=name)


def platform(analysis: Analysis) -> Iterator[Diagnosis]:
    for stage in analysis.stages:
        instruction = stage.begin.instruction
        flag = next((f for f in instruction.flags if f.startswith("--platform=")), "")
        value = flag.partition("=")[2]
        parts = value.split("/")
        if not value or "$" in value or any(p in (stage.name or "") for p in parts if p):
            continue
        fix = None
        if instruction.line_start == instruction.line_end and instruction.text.count(flag) == 1:
            text = re.sub(rf"{re.escape(flag)}\s+", "", instruction.text)
            fix = replace_lines(instruction, "Delete the flag", text)
        yield PLATFORM.at(instruction, fix, platform=value)


RULES = (latest, names, unused, platform)
