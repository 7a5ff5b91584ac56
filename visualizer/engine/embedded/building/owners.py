"""--chown and --chmod: names looked up in the image, and modes as the chmod command takes them."""

import re

from visualizer.dockerfile.diagnosis import Place
from visualizer.engine.embedded.building.failures import BAD_MODE, failure
from visualizer.engine.embedded.stack import Stack
from visualizer.engine.embedded.tree import Node, TooManyLinks, resolve

_CLAUSE = re.compile(r"([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)")
_CHANGE = re.compile(r"([-+=])([ugo]|[rwxXst]*)")
_BITS = {"r": 0o444, "w": 0o222, "x": 0o111}
_SHIFT = {"u": 6, "g": 3, "o": 0}
_WHO = {"u": 0o4700, "g": 0o2070, "o": 0o1007, "a": 0o7777}


def find_owner(chown: str, image: Stack) -> tuple[int, int]:
    """The numbers of `user[:group]`, looked up in the image; root for a name that it has not.

    BuildKit says nothing of such a name either: solver/llbsolver/ops, readUser.
    """
    user, colon, group = chown.partition(":")
    uid, gid = 0, 0
    if user:
        uid, primary = _user(user, image)
        # Without a group Docker uses the user's number for it, if the user is a number.
        gid = uid if primary is None else primary
    if colon and group:
        gid = _group(group, image, gid)
    return uid, gid


def changed_mode(chmod: str, node: Node, place: Place) -> int:
    """The mode that --chmod gives a node. Raises StepFailure when it cannot be understood."""
    if re.fullmatch(r"[0-7]{1,5}", chmod):
        return int(chmod, 8) & 0o7777
    mode = node.mode
    for clause in chmod.split(","):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            raise failure(BAD_MODE, place, mode=chmod)
        for change in _CHANGE.finditer(match[2]):
            mode = _apply(match[1], change[1], change[2], mode, node.kind == "directory")
    return mode


def _apply(who: str, sign: str, letters: str, mode: int, is_directory: bool) -> int:
    mask = 0
    for letter in who or "a":
        mask |= _WHO[letter]
    bits = 0
    for letter in letters:
        if letter in _SHIFT:
            bits |= (mode >> _SHIFT[letter] & 7) * 0o111
        elif letter == "X":
            bits |= 0o111 if is_directory or mode & 0o111 else 0
        elif letter == "s":
            bits |= 0o6000
        elif letter == "t":
            bits |= 0o1000
        else:
            bits |= _BITS[letter]
    bits &= mask
    if sign == "=":
        return (mode & ~mask) | bits
    return mode | bits if sign == "+" else mode & ~bits


def _user(name: str, image: Stack) -> tuple[int, int | None]:
    for fields in _lines(image, "/etc/passwd"):
        if len(fields) > 3 and fields[0] == name and fields[2].isdigit() and fields[3].isdigit():
            return int(fields[2]), int(fields[3])
    return (int(name), None) if name.isdigit() else (0, 0)


def _group(name: str, image: Stack, otherwise: int) -> int:
    for fields in _lines(image, "/etc/group"):
        if len(fields) > 2 and fields[0] == name and fields[2].isdigit():
            return int(fields[2])
    return int(name) if name.isdigit() else otherwise


def _lines(image: Stack, path: str) -> list[list[str]]:
    try:
        text = image.read(resolve(image.tree, path), 64 * 1024).decode("utf-8", "replace")
    except (KeyError, TooManyLinks):
        return []
    return [line.split(":") for line in text.splitlines()]
