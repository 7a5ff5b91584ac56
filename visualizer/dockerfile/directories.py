"""Which directories of an image certainly exist, as far as a Dockerfile alone can tell: a COPY of
several files to `/tmp` is fine without a slash, to `/new` it is not."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field

from visualizer.dockerfile.copying import absolute_destination
from visualizer.dockerfile.operations import Copy, From, Operation, Run, Workdir

USUAL = frozenset(
    "/" + path
    for path in (
        "", "bin", "etc", "home", "lib", "media", "mnt", "opt", "root", "run", "sbin", "srv", "tmp",
        "usr", "usr/bin", "usr/lib", "usr/local", "usr/local/bin", "usr/local/lib", "usr/sbin",
        "usr/share", "var", "var/lib", "var/log", "var/tmp",
    )
)  # fmt: skip
"""What a Linux base image brings along."""


@dataclass
class Directories:
    """What is known at one point of a stage."""

    known: set[str] = field(default_factory=lambda: set(USUAL))
    certain: bool = True
    """False once a RUN may have made directories, or when the base image may have others."""

    def apply(self, operation: Operation) -> None:
        """Go on to the state after the operation."""
        if isinstance(operation, From) and operation.scratch:
            self.known = {"/"}
        elif isinstance(operation, Run):
            self.certain = False
        elif isinstance(operation, Workdir):
            self.known.update(_with_parents(operation.path))
        elif isinstance(operation, Copy):
            target = absolute_destination(operation.destination, operation.workdir)
            above = target if target.endswith("/") else posixpath.dirname(target)
            self.known.update(_with_parents(above))
            if not target.endswith("/"):
                self.certain = False  # the source may have been a directory

    def copy(self) -> "Directories":
        return Directories(set(self.known), self.certain)

    def has(self, path: str) -> bool | None:
        """Whether it is a directory; None when a RUN or the base may have made it one."""
        if posixpath.normpath(path) in self.known:
            return True
        return False if self.certain else None


def _with_parents(path: str) -> Iterator[str]:
    path = posixpath.normpath(path)
    while path not in ("/", ""):
        yield path
        path = posixpath.dirname(path)
