"""Counts come from what the runners reported, and nothing that did not run counts as passed."""

from pathlib import Path

import pytest

from scripts.checks import tally
from scripts.checks.tally import Count, Outcome

REPORT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"/>
<testcase classname="tests.bar" name="c"><failure message="two is not one"/></testcase>
<testcase classname="tests.bar" name="d"><error>no such fixture</error></testcase>
<testcase name="e"><skipped message="chromium is missing"/></testcase>
<testcase name="f"><skipped message="chromium is missing"/></testcase>
</testsuite></testsuites>"""


def _counted(report: str, folder: Path) -> Count | None:
    path = folder / "report.xml"
    path.write_text(report)
    return tally.read_report(path)


def test_a_report_is_counted(tmp_path: Path) -> None:
    failures = ("tests.bar c: two is not one", "tests.bar d: no such fixture")
    assert _counted(REPORT, tmp_path) == Count(2, 2, 2, ("chromium is missing",), failures)


@pytest.mark.parametrize("text", ["", "<testsuites>", "not a report"])
def test_a_broken_report_is_no_report(tmp_path: Path, text: str) -> None:
    assert _counted(text, tmp_path) is None


def test_a_check_without_tests_counts_as_one() -> None:
    assert tally.judge("ruff", 0, None, strict=True) == Outcome("ruff", True, Count(passed=1))
    assert tally.judge("ruff", 1, None, strict=True) == Outcome("ruff", False, Count(failed=1))


def test_a_runner_that_breaks_after_its_tests_passed_has_failed() -> None:
    outcome = tally.judge("pytest", 3, Count(passed=7), strict=False)

    assert (outcome.passed, outcome.count.failed) == (False, 1)
    assert outcome.remark == "exit status 3"
    assert not tally.may_try_again(outcome)


def test_a_runner_that_ran_no_test_has_failed() -> None:
    outcome = tally.judge("pytest", 0, Count(), strict=False)

    assert (outcome.passed, outcome.remark) == (False, "no test was run")


def test_a_skip_is_shown_with_its_reason() -> None:
    count = Count(passed=3, skipped=1, reasons=("chromium is missing",))

    outcome = tally.judge("pytest", 0, count, strict=False)

    assert outcome == Outcome("pytest", True, count, remark="skipped: chromium is missing")


def test_a_skip_fails_in_ci_and_is_not_tried_again() -> None:
    count = Count(passed=3, skipped=1, reasons=("chromium is missing",))

    outcome = tally.judge("pytest", 0, count, strict=True)

    assert not outcome.passed
    assert outcome.count.failed == 1
    assert "chromium is missing" in outcome.remark
    assert not tally.may_try_again(outcome)


# --- a second try

FAILED_ONCE = Outcome("pytest", False, Count(40, 2, failures=("a: no", "b: no")))


def test_few_tests_that_failed_are_tried_again_and_many_are_not() -> None:
    assert tally.may_try_again(FAILED_ONCE)
    assert not tally.may_try_again(Outcome("pytest", True, Count(40)))
    many = tally.MOST_AGAIN + 1
    failures = tuple(f"test {number}: no" for number in range(many))
    assert not tally.may_try_again(Outcome("pytest", False, Count(40, many, failures=failures)))


def test_what_passes_the_second_time_is_counted_and_named() -> None:
    outcome = tally.tried_again(FAILED_ONCE, Outcome("pytest", True, Count(2)))

    assert (outcome.passed, outcome.count.passed, outcome.count.failed) == (True, 42, 0)
    table = tally.table([outcome])
    assert "\nWhat failed and passed when it was tried again:\n- a: no\n- b: no\n" in table
    assert "2 at the second try" in table


@pytest.mark.parametrize(
    "second",
    [
        Outcome("pytest", False, Count(1, 1, failures=("b: no",))),
        Outcome("pytest", True, Count(1)),
        Outcome("pytest", False, Count(failed=1), remark="no test was run"),
    ],
    ids=["one fails again", "one was not run", "none was run"],
)
def test_what_does_not_pass_the_second_time_has_failed(second: Outcome) -> None:
    outcome = tally.tried_again(FAILED_ONCE, second)

    assert (outcome.passed, outcome.count) == (False, FAILED_ONCE.count)
    assert outcome.remark == "failed twice"


# --- the table


def test_the_closing_line_adds_everything_up() -> None:
    outcomes = [
        Outcome("ruff", True, Count(passed=1), 0.5),
        Outcome("pytest", False, Count(passed=40, failed=2), 61.0),
    ]

    table = tally.table(outcomes)

    assert table.splitlines()[-1] == "41 passed, 2 failed"
    assert "FAILED  pytest" in table


def test_what_failed_is_named_at_the_end_where_logs_are_cut(tmp_path: Path) -> None:
    said = "x" * 2 * tally.MOST_CHARACTERS
    report = (
        f"<t><testsuite><testcase name='c'><failure message='{said}'/></testcase></testsuite></t>"
    )
    named = Count(failed=1, failures=(f"c: {'x' * tally.MOST_CHARACTERS}…",))
    many = Count(failed=30, failures=tuple(f"test {number}: no" for number in range(30)))

    table = tally.table([Outcome("vitest", False, many, 3.0)])

    assert "\nWhat failed:\n- test 0: no\n" in table
    assert f"- test {tally.MOST_FAILURES}: no" not in table
    assert f"\n- and {30 - tally.MOST_FAILURES} more\n" in table
    assert _counted(report, tmp_path) == named


def test_nothing_is_named_when_nothing_failed() -> None:
    assert "What failed" not in tally.table([Outcome("ruff", True, Count(passed=1), 0.5)])
