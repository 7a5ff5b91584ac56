"""Bytes that a terminal sends, cut into keys: one string for each, escape sequences whole."""

import codecs
import re

_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O[@-~]|[^\[O])")
_BEGUN = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*|O)?")

NAMES = {
    "\x1b[A": "up", "\x1bOA": "up", "\x10": "up",
    "\x1b[B": "down", "\x1bOB": "down", "\x0e": "down",
    "\x1b[C": "right", "\x1bOC": "right", "\x06": "right",
    "\x1b[D": "left", "\x1bOD": "left", "\x02": "left",
    "\x1b[H": "home", "\x1bOH": "home", "\x1b[1~": "home", "\x1b[7~": "home", "\x01": "home",
    "\x1b[F": "end", "\x1bOF": "end", "\x1b[4~": "end", "\x1b[8~": "end", "\x05": "end",
    "\x1b[3~": "delete",
    "\x1b[1;5C": "word-right", "\x1b[1;3C": "word-right", "\x1bf": "word-right",
    "\x1b[1;5D": "word-left", "\x1b[1;3D": "word-left", "\x1bb": "word-left",
    "\x7f": "backspace", "\x08": "backspace",
    "\x17": "erase-word", "\x1b\x7f": "erase-word",
    "\x15": "erase-to-start", "\x0b": "erase-to-end", "\x19": "yank",
    "\x0c": "clear", "\t": "tab", "\r": "enter", "\n": "enter",
    "\x03": "interrupt", "\x04": "end-of-file", "\x1c": "quit",
}  # fmt: skip
"""What the keys mean while a line is edited, as bash's Emacs mode has them."""


class KeyReader:
    """Takes bytes as they come; a cut character or sequence waits for the rest."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def keys(self, data: bytes) -> list[str]:
        """The keys that are complete now."""
        text = self._rest + self._decoder.decode(data)
        self._rest = ""
        found: list[str] = []
        position = 0
        while position < len(text):
            if text[position] != "\x1b":
                found.append(text[position])
                position += 1
                continue
            sequence = _SEQUENCE.match(text, position)
            if sequence:
                found.append(sequence[0])
                position = sequence.end()
            elif _BEGUN.fullmatch(text, position):
                self._rest = text[position:][-64:]
                break
            else:
                position += 1
        return found
