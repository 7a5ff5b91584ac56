"""Counting: what a check's JUnit report says, and the table at the end."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

MOST_FAILURES = 12
MOST_CHARACTERS = 400
"""Of a failure's message in the table: enough to know it by where a log is cut to its end."""


@dataclass(frozen=True)
class Count:
    """Tests of one check. A check that has no tests of its own counts as one."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reasons: tuple[str, ...] = ()
    """Why tests were skipped, each reason once."""
    failures: tuple[str, ...] = ()
    """The tests that failed, each with the beginning of what it said."""


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
    failures: list[str] = []
    for case in (case for suite in suites for case in suite.findall("testcase")):
        skip = case.find("skipped")
        trouble = case.find("failure")
        if trouble is None:  # Not `or`: an element without children is false.
            trouble = case.find("error")
        if trouble is not None:
            failed += 1
            failures.append(_failure(case, trouble))
        elif skip is not None:
            skipped += 1
            reasons[skip.get("message") or "no reason given"] = None
        else:
            passed += 1
    return Count(passed, failed, skipped, tuple(reasons), tuple(failures))


def _failure(case: ElementTree.Element, trouble: ElementTree.Element) -> str:
    said = (trouble.get("message") or trouble.text or "nothing said").strip()
    message = said if len(said) <= MOST_CHARACTERS else f"{said[:MOST_CHARACTERS]}…"
    return f"{case.get('classname', '')} {case.get('name', '')}: {message}".strip()


def judge(code: int, count: Count | None, *, strict: bool) -> tuple[bool, Count, str]:
    """Whether a check passed, from its exit status and report; `strict` (CI) refuses skips."""
    if count is None:
        return code == 0, Count(passed=int(code == 0), failed=int(code != 0)), ""
    if code != 0 and count.failed == 0:
        # The runner itself broke, or closed on no test: that is a failure nobody else counts.
        return False, replace(count, failed=1), f"exit status {code}"
    if count.passed + count.failed + count.skipped == 0:
        return False, Count(failed=1), "no test was run"
    remark = f"skipped: {'; '.join(count.reasons)}" if count.skipped else ""
    if strict and count.skipped:
        failed = count.failed + count.skipped
        unskipped = replace(count, failed=failed, skipped=0)
        return False, unskipped, f"may not be skipped in CI: {remark}"
    return code == 0, count, remark


def table(outcomes: Sequence[Outcome]) -> str:
    """One line a check, what failed, and the closing line that a machine reads."""
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
    failures = [failure for count in counts for failure in count.failures]
    if failures:
        lines += ["", "What failed:", *(f"- {failure}" for failure in failures[:MOST_FAILURES])]
    if len(failures) > MOST_FAILURES:
        lines.append(f"- and {len(failures) - MOST_FAILURES} more")
    lines += ["", f"{closing}, {skipped} skipped" if skipped else closing]
    return "\n".join(lines)
