"""The file system that a container's or a build step's commands work on, and what they changed.

It is a `bashkit.FileSystem` filled from a stack of layers. bashkit keeps no owners: a path keeps
the owner that its layer gave it, and new paths are root's.
"""

from array import array
from collections.abc import Iterator, Mapping
from typing import Any

import bashkit

from visualizer.engine.embedded.difference import Change, changed_bytes, difference
from visualizer.engine.embedded.stack import Stack
from visualizer.engine.embedded.tree import Node, Tree, directory, file, symlink

MOUNTED = frozenset({"/dev", "/proc", "/sys"})
"""Docker mounts file systems of its own here, so nothing below is ever part of a layer."""
INJECTED = frozenset({"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"})
"""Files that Docker puts into each container from outside."""

_PRESET = ("/tmp", "/home")  # noqa: S108 (a path in a virtual file system)
"""What a new bashkit file system has in it, beside /dev."""


LARGEST_FILE = 10_000_000
"""Bytes of one file; bashkit's own limit."""


def refusal(path: str, target: str = "") -> str | None:
    """Why a file system of bashkit would not take a path (or a symlink's target); None if it would.

    It refuses control characters, names beyond 255 bytes and more than 100 levels.
    """
    probe = bashkit.FileSystem()
    try:
        probe.mkdir(f"{path.rstrip('/')}/x" if path != "/" else "/x", recursive=True)
        if target:
            probe.symlink(target, "/symlink")
    except RuntimeError as error:
        return str(error).removeprefix("io error: ")
    return None


class DiskFull(Exception):
    """More bytes or files than a limit allows; `what` is the limit's name."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"{what} beyond {limit}")
        self.what = what
        self.limit = limit


class Disk:
    """A mutable file system. The methods are blocking and belong in a thread."""

    def __init__(self, base: Stack, filled: Stack | None = None) -> None:
        """`base` is what changes are told against; `filled` what is there at first."""
        self._base = base
        self._filled = filled or base
        self.filesystem = bashkit.FileSystem()
        self._fill()
        # What was filled in is known by its time of modification: eight bytes a path, since
        # there are many containers, each with all the paths of its image.
        self._times = array("d", bytes(8 * len(self._filled.positions)))
        self._seen: dict[str, tuple[float, Node]] = {}
        tree = base.tree
        self._outside = {path: tree[path] for path in tree if _outside_layers(path)}
        for path, entry in self._entries():
            position = self._filled.positions.get(path)
            if position is not None:
                self._times[position] = entry["modified"]

    def scan(self) -> dict[str, Node]:
        """The file system as it is now. Only files that were written since are read."""
        known = self._filled.tree
        tree: dict[str, Node] = {}
        seen: dict[str, tuple[float, Node]] = {}
        for path, entry in self._entries():
            node = self._unchanged(path, entry, known)
            if node is None:
                node = self._read_node(path, entry, known.get(path))
                if node is None:
                    continue
                seen[path] = (entry["modified"], node)
            tree[path] = node
        self._seen = seen
        tree.update(self._outside)
        return tree

    def changes(self) -> list[Change]:
        """What is different from the base, without the directories in between."""
        return difference(self._base.tree, self.scan())

    def check(self, changes: list[Change], *, disk_bytes: int, files: int) -> None:
        """Raises DiskFull when the changes take more than the limits allow."""
        if changed_bytes(changes) > disk_bytes:
            raise DiskFull("disk_bytes", disk_bytes)
        added = sum(1 for change in changes if change.kind == "added")
        if len(self._base.tree) + added > files:
            raise DiskFull("files", files)

    def read(self, path: str) -> bytes:
        """A file's content. Raises KeyError when there is no such file."""
        try:
            return self.filesystem.read_file(path)
        except (RuntimeError, OSError):
            raise KeyError(path) from None

    def inject(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Put a file there that is no part of the container's own layer, its folder too."""
        folder = path.rpartition("/")[0]
        if folder and not self.filesystem.exists(folder):
            self.filesystem.mkdir(folder, recursive=True)
        self.filesystem.write_file(path, content)
        self.filesystem.chmod(path, mode)

    def _fill(self) -> None:
        filesystem, tree = self.filesystem, self._filled.tree
        for path in _PRESET:
            filesystem.remove(path, recursive=True)
        for path in sorted(tree, key=len):
            node = tree[path]
            if node.kind == "directory" and path != "/dev" and not _below_mounts(path):
                filesystem.mkdir(path)
                if node.mode != 0o755:
                    filesystem.chmod(path, node.mode)
        for path, node in tree.items():
            if _below_mounts(path):
                continue
            if node.kind == "symlink":
                filesystem.symlink(node.target, path)
            elif node.kind == "file":
                filesystem.write_file(path, self._filled.read(path))
                if node.mode != 0o644:
                    filesystem.chmod(path, node.mode)

    def _entries(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        folders = [""]
        while folders:
            folder = folders.pop()
            try:
                entries = self.filesystem.read_dir(folder or "/")
            except (RuntimeError, OSError):
                # Removed since its parent was listed.
                continue
            for entry in entries:
                path = f"{folder}/{entry['name']}"
                if path in MOUNTED or path in INJECTED:
                    continue
                yield path, entry["metadata"]
                if entry["metadata"]["file_type"] == "directory":
                    folders.append(path)

    def _unchanged(self, path: str, entry: Mapping[str, Any], known: Tree) -> Node | None:
        seen = self._seen.get(path)
        if seen is not None:
            modified, node = seen
        else:
            position = self._filled.positions.get(path)
            if position is None:
                return None
            modified, node = self._times[position], known[path]
        same = (
            modified == entry["modified"]
            and node.kind == entry["file_type"]
            and (node.kind == "symlink" or node.mode == entry["mode"] & 0o7777)
            and (node.kind != "file" or node.size == entry["size"])
        )
        # A directory is its mode and owner: its time changes with its children.
        is_same_directory = node.kind == "directory" == entry["file_type"] and node.mode == (
            entry["mode"] & 0o7777
        )
        return node if same or is_same_directory else None

    def _read_node(self, path: str, entry: Mapping[str, Any], old: Node | None) -> Node | None:
        owner = (old.uid, old.gid) if old is not None else (0, 0)
        mode = entry["mode"] & 0o7777
        try:
            match entry["file_type"]:
                case "directory":
                    return directory(mode, *owner)
                case "symlink":
                    return symlink(self.filesystem.read_link(path), *owner)
                case "file":
                    return file(self.filesystem.read_file(path), mode, *owner)
        except (RuntimeError, OSError):
            # Removed since its folder was listed.
            pass
        return None


def _outside_layers(path: str) -> bool:
    return path in INJECTED or path in MOUNTED or _below_mounts(path)


def _below_mounts(path: str) -> bool:
    top, slash, _ = path[1:].partition("/")
    return bool(slash) and f"/{top}" in MOUNTED
