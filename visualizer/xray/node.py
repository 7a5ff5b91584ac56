"""One path as X-ray knows it: what is there, which layer it comes from, what it still weighs."""

from typing import Literal, NamedTuple

from visualizer.engine.port import FileKind

State = Literal["added", "modified", "deleted", "same", "ghost"]
GONE: frozenset[State] = frozenset(("deleted", "ghost"))
UNTOLD = ""
"""The owner of a directory that no layer lists: it is there because something lies in it."""


class Copy(NamedTuple):
    """A file's content in a layer in which a later one hides it."""

    layer: int
    size: int


class Node(NamedTuple):
    """What is at a path. Layers are told by their place, the base's being 0.

    Immutable, so that the trees of an image, of its layers and of its containers share them.
    """

    path: str
    kind: FileKind
    state: State
    layer: int
    """Where it comes from; of what is gone, the highest in which it can still be read."""
    size: int
    """Bytes of a file's content; 0 for all else."""
    weight: int = 0
    """Bytes that are stored and cannot be seen: older copies and, of what is gone, the last one."""
    mode: int = 0
    target: str | None = None
    owner: str = UNTOLD
    copies: tuple[Copy, ...] = ()
    """Older copies, the lowest first, without the one in `layer`."""
    hidden_by: int | None = None
    """The layer that deleted or replaced what is gone."""

    @property
    def is_gone(self) -> bool:
        """Whether it cannot be seen any more."""
        return self.state in GONE
