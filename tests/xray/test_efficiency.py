"""Wasted bytes and efficiency are dive's: examples reckoned by hand from its rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xray.layers import Layer, file, folder, layer, whiteout
from tests.xray.strategies import PATIENT, images
from visualizer.xray.dissection import Dissection


def figures(*layers: Layer) -> tuple[int, float]:
    """Wasted bytes, and the efficiency."""
    summary = Dissection([f"sha256:{n}" for n in range(len(layers))], layers).image.summary
    return summary.wasted, summary.efficiency


def test_an_image_without_a_byte_is_efficient() -> None:
    assert figures() == (0, 1.0)
    assert figures(layer(file("/nothing"))) == (0, 1.0)


def test_what_is_written_once_wastes_nothing() -> None:
    assert figures(layer(file("/a", 10)), layer(file("/b", 20))) == (0, 1.0)


def test_of_a_file_written_twice_both_copies_count() -> None:
    """The least is the smaller copy: 2000 of 7000, beside the 3000 of the other file."""
    wasted, score = figures(
        layer(file("/etc/nginx.conf", 2000), file("/etc/public", 3000)),
        layer(file("/etc/nginx.conf", 5000)),
    )
    assert wasted == 7000
    assert score == pytest.approx(5000 / 10_000)


def test_a_third_copy_counts_as_well() -> None:
    wasted, score = figures(*[layer(file("/a", size)) for size in (30, 10, 20)])
    assert wasted == 60
    assert score == pytest.approx(10 / 60)


def test_a_file_that_is_deleted_could_have_taken_nothing() -> None:
    wasted, score = figures(layer(file("/a", 60), file("/b", 40)), layer(whiteout("/a")))
    assert wasted == 60
    assert score == pytest.approx(40 / 100)


def test_a_deleted_folder_counts_as_its_bytes_and_lowers_nothing() -> None:
    """dive adds what the folder held to the least and to the total, under the folder's own path."""
    wasted, score = figures(layer(file("/d/a", 60), file("/b", 40)), layer(whiteout("/d")))
    assert wasted == 0
    assert score == pytest.approx((60 + 40 + 60) / (60 + 40 + 60))


def test_dives_own_example() -> None:
    """dive's test says 0.75: its folder there has no entry of its own, so its bytes are 0."""
    wasted, score = figures(
        [file("/etc/nginx/nginx.conf", 2000), file("/etc/nginx/public", 3000)],
        [file("/etc/athing", 10_000), file("/etc/nginx/nginx.conf", 5000)],
        [whiteout("/etc/nginx")],
    )
    assert wasted == 7000
    assert score == pytest.approx(0.75)


def test_an_empty_folder_that_is_deleted_is_two_leaves() -> None:
    assert figures(layer(folder("/d")), layer(whiteout("/d"))) == (0, 1.0)


def test_a_layer_tells_the_figures_of_the_image_up_to_it() -> None:
    made = Dissection("abc", [layer(file("/a", 5)), layer(file("/b", 5)), layer(file("/a", 5))])
    assert [made.layer(place).summary.wasted for place in range(3)] == [0, 0, 10]


@PATIENT
@given(images())
def test_the_figures_are_those_of_a_reckoning_path_by_path(made: list[Layer]) -> None:
    """Deleting is dealt with above; here the bytes of each layer's leaves are added up."""
    sizes: dict[str, list[int]] = {}
    for each in made:
        for found in each:
            if not any(other.path.startswith(f"{found.path}/") for other in each):
                sizes.setdefault(found.path, []).append(found.size)
    deleted = any(found.kind == "whiteout" or found.opaque for each in made for found in each)
    wasted, score = figures(*made)
    assert 0 <= score <= 1
    if deleted:
        return
    total = sum(sum(each) for each in sizes.values())
    assert wasted == sum(sum(each) for each in sizes.values() if len(each) > 1)
    assert score == pytest.approx(sum(min(each) for each in sizes.values()) / total if total else 1)


@PATIENT
@given(st.lists(st.integers(0, 100), min_size=1, max_size=6))
def test_the_order_of_copies_does_not_matter(sizes: list[int]) -> None:
    def of(order: list[int]) -> tuple[int, float]:
        return figures(*[layer(file("/a", size)) for size in order])

    assert of(sizes) == of(sorted(sizes))
