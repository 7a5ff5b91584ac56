"""Paths inside a container, with symlinks followed.

bashkit's FileSystem follows no symlink by itself (its shell does), so whoever reads the file
system from Python goes through `real`.
"""

import posixpath
from typing import Any

from bashkit import FileSystem

_MOST_LINKS = 40
"""As Linux: more than this many symlinks on the way is a loop."""


class Loop(OSError):
    """Too many symlinks on the way."""


def join(cwd: str, path: str) -> str:
    """The path as seen from a working directory: absolute, with no `.`, `..` or double slash."""
    joined = posixpath.normpath(posixpath.join("/", cwd, path))
    return joined[1:] if joined.startswith("//") else joined


def real(filesystem: FileSystem, path: str, *, follow_last: bool = True) -> str:
    """The absolute path with symlinks followed, whether or not something is there. Raises Loop."""
    links = 0
    done: list[str] = []
    todo = [part for part in path.split("/") if part and part != "."][::-1]
    while todo:
        part = todo.pop()
        if part == "..":
            done[-1:] = []
            continue
        here = "/" + "/".join([*done, part])
        target = link_target(filesystem, here) if (todo or follow_last) else None
        if target is None:
            done.append(part)
            continue
        links += 1
        if links > _MOST_LINKS:
            raise Loop(path)
        if target.startswith("/"):
            done = []
        todo.extend([piece for piece in target.split("/") if piece and piece != "."][::-1])
    return "/" + "/".join(done)


def link_target(filesystem: FileSystem, path: str) -> str | None:
    """Where the symlink at exactly this path points; None when it is no symlink."""
    found = look(filesystem, path)
    if found is None or found["file_type"] != "symlink":
        return None
    return filesystem.read_link(path)


def look(filesystem: FileSystem, path: str) -> dict[str, Any] | None:
    """What is at exactly this path, symlinks not followed; None when nothing is."""
    try:
        return filesystem.stat(path)
    except (RuntimeError, OSError):
        return None


def stat(filesystem: FileSystem, path: str) -> dict[str, Any] | None:
    """What is at this path, symlinks followed; None when nothing is."""
    try:
        return look(filesystem, real(filesystem, path))
    except Loop:
        return None


def read(filesystem: FileSystem, path: str) -> bytes | None:
    """The content of the file at this path, symlinks followed; None when there is no file."""
    try:
        return filesystem.read_file(real(filesystem, path))
    except (RuntimeError, OSError):
        return None
