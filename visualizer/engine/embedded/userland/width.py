"""How many columns of a terminal a text takes."""

import re
import unicodedata

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[@-~]")


def width(text: str) -> int:
    """Columns, escape sequences not counted."""
    return sum(_of(character) for character in _ESCAPES.sub("", text))


def _of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def in_columns(words: list[str], columns: int) -> str:
    """Words as `ls` shows them on a terminal: down each column, each line ended."""
    if not words:
        return ""
    widest = max(width(word) for word in words) + 2
    across = max(1, columns // widest)
    down = -(-len(words) // across)
    lines = []
    for row in range(down):
        cells = words[row::down]
        padded = [cell + " " * (widest - width(cell)) for cell in cells[:-1]] + cells[-1:]
        lines.append("".join(padded))
    return "".join(f"{line}\n" for line in lines)
