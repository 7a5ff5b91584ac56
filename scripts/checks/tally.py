"""Counting: what a check's JUnit report says, and the table at the end."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

MOST_FAILURES = 12
MOST_AGAIN = 3
"""So many tests may be tried again; where more fail, it is not chance."""
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
    unsteady: tuple[str, ...] = ()
    """The same of those that failed, and passed when they were tried again."""


@dataclass(frozen=True)
class Outcome:
    """One check, done: whether it may stand, its count, how long it took, and a remark."""

    name: str
    passed: bool
    count: Count
    seconds: float = 0.0
    remark: str = ""


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


def judge(name: str, code: int, count: Count | None, *, strict: bool) -> Outcome:
    """A check's outcome by its exit status and report; `strict` (CI) refuses skips."""
    if count is None:
        return Outcome(name, code == 0, Count(passed=int(code == 0), failed=int(code != 0)))
    if code != 0 and count.failed == 0:
        # The runner itself broke, or closed on no test: that is a failure nobody else counts.
        return Outcome(name, False, replace(count, failed=1), remark=f"exit status {code}")
    if count.passed + count.failed + count.skipped == 0:
        return Outcome(name, False, Count(failed=1), remark="no test was run")
    remark = f"skipped: {'; '.join(count.reasons)}" if count.skipped else ""
    if strict and count.skipped:
        failed = count.failed + count.skipped
        unskipped = replace(count, failed=failed, skipped=0)
        return Outcome(name, False, unskipped, remark=f"may not be skipped in CI: {remark}")
    return Outcome(name, code == 0, count, remark=remark)


def may_try_again(outcome: Outcome) -> bool:
    """Whether what failed is named tests, and so few of them that it may have been chance."""
    failed = outcome.count.failed
    return 0 < failed <= MOST_AGAIN and failed == len(outcome.count.failures)


def tried_again(first: Outcome, second: Outcome) -> Outcome:
    """What holds after a second try of (at least) the tests that failed at the first."""
    before, after = first.count, second.count
    if not second.passed or after.passed < before.failed:
        return replace(first, remark="failed twice")
    count = Count(before.passed + before.failed, unsteady=before.failures)
    return Outcome(first.name, True, count, remark=f"{before.failed} at the second try")


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
    lines += _named("What failed:", [each for count in counts for each in count.failures])
    lines += _named(
        "What failed and passed when it was tried again:",
        [each for count in counts for each in count.unsteady],
    )
    lines += ["", f"{closing}, {skipped} skipped" if skipped else closing]
    return "\n".join(lines)


def _named(heading: str, tests: Sequence[str]) -> list[str]:
    if not tests:
        return []
    more = [f"- and {len(tests) - MOST_FAILURES} more"] if len(tests) > MOST_FAILURES else []
    return ["", heading, *(f"- {test}" for test in tests[:MOST_FAILURES]), *more]
