"""The names that a command may carry: tags, container names, variables. Docker's own rules."""

import re
from collections.abc import Iterable

import msgspec

from visualizer.labs.errors import Invalid

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?/)?"
_TAG = re.compile(
    rf"{_DOMAIN}{_COMPONENT}(?:/{_COMPONENT})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?"
)
_CONTAINER = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{1,63}")
_VARIABLE = re.compile(r"[^=\x00]+")


def check_tag(tag: str) -> None:
    """A name for an image, with or without `:tag`. Raises Invalid."""
    if _TAG.fullmatch(tag):
        return
    lower = tag.split(":")[0] != tag.split(":")[0].lower() and _TAG.fullmatch(tag.lower())
    why = (
        "Repository names are written in small letters."
        if lower
        else "A name has small letters, digits and single `.`, `_`, `-`, `/` between them, "
        "then perhaps `:` and a tag."
    )
    problem = Invalid(
        "bad-tag",
        f"`{tag}` is not a name that an image can have.",
        why,
        f"Try `{tag.lower()}`." if lower else "Try something like `my-app:latest`.",
    )
    words = f'invalid argument "{tag}" for "-t, --tag" flag: invalid reference format'
    if lower:
        words += f": repository name ({tag.split(':')[0]}) must be lowercase"
    problem.problem = msgspec.structs.replace(problem.problem, engine_words=words)
    raise problem


def check_container_name(name: str) -> None:
    """A name for a container. Raises Invalid."""
    if _CONTAINER.fullmatch(name):
        return
    problem = Invalid(
        "bad-name",
        f"`{name}` is not a name that a container can have.",
        "A name has two characters or more: letters, digits, `_`, `.` and `-`, "
        "and begins with a letter or a digit.",
        "Try something like `web-1`.",
    )
    words = f"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
    problem.problem = msgspec.structs.replace(problem.problem, engine_words=words)
    raise problem


def check_variables(names: Iterable[str]) -> None:
    """Names of variables or build arguments. Raises Invalid."""
    for name in names:
        if not _VARIABLE.fullmatch(name):
            raise Invalid(
                "bad-variable",
                f"`{name}` is not a name that a variable can have.",
                "A name is not empty and holds no `=`.",
                "Try something like `GREETING`.",
            )


def check_words(words: Iterable[str]) -> None:
    """Words of a command line, or values. Raises Invalid."""
    if any("\x00" in word for word in words):
        raise Invalid(
            "bad-word",
            "A command or a value holds a NUL character.",
            "A process gets its words as C strings, which end at NUL.",
            "Take the character out.",
        )
