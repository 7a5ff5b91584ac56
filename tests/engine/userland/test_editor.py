"""The line editor, drawn on a small model of a terminal's screen."""

import re

from hypothesis import given
from hypothesis import strategies as some

from visualizer.engine.embedded.userland.terminal.editor import LineEditor
from visualizer.engine.embedded.userland.terminal.keys import KeyReader
from visualizer.engine.embedded.userland.width import width

_PART = re.compile(r"\x1b\[(\d*)([A-Z])|\r|\n|.", re.DOTALL)


class Screen:
    """As much of a terminal as the editor uses, the wait at the right edge included."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.rows: list[list[str]] = [[]]
        self.row = self.column = 0

    def write(self, text: str) -> None:
        for part in _PART.finditer(text):
            if part[2]:
                self._control(part[2], int(part[1] or 1))
            elif part[0] == "\r":
                self.column = 0
            elif part[0] == "\n":
                self._down()
            else:
                self._put(part[0])

    def _control(self, letter: str, count: int) -> None:
        if letter == "A":
            self.row = max(0, self.row - count)
        elif letter == "C":
            self.column = min(self.columns - 1, self.column + count)
        elif letter == "J":
            self.rows[self.row] = self.rows[self.row][: self.column]
            del self.rows[self.row + 1 :]

    def _down(self) -> None:
        self.row += 1
        while len(self.rows) <= self.row:
            self.rows.append([])

    def _put(self, character: str) -> None:
        if self.column >= self.columns:
            self.column = 0
            self._down()
        row = self.rows[self.row]
        row.extend(" " * (self.column + 1 - len(row)))
        row[self.column] = character
        self.column += 1

    @property
    def text(self) -> str:
        return "".join("".join(row).ljust(self.columns) for row in self.rows).rstrip()

    @property
    def place(self) -> int:
        return self.row * self.columns + self.column


KEYS = some.sampled_from(
    [*"abcdefg é", "\x7f", "\x1b[D", "\x1b[C", "\x1b[3~", "\x01", "\x05", "\x17", "\x0b", "\x15",
     "\x1b[A", "\x1b[B", "\x19"]
)  # fmt: skip


@given(keys=some.lists(KEYS, max_size=60), columns=some.integers(8, 20))
def test_the_screen_shows_the_line_and_the_cursor_is_in_its_place(
    keys: list[str], columns: int
) -> None:
    screen = Screen(columns)
    editor = LineEditor(screen.write, columns)
    editor.remember("an older line that wraps")
    editor.begin("# ")
    model, at = "", 0
    for key in keys:
        editor.key(key)
        model, at = editor.text, editor.cursor
    assert screen.text == f"# {model}".rstrip()
    assert screen.place == 2 + at


@given(
    parts=some.lists(some.sampled_from(["é", "日", "\x1b[A", "\x1b[1;5C", "x", "\x1bOH"])),
    cut=some.integers(1, 5),
)
def test_keys_are_whole_however_the_bytes_are_cut(parts: list[str], cut: int) -> None:
    data = "".join(parts).encode()
    reader = KeyReader()
    found = [key for at in range(0, len(data), cut) for key in reader.keys(data[at : at + cut])]
    assert found == parts


def test_wide_characters_take_two_columns_and_marks_none() -> None:
    assert [width(text) for text in ("a", "日本", "e\u0301", "\x1b[31mred\x1b[0m")] == [1, 4, 1, 3]
