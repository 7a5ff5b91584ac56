"""The patterns of `${x#p}`, `${x%p}` and `${x/p/r}`: `*` and `?`, no brackets, as in BuildKit.

BuildKit leaves them to Go's regular expressions, which take linear time. Python's do not, so the
pieces between the stars are searched one after the other: the earliest place is always right.
"""

import re
from collections.abc import Iterator

Piece = re.Pattern[str]


class PatternError(ValueError):
    """An escape that Docker does not know."""


def split(pattern: str) -> list[list[str]]:
    """The pieces between the stars, each a list of regular expressions for one character."""
    pieces: list[list[str]] = [[]]
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            pieces.append([])
        elif char == "?":
            pieces[-1].append(".")
        elif char == "\\":
            following = pattern[at : at + 1]
            if following in ("}", "/"):
                continue  # escaped for the sake of ${…} only
            if following not in ("*", "?", "\\"):
                raise PatternError(pattern)
            pieces[-1].append(re.escape(following))
            at += 1
        else:
            pieces[-1].append(re.escape(char))
    return pieces


def remove_prefix(pattern: str, value: str, longest: bool) -> str:
    """`${x#pattern}`, doubled for the longest match."""
    end = _end(_compiled(split(pattern)), value, longest)
    return value if end is None else value[end:]


def remove_suffix(pattern: str, value: str, longest: bool) -> str:
    """`${x%pattern}`: the same, read backwards."""
    backwards = [piece[::-1] for piece in reversed(split(pattern))]
    end = _end(_compiled(backwards), value[::-1], longest)
    return value if end is None else value[: len(value) - end]


def matches(pattern: str, value: str) -> Iterator[tuple[int, int]]:
    """The places that `${x//pattern/…}` replaces, from left to right, each as long as possible."""
    pieces = _compiled(split(pattern))
    at = 0
    while at <= len(value):
        start = pieces[0].search(value, at)
        if start is None:
            return
        end = _end(pieces, value, longest=True, start=start.start())
        if end is None:
            return  # what is missing behind this place is missing behind every later one
        yield start.start(), end
        at = end if end > start.start() else end + 1


def _compiled(pieces: list[list[str]]) -> list[Piece]:
    return [re.compile("".join(piece), re.DOTALL) for piece in pieces]


def _end(pieces: list[Piece], value: str, longest: bool, start: int = 0) -> int | None:
    """Where a match that begins at `start` ends."""
    match = pieces[0].match(value, start)
    if match is None or len(pieces) == 1:
        return match.end() if match else None
    for piece in pieces[1:-1]:
        match = piece.search(value, match.end())
        if match is None:
            return None
    last = pieces[-1]
    if not longest:
        match = last.search(value, match.end())
        return match.end() if match else None
    for at in range(len(value), match.end() - 1, -1):
        if found := last.match(value, at):
            return found.end()
    return None
