"""A part of a tape: what came before is folded unseen, what comes after is gone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recordings.tapes import GOLDEN, build, container, executed, numbered, opened, said
from visualizer.events import types as event
from visualizer.labs.belief import Belief
from visualizer.recordings.cutting import cut
from visualizer.recordings.format import Header, Note, read, write

FILES = {"Dockerfile": b"FROM scratch\n"}
TAPE = numbered(
    opened(),
    build(1, FILES),
    *container(),
    *said("before"),
    *executed("earlier", exec_id="1" * 32, command="secret-command"),
    *said("after"),
    *executed("later", exec_id="2" * 32),
)
BEFORE = 8
"""The position after the first command had ended."""


def test_the_whole_tape_is_a_part() -> None:
    whole = cut(TAPE, 0, len(TAPE))
    assert (whole.events, whole.begins) == (TAPE, 0)


def test_what_was_said_before_the_part_is_left_out() -> None:
    part = cut(TAPE, BEFORE, len(TAPE))
    outputs = [fact.text for fact in part.events if hasattr(fact, "text")]
    assert outputs == ["after", "later"]
    assert part.begins == 4


def test_a_command_that_had_ended_before_leaves_no_trace() -> None:
    part = cut(TAPE, BEFORE, len(TAPE))
    assert not any("secret-command" in str(fact) for fact in part.events)
    assert [f.exec for f in part.events if isinstance(f, event.ExecStarted)] == ["2" * 32]


def test_a_command_that_still_runs_stays() -> None:
    part = cut(TAPE, BEFORE - 1, len(TAPE))
    assert any("secret-command" in str(fact) for fact in part.events)


def test_what_comes_after_the_part_is_not_there() -> None:
    part = cut(TAPE, 0, 3)
    assert part.events == TAPE[:3]


def test_time_begins_with_the_part() -> None:
    part = cut(TAPE, BEFORE, len(TAPE))
    times = [fact.at_ms for fact in part.events]
    assert times == [0, 0, 0, 0, 1000, 2000, 3000, 4000]


def test_moments_are_found_again() -> None:
    part = cut(TAPE, BEFORE, len(TAPE))
    assert part.position_of(BEFORE) == part.begins
    assert part.position_of(BEFORE + 1) == part.begins + 1
    assert part.position_of(len(TAPE)) == len(part.events)
    assert part.origin[part.begins] == BEFORE + 1


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
@settings(deadline=None)
@given(data=st.data())
def test_any_part_of_any_tape_is_a_recording(path: object, data: st.DataObject) -> None:
    events = _events(str(path))
    first = data.draw(st.integers(0, len(events) - 1))
    last = data.draw(st.integers(first + 1, len(events)))
    at = data.draw(st.integers(first, last))
    part = cut(events, first, last)
    header = Header(begins=part.begins, notes=[Note(at=part.position_of(at), text="Look.")])
    recorded = read(write(header, part.events))
    assert len(recorded.events) - recorded.header.begins == last - first
    assert _believed(recorded.events) == _believed(events[:last])


def _events(path: str) -> list[event.AnyEvent]:
    with open(path, "rb") as file:
        return read(file.read()).events


def _believed(events: list[event.AnyEvent]) -> dict[str, object]:
    """What the site believes to be there; a recording must not change that."""
    belief = Belief()
    for fact in events:
        belief.fold(fact)
    return {
        name: value
        for name, value in vars(belief).items()
        if name not in ("at_ms", "seq") and "exec" not in name
    }
