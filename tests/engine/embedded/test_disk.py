"""The file system that commands work on."""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.engine.embedded.trees import FILE_SYSTEMS, reader
from visualizer.engine.embedded.difference import difference
from visualizer.engine.embedded.disk import Disk, DiskFull
from visualizer.engine.embedded.stack import Stack
from visualizer.engine.embedded.store import Store
from visualizer.engine.embedded.tree import Node, directory, file, symlink

Grown = tuple[dict[str, Node], dict[str, bytes]]
SHARED = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=50,
)


def stack(store: Store, grown: Grown) -> Stack:
    """A stack of one layer."""
    layer = store.put_layer(difference({}, grown[0]), reader(grown[1]))
    return Stack.empty().push(layer)


BASE: Grown = (
    {
        "/bin": directory(),
        "/bin/tool": file(b"tool", 0o755),
        "/dev": directory(),
        "/etc": directory(0o750),
        "/etc/conf": file(b"conf", 0o600, 7, 8),
        "/etc/plain": file(b"plain"),
        "/tmp": directory(0o1777),
        "/link": symlink("etc/conf"),
    },
    {"/bin/tool": b"tool", "/etc/conf": b"conf", "/etc/plain": b"plain"},
)


@SHARED
@given(grown=FILE_SYSTEMS)
def test_what_was_filled_in_is_what_is_there(store: Store, grown: Grown) -> None:
    disk = Disk(stack(store, grown))
    assert disk.changes() == []
    assert {path: disk.read(path) for path in grown[1]} == grown[1]


@SHARED
@given(before=FILE_SYSTEMS, after=FILE_SYSTEMS)
def test_a_stored_difference_comes_back(store: Store, before: Grown, after: Grown) -> None:
    base = stack(store, before)
    changes = difference(before[0], after[0])
    upper = store.put_layer(changes, reader(after[1]))
    assert Disk(base, base.push(upper)).changes() == changes


def test_every_kind_of_change_is_seen(store: Store) -> None:
    disk = Disk(stack(store, BASE))
    disk.filesystem.write_file("/bin/tool", b"TOOL")
    disk.filesystem.remove("/etc/conf")
    disk.filesystem.mkdir("/new")
    disk.filesystem.symlink("/bin/tool", "/new/link")
    disk.filesystem.chmod("/tmp", 0o755)
    changes = {change.path: change.kind for change in disk.changes()}
    assert changes == {
        "/bin/tool": "modified",
        "/etc/conf": "deleted",
        "/new": "added",
        "/new/link": "added",
        "/tmp": "modified",
    }


def test_a_file_of_the_same_size_moved_over_another_is_seen(store: Store) -> None:
    disk = Disk(stack(store, BASE))
    disk.filesystem.remove("/bin/tool")
    disk.filesystem.rename("/etc/conf", "/bin/tool")
    assert disk.scan()["/bin/tool"].digest == file(b"conf").digest


def test_a_rewrite_with_the_same_content_is_no_change(store: Store) -> None:
    disk = Disk(stack(store, BASE))
    disk.filesystem.write_file("/etc/plain", b"plain")
    assert disk.changes() == []


def test_owners_stay_with_their_paths(store: Store) -> None:
    disk = Disk(stack(store, BASE))
    disk.filesystem.write_file("/etc/conf", b"changed")
    node = disk.scan()["/etc/conf"]
    assert (node.uid, node.gid) == (7, 8)


def test_what_docker_mounts_is_in_no_layer(store: Store) -> None:
    disk = Disk(stack(store, BASE))
    disk.inject("/etc/hostname", b"host\n")
    disk.inject("/dev/pipes/script", b"#!/bin/sh\n", 0o755)
    disk.inject("/proc/1/status", b"")
    assert disk.changes() == []


def test_a_full_disk_is_told(store: Store) -> None:
    disk = Disk(stack(store, BASE))
    disk.filesystem.write_file("/big", bytes(2000))
    disk.check(disk.changes(), disk_bytes=2000, files=9)
    with pytest.raises(DiskFull, match="disk_bytes"):
        disk.check(disk.changes(), disk_bytes=1999, files=9)
    with pytest.raises(DiskFull, match="files"):
        disk.check(disk.changes(), disk_bytes=2000, files=8)


def test_a_missing_file_is_a_key_error(store: Store) -> None:
    with pytest.raises(KeyError):
        Disk(stack(store, BASE)).read("/nothing")
