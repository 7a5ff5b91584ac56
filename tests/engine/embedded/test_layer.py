"""Layer tars, read by Python's own tarfile and by ours."""

import io
import tarfile

from hypothesis import given

from tests.engine.embedded.trees import FILE_SYSTEMS, reader
from visualizer.engine.embedded.difference import Change, difference, with_parents
from visualizer.engine.embedded.layer import (
    LayerEntry,
    apply_layer,
    count,
    layer_size,
    read_layer,
    write_layer,
)
from visualizer.engine.embedded.tree import Node, directory, file, symlink

Grown = tuple[dict[str, Node], dict[str, bytes]]


def written(before: Grown, after: Grown) -> tuple[str, list[LayerEntry], bytes]:
    """The layer that makes one file system of another."""
    out = io.BytesIO()
    changes = with_parents(difference(before[0], after[0]), after[0])
    digest, entries = write_layer(changes, reader(after[1]), out)
    return digest, entries, out.getvalue()


@given(FILE_SYSTEMS, FILE_SYSTEMS)
def test_a_written_layer_reads_back_as_the_same(before: Grown, after: Grown) -> None:
    _, _, tar = written(before, after)
    assert apply_layer(before[0], read_layer(tar)) == after[0]


@given(FILE_SYSTEMS, FILE_SYSTEMS)
def test_the_index_says_what_the_tar_holds(before: Grown, after: Grown) -> None:
    _, entries, tar = written(before, after)
    assert apply_layer(before[0], entries) == after[0]
    for entry in entries:
        if entry.node is not None and entry.node.kind == "file":
            content = tar[entry.offset : entry.offset + entry.node.size]
            assert content == after[1][entry.path]


@given(FILE_SYSTEMS, FILE_SYSTEMS)
def test_the_same_change_gives_the_same_bytes(before: Grown, after: Grown) -> None:
    assert written(before, after) == written(before, (dict(reversed(after[0].items())), after[1]))


def test_python_unpacks_what_was_written() -> None:
    nodes = {
        "/app": directory(0o750),
        "/app/run.sh": file(b"#!/bin/sh\n", 0o755, 10, 20),
        "/app/link": symlink("run.sh"),
        "/" + "long" * 60: file(b"long"),
    }
    contents = {"/app/run.sh": b"#!/bin/sh\n", "/" + "long" * 60: b"long"}
    _, _, tar = written(({"/old": file(b"old")}, {}), (nodes, contents))
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        found = {member.name: member for member in archive}
        script = archive.extractfile("app/run.sh")
        assert script is not None
        assert script.read() == b"#!/bin/sh\n"
    assert set(found) == {"app", "app/run.sh", "app/link", "long" * 60, ".wh.old"}
    assert (found["app"].isdir(), found["app"].mode) == (True, 0o750)
    run = found["app/run.sh"]
    assert (run.mode, run.uid, run.gid, run.mtime, run.uname) == (0o755, 10, 20, 0, "")
    assert (found["app/link"].issym(), found["app/link"].linkname) == (True, "run.sh")
    assert found[".wh.old"].size == 0


def test_an_empty_layer_has_the_digest_that_docker_knows() -> None:
    digest, entries = write_layer([], reader({}), io.BytesIO())
    assert digest == "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
    assert entries == []


def test_a_layer_never_begins_with_a_pax_header() -> None:
    name = "/" + "ü" * 150
    _, _, tar = written(({}, {}), ({name: file(b"x")}, {name: b"x"}))
    assert b"PaxHeader" not in tar
    assert tar[156:157] == b"L"


def test_a_file_named_like_a_whiteout_is_left_out() -> None:
    out = io.BytesIO()
    changes = [Change("/.wh.evil", "added", file(b"x"))]
    _, entries = write_layer(changes, reader({"/.wh.evil": b"x"}), out)
    assert entries == []


def test_what_is_written_meanwhile_keeps_the_layer_whole() -> None:
    out = io.BytesIO()
    changes = [Change("/log", "added", file(b"short"))]
    _, entries = write_layer(changes, reader({"/log": b"much longer now"}), out)
    assert entries[0].node == file(b"much longer now")
    assert read_layer(out.getvalue())[0].node == file(b"much longer now")


def foreign(*members: tarfile.TarInfo) -> bytes:
    """A layer tar that someone else wrote."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(bytes(member.size)))
    return out.getvalue()


def member(
    name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0
) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


def test_an_opaque_directory_hides_what_is_below() -> None:
    below = {"/d": directory(), "/d/old": file(b"old"), "/e": file(b"e")}
    entries = read_layer(
        foreign(member("d/", tarfile.DIRTYPE), member("d/.wh..wh..opq"), member("d/new"))
    )
    assert set(apply_layer(below, entries)) == {"/d", "/d/new", "/e"}


def test_a_whiteout_hides_the_layers_below_only() -> None:
    below = {"/f": file(b"old")}
    entries = read_layer(foreign(member("f", size=3), member(".wh.f")))
    assert apply_layer(below, entries)["/f"].size == 3


def test_a_hard_link_is_a_second_file() -> None:
    entries = read_layer(foreign(member("one", size=4), member("two", tarfile.LNKTYPE, "one")))
    tree = apply_layer({}, entries)
    assert tree["/two"] == tree["/one"]


def test_directories_passed_through_are_not_counted() -> None:
    before = {"/d": directory(), "/d/old": file(b"o"), "/d/same": file(b"s")}
    after = {"/d": directory(), "/d/old": file(b"new"), "/d/same": file(b"s"), "/x": file(b"xx")}
    _, entries, _ = written((before, {}), (after, {"/d/old": b"new", "/x": b"xx"}))
    assert [entry.path for entry in entries] == ["/d", "/d/old", "/x"]
    assert count(before, entries) == (1, 1, 0)
    assert layer_size(entries) == 5
