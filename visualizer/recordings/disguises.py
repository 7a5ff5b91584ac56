"""Ways in which a word can stand in a text unseen: with a terminal's codes between its letters, or
in base64, whatever stands before and behind it there."""

import base64
import re
from collections.abc import Iterator
from typing import NamedTuple

ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]+[0-~]|[@-Z\\-_])"
)
"""What a terminal does not print."""
ESCAPES_AND_LINES = re.compile(rf"{ESCAPES.pattern}|[\r\n]+")
"""The same, and where base64 goes on in the next line."""
SHORTEST_ENCODED = 5
"""Bytes of a word that is looked for in base64: the letters of a shorter one are in everything."""


class Printed:
    """A text without what a pattern skips, which still knows the places of the whole text."""

    def __init__(self, text: str, skipped: re.Pattern[str]) -> None:
        parts, done, length = [], 0, 0
        self._starts: list[tuple[int, int]] = []
        for match in skipped.finditer(text):
            self._starts.append((length, done))
            parts.append(text[done : match.start()])
            length += match.start() - done
            done = match.end()
        self._starts.append((length, done))
        self.text = "".join([*parts, text[done:]])
        """What is left."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the whole text this part of what is left stands, with what is skipped in it."""
        return self._place(start), self._place(end - 1) + 1

    def _place(self, index: int) -> int:
        low, high = 0, len(self._starts)
        while high - low > 1:
            middle = (low + high) // 2
            if self._starts[middle][0] <= index:
                low = middle
            else:
                high = middle
        begins, place = self._starts[low]
        return place + index - begins


class Encoded(NamedTuple):
    """What of a word in base64 is the same whatever stands around it."""

    text: str
    before: int
    """Characters before it that hold a part of the word."""
    after: int
    """The same behind it."""


def encodings(word: str) -> Iterator[Encoded]:
    """The word in base64 at each of its three alignments, in both alphabets.

    As it was typed, in small and in capital letters: base64 has no case of its own.
    """
    for spelling in dict.fromkeys((word, word.lower(), word.upper())):
        content = spelling.encode()
        if len(content) >= SHORTEST_ENCODED:
            yield from _aligned(content)


def _aligned(content: bytes) -> Iterator[Encoded]:
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + content).decode()
        # Four characters hold three bytes: those at the ends hold bits of the neighbours too.
        first = (0, 2, 3)[shift]
        last, rest = divmod((shift + len(content)) * 8, 6)
        middle = text[first:last]
        for alphabet in dict.fromkeys((middle, middle.replace("+", "-").replace("/", "_"))):
            yield Encoded(alphabet, int(shift > 0), int(rest > 0))
