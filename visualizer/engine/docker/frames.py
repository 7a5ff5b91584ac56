"""What a process writes, as the engine sends it: frames of stdout and stderr, or a terminal's
bytes; and from bytes to text with a limit."""

import codecs
from collections.abc import AsyncIterator, Callable

from visualizer.engine.docker.connection import Stream
from visualizer.events.types import Stream as StreamName

PIECE = 64 * 1024
_NAMES: dict[int, StreamName] = {0: "stdout", 1: "stdout", 2: "stderr"}


async def frames(stream: Stream) -> AsyncIterator[tuple[StreamName, bytes]]:
    """Pieces of both streams in their order, until the end. Docker API: "Stream format"."""
    while len(head := await stream.read(8)) > 0:
        while len(head) < 8:
            more = await stream.read(8 - len(head))
            if not more:
                return
            head += more
        left = int.from_bytes(head[4:], "big")
        while left:
            piece = await stream.read(min(left, PIECE))
            if not piece:
                return
            left -= len(piece)
            yield _NAMES.get(head[0], "stdout"), piece


async def raw(stream: Stream) -> AsyncIterator[tuple[StreamName, bytes]]:
    """What a terminal shows."""
    while piece := await stream.read(PIECE):
        yield "stdout", piece


class Output:
    """Turns bytes into text and hands it on, up to a limit of bytes."""

    def __init__(self, limit: int, tell: Callable[[StreamName, str], None]) -> None:
        self._left = limit
        self._tell = tell
        decoder = codecs.getincrementaldecoder("utf-8")
        self._decoders = {"stdout": decoder("replace"), "stderr": decoder("replace")}
        self.truncated = False

    def feed(self, stream: StreamName, data: bytes) -> None:
        """Hand on what is within the limit."""
        if len(data) > self._left:
            self.truncated = True
            data = data[: self._left]
        self._left -= len(data)
        text = self._decoders[stream].decode(data)
        if text:
            self._tell(stream, text)

    def end(self) -> None:
        """Hand on what is left of a character that was never completed."""
        for name, decoder in self._decoders.items():
            text = decoder.decode(b"", final=True)
            if text and not self.truncated:
                self._tell("stderr" if name == "stderr" else "stdout", text)
