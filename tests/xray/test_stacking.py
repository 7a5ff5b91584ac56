"""What a layer does to those below it: added, modified, deleted, hidden, replaced."""

from hypothesis import given

from tests.xray.layers import Layer, applied, file, folder, layer, link, whiteout
from tests.xray.strategies import PATIENT, images
from visualizer.xray.dissection import Dissection, View
from visualizer.xray.node import Node


def apart(*layers: Layer) -> Dissection:
    """The image of these layers, whose digests are `0`, `1` …"""
    return Dissection([str(place) for place in range(len(layers))], layers)


def states(view: View) -> dict[str, str]:
    """Each path's state, without folders that are only passed through."""
    nodes = view.tree.nodes.values()
    return {node.path: view.state(node) for node in nodes if view.state(node) != "same"}


def at(view: View, path: str) -> Node:
    """What a view has there."""
    return view.tree.nodes[path]


def test_a_layer_adds_modifies_and_deletes() -> None:
    made = apart(
        layer(file("/etc/a", 1), file("/etc/b", 2), file("/etc/c", 3)),
        layer(file("/etc/b", 5), whiteout("/etc/c"), file("/etc/d", 7)),
    )
    top = made.layer(1)
    assert states(top) == {"/etc/b": "modified", "/etc/c": "deleted", "/etc/d": "added"}
    assert top.counts == (1, 1, 1)
    assert at(top, "/etc/b").weight == 2
    assert at(top, "/etc/c").weight == 3


def test_the_image_says_which_layer_each_path_comes_from() -> None:
    image = apart(layer(file("/etc/a"), file("/b")), layer(file("/b")), layer(file("/c"))).image
    assert [at(image, path).layer for path in ("/etc", "/etc/a", "/b", "/c")] == [0, 0, 1, 2]


def test_a_deleted_file_is_a_ghost_that_weighs_all_its_copies() -> None:
    image = apart(layer(file("/s", 5)), layer(file("/s", 7)), layer(whiteout("/s"))).image
    ghost = at(image, "/s")
    assert (ghost.state, ghost.weight, ghost.layer, ghost.hidden_by) == ("ghost", 12, 1, 2)
    assert [(copy.layer, copy.size) for copy in ghost.copies] == [(0, 5)]


def test_what_comes_back_after_it_was_deleted_still_weighs_what_it_did() -> None:
    made = apart(layer(file("/s", 5)), layer(whiteout("/s")), layer(file("/s", 2)))
    assert states(made.layer(2)) == {"/s": "added"}
    node = at(made.image, "/s")
    assert (node.state, node.size, node.weight, node.layer) == ("added", 2, 5, 2)


def test_a_deleted_folder_takes_what_is_in_it_along() -> None:
    made = apart(layer(file("/d/e/x", 5), file("/d/y", 7)), layer(whiteout("/d")))
    top = made.layer(1)
    assert top.counts == (0, 0, 1)
    assert states(top) == dict.fromkeys(("/d", "/d/e", "/d/e/x", "/d/y"), "deleted")
    assert top.tree.totals["/d"] == (0, 12)
    assert {node.state for node in made.image.tree.nodes.values()} == {"ghost"}


def test_a_folder_that_becomes_a_file_hides_what_was_in_it() -> None:
    made = apart(layer(file("/d/x", 5)), layer(file("/d", 3)))
    assert states(made.layer(1)) == {"/d": "modified", "/d/x": "deleted"}
    assert made.layer(1).counts == (0, 1, 0)
    assert (at(made.image, "/d").kind, at(made.image, "/d/x").state) == ("file", "ghost")


def test_a_file_that_becomes_a_folder_is_a_copy_that_still_weighs() -> None:
    made = apart(layer(file("/d", 3)), layer(file("/d/x", 5)))
    assert states(made.layer(1)) == {"/d": "modified", "/d/x": "added"}
    assert (at(made.image, "/d").kind, at(made.image, "/d").weight) == ("directory", 3)


def test_an_opaque_folder_hides_what_the_layers_below_have_in_it() -> None:
    made = apart(
        layer(file("/d/old", 5), file("/d/sub/deep", 7), file("/d/kept", 1)),
        layer(folder("/d", opaque=True), file("/d/kept", 2), folder("/d/sub"), file("/d/new", 3)),
    )
    top = made.layer(1)
    assert states(top) == {
        "/d/old": "deleted",
        "/d/sub/deep": "deleted",
        "/d/kept": "modified",
        "/d/new": "added",
    }
    assert (at(made.image, "/d/sub").state, at(made.image, "/d/sub/deep").state) == (
        "added",
        "ghost",
    )


