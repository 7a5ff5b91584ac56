"""What is said of a comparison, and with what exit code the command ends."""

import pytest

from tests.engine.agreement import report
from tests.engine.agreement.__main__ import told
from tests.engine.agreement.case import Case, Difference
from tests.engine.agreement.comparing import compare

WHY = Difference(at=[1], fields=["stdout"], cause="simulated userland", why="Because.")


def case(*differs: Difference) -> Case:
    """A case in which one thing is done."""
    return Case("case", ("wait one",), differs)


def answers(stdout: str) -> list[dict[str, object]]:
    """The answer to it; many other fields agree."""
    others = {f"field {number}": number for number in range(99)}
    return [{"do": "wait one", "stdout": stdout, **others}]


@pytest.mark.parametrize(
    ("differs", "ours", "code"),
    [
        ((), "same", 0),
        ((), "other", 1),
        ((WHY,), "other", 0),
        ((WHY,), "same", 1),
    ],
    ids=["all agrees", "no reason", "a reason", "a reason for nothing"],
)
def test_the_command_fails_without_a_reason_for_a_difference_or_a_difference_for_a_reason(
    differs: tuple[Difference, ...], ours: str, code: int
) -> None:
    played = case(*differs)
    assert told([played], compare(played, answers("same"), answers(ours))) == code


def test_the_command_fails_below_the_aim() -> None:
    fields = [f"field {number}" for number in range(10)]
    played = case(Difference([1], fields, "no times", "Because."))
    theirs = answers("same")
    compared = compare(played, theirs, [{**theirs[0], **dict.fromkeys(fields, "other")}])
    assert report.share(compared) == 90
    assert told([played], compared) == 1


def test_the_table_counts_by_field_and_cause() -> None:
    compared = compare(case(WHY), answers("same"), answers("other"))
    rows = report.table(compared).splitlines()
    lines = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows]
    assert lines[0] == ["field", "compared", "agree", "simulated userland"]
    assert lines[2] == ["stdout", "1", "0", "1"]
    assert lines[-1] == ["**all**", "100", "99", "1"]


def test_answers_to_another_play_are_not_compared() -> None:
    with pytest.raises(ValueError, match="record them anew"):
        compare(case(), [{"do": "build"}], answers("same"))
