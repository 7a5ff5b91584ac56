"""The build context: the files beside the Dockerfile, and which of them a build may see."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from visualizer.dockerfile.ignore import ignored
from visualizer.events.types import FileEntry

DOCKERIGNORE = ".dockerignore"


@dataclass(frozen=True)
class ContextFile:
    """One file of the context."""

    size: int
    sha256: str
    mode: int = 0o644


@dataclass(frozen=True)
class ContextFiles:
    """The files by their path, relative to the context, with `/` between the parts."""

    files: Mapping[str, ContextFile] = field(default_factory=dict)
    dockerignore: str | None = None
    """The text of `.dockerignore`, None if there is none."""
    contents: Mapping[str, bytes] | None = None
    """What is in the files, if the caller has it; lets a few hints look whether a name is used."""

    @classmethod
    def from_bytes(
        cls, contents: Mapping[str, bytes], modes: Mapping[str, int] | None = None
    ) -> "ContextFiles":
        """A context from the files themselves; reads `.dockerignore` from among them."""
        files = {
            path: ContextFile(
                len(data), hashlib.sha256(data).hexdigest(), (modes or {}).get(path, 0o644)
            )
            for path, data in contents.items()
        }
        rules = contents.get(DOCKERIGNORE)
        text = None if rules is None else rules.decode("utf-8", "replace")
        return cls(files, text, contents)

    @cached_property
    def ignored(self) -> frozenset[str]:
        """Paths that `.dockerignore` keeps out of every COPY and ADD."""
        return frozenset(ignored(self.dockerignore, self.files) if self.dockerignore else ())

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The paths that a build sees, sorted."""
        return tuple(sorted(path for path in self.files if path not in self.ignored))

    @cached_property
    def size(self) -> int:
        """Bytes of all files that a build sees."""
        return sum(self.files[path].size for path in self.paths)

    def entries(self) -> list[FileEntry]:
        """The files that a build sees, as events tell them."""
        return [
            FileEntry(path=path, size=self.files[path].size, sha256=self.files[path].sha256)
            for path in self.paths
        ]

    def mentions(self, name: str) -> bool | None:
        """Whether any file has this word in it; None if the contents are not known."""
        if self.contents is None:
            return None
        return any(name.encode() in data for data in self.contents.values())
