"""Running checks one after the other, all of them, whatever became of those before."""

import os
import subprocess
import time
from collections.abc import Sequence

from scripts.checks import tally
from scripts.checks.every import Check
from scripts.prepare import places, telling


def run_all(checks: Sequence[Check]) -> list[tally.Outcome]:
    """Each check's outcome, in order; their output goes straight to the terminal."""
    outcomes = []
    for number, check in enumerate(checks, 1):
        telling.say(f"\n[{number}/{len(checks)}] {check.name}")
        outcome = run_one(check)
        word = "ok" if outcome.passed else "FAILED"
        remark = f" ({outcome.remark})" if outcome.remark else ""
        telling.say(
            f"[{number}/{len(checks)}] {check.name}: {word}, {outcome.seconds:.1f} s{remark}"
        )
        outcomes.append(outcome)
    return outcomes


def run_one(check: Check) -> tally.Outcome:
    """Run one check to its end."""
    if check.report is not None:
        # An old report must not speak for a run that did not get as far as writing one.
        check.report.unlink(missing_ok=True)
        check.report.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    try:
        environment = {**places.clean_environment(), **check.environment}
        code = subprocess.call(check.command, cwd=places.ROOT, env=environment)
    except OSError as error:
        telling.say(f"{check.command[0]} could not be started: {error}")
        code = 127
    count = tally.read_report(check.report) if check.report is not None else None
    passed, counted, remark = tally.judge(code, count, strict=in_ci())
    return tally.Outcome(check.name, passed, counted, time.monotonic() - began, remark)


def in_ci() -> bool:
    """Whether this is a run that nobody watches, in which nothing may be skipped."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}
