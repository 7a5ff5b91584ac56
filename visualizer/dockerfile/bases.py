"""FROM: which stage or image a stage begins with, and what is said when there is no such image."""

import re
from collections.abc import Callable, Sequence

from visualizer.dockerfile.diagnosis import Problem, Words, replace_lines
from visualizer.dockerfile.flags import read_flags
from visualizer.dockerfile.lexer import ExpansionError, Lexer
from visualizer.dockerfile.operations import BaseImage, From
from visualizer.dockerfile.parser import Instruction
from visualizer.dockerfile.scope import Scope
from visualizer.dockerfile.stages import TOPIC, StageText, check_from, unknown_stage
from visualizer.dockerfile.suggest import closest, nearest, split_image
from visualizer.events.types import Diagnosis, Fix

Bases = Callable[[str], BaseImage | None]

UNKNOWN_IMAGE = TOPIC.message(
    "unknown-image",
    "error",
    "The image `{image}` is not in this site's catalogue.",
    "Builds here have no network, so only the images that the site brings along can be "
    "used. {near}",
    "Choose an image of the catalogue. On your own computer Docker would fetch `{image}` from a "
    "registry.",
)
IMAGE_NAME = TOPIC.message(
    "invalid-image-name",
    "error",
    "`{image}` cannot be an image's name.",
    "An image is named `repository:tag`. The repository has small letters, digits, `.`, `_`, `-` "
    "and `/`; there are no spaces and no quotes. {near}",
    "Write for example `FROM python:3.12-slim`.",
)
EMPTY_BASE = TOPIC.message(
    "empty-base-name",
    "error",
    "`{image}` is empty, so FROM names no image.",
    "In a FROM only the ARGs above the first FROM can be used, and this one has no value there.",
    "Write an ARG with a default above the first FROM, for example `ARG {name}=alpine:3.20`.",
)
PLATFORM = TOPIC.message(
    "invalid-platform",
    "error",
    "`--platform={platform}` is not a platform.",
    "A platform is an operating system and a processor, such as `linux/amd64` or `linux/arm64`.",
    "Delete the flag: without it the image of this machine's platform is used.",
)
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[a-zA-Z0-9.-]+(?::[0-9]+)?/)?"
_REFERENCE = re.compile(
    rf"{_HOST}{_COMPONENT}(?:/{_COMPONENT})*(?::[\w][\w.-]{{0,127}})?(?:@[a-z0-9]+:[a-f0-9]{{32,}})?",
    re.ASCII,
)


def interpret_from(
    text: StageText, scope: Scope, bases: Bases | None, catalogue: Sequence[str], needed: bool
) -> From:
    """What a stage begins with. `scope` is that of the global ARGs. Raises Problem.

    Images are looked up for needed stages only, as Docker does.
    """
    instruction = text.begin
    check_from(instruction)
    platform = _platform(instruction, scope)
    name = base_name(text, scope)
    if not name:
        variable = re.search(r"\w+", text.base)
        raise Problem(
            EMPTY_BASE.at(instruction, image=text.base, name=variable[0] if variable else "IMAGE")
        )
    stage = earlier_stage(scope, name, text.name.number)
    if stage is not None:
        return From(stage=stage, platform=platform)
    if name == "scratch":
        return From(scratch=True, platform=platform)
    check_reference(instruction, scope, name)
    base = None
    if needed and bases is not None:
        base = bases(name)
        if base is None:
            raise Problem(unknown_image(instruction, scope, name, catalogue))
    return From(image=name, base=base, platform=platform)


def base_name(text: StageText, scope: Scope) -> str:
    """The base with the global ARGs in it. Raises Problem."""
    return scope.expand(text.begin, text.base)


def earlier_stage(scope: Scope, name: str, before: int) -> int | None:
    """The last stage of that very name above; FROM minds capitals and knows no numbers."""
    for stage in reversed(scope.stages[:before]):
        if stage.name == name:
            return stage.number
    return None


def image_for_copy(
    instruction: Instruction, scope: Scope, name: str, bases: Bases | None, catalogue: Sequence[str]
) -> None:
    """Raises Problem if the image of a `--from` does not exist."""
    if not _REFERENCE.fullmatch(name):
        raise Problem(unknown_stage(instruction, scope, name))
    if bases is None:
        # Nothing is known of images; a plain word that is like a stage's name was meant as one.
        names = [stage.name for stage in scope.stages[: scope.stage] if stage.name]
        if closest(name, names):
            raise Problem(unknown_stage(instruction, scope, name))
    elif bases(name) is None:
        if re.fullmatch(r"[\w.-]+", name):
            raise Problem(unknown_stage(instruction, scope, name))
        raise Problem(unknown_image(instruction, scope, name, catalogue))


def check_reference(instruction: Instruction, scope: Scope, name: str) -> None:
    if _REFERENCE.fullmatch(name):
        return
    fix = None
    lower = name.lower().strip("\"'")
    if _REFERENCE.fullmatch(lower) and instruction.text.count(name) == 1:
        fix = _renamed(instruction, name, lower)
    hint = f"Did you mean `{lower}`?" if fix else ""
    raise Problem(IMAGE_NAME.at(instruction, fix, image=name, near=Words(hint)))


def unknown_image(
    instruction: Instruction, scope: Scope, name: str, catalogue: Sequence[str]
) -> Diagnosis:
    """The diagnosis of an image that is not there, with the nearest that is."""
    stages = [stage.name for stage in scope.stages if stage.name]
    near = nearest(name, catalogue)
    stage = closest(name, stages, limit=2) if ":" not in name else None
    if stage and (near is None or split_image(near)[0] != split_image(name)[0]):
        hint = f"Or did you mean the stage `{stage}`?"
    elif near:
        hint = f"The nearest that it has is `{near}`."
    elif catalogue:
        hint = "It has " + ", ".join(f"`{image}`" for image in catalogue[:6]) + ", …"
    else:
        hint = ""
    fix = _renamed(instruction, name, near) if near else None
    return UNKNOWN_IMAGE.at(instruction, fix, image=name, near=Words(hint))


def _renamed(instruction: Instruction, name: str, other: str) -> Fix | None:
    one_line = instruction.line_start == instruction.line_end
    if not one_line or instruction.text.count(name) != 1:
        return None
    text = instruction.text.replace(name, other)
    return replace_lines(instruction, f"Use {other}", text)


def _platform(instruction: Instruction, scope: Scope) -> str | None:
    given = read_flags(instruction).text("platform")
    if given is None:
        return None
    try:
        platform = Lexer(scope.env, scope.escape).expand(given)
    except ExpansionError:
        platform = ""
    if not re.fullmatch(r"[\w.-]+(\([^)]*\))?(/[\w.-]+){0,2}", platform, re.ASCII):
        raise Problem(PLATFORM.at(instruction, platform=given))
    return platform
