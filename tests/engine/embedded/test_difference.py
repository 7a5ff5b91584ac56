"""Differences of file systems."""

from hypothesis import given

from tests.engine.embedded.trees import FILE_SYSTEMS
from visualizer.engine.embedded.difference import apply, changed_bytes, difference, with_parents
from visualizer.engine.embedded.tree import Node, directory, file

Grown = tuple[dict[str, Node], dict[str, bytes]]


@given(FILE_SYSTEMS, FILE_SYSTEMS)
def test_a_difference_applied_gives_the_other_file_system(before: Grown, after: Grown) -> None:
    assert apply(before[0], difference(before[0], after[0])) == after[0]


@given(FILE_SYSTEMS)
def test_what_is_the_same_has_no_difference(same: Grown) -> None:
    assert difference(same[0], dict(same[0])) == []


@given(FILE_SYSTEMS, FILE_SYSTEMS)
def test_listed_parents_change_nothing(before: Grown, after: Grown) -> None:
    listed = with_parents(difference(before[0], after[0]), after[0])
    assert apply(before[0], listed) == after[0]


@given(FILE_SYSTEMS, FILE_SYSTEMS)
def test_parents_come_before_what_is_in_them(before: Grown, after: Grown) -> None:
    paths = [change.path for change in with_parents(difference(before[0], after[0]), after[0])]
    assert len(paths) == len(set(paths))
    for number, path in enumerate(paths):
        assert not any(path.startswith(f"{later}/") for later in paths[number:])


def test_a_deleted_directory_is_one_change() -> None:
    before = {"/d": directory(), "/d/x": file(b"x"), "/d-y": file(b"y"), "/d/z": file(b"z")}
    changes = difference(before, {"/d-y": file(b"y")})
    assert [(change.path, change.kind) for change in changes] == [("/d", "deleted")]


def test_a_directory_that_became_a_file_is_modified() -> None:
    before = {"/d": directory(), "/d/x": file(b"x")}
    changes = difference(before, {"/d": file(b"now a file")})
    assert [(change.path, change.kind) for change in changes] == [("/d", "modified")]


def test_a_changed_mode_is_a_change() -> None:
    changes = difference({"/f": file(b"f", 0o644)}, {"/f": file(b"f", 0o755)})
    assert [change.kind for change in changes] == ["modified"]


def test_only_what_is_there_counts_as_bytes() -> None:
    before = {"/gone": file(b"12345"), "/d": directory()}
    assert changed_bytes(difference(before, {"/d": directory(), "/new": file(b"123")})) == 3
