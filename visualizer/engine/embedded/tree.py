"""A file system as a value: which paths there are and what each of them is, without the bytes."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec

NodeKind = Literal["file", "directory", "symlink"]

EMPTY_FILE = hashlib.sha256(b"").hexdigest()


class Node(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is at one path. Times are left out, so that the same input gives the same layer."""

    kind: NodeKind
    mode: int
    """Permission bits, 0o7777 at most."""
    size: int = 0
    """Bytes of a file's content; 0 for all else."""
    digest: str = ""
    """sha256 of a file's content in hexadecimal; empty for all else."""
    target: str = ""
    """Where a symlink points."""
    uid: int = 0
    gid: int = 0


Tree = Mapping[str, Node]
"""Absolute paths to nodes. `/` itself is left out; each path's parents are directories in it."""


class Reader(Protocol):
    """Gives the content of a file at a path."""

    def __call__(self, path: str, /) -> bytes: ...


@dataclass(frozen=True)
class Snapshot:
    """A file system at one moment, with a way to the bytes of its files."""

    tree: Tree
    read: Reader


def directory(mode: int = 0o755, uid: int = 0, gid: int = 0) -> Node:
    """A directory's node."""
    return Node("directory", mode, uid=uid, gid=gid)


def file(content: bytes, mode: int = 0o644, uid: int = 0, gid: int = 0) -> Node:
    """A file's node."""
    digest = hashlib.sha256(content).hexdigest()
    return Node("file", mode, len(content), digest, uid=uid, gid=gid)


def symlink(target: str, uid: int = 0, gid: int = 0) -> Node:
    """A symlink's node; its own mode means nothing, and is what Linux shows."""
    return Node("symlink", 0o777, target=target, uid=uid, gid=gid)


def parent(path: str) -> str:
    """The directory that holds a path; empty for the children of `/`."""
    return path.rpartition("/")[0]


def parents(path: str) -> Iterator[str]:
    """The directories above a path, the highest first, without `/`."""
    position = path.find("/", 1)
    while position != -1:
        yield path[:position]
        position = path.find("/", position + 1)


def normal(path: str, base: str = "/") -> str:
    """An absolute path without `.`, `..` and doubled slashes; `..` at the root stays there."""
    parts: list[str] = []
    whole = path if path.startswith("/") else f"{base}/{path}"
    for part in whole.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part and part != ".":
            parts.append(part)
    return "/" + "/".join(parts)


def below(path: str, top: str) -> bool:
    """Whether a path is inside a directory (the directory itself is not)."""
    return path.startswith(top.rstrip("/") + "/") and path != top


class TooManyLinks(Exception):
    """Symlinks that lead in a circle, or a chain of them that is too long."""


def resolve(tree: Tree, path: str, *, follow_last: bool = True) -> str:
    """The path with every symlink on the way followed, inside the tree. Raises TooManyLinks."""
    left = [part for part in path.split("/") if part and part != "."][::-1]
    at = ""
    followed = 0
    while left:
        part = left.pop()
        if part == "..":
            at = parent(at)
            continue
        node = tree.get(f"{at}/{part}")
        if node is None or node.kind != "symlink" or (not left and not follow_last):
            at = f"{at}/{part}"
            continue
        followed += 1
        if followed > 40:
            raise TooManyLinks(path)
        if node.target.startswith("/"):
            at = ""
        left.extend(p for p in reversed(node.target.split("/")) if p and p != ".")
    return at or "/"


def size_of(tree: Tree) -> int:
    """Bytes of all files in the tree."""
    return sum(node.size for node in tree.values())
