"""Counting: what a check's JUnit report says, and the table at the end."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Count:
    """Tests of one check. A check that has no tests of its own counts as one."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reasons: tuple[str, ...] = ()
    """Why tests were skipped, each reason once."""


@dataclass(frozen=True)
class Outcome:
    """One check, done: whether it may stand, its count, how long it took, and a remark."""

    name: str
    passed: bool
    count: Count
    seconds: float
    remark: str = field(default="")


def read_report(path: Path) -> Count | None:
    """The count of a JUnit report; None when there is none or it cannot be read."""
    try:
        suites = list(ElementTree.parse(path).getroot().iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        return None
    passed = failed = skipped = 0
    reasons: dict[str, None] = {}
    for case in (case for suite in suites for case in suite.findall("testcase")):
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif skip is not None:
            skipped += 1
            reasons[skip.get("message") or "no reason given"] = None
        else:
            passed += 1
    return Count(passed, failed, skipped, tuple(reasons))


def judge(code: int, count: Count | None, *, strict: bool) -> tuple[bool, Count, str]:
    """Whether a check passed, from its exit status and report; `strict` (CI) refuses skips."""
    if count is None:
        return code == 0, Count(passed=int(code == 0), failed=int(code != 0)), ""
    if code != 0 and count.failed == 0:
        # The runner itself broke, or closed on no test: that is a failure nobody else counts.
        return False, Count(count.passed, 1, count.skipped, count.reasons), f"exit status {code}"
    if count.passed + count.failed + count.skipped == 0:
        return False, Count(failed=1), "no test was run"
    remark = f"skipped: {'; '.join(count.reasons)}" if count.skipped else ""
    if strict and count.skipped:
        failed = count.failed + count.skipped
        return False, Count(count.passed, failed, 0), f"may not be skipped in CI: {remark}"
    return code == 0, count, remark


def table(outcomes: Sequence[Outcome]) -> str:
    """One line a check, and the closing line that a machine reads."""
    width = max((len(outcome.name) for outcome in outcomes), default=0)
    lines = []
    for outcome in outcomes:
        word = "ok    " if outcome.passed else "FAILED"
        line = f"  {word}  {outcome.name:<{width}}  {outcome.seconds:7.1f} s"
        if outcome.count.passed + outcome.count.failed + outcome.count.skipped > 1:
            line += f"  {outcome.count.passed} passed, {outcome.count.failed} failed"
        lines.append(f"{line}  {outcome.remark}".rstrip())
    counts = [outcome.count for outcome in outcomes]
    closing = f"{sum(c.passed for c in counts)} passed, {sum(c.failed for c in counts)} failed"
    skipped = sum(c.skipped for c in counts)
    lines += ["", f"{closing}, {skipped} skipped" if skipped else closing]
    return "\n".join(lines)
