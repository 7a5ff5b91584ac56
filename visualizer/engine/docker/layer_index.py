"""What layers hold, on disk and not in memory: read once a digest, then looked up and paged."""

import sqlite3
import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from visualizer.engine.port import FileKind, LayerFile

MOST_COUNTED = 2000
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS layer (
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, size INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS entry (
    layer INTEGER NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL,
    mode INTEGER NOT NULL, target TEXT, opaque INTEGER NOT NULL, owner TEXT NOT NULL,
    PRIMARY KEY (layer, path)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS step (
    lab TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (lab, key)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Entry:
    """One path of a layer. `opaque` is a directory that hides all that is below it."""

    path: str
    kind: FileKind
    size: int = 0
    mode: int = 0
    target: str | None = None
    opaque: bool = False
    owner: str = "0:0"
    """User and group, as numbers."""


@dataclass(frozen=True)
class Found:
    """What is at a path, as far as a directory can differ."""

    kind: FileKind
    mode: int
    owner: str


@dataclass(frozen=True)
class Counts:
    """What a layer does to the file system below it."""

    added: int
    modified: int
    deleted: int


class LayerIndex:
    """The layers known so far. Its methods block, and may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(folder / "layers-1.sqlite", check_same_thread=False)
        self._database.executescript(_SCHEMA)
        self._ids: dict[str, int] = {}
        self._counted: dict[tuple[str, ...], Counts] = {}

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._database.close()

    def has(self, digest: str) -> bool:
        """Whether the layer has been read."""
        with self._lock:
            return self._id(digest) is not None

    def put(self, digest: str, entries: Iterable[Entry]) -> None:
        """Keep what a layer holds: all of it or, when reading fails, nothing."""
        size = 0
        with self._lock, self._database:
            cursor = self._database.execute(
                "INSERT OR IGNORE INTO layer (digest, size) VALUES (?, 0)", (digest,)
            )
            if cursor.rowcount == 0:
                return
            layer = cursor.lastrowid
            for entry in entries:
                size += entry.size
                self._database.execute(
                    "INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (layer, storable(entry.path), entry.kind, entry.size, entry.mode,
                     storable(entry.target), entry.opaque, entry.owner),
                )  # fmt: skip
            self._database.execute("UPDATE layer SET size = ? WHERE id = ?", (size, layer))

    def spell_out(self, layers: Sequence[str], read: Collection[str]) -> None:
        """Name what the opaque directories of the layers just `read` hide, as whiteouts do.

        `layers` has the lowest first.
        """
        for place, digest in enumerate(layers):
            if digest not in read:
                continue
            with self._lock:
                found = self._database.execute(
                    "SELECT path FROM entry WHERE layer = ? AND opaque = 1", (self._id(digest),)
                ).fetchall()
            for (folder,) in found:
                hidden = [f"{folder}/{name}" for name in self.children(layers[:place], folder)]
                with self._lock, self._database:
                    self._database.executemany(
                        "INSERT OR IGNORE INTO entry VALUES (?, ?, 'whiteout', 0, 0, NULL, 0, '')",
                        [(self._id(digest), path) for path in hidden],
                    )

    def size(self, digest: str) -> int:
        """Bytes of the layer's files; 0 for one that was not read."""
        with self._lock:
            found = self._database.execute(
                "SELECT size FROM layer WHERE digest = ?", (digest,)
            ).fetchone()
        return int(found[0]) if found else 0

    def entries(self, digests: Iterable[str]) -> int:
        """How many paths these layers have, as far as they have been read."""
        with self._lock:
            query = "SELECT COUNT(*) FROM entry WHERE layer = ?"
            found = [self._database.execute(query, (self._id(each),)) for each in digests]
            return sum(int(each.fetchone()[0]) for each in found)

    def page(self, digest: str, after: str, limit: int) -> list[LayerFile]:
        """Paths of the layer in order, from after the one given."""
        with self._lock:
            rows = self._database.execute(
                "SELECT path, kind, size, mode, target, owner, opaque FROM entry "
                "WHERE layer = ? AND path > ? ORDER BY path LIMIT ?",
                (self._id(digest), after, limit),
            ).fetchall()
        return [_file(row) for row in rows]

    def find(self, digest: str, path: str) -> LayerFile | None:
        """One path of a layer."""
        with self._lock:
            row = self._database.execute(
                "SELECT path, kind, size, mode, target, owner, opaque FROM entry "
                "WHERE layer = ? AND path = ?",
                (self._id(digest), path),
            ).fetchone()
        return _file(row) if row else None

    def is_touched(self, layers: Sequence[str], path: str) -> bool:
        """Whether one of the layers changes or hides what is at a path below them."""
        paths = [path, *(path[:at] for at in range(1, len(path)) if path[at] == "/")]
        with self._lock:
            for layer in layers:
                for each in paths:
                    row = self._database.execute(
                        "SELECT kind, opaque FROM entry WHERE layer = ? AND path = ?",
                        (self._id(layer), each),
                    ).fetchone()
                    if row is not None and (each == path or row[0] != "directory" or row[1]):
                        return True
        return False

    def counts(self, digest: str, below: Sequence[str]) -> Counts:
        """How many paths the layer adds, modifies and deletes; `below` has the lowest first.

        Directories that the layer only passes through are not counted.
        """
        key = (*below, digest)
        if key not in self._counted:
            if len(self._counted) >= MOST_COUNTED:
                self._counted.clear()
            self._counted[key] = self._count(digest, below)
        return self._counted[key]

    def _count(self, digest: str, below: Sequence[str]) -> Counts:
        added = modified = deleted = 0
        with self._lock:
            rows = self._database.execute(
                "SELECT path, kind, mode, owner FROM entry WHERE layer = ?", (self._id(digest),)
            ).fetchall()
            layers = [found for each in reversed(below) if (found := self._id(each)) is not None]
            for path, kind, mode, owner in rows:
                if kind == "whiteout":
                    deleted += 1
                    continue
                old = self._lookup(layers, path)
                if old is None:
                    added += 1
                elif kind != "directory" or old != Found(kind, mode, owner):
                    modified += 1
        return Counts(added, modified, deleted)

    def look_up(self, layers: Sequence[str], path: str) -> Found | None:
        """What is at a path of a stack of layers; `layers` has the lowest first."""
        with self._lock:
            ids = [found for each in reversed(layers) if (found := self._id(each)) is not None]
            return self._lookup(ids, path)

    def children(self, layers: Sequence[str], folder: str) -> set[str]:
        """The names that a directory of a stack of layers has."""
        prefix = f"{folder}/"
        names: set[str] = set()
        with self._lock:
            for layer in layers:
                rows = self._database.execute(
                    "SELECT path FROM entry WHERE layer = ? AND path > ? AND path < ?",
                    (self._id(layer), prefix, f"{folder}0"),
                )
                names.update(row[0].removeprefix(prefix) for row in rows)
        return {name for name in names if "/" not in name and self.look_up(layers, prefix + name)}

    def _lookup(self, layers: Sequence[int], path: str) -> Found | None:
        """What is at a path under a layer; `layers` has the highest first."""
        above = [path[:at] for at in range(1, len(path)) if path[at] == "/"]
        for layer in layers:
            row = self._database.execute(
                "SELECT kind, mode, owner FROM entry WHERE layer = ? AND path = ?", (layer, path)
            ).fetchone()
            if row is not None:
                return None if row[0] == "whiteout" else Found(*row)
            for parent in above:
                row = self._database.execute(
                    "SELECT kind, opaque FROM entry WHERE layer = ? AND path = ?", (layer, parent)
                ).fetchone()
                if row is not None and (row[0] != "directory" or row[1]):
                    return None
        return None

    def _id(self, digest: str) -> int | None:
        if digest not in self._ids:
            row = self._database.execute(
                "SELECT id FROM layer WHERE digest = ?", (digest,)
            ).fetchone()
            if row is None:
                return None
            self._ids[digest] = row[0]
        return self._ids[digest]

    # Steps that change the config only: the engine has no cache mark for them.

    def has_step(self, lab: str, key: str) -> bool:
        """Whether the lab has done this step before."""
        with self._lock:
            row = self._database.execute(
                "SELECT 1 FROM step WHERE lab = ? AND key = ?", (lab, key)
            ).fetchone()
        return row is not None

    def put_steps(self, lab: str, keys: Iterable[str]) -> None:
        """Remember steps that a lab has done."""
        with self._lock, self._database:
            rows = [(lab, key) for key in keys]
            self._database.executemany("INSERT OR IGNORE INTO step VALUES (?, ?)", rows)

    def forget_lab(self, lab: str) -> None:
        """Forget all that a lab has done."""
        with self._lock, self._database:
            self._database.execute("DELETE FROM step WHERE lab = ?", (lab,))


def _file(row: Sequence[Any]) -> LayerFile:
    path, kind, size, mode, target, owner, opaque = row
    return LayerFile(path, kind, size, mode, target, owner, bool(opaque))


def storable(text: str | None) -> str | None:
    """A path of any bytes as text that a database takes."""
    if text is None:
        return None
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
