"""HTTP/1.1 as the Engine's API speaks it: requests, answers in one piece or as they come, and
connections that become plain streams (a terminal, a process's output)."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from visualizer.engine.docker.connection import Stream

PIECE = 256 * 1024
LONGEST_BODY = 64 * 1024 * 1024
"""Of an answer that is read in one piece."""


class BadAnswer(OSError):
    """What came back is not HTTP, or ended in the middle."""


@dataclass(frozen=True)
class Request:
    """One call of the API. `path` begins with `/` and has no version."""

    method: str
    path: str
    query: Mapping[str, str] | None = None
    body: bytes = b""
    content_type: str = ""
    hijack: bool = False
    """Whether the connection becomes a plain stream afterwards."""

    def head(self, version: str) -> bytes:
        """The request's line and headers."""
        target = f"/{version}{self.path}" if version else self.path
        if self.query:
            target += f"?{urlencode(self.query)}"
        lines = [
            f"{self.method} {target} HTTP/1.1",
            "Host: docker",
            f"Content-Length: {len(self.body)}",
        ]
        if self.content_type:
            lines.append(f"Content-Type: {self.content_type}")
        if self.hijack:
            lines += ["Connection: Upgrade", "Upgrade: tcp"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


@dataclass
class Answer:
    """What the engine answers: the head is here, the body is still to be read."""

    status: int
    headers: Mapping[str, str]
    """Names in small letters."""
    stream: Stream
    bodiless: bool = False

    @property
    def keeps_open(self) -> bool:
        """Whether the connection can be used again once the body is read."""
        framed = "content-length" in self.headers or self._chunked or self.bodiless
        return framed and self.headers.get("connection", "").lower() != "close"

    @property
    def _chunked(self) -> bool:
        return self.headers.get("transfer-encoding", "").lower() == "chunked"

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises BadAnswer, OSError."""
        if self.bodiless:
            return
        if self._chunked:
            async for piece in self._chunks():
                yield piece
            return
        left = int(self.headers.get("content-length", "-1"))
        while left:
            piece = await self.stream.reader.read(PIECE if left < 0 else min(PIECE, left))
            if not piece and left < 0:
                return
            if not piece:
                raise BadAnswer("the engine's answer ended too early")
            left -= len(piece) if left > 0 else 0
            yield piece

    async def _chunks(self) -> AsyncIterator[bytes]:
        reader = self.stream.reader
        while True:
            line = await reader.readline()
            try:
                left = int(line.split(b";")[0].strip(), 16)
            except ValueError:
                raise BadAnswer("the engine's answer ended too early") from None
            last = left == 0
            while left:
                piece = await reader.read(min(PIECE, left))
                if not piece:
                    raise BadAnswer("the engine's answer ended too early")
                left -= len(piece)
                yield piece
            await reader.readline()
            if last:
                return

    async def body(self) -> bytes:
        """The whole body. Raises BadAnswer when it is far too long."""
        parts: list[bytes] = []
        size = 0
        async for piece in self.pieces():
            size += len(piece)
            if size > LONGEST_BODY:
                raise BadAnswer("the engine's answer is too long")
            parts.append(piece)
        return b"".join(parts)

    async def json_lines(self) -> AsyncIterator[dict[str, Any]]:
        """A body of JSON objects, a line each, as they come."""
        rest = b""
        async for piece in self.pieces():
            *lines, rest = (rest + piece).split(b"\n")
            if len(rest) > LONGEST_BODY:
                raise BadAnswer("a line of the engine's answer is too long")
            for line in lines:
                if line.strip():
                    yield json.loads(line)
        if rest.strip():
            yield json.loads(rest)


async def send(stream: Stream, request: Request, version: str) -> Answer:
    """Send a request and read the head of its answer. Raises BadAnswer, OSError."""
    await stream.write(request.head(version) + request.body)
    try:
        status_line = (await stream.reader.readline()).decode("latin-1")
        status = int(status_line.split()[1])
        headers: dict[str, str] = {}
        while (line := (await stream.reader.readline()).decode("latin-1").strip()) != "":
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
    except (IndexError, ValueError):
        raise BadAnswer("the engine did not answer in HTTP") from None
    bodiless = request.method == "HEAD" or status in (101, 204, 304)
    return Answer(status, headers, stream, bodiless)
