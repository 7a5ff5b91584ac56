"""`.dockerignore`: which files of a folder never become part of the build context. The rules are
those of moby/patternmatcher, which are not quite those of `.gitignore`."""

import posixpath
import re
from collections.abc import Iterable
from functools import lru_cache

from visualizer.dockerfile.globs import translate, valid_glob

MOST_DOUBLE_STARS = 4
"""A limit of this site: with more of them in one pattern, matching could take for ever."""
_NOTHING = re.compile(r"(?!)")


class Pattern:
    """One line of a `.dockerignore`."""

    def __init__(self, text: str, line: int) -> None:
        self.line = line
        self.exclusion = text.startswith("!")
        self.text = text.removeprefix("!")
        self._match = _compile(self.text)

    def matches(self, path: str) -> bool:
        """True for the path itself or for a folder above it."""
        parts = path.split("/")
        return any(self._match.fullmatch("/".join(parts[:end])) for end in range(len(parts), 0, -1))


@lru_cache(maxsize=64)
def patterns(text: str) -> tuple[Pattern, ...]:
    """The patterns of a `.dockerignore`, cleaned as Docker cleans them. Bad ones are left out."""
    found = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        pattern = line.strip()
        if line.startswith("#") or not pattern:
            continue
        invert = pattern.startswith("!")
        pattern = pattern[1:].strip() if invert else pattern
        if not pattern:
            continue
        pattern = posixpath.normpath(pattern)
        if pattern.startswith("//"):  # normpath keeps two leading slashes, Go's Clean does not
            pattern = pattern[1:]
        if len(pattern) > 1:
            pattern = pattern.removeprefix("/")
        if valid_glob(pattern):
            found.append(Pattern(("!" if invert else "") + pattern, number))
    return tuple(found)


def ignored(patterns_text: str, paths: Iterable[str]) -> set[str]:
    """The paths that the `.dockerignore` keeps out. The last pattern that matches decides."""
    rules = patterns(patterns_text)
    return {path for path in paths if _is_ignored(rules, path)}


def ignoring_line(patterns_text: str, path: str) -> int | None:
    """The line of the `.dockerignore` that keeps this path out, None if it is let in."""
    found = None
    for pattern in patterns(patterns_text):
        if pattern.exclusion == (found is not None) and pattern.matches(path):
            found = None if pattern.exclusion else pattern.line
    return found


def _is_ignored(rules: tuple[Pattern, ...], path: str) -> bool:
    path = path.strip("/")
    matched = False
    for rule in rules:
        if rule.exclusion == matched and rule.matches(path):
            matched = not rule.exclusion
    return matched


def _compile(pattern: str) -> re.Pattern[str]:
    """`**` stands for any number of directories, also none."""
    by_end = pattern[2:] if pattern.startswith("**") else ""
    if by_end and by_end[0] != "/" and not re.search(r"[*?\[\]\\]", by_end):
        # Behind a leading `**` a text without wildcards is compared with the path's end.
        return re.compile(".*" + re.escape(by_end), re.DOTALL)
    pieces = re.split(r"\*\*/?", _without_repeats(pattern))
    if len(pieces) - 1 > MOST_DOUBLE_STARS:
        return _NOTHING
    ends_open = len(pieces) > 1 and pieces[-1] == ""
    joined = "(?:.*/)?".join(translate(piece) for piece in (pieces[:-1] if ends_open else pieces))
    return re.compile(joined + (".*" if ends_open else ""), re.DOTALL)


def _without_repeats(pattern: str) -> str:
    return re.sub(r"(\*\*/?)(\*\*/?)+", r"\2", pattern)
