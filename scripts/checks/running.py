"""Running checks, all of them, whatever became of others: in order, and some beside the rest."""

import os
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import IO

from scripts.checks import tally
from scripts.checks.every import Check
from scripts.prepare import places, telling

SIGN_SECONDS = 60.0
"""How often what runs beside the others gives a sign of life once they are done."""


def run_all(checks: Sequence[Check]) -> list[tally.Outcome]:
    """Each check's outcome, in order. The output goes straight to the terminal.

    What runs beside the others writes into a file, and that is shown when it has ended.
    """
    beside = [check for check in checks if check.beside]
    with ThreadPoolExecutor(max(1, len(beside))) as pool:
        running = {check.name: pool.submit(_run_beside, check) for check in beside}
        done: dict[str, tally.Outcome] = {}
        for number, check in enumerate(checks, 1):
            if not check.beside:
                telling.say(f"\n[{number}/{len(checks)}] {check.name}")
                done[check.name] = run_one(check)
                _tell(done[check.name], f"[{number}/{len(checks)}]")
        for number, check in enumerate(checks, 1):
            if check.beside:
                done[check.name] = _awaited(check, running[check.name])
                _tell(done[check.name], f"[{number}/{len(checks)}]")
    return [done[check.name] for check in checks]


def run_one(check: Check, output: IO[bytes] | None = None) -> tally.Outcome:
    """Run one check to its end; its output goes to the terminal unless it is given a place.

    In CI a few tests that failed are run once more. What passes then is counted as passed, and
    named with what it said the first time: so that it is mended, and holds nobody up meanwhile.
    """
    began = time.monotonic()
    outcome = tally.judge(check.name, *_attempt(check, (), output), strict=in_ci())
    if check.again is not None and in_ci() and tally.may_try_again(outcome):
        _keep_first(check)
        second = tally.judge(check.name, *_attempt(check, check.again, output), strict=True)
        outcome = tally.tried_again(outcome, second)
    return replace(outcome, seconds=time.monotonic() - began)


def _attempt(
    check: Check, words: tuple[str, ...], output: IO[bytes] | None
) -> tuple[int, tally.Count | None]:
    """Run it once: its exit status, and what its report says."""
    if check.report is not None:
        # An old report must not speak for a run that did not get as far as writing one.
        check.report.unlink(missing_ok=True)
        check.report.parent.mkdir(parents=True, exist_ok=True)
    command = (*check.command, *words)
    try:
        environment = {**places.clean_environment(), **check.environment}
        code = subprocess.call(
            command, cwd=places.ROOT, env=environment, stdout=output, stderr=output
        )
    except OSError as error:
        telling.say(f"{check.command[0]} could not be started: {error}")
        code = 127
    return code, tally.read_report(check.report) if check.report is not None else None


def _keep_first(check: Check) -> None:
    if check.report is not None and check.report.exists():
        check.report.replace(check.report.with_stem(f"{check.report.stem}-first"))


def in_ci() -> bool:
    """Whether this is a run that nobody watches, in which nothing may be skipped."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def _run_beside(check: Check) -> tally.Outcome:
    log = _log(check)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return run_one(check, output)


def _awaited(check: Check, running: "Future[tally.Outcome]") -> tally.Outcome:
    """Wait for it, saying so, then show what it said."""
    while not wait([running], SIGN_SECONDS).done:
        size = _log(check).stat().st_size
        telling.say(f"{check.name} goes on, {size} bytes of output so far")
    telling.say(f"\n{check.name} ran beside the others and said:")
    telling.say(_log(check).read_text(errors="replace").rstrip())
    return running.result()


def _log(check: Check) -> Path:
    return places.workshop() / "reports" / f"{check.name.replace(' ', '-')}.log"


def _tell(outcome: tally.Outcome, place: str) -> None:
    word = "ok" if outcome.passed else "FAILED"
    remark = f" ({outcome.remark})" if outcome.remark else ""
    telling.say(f"{place} {outcome.name}: {word}, {outcome.seconds:.1f} s{remark}")
