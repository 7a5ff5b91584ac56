"""Lists of a view: folders, searches, filters, the largest first, a page at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xray.layers import Layer, file, layer, whiteout
from tests.xray.strategies import PATIENT, images
from tests.xray.test_stacking import apart
from visualizer.xray.dissection import View
from visualizer.xray.listing import FILTERS, SORTS, BadCursor, Only, Query, Sort, page

IMAGE = apart(
    layer(
        file("/etc/hosts", 10),
        file("/etc/secret.KEY", 500),
        file("/usr/lib/big", 9000),
        file("/usr/lib/small", 1),
    ),
    layer(file("/etc/hosts", 20), whiteout("/etc/secret.KEY"), file("/app/main.py", 300)),
).image


def paths(query: Query, view: View = IMAGE) -> list[str]:
    """What is listed, all of it."""
    return [row.node.path for row in page(view, query, 10_000).rows]


def test_a_folder_lists_its_children_with_what_is_below_them() -> None:
    rows = page(IMAGE, Query("/")).rows
    told = [(row.node.path, row.total.size, row.total.weight, row.children) for row in rows]
    assert told == [("/app", 300, 0, 1), ("/etc", 20, 510, 2), ("/usr", 9001, 0, 1)]
    assert paths(Query("")) == paths(Query("/"))
    assert paths(Query("/usr/lib/")) == ["/usr/lib/big", "/usr/lib/small"]


def test_a_folder_that_is_not_there_is_empty() -> None:
    assert paths(Query("/no/such")) == []
    assert paths(Query("/usr/lib/big")) == []


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("HOST", ["/etc/hosts"]),
        ("key", ["/etc/secret.KEY"]),
        ("lib/b", ["/usr/lib/big"]),
        ("lib", ["/usr/lib"]),
        ("*.py", ["/app/main.py"]),
        ("/usr/*/s*", ["/usr/lib/small"]),
        ("[bs]*", ["/etc/secret.KEY", "/usr/lib/big", "/usr/lib/small"]),
        ("[", []),
        ("nothing", []),
    ],
)
def test_a_search_finds_names_in_any_case(search: str, found: list[str]) -> None:
    assert paths(Query(None, search)) == found


@pytest.mark.parametrize(
    ("only", "found"),
    [
        ("changed", ["/etc/hosts"]),
        ("deleted", ["/etc/secret.KEY"]),
        ("wasted", ["/etc/hosts", "/etc/secret.KEY"]),
    ],
)
def test_a_filter_lets_some_through(only: Only, found: list[str]) -> None:
    assert paths(Query(None, only=[only])) == found


def test_filters_add_up() -> None:
    assert paths(Query(None, "e", ["deleted", "changed"])) == ["/etc/secret.KEY"]
    assert paths(Query(None, only=["deleted", "changed"])) == ["/etc/hosts", "/etc/secret.KEY"]


def test_of_a_deleted_folder_only_its_top_is_listed_as_deleted() -> None:
    view = apart(layer(file("/d/e/x", 5), file("/d/y", 7)), layer(whiteout("/d"))).layer(1)
    assert paths(Query(None, only=["deleted"]), view) == ["/d"]
    assert paths(Query("/d"), view) == ["/d/e", "/d/y"]
    assert paths(Query(None, "x"), view) == ["/d/e/x"]


def test_a_folder_that_is_filtered_shows_what_leads_to_a_match() -> None:
    assert paths(Query("/", only=["changed"])) == ["/etc"]
    assert paths(Query("/etc", only=["changed"])) == ["/etc/hosts"]
    assert paths(Query("/usr", "small")) == ["/usr/lib"]


def test_the_largest_come_first() -> None:
    assert paths(Query("/", sort="size")) == ["/usr", "/app", "/etc"]
    assert paths(Query(None, "", ["wasted"], "size")) == ["/etc/secret.KEY", "/etc/hosts"]


@pytest.mark.parametrize("after", ["x", "1", "-1:/a", ":", "١:/a", "9" * 40 + ":/a", "x:/a"])
def test_a_cursor_that_no_page_gave_is_refused(after: str) -> None:
    with pytest.raises(BadCursor):
        page(IMAGE, Query("/", after=after))


@PATIENT
@given(
    images(),
    st.sampled_from([None, "/", "/a", "/a/b"]),
    st.sampled_from(["", "a", "/b", "?"]),
    st.sets(st.sampled_from(FILTERS)),
    st.sampled_from(SORTS),
    st.integers(1, 4),
)
def test_pages_are_the_whole_list_in_pieces(
    made: list[Layer],
    folder: str | None,
    search: str,
    only: set[Only],
    sort: Sort,
    length: int,
) -> None:
    view = apart(*made).image
    after, found = "", []
    while True:
        got = page(view, Query(folder, search, only, sort, after), length)
        assert len(got.rows) <= length
        found += [row.node.path for row in got.rows]
        if got.next is None:
            break
        after = got.next
    assert found == paths(Query(folder, search, only, sort), view)
    assert len(found) == len(set(found))


@PATIENT
@given(images())
def test_every_path_is_reached_by_opening_folders(made: list[Layer]) -> None:
    view = apart(*made).image
    waiting, reached = ["/"], []
    while waiting:
        for row in page(view, Query(waiting.pop()), 1000).rows:
            reached.append(row.node.path)
            if row.children:
                waiting.append(row.node.path)
    assert sorted(reached) == sorted(view.tree.nodes)
