"""Whether what was typed is a whole command, or goes on in the next line."""

import re
from collections.abc import Awaitable, Callable

from visualizer.engine.embedded.userland.worker.remote import Analyzed

_GOES_ON = ("unexpected end of file", "unexpected EOF", "unterminated")
_HERE = re.compile(r"(?<!<)<<(-?)\s*(['\"]?)([A-Za-z_][\w.-]*)\2(?!<)")


async def is_unfinished(text: str, analyze: Callable[[str], Awaitable[Analyzed]]) -> bool:
    """True for an open quote, a `\\` at the end, an `if` without `fi`, a here-document."""
    stripped = text.rstrip("\n")
    if (len(stripped) - len(stripped.rstrip("\\"))) % 2:
        return True
    if _open_here_document(stripped):
        return True
    error = (await analyze(stripped)).error
    return any(words in error for words in _GOES_ON)


def _open_here_document(text: str) -> bool:
    lines = text.split("\n")
    waiting: list[tuple[bool, str]] = []
    for line in lines:
        if waiting:
            tabs, word = waiting[0]
            if (line.lstrip("\t") if tabs else line) == word:
                waiting.pop(0)
            continue
        if "((" not in line:
            waiting += [(bool(match[1]), match[3]) for match in _HERE.finditer(line)]
    return bool(waiting)
