"""A process's output on its way out: decoded, counted, cut at its limit, and kept from flooding."""

import asyncio
import codecs
import re
from collections.abc import Callable
from typing import Protocol

from visualizer.engine.embedded.userland.control import Control
from visualizer.events.types import Stream

_BURST = 32
"""Chunks written without a breath. Each costs the event loop a callback, so a command that writes
without end must not have the loop for itself."""
_BREATH_SECONDS = 0.005


class Outlet:
    """Where both streams of one process end, with one common limit in bytes."""

    def __init__(
        self, on_output: Callable[[Stream, str], None], limit: int, control: Control
    ) -> None:
        self.truncated = False
        self._on_output = on_output
        self._left = limit
        self._control = control
        self._chunks = 0

    def stream(self, stream: Stream) -> "OutletStream":
        """One of the two streams, to be written to."""
        return OutletStream(self, stream)

    async def accept(self, stream: Stream, text: str, size: int) -> None:
        """Hand text on, once the process is not frozen."""
        await self._control.gate()
        self._chunks += 1
        if self._chunks % _BURST == 0:
            await asyncio.sleep(_BREATH_SECONDS)
        self.put(stream, text, size)

    def put(self, stream: Stream, text: str, size: int) -> None:
        """Hand text on at once; what is beyond the limit is dropped."""
        if not text or self._control.killed.is_set():
            return
        if size > self._left:
            self.truncated = True
            text = text[: self._left]
        self._left = max(0, self._left - size)
        if text:
            self._on_output(stream, text)


class OutletStream:
    """One stream of an outlet: bytes in, text out, a cut character kept for the next chunk."""

    def __init__(self, outlet: Outlet, stream: Stream) -> None:
        self._outlet = outlet
        self._stream: Stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    async def write(self, data: bytes) -> None:
        """Write bytes of UTF-8; what is not UTF-8 comes out as the replacement character."""
        await self._outlet.accept(self._stream, self._decoder.decode(data), len(data))


class Writes(Protocol):
    """Takes bytes."""

    async def write(self, data: bytes) -> None: ...


_PLACE = re.compile(rb"^([^\s:]+): (?:-c: )?line (\d+): ", re.MULTILINE)
_NOT_FOUND = re.compile(rb": command not found(?:\. Did you mean: [^\n]*\?)?$", re.MULTILINE)
_WORDINGS = {
    "bash": (rb"\1: line \2: ", b": command not found"),
    "dash": (rb"\1: \2: ", b": not found"),
    "busybox": (rb"\1: ", b": not found"),
}


class ShellErrors:
    """A shell's standard error, reworded as the image's own shell words it."""

    def __init__(self, sink: Writes, flavour: str, *, interactive: bool = False) -> None:
        self._sink = sink
        place, self._not_found = _WORDINGS[flavour]
        self._place = rb"\1: " if interactive else place

    async def write(self, data: bytes) -> None:
        """Pass on what the shell wrote."""
        data = _NOT_FOUND.sub(self._not_found, _PLACE.sub(self._place, data))
        await self._sink.write(data)
