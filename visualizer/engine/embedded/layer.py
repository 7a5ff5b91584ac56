"""Layers as OCI has them: a difference between two file systems, written as a tar and read back.

The tar is deterministic: sorted, times at 0, no user names, and nothing of the machine in it.
"""

import hashlib
import io
import tarfile
from collections.abc import Iterable, Sequence
from typing import BinaryIO

import msgspec

from visualizer.engine.embedded.difference import Change, apply
from visualizer.engine.embedded.tree import (
    Node,
    Reader,
    Tree,
    below,
    directory,
    file,
    normal,
    symlink,
)

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
BLOCK = tarfile.BLOCKSIZE


class LayerEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One path of a layer. `node` is None for a whiteout."""

    path: str
    node: Node | None
    offset: int = 0
    """Where the file's content starts in the tar."""
    opaque: bool = False
    """True for a directory that hides all that the layers below have in it."""


class HashingWriter:
    """Passes bytes on and keeps their sha256 and their number."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._hash = hashlib.sha256()
        self.written = 0

    def write(self, data: bytes) -> None:
        """Write all of the data."""
        self._out.write(data)
        self._hash.update(data)
        self.written += len(data)

    @property
    def digest(self) -> str:
        """`sha256:` and the hash of what was written so far."""
        return f"sha256:{self._hash.hexdigest()}"


def write_layer(
    changes: Sequence[Change], read: Reader, out: BinaryIO
) -> tuple[str, list[LayerEntry]]:
    """Write the changes as a layer tar; its digest (the diff id) and what it holds.

    Names that start with `.wh.` cannot be told from whiteouts, so they are left out, as containerd
    does. OCI image-spec, layer.md.
    """
    writer = HashingWriter(out)
    entries: list[LayerEntry] = []
    for change in changes:
        if is_whiteout(change.path):
            continue
        content, node = b"", change.node
        if node is not None and node.kind == "file":
            # Told from the bytes at hand: what wrote the file may have gone on since the scan.
            try:
                content = read(change.path)
            except KeyError:
                # Removed since it was listed.
                continue
            node = file(content, node.mode, node.uid, node.gid)
        writer.write(_header(change.path, node, len(content)))
        entries.append(LayerEntry(change.path, node, writer.written))
        writer.write(content + bytes(-len(content) % BLOCK))
    writer.write(bytes(2 * BLOCK))
    return writer.digest, entries


def is_whiteout(path: str) -> bool:
    """Whether a path's last part has the prefix that marks whiteouts."""
    return path.rpartition("/")[2].startswith(WHITEOUT)


def _header(path: str, node: Node | None, size: int) -> bytes:
    # GNU format: BuildKit takes a PAX header at the start of a tar for a Dockerfile.
    info = tarfile.TarInfo(path.lstrip("/"))
    info.mtime = 0
    if node is None:
        above, _, name = path.rpartition("/")
        info.name = f"{above}/{WHITEOUT}{name}".lstrip("/")
        info.mode = 0
        return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
    info.mode, info.uid, info.gid, info.size = node.mode, node.uid, node.gid, size
    if node.kind == "directory":
        info.name += "/"
        info.type = tarfile.DIRTYPE
    elif node.kind == "symlink":
        info.type, info.linkname = tarfile.SYMTYPE, node.target
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def apply_layer(tree: Tree, entries: Iterable[LayerEntry]) -> dict[str, Node]:
    """The file system that a layer makes of the one below it."""
    listed = list(entries)
    hidden = {entry.path for entry in listed if entry.opaque}
    lower = tree
    if hidden:
        lower = {p: node for p, node in tree.items() if not any(below(p, top) for top in hidden)}
    # A whiteout speaks of the layers below only, whatever its place in the tar.
    deleted = [Change(e.path, "deleted") for e in listed if e.node is None]
    present = [Change(e.path, "added", e.node) for e in listed if e.node is not None]
    return apply(lower, [*deleted, *present])


def count(below_it: Tree, entries: Iterable[LayerEntry]) -> tuple[int, int, int]:
    """How many paths a layer adds, modifies and deletes, against what is below it.

    Directories that the layer only passes through are not counted.
    """
    added = modified = deleted = 0
    for entry in entries:
        old = below_it.get(entry.path)
        if entry.node is None:
            deleted += 1
        elif old is None:
            added += 1
        elif old.kind != "directory" or old != entry.node:
            modified += 1
    return added, modified, deleted


def layer_size(entries: Iterable[LayerEntry]) -> int:
    """Bytes of the files that a layer holds."""
    return sum(entry.node.size for entry in entries if entry.node is not None)


def read_layer(data: bytes) -> list[LayerEntry]:
    """What a layer tar holds, whoever wrote it. Raises tarfile.TarError.

    Hard links become the files that they point at; devices and pipes are passed over.
    """
    entries: dict[str, LayerEntry] = {}
    opaque: set[str] = set()
    whiteouts: list[LayerEntry] = []
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
        for info in tar:
            path = normal(info.name)
            above, _, name = path.rpartition("/")
            if name == OPAQUE:
                opaque.add(above)
            elif name.startswith(WHITEOUT):
                whiteouts.append(LayerEntry(f"{above}/{name[len(WHITEOUT) :]}", None))
            elif info.islnk():
                target = entries.get(normal(info.linkname))
                if target is not None:
                    entries[path] = LayerEntry(path, target.node, target.offset)
            elif path != "/" and (node := _node(info, tar)) is not None:
                entries[path] = LayerEntry(path, node, info.offset_data)
    marked = [LayerEntry(e.path, e.node, e.offset, e.path in opaque) for e in entries.values()]
    return [*whiteouts, *marked]


def _node(info: tarfile.TarInfo, tar: tarfile.TarFile) -> Node | None:
    mode = info.mode & 0o7777
    if info.isdir():
        return directory(mode, info.uid, info.gid)
    if info.issym():
        return symlink(info.linkname, info.uid, info.gid)
    if info.isreg():
        source = tar.extractfile(info)
        return file(source.read() if source else b"", mode, info.uid, info.gid)
    return None
