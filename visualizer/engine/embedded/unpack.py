"""What ADD does with a local tar archive: its files as nodes, kept inside the destination."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from visualizer.engine.embedded.archive import ArchiveTooLarge, BadArchive, Member, members
from visualizer.engine.embedded.layer import is_whiteout
from visualizer.engine.embedded.tree import Node, directory, file, normal, parents, symlink


class Breakout(BadArchive):
    """An entry that would end up outside the destination."""


@dataclass
class Unpacked:
    """Nodes and contents by absolute path, and what was passed over."""

    nodes: dict[str, Node] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


def unpack(tar: bytes, destination: str, *, largest: int, most: int) -> Unpacked:
    """Unpack an uncompressed archive below a directory.

    Links that point out of the destination, names with `..` and archives beyond `largest` bytes
    or `most` entries are refused. Raises Breakout, BadArchive or ArchiveTooLarge.
    """
    result = Unpacked()
    total = 0
    for number, member in enumerate(members(tar), start=1):
        total += member.size
        if total > largest or number > most:
            raise ArchiveTooLarge
        path = _inside(destination, member.name, member)
        if path is None:
            continue
        _require_directories(path, result.nodes, member)
        _place(path, destination, member, tar, result)
    return result


def _place(path: str, destination: str, member: Member, tar: bytes, result: Unpacked) -> None:
    result.contents.pop(path, None)
    match member.kind:
        case "directory":
            result.nodes[path] = directory(member.mode, member.uid, member.gid)
        case "symlink":
            _check_symlink(path, destination, member)
            result.nodes[path] = symlink(member.target, member.uid, member.gid)
        case "hardlink":
            target = _inside(destination, member.target, member)
            if target is None or target not in result.contents:
                raise Breakout(f"{member.name}: a hard link to what the archive does not hold")
            result.nodes[path] = result.nodes[target]
            result.contents[path] = result.contents[target]
        case "file" if not is_whiteout(path):
            content = tar[member.offset : member.offset + member.size]
            result.nodes[path] = file(content, member.mode, member.uid, member.gid)
            result.contents[path] = content
        case _:
            result.skipped.append(member.name)


def _inside(destination: str, name: str, member: Member) -> str | None:
    """The absolute path of an entry; None for the destination itself."""
    if ".." in name.split("/"):
        raise Breakout(f"{member.name}: a name with `..`")
    path = normal(f"{destination}/{name}")
    return None if path == normal(destination) else path


def _check_symlink(path: str, destination: str, member: Member) -> None:
    # The same test as Docker's: where the link points, taken from where it lies. An absolute
    # target is taken from the destination, as it is inside the image.
    top = normal(destination)
    depth = len([part for part in path[len(top) :].split("/") if part]) - 1
    if member.target.startswith("/"):
        depth = 0
    for part in member.target.split("/"):
        depth += -1 if part == ".." else 0 if part in ("", ".") else 1
        if depth < 0:
            raise Breakout(f"{member.name}: a symlink that points out of the archive")


def _require_directories(path: str, nodes: Mapping[str, Node], member: Member) -> None:
    for up in parents(path):
        node = nodes.get(up)
        if node is not None and node.kind != "directory":
            raise Breakout(f"{member.name}: an entry below `{up}`, which is no directory")
