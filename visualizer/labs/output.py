"""Output on its way to the tape: gathered, cut into events of 4 KiB, and capped.

Order is kept: an event that is no output is preceded by all output that came before it, and of
one subject stdout and stderr stay in the order of writing.
"""

from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from visualizer.engine.limits import Limits
from visualizer.events import types as event
from visualizer.events.types import AnyEvent

Output: TypeAlias = event.StepOutput | event.ContainerOutput | event.ExecOutput
OUTPUT = (event.StepOutput, event.ContainerOutput, event.ExecOutput)

GATHER_MS = 50
CHUNK_BYTES = 4096


@dataclass
class _Chunk:
    first: Output
    """The event that the chunk began with; its time is the chunk's."""
    parts: list[str]
    size: int


class OutputGate:
    """Takes an engine's events and gives back those that are ready for the tape.

    It keeps no clock and starts no timer: the caller says what time it is, and calls `flush` when
    `due` has come.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._chunks: list[_Chunk] = []
        self._open: dict[str, _Chunk] = {}
        self._spent: dict[str, int] = {}
        self._cut: set[str] = set()
        self._terminals: set[str] = set()
        self._flushed_ms = -GATHER_MS

    @property
    def due(self) -> int | None:
        """When `flush` should be called, or None when nothing waits."""
        return self._flushed_ms + GATHER_MS if self._chunks else None

    def take(self, taken: AnyEvent, now_ms: int) -> list[AnyEvent]:
        """What is ready now that this event came."""
        if isinstance(taken, OUTPUT):
            return self._take_output(taken, now_ms)
        self._note(taken)
        return [*self.flush(now_ms), msgspec.structs.replace(taken, at_ms=now_ms)]

    def flush(self, now_ms: int) -> list[AnyEvent]:
        """All output that waits."""
        if not self._chunks:
            return []
        self._flushed_ms = now_ms
        ready: list[AnyEvent] = [
            msgspec.structs.replace(chunk.first, text="".join(chunk.parts))
            for chunk in self._chunks
        ]
        self._chunks.clear()
        self._open.clear()
        return ready

    def _take_output(self, output: Output, now_ms: int) -> list[AnyEvent]:
        subject = _subject(output)
        if subject in self._cut or not output.text:
            return []
        text = output.text.encode("utf-8", "replace")
        left = self._limit(subject)[1] - self._spent.get(subject, 0)
        self._spent[subject] = self._spent.get(subject, 0) + len(text)
        for piece in _pieces(text[: max(left, 0)]):
            self._add(msgspec.structs.replace(output, at_ms=now_ms), subject, piece)
        if len(text) > left:
            self._cut.add(subject)
            what, limit = self._limit(subject)
            notice = event.OutputTruncated(what=what, limit=limit, subject=_spoken(output))
            return self.take(notice, now_ms)
        waited = now_ms - self._flushed_ms >= GATHER_MS
        return self.flush(now_ms) if waited or self._full() else []

    def _add(self, output: Output, subject: str, piece: str) -> None:
        size = len(piece.encode())
        chunk = self._open.get(subject)
        fits = chunk and chunk.first.stream == output.stream and chunk.size + size <= CHUNK_BYTES
        if not chunk or not fits:
            chunk = self._open[subject] = _Chunk(output, [], 0)
            self._chunks.append(chunk)
        chunk.parts.append(piece)
        chunk.size += size

    def _full(self) -> bool:
        return any(chunk.size >= CHUNK_BYTES for chunk in self._chunks) or len(self._chunks) > 64

    def _limit(self, subject: str) -> tuple[str, int]:
        if subject in self._terminals:
            return "terminal_bytes", self._limits.terminal_bytes
        return "output_bytes", self._limits.output_bytes

    def _note(self, taken: AnyEvent) -> None:
        """Keep the books on who may still write."""
        match taken:
            case event.ExecStarted(exec=exec_id, terminal=True):
                self._terminals.add(f"exec:{exec_id}")
            case (
                event.ContainerStarted(container=container)
                | event.ContainerRemoved(container=container)
            ):
                self._forget(f"container:{container}")
            case event.ExecExited(exec=exec_id):
                self._forget(f"exec:{exec_id}")
            case (
                event.StepFinished(build=build, step=step)
                | event.StepFailed(build=build, step=step)
            ):
                self._forget(f"build:{build}:{step}")

    def _forget(self, subject: str) -> None:
        self._spent.pop(subject, None)
        self._cut.discard(subject)
        self._terminals.discard(subject)


def _subject(output: Output) -> str:
    """Who writes: a build's step, a main process, an exec. Each has its own limit."""
    if isinstance(output, event.StepOutput):
        return f"build:{output.build}:{output.step}"
    return _spoken(output)


def _spoken(output: Output) -> str:
    """The subject as `limit.reached` and `output.truncated` name it."""
    if isinstance(output, event.StepOutput):
        return f"build:{output.build}"
    if isinstance(output, event.ContainerOutput):
        return f"container:{output.container}"
    return f"exec:{output.exec}"


def _pieces(text: bytes) -> list[str]:
    """The text in pieces of at most a chunk, no character torn apart."""
    pieces = []
    while text:
        end = min(CHUNK_BYTES, len(text))
        while end < len(text) and end > 0 and text[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(text[:end].decode("utf-8", "ignore"))
        text = text[end:]
    return [piece for piece in pieces if piece]
