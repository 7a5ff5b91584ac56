"""A terminal's input while a program runs: lines, echoed and editable as the kernel does it."""

import asyncio
from collections.abc import Callable

from visualizer.engine.embedded.userland.width import width

_MOST_WAITING = 64 * 1024


class CookedInput:
    """A source of bytes for a program: each line when Enter is pressed, the end at Ctrl-D."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._line = ""
        self._ready: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def read_chunk(self) -> bytes | None:
        """The next line; None when Ctrl-D was pressed on an empty one."""
        return await self._ready.get()

    def key(self, key: str) -> None:
        """Take one key."""
        if key in ("\r", "\n"):
            self._write("\r\n")
            self._send(self._line + "\n")
        elif key == "\x04":
            if self._line:
                self._send(self._line)
            else:
                self._ready.put_nowait(None)
        elif key in ("\x7f", "\x08"):
            self._erase(1)
        elif key == "\x15":
            self._erase(len(self._line))
        elif key == "\x17":
            kept = self._line.rstrip().rpartition(" ")
            self._erase(len(self._line) - len(kept[0] + kept[1]))
        elif len(self._line) < _MOST_WAITING:
            shown = "".join(c if c.isprintable() or c == "\t" else _caret(c) for c in key)
            self._write(shown)
            self._line += key

    def _send(self, text: str) -> None:
        self._line = ""
        if self._ready.qsize() < 1000:
            self._ready.put_nowait(text.encode())

    def _erase(self, count: int) -> None:
        for _ in range(min(count, len(self._line))):
            last, self._line = self._line[-1], self._line[:-1]
            columns = width(last) if last.isprintable() else len(_caret(last))
            self._write("\b \b" * columns)


def _caret(character: str) -> str:
    code = ord(character)
    return "^" + chr(code + 64) if code < 32 else ""