def test_folders_that_are_passed_through_are_no_changes() -> None:
    made = apart(layer(folder("/d")), layer(file("/d/x")), layer(folder("/d", mode=0o700)))
    assert made.layer(1).counts == (1, 0, 0)
    assert states(made.layer(2)) == {"/d": "modified"}


def test_a_change_of_owner_is_a_change_of_a_folder() -> None:
    made = apart(layer(folder("/d")), layer(folder("/d", owner="1000:1000")))
    assert states(made.layer(1)) == {"/d": "modified"}


def test_links_have_their_targets_and_no_bytes() -> None:
    image = apart(layer(link("/now", "/then"))).image
    assert (at(image, "/now").kind, at(image, "/now").target) == ("symlink", "/then")
    assert image.summary.files == 1


def test_folders_that_no_layer_lists_are_there_all_the_same() -> None:
    image = apart([file("/a/b/c", 3)]).image
    assert at(image, "/a/b").kind == "directory"
    assert image.tree.totals[""] == (3, 0)


def test_a_containers_layer_lies_over_the_image() -> None:
    image = apart(layer(file("/etc/conf", 10), file("/etc/other", 5), file("/gone", 7)))
    own = image.container([folder("/etc", owner=""), file("/etc/conf", 12), whiteout("/gone")])
    assert states(own) == {"/etc/conf": "modified", "/gone": "deleted"}
    assert own.layers == ("0", None)
    assert (own.summary.size, own.summary.hidden, own.summary.files) == (12, 17, 1)
    # The image itself is as it was.
    assert at(image.image, "/gone").state == "added"
    assert image.image.tree.totals[""] == (22, 0)


@PATIENT
@given(images())
def test_the_merged_tree_is_the_layers_applied_one_after_another(made: list[Layer]) -> None:
    image = apart(*made).image
    seen = {
        node.path: (node.kind, node.size, node.mode, node.target)
        for node in image.tree.nodes.values()
        if not node.is_gone
    }
    assert seen == {
        path: (found.kind, found.size, found.mode, found.target)
        for path, found in applied(made).items()
    }


@PATIENT
@given(images())
def test_no_byte_is_lost(made: list[Layer]) -> None:
    """What can be seen and what is hidden are together what the layers take."""
    found = apart(*made)
    total = found.image.tree.totals.get("", (0, 0))
    assert sum(total) == sum(each.size for layer_ in made for each in layer_)
    assert found.image.summary.hidden == total[1]
    assert found.image.summary.size == sum(total)


@PATIENT
@given(images())
def test_each_layer_hides_its_part_of_what_is_hidden(made: list[Layer]) -> None:
    found = apart(*made)
    hidden = [found.layer(place).summary.hidden for place in range(len(made))]
    assert sum(hidden) == found.image.summary.hidden


@PATIENT
@given(images())
def test_an_image_says_of_each_layer_what_the_layer_alone_would_have_said(
    made: list[Layer],
) -> None:
    whole = apart(*made)
    for place in range(len(made)):
        prefix = apart(*made[: place + 1])
        assert prefix.layer(place).tree.nodes == whole.layer(place).tree.nodes
        assert prefix.layer(place).counts == whole.layer(place).counts


@PATIENT
@given(images())
def test_a_containers_layer_shows_what_the_same_layer_of_an_image_would(
    made: list[Layer],
) -> None:
    whole, own = apart(*made).image, apart(*made[:-1]).container(made[-1])
    assert {node.path for node in own.tree.nodes.values() if not node.is_gone} == {
        node.path for node in whole.tree.nodes.values() if not node.is_gone
    }
    assert own.tree.totals == whole.tree.totals


@PATIENT
@given(images())
def test_what_a_layer_says_it_modified_or_deleted_was_there_before(made: list[Layer]) -> None:
    found = apart(*made)
    for place in range(len(made)):
        below = applied(made[:place])
        for node in found.layer(place).tree.nodes.values():
            assert (node.path in below) == (node.state in ("modified", "deleted", "same"))
