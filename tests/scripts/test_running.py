"""All checks run, whatever fails; one that runs beside the others does so, and is heard."""

import sys
from collections.abc import Callable
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


SUITE = """
import pathlib
import pytest

SEEN = pathlib.Path(__file__).with_name("seen")

@pytest.mark.parametrize("number", range(3))
def test_that_passes(number):
    with SEEN.open("a") as seen:
        seen.write("p")

def test_that_fails():
    with SEEN.open("a") as seen:
        seen.write("f")
    assert SEEN.read_text().count("f") >= {needed}, "not yet"
"""


@pytest.fixture
def suite(tmp_path: Path) -> Callable[[int], Check]:
    """A check of four tests, one of which passes when it is run for the time of this number."""

    def made(needed: int) -> Check:
        (tmp_path / "test_it.py").write_text(SUITE.format(needed=needed))
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        report = tmp_path / "report.xml"
        command = (sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:django")
        place = ("--rootdir", str(tmp_path), "-c", str(tmp_path / "pytest.ini"), str(tmp_path))
        words = (*command, *place, f"--junitxml={report}")
        return Check("a suite", "python", words, report=report, again=("--lf", "--lfnf=none"))

    return made


def test_in_ci_what_failed_is_run_once_more_and_nothing_else(
    suite: Callable[[int], Check], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")

    outcome = running.run_one(suite(2))

    assert (outcome.passed, outcome.count.passed, outcome.count.failed) == (True, 4, 0)
    assert "not yet" in outcome.count.unsteady[0]
    assert (tmp_path / "seen").read_text() == "pppff"
    assert "not yet" in (tmp_path / "report-first.xml").read_text()


def test_what_fails_twice_has_failed(
    suite: Callable[[int], Check], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")

    outcome = running.run_one(suite(3))

    assert (outcome.passed, outcome.count.failed) == (False, 1)
    assert (tmp_path / "seen").read_text() == "pppff"


def test_where_somebody_watches_nothing_is_run_again(
    suite: Callable[[int], Check], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "")

    assert not running.run_one(suite(2)).passed
    assert (tmp_path / "seen").read_text() == "pppf"


def test_a_program_that_is_not_there_fails_its_check() -> None:
    (outcome,) = running.run_all([Check("absent", "python", ("/no/such/program",))])

    assert (outcome.passed, outcome.count.failed) == (False, 1)
