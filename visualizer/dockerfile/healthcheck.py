"""HEALTHCHECK: its command and its times, in Docker's shape (nanoseconds)."""

import re
from typing import Any

from visualizer.dockerfile.flags import TOPIC, FormProblem, read_flags
from visualizer.dockerfile.operations import Healthcheck
from visualizer.dockerfile.parser import Instruction
from visualizer.dockerfile.scope import Scope

INVALID = TOPIC.message(
    "invalid-healthcheck",
    "error",
    "This HEALTHCHECK cannot be read: {reason}.",
    "HEALTHCHECK is `HEALTHCHECK CMD command`, with times such as `--interval=30s` in front of "
    "CMD, or `HEALTHCHECK NONE`.",
    "Write for example `HEALTHCHECK --interval=30s CMD wget -qO- http://localhost:8000 || exit 1`.",
)
_UNITS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_TIMES = {
    "interval": "Interval",
    "timeout": "Timeout",
    "start-period": "StartPeriod",
    "start-interval": "StartInterval",
}


def interpret_healthcheck(instruction: Instruction, scope: Scope) -> Healthcheck:
    """A HEALTHCHECK as an operation. Raises FormProblem."""
    if not instruction.value:
        raise _problem(instruction, "it has neither CMD nor NONE")
    kind, arguments = instruction.value[0].upper(), instruction.value[1:]
    if kind == "NONE":
        if arguments:
            raise _problem(instruction, "NONE takes nothing after it")
        return Healthcheck({"Test": ["NONE"]})
    flags = read_flags(instruction)
    if kind != "CMD":
        raise _problem(instruction, f"`{instruction.value[0]}` is neither CMD nor NONE")
    if not arguments:
        raise _problem(instruction, "there is no command after CMD")
    test = ["CMD", *arguments] if instruction.json else ["CMD-SHELL", " ".join(arguments)]
    check: dict[str, Any] = {"Test": test}
    for flag, key in _TIMES.items():
        if nanoseconds := _duration(instruction, flag, flags.text(flag) or ""):
            check[key] = nanoseconds
    if retries := flags.text("retries"):
        if not re.fullmatch(r"\+?\d{1,9}", retries):
            raise _problem(instruction, f"`--retries={retries}` is not a number from 0 up")
        if int(retries):
            check["Retries"] = int(retries)
    return Healthcheck(check)


def _duration(instruction: Instruction, flag: str, value: str) -> int:
    """Go's time.ParseDuration, in nanoseconds; Docker wants at least a millisecond, or 0."""
    if value in ("", "0", "+0", "-0"):
        return 0
    text = value.removeprefix("+")
    if not text or _PART.sub("", text):
        raise _problem(instruction, f"`--{flag}={value}` is not a time such as 30s or 1m30s")
    total = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    if total and not 10**6 <= total < 2**63:
        raise _problem(instruction, f"`--{flag}={value}` is less than a millisecond, or too long")
    return round(total)


def _problem(instruction: Instruction, reason: str) -> FormProblem:
    return FormProblem(INVALID.at(instruction, reason=reason))
