"""The `--flags` in front of an instruction's arguments, checked as BuildKit's `bflag.go` does."""

from collections.abc import Mapping
from typing import Literal

from visualizer.dockerfile.diagnosis import Problem, Topic, Words
from visualizer.dockerfile.parser import Instruction
from visualizer.dockerfile.suggest import closest
from visualizer.events.types import Diagnosis

TOPIC = Topic("Form of an instruction")
UNKNOWN_FLAG = TOPIC.message(
    "unknown-flag",
    "error",
    "{keyword} has no flag `--{flag}`.",
    "{keyword} knows {flags}. Flags stand directly behind the instruction's name.",
    "{advice}",
)
FLAG_VALUE = TOPIC.message(
    "flag-value",
    "error",
    "The flag `--{flag}` of this {keyword} {reason}.",
    "A flag and its value are one word joined by `=`, without spaces, and each flag comes once.",
    "Write it like `--{flag}={example}`.",
)

Kind = Literal["text", "switch", "list"]
_EXAMPLES = {"from": "builder", "chown": "1000:1000", "chmod": "755", "platform": "linux/amd64"}

FLAGS: Mapping[str, Mapping[str, Kind]] = {
    "ADD": {
        "chown": "text",
        "chmod": "text",
        "link": "switch",
        "keep-git-dir": "switch",
        "checksum": "text",
        "unpack": "switch",
        "exclude": "list",
    },
    "COPY": {
        "chown": "text",
        "chmod": "text",
        "from": "text",
        "link": "switch",
        "exclude": "list",
        "parents": "switch",
    },
    "FROM": {"platform": "text"},
    "HEALTHCHECK": {
        "interval": "text",
        "timeout": "text",
        "start-period": "text",
        "start-interval": "text",
        "retries": "text",
    },
    "RUN": {"mount": "list", "network": "text", "security": "text", "device": "list"},
}
_UNCHECKED = ("ARG", "STOPSIGNAL")
"""BuildKit reads these without looking at their flags."""


class FormProblem(Problem):
    """Docker refuses the instruction on sight, even in a stage that is not built."""


class Flags:
    """The flags of one instruction that has passed the check."""

    def __init__(self) -> None:
        self.values: dict[str, list[str]] = {}

    def text(self, name: str) -> str | None:
        found = self.values.get(name)
        return found[0] if found else None

    def all(self, name: str) -> list[str]:
        return self.values.get(name, [])

    def switch(self, name: str) -> bool | None:
        found = self.values.get(name)
        return None if found is None else found[0] in ("", "true")


def read_flags(instruction: Instruction) -> Flags:
    """The instruction's flags. Raises FormProblem for one that is unknown or has no value."""
    flags = Flags()
    keyword = instruction.keyword
    allowed = FLAGS.get(keyword, {})
    for flag in () if keyword in _UNCHECKED else instruction.flags:
        name, equals, value = flag[2:].partition("=")
        kind = allowed.get(name)
        if kind is None:
            raise FormProblem(_unknown(instruction, name, allowed))
        reason = ""
        if name in flags.values and kind != "list":
            reason = "is given twice"
        elif kind != "switch" and not equals:
            reason = "has no value"
        elif kind == "switch" and (
            (equals and not value) or value.lower() not in ("", "true", "false")
        ):
            reason = "takes only true or false"
        if reason:
            example = "true" if kind == "switch" else _EXAMPLES.get(name, "…")
            raise FormProblem(
                FLAG_VALUE.at(
                    instruction, keyword=keyword, flag=name, reason=reason, example=example
                )
            )
        flags.values.setdefault(name, []).append(value.lower() if kind == "switch" else value)
    return flags


def _unknown(instruction: Instruction, name: str, allowed: Mapping[str, Kind]) -> Diagnosis:
    near = closest(name, allowed)
    owner = next((keyword for keyword, flags in FLAGS.items() if name in flags), None)
    if near:
        advice = f"Did you mean `--{near}`?"
    elif owner:
        advice = f"`--{name}` belongs to {owner}."
    else:
        advice = "Delete it, or move it behind the command if it belongs to the command."
    known = ", ".join(f"`--{flag}`" for flag in allowed) or "no flags"
    return UNKNOWN_FLAG.at(
        instruction,
        keyword=instruction.keyword,
        flag=name,
        flags=Words(known),
        advice=Words(advice),
    )
