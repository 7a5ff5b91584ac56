"""Where a layer's list of files is read: out of an exported image, as a stream; or, when the
engine's disk is this machine's and may be read, out of the layer's own directory, which is quicker.
"""

import gzip
import hashlib
import os
import stat
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from visualizer.engine.docker.layer_index import Entry, LayerIndex

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
PIECE = 256 * 1024


class TooManyFiles(Exception):
    """Layers have more files and directories than they may have."""


class Room:
    """How many files and directories may still be read, over all layers that share it."""

    def __init__(self, left: int | None) -> None:
        """None is any number."""
        self._left = left

    def more(self, count: int) -> None:
        """Have room for so many beside them, which do not count."""
        if self._left is not None:
            self._left += count

    def take(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The entries, as far as there is room. Raises TooManyFiles."""
        for entry in entries:
            if self._left is not None:
                if self._left <= 0:
                    raise TooManyFiles
                self._left -= 1
            yield entry


class HashingReader:
    """Passes bytes on as they are read, and keeps their sha256."""

    def __init__(self, source: IO[bytes], head: bytes = b"") -> None:
        self._source = source
        self._head = head
        self._hash = hashlib.sha256(head)

    def read(self, size: int = PIECE) -> bytes:
        """As of a file."""
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
            return data
        data = self._source.read(size)
        self._hash.update(data)
        return data

    def digest(self) -> str:
        """Of the whole, once what is left of it has been read."""
        while self.read():
            pass
        return f"sha256:{self._hash.hexdigest()}"


def index_export(export: BinaryIO, index: LayerIndex, room: Room | None = None) -> None:
    """Read every layer of an exported image into the index, those that are there already in vain.

    Raises tarfile.TarError, OSError, and TooManyFiles when all together are more than has room.

    A layer is what is a tar itself, and its name is the sha256 of its bytes unpacked: that holds
    for docker-archives and for OCI layouts, so no manifest is needed.
    """
    room = room or Room(None)
    with tarfile.open(fileobj=export, mode="r|", bufsize=PIECE) as tar:
        for info in tar:
            content = tar.extractfile(info) if info.isreg() else None
            if content is None:
                continue
            head = content.read(512)
            if head[:2] == b"\x1f\x8b":
                unpacked = gzip.GzipFile(fileobj=cast("IO[bytes]", Rest(content, head)), mode="rb")
                _index_layer(HashingReader(cast("IO[bytes]", unpacked)), index, room)
            elif head[257:262] == b"ustar" or (len(head) == 512 and not any(head)):
                _index_layer(HashingReader(content, head), index, room)


class Rest:
    """A file whose beginning has been read already."""

    def __init__(self, source: IO[bytes], head: bytes) -> None:
        self._source = source
        self._head = head

    def read(self, size: int = -1) -> bytes:
        """As of a file."""
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
            return data
        return self._source.read(size)


def _index_layer(reader: HashingReader, index: LayerIndex, room: Room) -> None:
    # The name is known only at the end, so the entries wait in a list: paths, not contents.
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", reader), mode="r|", bufsize=PIECE) as tar:
            entries = list(room.take(layer_entries(tar)))
    except tarfile.ReadError:
        return
    index.put(reader.digest(), entries)


def layer_entries(tar: tarfile.TarFile) -> Iterator[Entry]:
    """What a layer's tar holds. OCI image-spec, layer.md."""
    opaque: set[str] = set()
    folders: dict[str, Entry] = {}
    sizes: dict[str, int] = {}
    for info in tar:
        path = "/" + info.name.removeprefix("./").strip("/")
        above, _, name = path.rpartition("/")
        if path in ("/", "/."):
            continue
        if name == OPAQUE:
            opaque.add(above)
        elif name.startswith(WHITEOUT):
            yield Entry(f"{above}/{name.removeprefix(WHITEOUT)}", "whiteout")
        elif info.isdir():
            owner = f"{info.uid}:{info.gid}"
            folders[path] = Entry(path, "directory", mode=info.mode & 0o7777, owner=owner)
        elif info.issym():
            yield Entry(path, "symlink", mode=0o777, target=info.linkname)
        else:
            # A hard link's content is its first name's, and counted there.
            size = info.size if info.isreg() else 0
            sizes[path] = size
            yield Entry(path, "file", size, info.mode & 0o7777)
    for path, entry in folders.items():
        yield replace(entry, opaque=path in opaque)


def layer_folders(inspected: Mapping[str, Any]) -> dict[str, Path]:
    """Each layer's directory on this machine, empty when they cannot be read from here.

    For overlay2: the engine says where the directories are, the highest first.
    """
    driver = inspected.get("GraphDriver") or {}
    data = driver.get("Data") or {}
    layers = inspected["RootFS"]["Layers"]
    if driver.get("Name") != "overlay2" or not data.get("UpperDir"):
        return {}
    below = [part for part in str(data.get("LowerDir") or "").split(":") if part]
    folders = [Path(part) for part in (data["UpperDir"], *below)]
    if len(folders) != len(layers):
        return {}
    if not all(os.access(folder, os.R_OK | os.X_OK) for folder in folders):
        return {}
    return dict(zip(layers, reversed(folders), strict=True))


def folder_entries(folder: Path) -> Iterator[Entry]:
    """What a layer's directory holds, whiteouts in overlayfs's own form. Raises OSError."""
    seen: set[tuple[int, int]] = set()
    # In the order of the export, so that the same name of a hard link is the one that counts.
    waiting = [("", str(folder))]
    while waiting:
        above, where = waiting.pop()
        found = os.lstat(where)
        if above:
            yield _folder_entry(above, where, found, seen)
        if stat.S_ISDIR(found.st_mode):
            with os.scandir(where) as listed:
                names = sorted((item.name for item in listed), reverse=True)
            waiting += [(f"{above}/{name}", f"{where}/{name}") for name in names]


def _folder_entry(path: str, where: str, told: os.stat_result, seen: set[tuple[int, int]]) -> Entry:
    mode = told.st_mode & 0o7777
    if stat.S_ISDIR(told.st_mode):
        owner = f"{told.st_uid}:{told.st_gid}"
        return Entry(path, "directory", mode=mode, opaque=is_opaque(where), owner=owner)
    if stat.S_ISLNK(told.st_mode):
        return Entry(path, "symlink", mode=0o777, target=str(Path(where).readlink()))
    if stat.S_ISCHR(told.st_mode) and told.st_rdev == 0:
        return Entry(path, "whiteout")
    inode = (told.st_dev, told.st_ino)
    counted = not stat.S_ISREG(told.st_mode) or inode in seen
    if told.st_nlink > 1:
        seen.add(inode)
    return Entry(path, "file", 0 if counted else told.st_size, mode)


def is_opaque(path: str | int) -> bool:
    """Whether a directory (its path, or open) of overlayfs hides all that is below it."""
    for name in ("trusted.overlay.opaque", "user.overlay.opaque"):
        try:
            if os.getxattr(path, name) == b"y":
                return True
        except OSError:
            continue
    return False
