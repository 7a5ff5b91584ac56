"""All checks run, whatever fails; one that runs beside the others does so, and is heard."""

import sys
from pathlib import Path

import pytest

from scripts.checks import running
from scripts.checks.every import Check

MEETING = """
import pathlib, sys, time
mine, other = map(pathlib.Path, sys.argv[1:])
mine.touch()
deadline = time.monotonic() + 60
while not other.exists():
    if time.monotonic() > deadline:
        sys.exit("the other one never came")
    time.sleep(0.01)
print("we have met")
"""


def python(name: str, *words: str, beside: bool = False) -> Check:
    return Check(name, "python", (sys.executable, "-c", *words), beside=beside)


def test_what_fails_does_not_keep_the_rest_from_running() -> None:
    checks = [python("first", "raise SystemExit(3)"), python("second", "pass")]

    outcomes = running.run_all(checks)

    assert [(each.name, each.passed) for each in outcomes] == [("first", False), ("second", True)]


def test_a_check_beside_the_others_runs_while_they_do_and_is_heard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left, right = str(tmp_path / "left"), str(tmp_path / "right")
    checks = [
        python("a test of beside", MEETING, left, right, beside=True),
        python("in order", MEETING, right, left),
    ]

    outcomes = running.run_all(checks)

    assert [each.passed for each in outcomes] == [True, True]
    said = capsys.readouterr()
    assert "a test of beside ran beside the others and said:\nwe have met" in said.out + said.err


def test_a_check_beside_the_others_can_fail() -> None:
    failing = python("a failing test of beside", "raise SystemExit('no')", beside=True)

    (outcome,) = running.run_all([failing])

    assert not outcome.passed


def test_a_program_that_is_not_there_fails_its_check() -> None:
    (outcome,) = running.run_all([Check("absent", "python", ("/no/such/program",))])

    assert (outcome.passed, outcome.count.failed) == (False, 1)
