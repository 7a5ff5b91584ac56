"""The build cache of one lab: which step on which parent gave which layer.

A step's key is made as BuildKit makes it: of its parent's key, of the instruction with its
variables expanded, and of checksums of what it copies; never of a time. So a changed ENV makes the
RUNs after it run again, and leaves a COPY in the cache.
"""

import hashlib
from collections.abc import Iterable, Mapping
from secrets import token_hex
from typing import Any

import msgspec

from visualizer.dockerfile.operations import Copy, Run, ShellCommand, Workdir
from visualizer.engine.embedded.state import CacheRecord
from visualizer.engine.embedded.tree import Node

MOST_RECORDS = 1000
MOST_BYTES = 256 * 1024 * 1024
"""Of all layers that one lab's cache keeps."""


class BuildCache:
    """Records by key, the least recently used one dropped first."""

    def __init__(self, records: Mapping[str, CacheRecord]) -> None:
        self._records = dict(records)
        self._bytes = sum(record.size for record in self._records.values())

    @property
    def records(self) -> dict[str, CacheRecord]:
        """All records, for the disk."""
        return self._records

    def find(self, key: str) -> CacheRecord | None:
        """What is known of a step."""
        record = self._records.pop(key, None)
        if record is not None:
            self._records[key] = record
        return record

    def keep(self, key: str, layer: str | None, size: int = 0) -> None:
        """Note a step's result: its layer and the layer's size."""
        self.forget(key)
        self._records[key] = CacheRecord(layer, size)
        self._bytes += size
        while len(self._records) > MOST_RECORDS or self._bytes > MOST_BYTES:
            self.forget(next(iter(self._records)))

    def forget(self, key: str) -> None:
        """Drop a record."""
        record = self._records.pop(key, None)
        if record is not None:
            self._bytes -= record.size


def base_key(image: str) -> str:
    """The key that a stage begins with: its image's digest, empty for `scratch`."""
    return _key("from", image)


def copy_key(parent: str, operation: Copy, nodes: Mapping[str, Node]) -> str:
    """COPY and ADD: the words of the instruction, and what lands where, with content and mode."""
    words = (operation.sources, operation.destination, operation.chown, operation.chmod)
    return _key("copy", parent, words, sorted(nodes.items()))


def workdir_key(parent: str, operation: Workdir, user: str) -> str:
    """WORKDIR: the directory that it makes, and for whom."""
    return _key("workdir", parent, operation.path, user)


def run_key(parent: str, operation: Run, mounted: Iterable[Mapping[str, Node]]) -> str:
    """RUN: the command and all that it can see beside the parent's files."""
    command = operation.command
    files = dict(command.files) if isinstance(command, ShellCommand) else {}
    mounts = [(mount.type, mount.target, mount.cache_id) for mount in operation.mounts]
    return _key(
        "run",
        parent,
        operation.argv,
        sorted(operation.env.items()),
        operation.workdir,
        operation.user,
        sorted(files.items()),
        mounts,
        [sorted(nodes.items()) for nodes in mounted],
    )


def config_key(said: str, instruction: str, value: Any) -> str:
    """A step that only changes the config: itself and all that was said before it."""
    return _key("config", said, instruction, value)


def next_key(said: str, key: str) -> str:
    """The key of all that was said, after a step with this key."""
    return _key("said", said, key)


def fresh_key(key: str) -> str:
    """A key that nothing has: what comes after a step that had to run again must not be found."""
    return _key("fresh", key, token_hex(16))


def _key(*parts: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()
