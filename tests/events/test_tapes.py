"""Every tape that is kept can be read for ever: the golden ones and the recordings."""

from pathlib import Path

import pytest

from visualizer.environment import PROJECT
from visualizer.events import types as event
from visualizer.labs.belief import Belief
from visualizer.recordings import format as file

TAPES = sorted(
    [*(PROJECT / "tests" / "tapes").glob("*.jsonl"), *(PROJECT / "content").rglob("*.jsonl")]
)


def test_there_are_tapes() -> None:
    assert TAPES


@pytest.mark.parametrize("path", TAPES, ids=lambda path: path.stem)
def test_a_tape_is_read_numbered_and_folded(path: Path) -> None:
    facts = file.read(path.read_bytes()).events
    assert [fact.seq for fact in facts] == list(range(1, len(facts) + 1))
    assert [fact.at_ms for fact in facts] == sorted(fact.at_ms for fact in facts)
    assert isinstance(facts[0], event.LabOpened)
    belief = Belief()
    for fact in facts:
        belief.fold(fact)
    assert belief.opened
