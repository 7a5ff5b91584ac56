"""The line that is typed at a prompt: editing, history and drawing, with long lines wrapped."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from visualizer.engine.embedded.userland.terminal.keys import NAMES
from visualizer.engine.embedded.userland.width import in_columns, width

_LONGEST_LINE = 16 * 1024
_MOST_HISTORY = 500


@dataclass(frozen=True)
class Completion:
    """What Tab found for the text before the cursor."""

    start: int
    """Where the word begins that is completed."""
    text: str
    """What stands in the word's place: as much as all candidates have in common."""
    candidates: list[str]


Event = Literal["interrupt", "end-of-file"]
Complete = Callable[[str], Completion]


class LineEditor:
    """Edits one line at a time. `write` draws on the terminal."""

    def __init__(self, write: Callable[[str], None], columns: int) -> None:
        self.columns = columns
        self.history: list[str] = []
        self._write = write
        self._complete: Complete | None = None
        self._prompt = ""
        self._text = ""
        self._cursor = 0
        self._row = 0
        self._place = 0
        self._draft = ""
        self._killed = ""
        self._tabs = 0

    @property
    def text(self) -> str:
        """The line as it is now."""
        return self._text

    @property
    def cursor(self) -> int:
        """How many characters are before the cursor."""
        return self._cursor

    def begin(self, prompt: str, complete: Complete | None = None) -> None:
        """Show a prompt and edit an empty line."""
        self._prompt, self._complete = prompt, complete
        self._text, self._cursor, self._row = "", 0, 0
        self._place, self._draft = len(self.history), ""
        self._write(prompt)

    def remember(self, line: str) -> None:
        """Put a line into the history, once for the same line in a row."""
        if line.strip() and self.history[-1:] != [line]:
            self.history = [*self.history, line][-_MOST_HISTORY:]

    def key(self, key: str) -> str | tuple[Event] | None:
        """Take one key. The line when it is finished, an event in a tuple, None to go on."""
        name = NAMES.get(key)
        self._tabs = self._tabs + 1 if name == "tab" else 0
        if name == "enter":
            return self._finish("")
        if name == "interrupt":
            self._finish("^C")
            return ("interrupt",)
        if name == "end-of-file" and not self._text:
            return ("end-of-file",)
        if name == "tab":
            self._tab()
        elif name == "clear":
            self._write("\x1b[H\x1b[2J")
            self._row = 0
            self._draw()
        elif name in ("up", "down"):
            self._recall(-1 if name == "up" else 1)
        elif name is not None:
            self._edit(name)
        elif key.isprintable() and len(self._text) < _LONGEST_LINE:
            self._insert(key)
        return None

    def redraw(self) -> None:
        """Draw the line anew, after something else was written."""
        self._row = 0
        self._draw()

    def _finish(self, mark: str) -> str:
        if self._cursor != len(self._text):
            self._cursor = len(self._text)
            self._draw()
        self._write(mark + "\r\n")
        line, self._text, self._cursor, self._row = self._text, "", 0, 0
        return line

    def _insert(self, text: str) -> None:
        at_end = self._cursor == len(self._text)
        self._text = self._text[: self._cursor] + text + self._text[self._cursor :]
        self._cursor += len(text)
        column = (width(self._prompt) + width(self._text)) % self.columns
        if at_end and column > width(text):
            self._write(text)
        else:
            self._draw()

    def _edit(self, name: str) -> None:
        text, cursor = self._text, self._cursor
        if name in ("left", "right"):
            self._cursor = min(max(cursor + (1 if name == "right" else -1), 0), len(text))
        elif name in ("home", "end"):
            self._cursor = 0 if name == "home" else len(text)
        elif name == "word-left":
            self._cursor = _word_start(text, cursor)
        elif name == "word-right":
            self._cursor = _word_end(text, cursor)
        elif name == "backspace" and cursor:
            self._cut(cursor - 1, cursor, keep=False)
        elif name in ("delete", "end-of-file"):
            self._cut(cursor, cursor + 1, keep=False)
        elif name == "erase-word":
            self._cut(_word_start(text, cursor), cursor)
        elif name == "erase-to-start":
            self._cut(0, cursor)
        elif name == "erase-to-end":
            self._cut(cursor, len(text))
        elif name == "yank":
            self._insert(self._killed)
        self._draw()

    def _cut(self, start: int, end: int, *, keep: bool = True) -> None:
        if keep:
            self._killed = self._text[start:end]
        self._text = self._text[:start] + self._text[end:]
        self._cursor = start

    def _recall(self, step: int) -> None:
        place = self._place + step
        if not 0 <= place <= len(self.history):
            return
        if self._place == len(self.history):
            self._draft = self._text
        self._place = place
        self._text = self._draft if place == len(self.history) else self.history[place]
        self._cursor = len(self._text)
        self._draw()

    def _tab(self) -> None:
        if self._complete is None:
            return
        found = self._complete(self._text[: self._cursor])
        if found.text and found.text != self._text[found.start : self._cursor]:
            self._text = self._text[: found.start] + found.text + self._text[self._cursor :]
            self._cursor = found.start + len(found.text)
            self._draw()
        elif len(found.candidates) > 1 and self._tabs > 1:
            self._write("\r\n" + in_columns(found.candidates, self.columns).replace("\n", "\r\n"))
            self.redraw()

    def _draw(self) -> None:
        before = width(self._prompt) + width(self._text[: self._cursor])
        total = width(self._prompt) + width(self._text)
        up = f"\x1b[{self._row}A" if self._row else ""
        out = f"{up}\r\x1b[J{self._prompt}{self._text}"
        if total and total % self.columns == 0:
            # The terminal waits at the edge; only the next character would wrap.
            out += "\r\n"
        back = total // self.columns - before // self.columns
        out += (f"\x1b[{back}A" if back else "") + "\r"
        column = before % self.columns
        self._write(out + (f"\x1b[{column}C" if column else ""))
        self._row = before // self.columns


def _word_start(text: str, cursor: int) -> int:
    while cursor and text[cursor - 1].isspace():
        cursor -= 1
    while cursor and not text[cursor - 1].isspace():
        cursor -= 1
    return cursor


def _word_end(text: str, cursor: int) -> int:
    while cursor < len(text) and text[cursor].isspace():
        cursor += 1
    while cursor < len(text) and not text[cursor].isspace():
        cursor += 1
    return cursor
