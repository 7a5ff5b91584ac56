"""A container's writable layer, read where overlayfs keeps it. The engine's own list costs it a
walk through the whole image; this costs a walk through what was written.

The container goes on writing meanwhile, and may put a link in a directory's place at any moment, so
directories are opened one inside the other and links are never followed.
"""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from visualizer.engine.docker.layer_index import LayerIndex, storable
from visualizer.engine.docker.layer_sources import is_opaque
from visualizer.engine.port import LayerFile
from visualizer.events.types import ChangeKind, FileChange

MOST_ENTRIES = 50_000
"""How many paths are looked at; a container with more than that is over every limit."""
MOST_LEVELS = 200
"""How deep: each level is a directory that is open, and a call inside a call."""
ENGINES_OWN = frozenset(
    {
        "/.dockerenv", "/dev", "/dev/console", "/dev/pts", "/dev/shm", "/etc", "/etc/hostname",  # noqa: S108
        "/etc/hosts", "/etc/mtab", "/etc/resolv.conf", "/proc", "/sys",
    }
)  # fmt: skip
"""What the engine puts into every container, in a layer of its own."""
MOUNTED = frozenset({"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"})
"""Where the engine mounts files of its own, so what a container writes there is no part of its
layer. Newer engines leave empty files when somebody has looked into a container that has ended."""


@dataclass
class WritableLayer:
    """Reads one container's writable layer. Blocking."""

    folder: Path
    image_layers: Sequence[str]
    index: LayerIndex
    complete: bool = True
    """Whether the last reading has seen everything."""
    _found: list[tuple[FileChange, LayerFile]] = field(default_factory=list)
    _seen: set[tuple[int, int]] = field(default_factory=set)
    _left: int = MOST_ENTRIES
    _size: int = 0

    def read(self) -> tuple[tuple[FileChange, ...], int]:
        """What is changed by now, sorted by path, and the bytes of all files.

        Raises OSError when the folder is gone.
        """
        self._found, self._seen, self._left, self._size = [], set(), MOST_ENTRIES, 0
        self.complete = True
        top = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._folder("", top)
        finally:
            os.close(top)
        self._found.sort(key=lambda found: found[0].path)
        return tuple(change for change, _ in self._found), self._size

    @property
    def layer(self) -> tuple[LayerFile, ...]:
        """What the last reading has found, as the files of a layer."""
        return tuple(file for _, file in self._found)

    def _folder(self, path: str, descriptor: int) -> bool:
        """Note what a directory holds; whether there was anything to note."""
        noted = len(self._found)
        with os.scandir(descriptor) as found:
            names = [item.name for item in found]
        for name in names:
            self._left -= 1
            if self._left > 0:
                self._entry(f"{path}/{name}", name, descriptor)
            else:
                self.complete = False
        if path and is_opaque(descriptor):
            self._hidden(path, set(names))
        return len(self._found) > noted

    def _entry(self, path: str, name: str, above: int) -> None:
        if path in MOUNTED:
            return
        try:
            told = os.stat(name, dir_fd=above, follow_symlinks=False)
        except OSError:
            return
        if stat.S_ISDIR(told.st_mode):
            self._directory(path, name, above, told)
        elif stat.S_ISCHR(told.st_mode) and told.st_rdev == 0:
            if self._below(path):
                self._note_deleted(path)
        else:
            size = told.st_size if stat.S_ISREG(told.st_mode) else 0
            inode = (told.st_dev, told.st_ino)
            # A file with two names is stored once.
            self._size += 0 if inode in self._seen else size
            if told.st_nlink > 1:
                self._seen.add(inode)
            file = LayerFile(path, "file", size, told.st_mode & 0o7777)
            if stat.S_ISLNK(told.st_mode):
                file = LayerFile(path, "symlink", 0, 0o777, _target(name, above))
            self._note("modified" if self._below(path) else "added", file)

    def _directory(self, path: str, name: str, above: int, told: os.stat_result) -> None:
        if path.count("/") > MOST_LEVELS:
            self.complete = False
            return
        try:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            descriptor = os.open(name, flags, dir_fd=above)
        except OSError:
            return
        try:
            changed = self._folder(path, descriptor)
            opaque = is_opaque(descriptor)
        finally:
            os.close(descriptor)
        old = self.index.look_up(self.image_layers, path)
        mode, owner = told.st_mode & 0o7777, f"{told.st_uid}:{told.st_gid}"
        file = LayerFile(path, "directory", 0, mode, owner=owner, opaque=opaque)
        if old is None and path not in ENGINES_OWN:
            self._note("added", file)
        elif changed or (old is not None and (old.mode, old.owner) != (mode, owner)):
            self._note("modified", file)

    def _hidden(self, path: str, present: set[str]) -> None:
        """A directory that was made anew hides what the old one had."""
        for name in self.index.children(self.image_layers, path) - present:
            self._note_deleted(f"{path}/{name}")

    def _below(self, path: str) -> bool:
        return path in ENGINES_OWN or self.index.look_up(self.image_layers, path) is not None

    def _note_deleted(self, path: str) -> None:
        self._note("deleted", LayerFile(path, "whiteout", 0, 0))

    def _note(self, kind: ChangeKind, file: LayerFile) -> None:
        path = storable(file.path) or file.path
        told = replace(file, path=path, target=storable(file.target))
        self._found.append((FileChange(path=path, kind=kind, size=file.size), told))


def _target(name: str, above: int) -> str:
    try:
        return os.readlink(name, dir_fd=above)
    except OSError:
        # It has gone meanwhile.
        return ""
