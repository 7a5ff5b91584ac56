"""Go's `filepath.Match`: the `*`, `?` and `[…]` of a COPY source, which never cross a `/`."""

import re
from functools import lru_cache


def has_wildcard(path: str) -> bool:
    """True when the path has an unescaped `*`, `?` or `[`."""
    at = 0
    while at < len(path):
        if path[at] in "*?[":
            return True
        at += 2 if path[at] == "\\" else 1
    return False


def valid_glob(pattern: str) -> bool:
    """False for a pattern that Go refuses: an open `[` or a backslash at the end."""
    at = 0
    while at < len(pattern):
        if pattern[at] == "\\":
            if at + 1 == len(pattern):
                return False
            at += 2
        elif pattern[at] == "[":
            found = bracket(pattern, at)
            if not found:
                return False
            at = found[1]
        else:
            at += 1
    return True


def bracket(pattern: str, at: int) -> tuple[str, int] | None:
    """The `[…]` that begins there as a regular expression, and where it ends; None if it is bad."""
    end = at + 1
    negated = pattern[end : end + 1] == "^"
    end += 1 if negated else 0
    items = ""
    while end < len(pattern) and (pattern[end] != "]" or not items):
        low, end = _item(pattern, end)
        high = low
        if pattern[end : end + 1] == "-":
            high, end = _item(pattern, end + 1)
        if not low or not high:
            return None
        if low <= high:  # Go takes a range the wrong way round for one that matches nothing
            items += f"{re.escape(low)}-{re.escape(high)}"
        else:
            items += "\ufdd0"  # a noncharacter: no path has it
    if end >= len(pattern):
        return None
    return (f"[^/{items}]" if negated else f"[{items}]"), end + 1


def _item(pattern: str, at: int) -> tuple[str, int]:
    char = pattern[at : at + 1]
    if char in ("-", "]"):
        return "", at
    if char == "\\":
        return pattern[at + 1 : at + 2], at + 2
    return char, at + 1


def translate(pattern: str) -> str:
    """A pattern without `**` as a regular expression that takes linear time.

    Between two stars of one name the earliest place is always right, so that the search for it
    can be final: `(?>…)`.
    """
    names: list[list[str]] = [[""]]
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "/":
            names.append([""])
        elif char == "*":
            names[-1].append("")
        elif char == "?":
            names[-1][-1] += "[^/]"
        elif char == "\\":
            names[-1][-1] += re.escape(pattern[at : at + 1] or "\\")
            at += 1
        elif char == "[" and (found := bracket(pattern, at - 1)):
            names[-1][-1] += found[0]
            at = found[1]
        else:
            names[-1][-1] += re.escape(char)
    return "/".join(_name(pieces) for pieces in names)


def _name(pieces: list[str]) -> str:
    if len(pieces) == 1:
        return pieces[0]
    middle = "".join(f"(?>[^/]*?{piece})" for piece in pieces[1:-1] if piece)
    return f"{pieces[0]}{middle}[^/]*{pieces[-1]}"


@lru_cache(maxsize=512)
def glob(pattern: str) -> re.Pattern[str] | None:
    """The pattern for a whole path, None if Go refuses it."""
    return re.compile(translate(pattern), re.DOTALL) if valid_glob(pattern) else None
