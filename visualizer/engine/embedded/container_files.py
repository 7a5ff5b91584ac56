"""A container's file system between its image and its disk: what of it is its own, and stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from visualizer.engine.embedded.container_config import text_of
from visualizer.engine.embedded.difference import Change, difference, with_parents
from visualizer.engine.embedded.disk import Disk
from visualizer.engine.embedded.stack import Stack
from visualizer.engine.embedded.state import ContainerRecord
from visualizer.engine.embedded.store import Store
from visualizer.engine.embedded.tree import Node, Tree, below
from visualizer.engine.embedded.userland.paths import real
from visualizer.engine.port import LayerFile
from visualizer.events.types import FileChange


@dataclass(frozen=True)
class Changes:
    """What a container changed against its image, as `docker diff` tells it."""

    files: tuple[FileChange, ...] = ()
    writable_size: int = 0
    total_size: int = 0
    """With what is in volumes."""
    added: int = 0
    """How many paths are new, volumes too."""
    layer: tuple[LayerFile, ...] = ()
    """The same files as those of a layer."""


@dataclass(frozen=True)
class Stored:
    """The layers that a container's files were stored as."""

    writable: str | None
    volumes: str | None
    changes: Changes


def image_stack(record: ContainerRecord, store: Store) -> Stack:
    """The container's image. Blocking. Raises LayerGone."""
    return store.stack(record.layers)


def full_stack(record: ContainerRecord, store: Store) -> Stack:
    """The image with the stored writable layer on it, and the volumes. Blocking."""
    stack = store.stack(record.layers)
    for digest in (record.writable, record.volumes):
        if digest is not None:
            stack = stack.push(store.layer(digest))
    return stack


def open_disk(record: ContainerRecord, store: Store) -> Disk:
    """The container's file system, ready for its processes. Blocking."""
    disk = Disk(image_stack(record, store), full_stack(record, store))
    # Docker makes the working directory too, when the image has it no more.
    for path in (*volumes_of(record), text_of(record, "WorkingDir", "/")):
        where = real(disk.filesystem, path)
        if where != "/" and not disk.filesystem.exists(where):
            disk.filesystem.mkdir(where, recursive=True)
    if disk.filesystem.exists("/etc"):
        name = record.hostname
        disk.inject("/etc/hostname", f"{name}\n".encode())
        disk.inject("/etc/hosts", f"127.0.0.1\tlocalhost\n127.0.1.1\t{name}\n".encode())
        disk.inject("/etc/resolv.conf", b"# There is no network in the embedded engine.\n")
    return disk


def volumes_of(record: ContainerRecord) -> tuple[str, ...]:
    """Paths whose content is not in the container's layer (VOLUME)."""
    volumes = record.config.get("Volumes")
    return tuple(volumes) if isinstance(volumes, Mapping) else ()


def look(record: ContainerRecord, disk: Disk, base: Tree) -> Changes:
    """What a running container has changed by now. Blocking."""
    tree = disk.scan()
    return describe(difference(base, tree), tree, volumes_of(record))


def stored_changes(record: ContainerRecord, store: Store) -> Changes:
    """What an exited container has changed. Blocking."""
    if record.writable is None:
        return Changes()
    base = image_stack(record, store)
    tree = base.push(store.layer(record.writable)).tree
    return describe(difference(base.tree, tree), tree, volumes_of(record))


def describe(changes: Sequence[Change], after: Tree, volumes: Iterable[str]) -> Changes:
    """Changes in the words of `docker diff`: sorted, parents listed, what is in volumes left out.

    Where the image has no directory to mount a volume on, the container gets one of its own.
    """
    own = _outside(changes, volumes)
    listed = sorted(with_parents(own, after), key=lambda change: change.path)
    files = tuple(
        FileChange(path=change.path, kind=change.kind, size=_size(change.node)) for change in listed
    )
    return Changes(
        files,
        writable_size=sum(_size(change.node) for change in own),
        total_size=sum(_size(change.node) for change in changes),
        added=sum(1 for change in changes if change.kind == "added"),
        layer=tuple(as_file(change.path, change.node) for change in listed),
    )


def store_files(record: ContainerRecord, disk: Disk, base: Stack, store: Store) -> Stored:
    """Store what the container has written. Blocking; nothing may run in it meanwhile."""
    tree = disk.scan()
    changes = difference(base.tree, tree)
    own = _outside(changes, volumes_of(record))
    in_layer = {change.path for change in own}
    rest = [change for change in changes if change.path not in in_layer]
    return Stored(
        _store(own, tree, disk, store),
        _store(rest, tree, disk, store),
        describe(changes, tree, volumes_of(record)),
    )


def _store(changes: Sequence[Change], tree: Tree, disk: Disk, store: Store) -> str | None:
    if not changes:
        return None
    return store.put_layer(with_parents(changes, tree), disk.read).digest


def _outside(changes: Sequence[Change], volumes: Iterable[str]) -> list[Change]:
    tops = [path.rstrip("/") for path in volumes]
    if not tops:
        return list(changes)
    return [
        change
        for change in changes
        if not any(
            below(change.path, top) or (change.path == top and change.kind != "added")
            for top in tops
        )
    ]


def as_file(path: str, node: Node | None, *, opaque: bool = False) -> LayerFile:
    """What a layer has at a path; None is a whiteout."""
    if node is None:
        return LayerFile(path, "whiteout", 0, 0)
    owner = f"{node.uid}:{node.gid}" if node.kind == "directory" else "0:0"
    return LayerFile(path, node.kind, node.size, node.mode, node.target or None, owner, opaque)


def _size(node: Node | None) -> int:
    return 0 if node is None else node.size
