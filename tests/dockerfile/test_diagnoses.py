"""Every diagnosis with a Dockerfile that triggers it and one that must not."""

import pytest

from tests.dockerfile.samples import Example, apply_fix, examples
from visualizer.dockerfile.reference import messages

EXAMPLES = examples()
ELSEWHERE = {
    # test_policy.py
    "nul-byte",
    "not-utf-8",
    "dockerfile-too-large",
    "too-many-instructions",
    "context-too-large",
    "too-many-files",
    "big-context",
    # test_plan.py and test_copying.py
    "unknown-target",
    "copy-source-missing-in-stage",
}
ids = [example.id for example in EXAMPLES]


def failure_codes() -> set[str]:
    """Covered by the table in test_failures.py, which checks its own completeness."""
    return {message.code for message in messages() if message.topic == "A RUN that failed"}


@pytest.mark.parametrize("example", EXAMPLES, ids=ids)
def test_a_diagnosis_appears_where_it_should_and_only_there(example: Example) -> None:
    found = [diagnosis.code for diagnosis in example.diagnose()]
    assert (example.code in found) == example.triggers, found


@pytest.mark.parametrize("example", [e for e in EXAMPLES if not e.triggers], ids=lambda e: e.id)
def test_an_example_that_is_fine_has_no_errors_at_all(example: Example) -> None:
    assert [d for d in example.diagnose() if d.severity == "error"] == []


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.triggers], ids=lambda e: e.id)
def test_a_fix_mends_what_it_promises_and_breaks_nothing(example: Example) -> None:
    before = example.diagnose()
    errors = [d.code for d in before if d.severity == "error"]
    for diagnosis in before:
        if diagnosis.fix is None:
            continue
        fixed = Example(example.code, True, 0, apply_fix(example.source, diagnosis.fix))
        fixed.files = example.files
        after = fixed.diagnose()
        same = [d for d in after if d.code == diagnosis.code and d.title == diagnosis.title]
        assert same == [], fixed.source
        new = [d.code for d in after if d.severity == "error" and d.code not in errors]
        assert new == [], fixed.source


def test_every_code_has_an_example_that_triggers_it_and_one_that_does_not() -> None:
    codes = {message.code for message in messages()} - ELSEWHERE - failure_codes()
    assert {e.code for e in EXAMPLES if e.triggers} == codes
    assert {e.code for e in EXAMPLES if not e.triggers} == codes


def test_there_are_many_errors_and_warnings_and_some_hints() -> None:
    severities = [message.severity for message in messages()]
    assert severities.count("error") + severities.count("warning") >= 25
    assert severities.count("hint") >= 10


@pytest.mark.parametrize("example", EXAMPLES, ids=ids)
def test_diagnoses_are_whole_sentences_on_real_lines(example: Example) -> None:
    lines = example.source.count("\n") + 1
    for diagnosis in example.diagnose():
        assert diagnosis.title.endswith((".", "?")), diagnosis.title
        assert diagnosis.why.strip().endswith((".", "?", "…", ")")), diagnosis.why
        assert diagnosis.try_.strip().endswith((".", "?", ")")), diagnosis.try_
        assert "{" not in diagnosis.title.replace("${", "")
        if diagnosis.line is not None:
            assert 1 <= diagnosis.line <= (diagnosis.line_end or 0) <= lines


def test_diagnoses_come_in_the_order_of_the_lines() -> None:
    for example in EXAMPLES:
        lines = [diagnosis.line or 0 for diagnosis in example.diagnose()]
        assert lines == sorted(lines)
