"""HTTP/1.1 as the Engine's API speaks it, read and written by h11: requests, answers in one piece
or as they come, and connections that become plain streams (a terminal, a process's output)."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import h11

from visualizer.engine.docker.connection import Stream

PIECE = 256 * 1024
Head = h11.Response | h11.InformationalResponse
LONGEST_BODY = 64 * 1024 * 1024
"""Of an answer that is read in one piece."""


class ConnectionBroke(OSError):
    """The connection ended or fell silent in the middle, or what came back is not HTTP."""


@dataclass(frozen=True)
class Request:
    """One call of the API. `path` begins with `/` and has no version."""

    method: str
    path: str
    query: Mapping[str, str] | None = None
    body: bytes | AsyncIterator[bytes] = b""
    """In one piece, or as it comes."""
    content_type: str = ""
    hijack: bool = False
    """Whether the connection becomes a plain stream afterwards."""
    headers: Mapping[str, str] | None = None
    """Further ones."""

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice does no harm."""
        return self.method in ("GET", "HEAD")

    def head(self, version: str) -> h11.Request:
        """The request's line and headers."""
        target = f"/{version}{self.path}" if version else self.path
        if self.query:
            target += f"?{urlencode(self.query)}"
        headers = {"Host": "docker", **(self.headers or {})}
        if isinstance(self.body, bytes):
            headers["Content-Length"] = str(len(self.body))
        else:
            headers["Transfer-Encoding"] = "chunked"
        if self.content_type:
            headers["Content-Type"] = self.content_type
        if self.hijack:
            headers |= {"Connection": "Upgrade", "Upgrade": "tcp"}
        return h11.Request(method=self.method, target=target, headers=list(headers.items()))


class Connection:
    """One connection to the engine: calls after one another, until it becomes a plain stream."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._http = h11.Connection(h11.CLIENT)
        self.patience: float | None = None
        """Seconds that the engine may be silent for; None for as long as it likes."""

    async def send(self, request: Request, version: str) -> "Answer":
        """Send a request and read the head of its answer. Raises ConnectionBroke."""
        if isinstance(request.body, bytes) and len(request.body) < PIECE:
            await self._send(request, version)
            head = await self._head()
        else:
            head = await self._send_much(request, version)
        headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
        return Answer(head.status_code, headers, self)

    async def body(self) -> AsyncIterator[bytes]:
        """What is left of the answer, as it comes. Raises ConnectionBroke."""
        while True:
            match await self._event():
                case h11.Data(data=data):
                    yield bytes(data)
                case h11.EndOfMessage() | h11.ConnectionClosed():
                    return

    def detach(self) -> Stream:
        """The connection as a plain stream; what came behind the answer's head is its first."""
        data, _ = self._http.trailing_data
        self._stream.unread(bytes(data))
        return self._stream

    def begin_again(self) -> bool:
        """Make ready for another call; False when the last answer was not read, or was the last."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    @property
    def is_stale(self) -> bool:
        """Whether the engine has closed it already."""
        return self._stream.is_stale

    def close(self) -> None:
        """Close it at once; who reads it gets its end."""
        self._stream.close()

    async def _send_much(self, request: Request, version: str) -> Head:
        """An engine that refuses a call may say so, and go, before it has read all of it."""
        sending = asyncio.create_task(self._send(request, version))
        reading = asyncio.create_task(self._head())
        try:
            await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                with contextlib.suppress(ConnectionBroke):
                    await sending
            return await reading
        finally:
            for task in (sending, reading):
                task.cancel()
            await asyncio.gather(sending, reading, return_exceptions=True)

    async def _send(self, request: Request, version: str) -> None:
        await self._write(self._http.send(request.head(version)))
        if isinstance(request.body, bytes):
            for start in range(0, len(request.body), PIECE):
                piece = request.body[start : start + PIECE]
                await self._write(self._http.send(h11.Data(data=piece)))
        else:
            async for piece in request.body:
                await self._write(self._http.send(h11.Data(data=piece)))
        await self._write(self._http.send(h11.EndOfMessage()))

    async def _head(self) -> Head:
        while True:
            event = await self._event()
            if isinstance(event, h11.Response):
                return event
            if isinstance(event, h11.InformationalResponse) and event.status_code == 101:
                return event
            if isinstance(event, h11.ConnectionClosed):
                raise await self._broke(ConnectionResetError("the engine closed the connection"))

    async def _write(self, data: bytes | None) -> None:
        if not data:
            return
        try:
            async with asyncio.timeout(self.patience):
                await self._stream.write(data)
        except TimeoutError:
            raise ConnectionBroke("the engine takes nothing any more") from None
        except OSError as error:
            raise await self._broke(error) from error

    async def _event(self) -> object:
        """The next thing that the engine says."""
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise await self._broke(error) from error
            if event is not h11.NEED_DATA:
                return event
            try:
                async with asyncio.timeout(self.patience):
                    data = await self._stream.read(PIECE)
            except TimeoutError:
                raise ConnectionBroke("the engine says nothing any more") from None
            except OSError as error:
                raise await self._broke(error) from error
            self._http.receive_data(data)

    async def _broke(self, error: Exception) -> ConnectionBroke:
        words = await self._stream.last_words()
        return ConnectionBroke(words or str(error) or type(error).__name__)


@dataclass
class Answer:
    """What the engine answers: the head is here, the body is still to be read."""

    status: int
    headers: Mapping[str, str]
    """Names in small letters."""
    connection: Connection

    def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises ConnectionBroke."""
        return self.connection.body()

    async def body(self) -> bytes:
        """The whole body. Raises ConnectionBroke, also when it is far too long."""
        parts: list[bytes] = []
        size = 0
        async for piece in self.pieces():
            size += len(piece)
            if size > LONGEST_BODY:
                raise ConnectionBroke("the engine's answer is too long")
            parts.append(piece)
        return b"".join(parts)

    async def json_lines(self) -> AsyncIterator[dict[str, Any]]:
        """A body of JSON objects, a line each, as they come. Raises ConnectionBroke."""
        rest = b""
        async for piece in self.pieces():
            *lines, rest = (rest + piece).split(b"\n")
            if len(rest) > LONGEST_BODY:
                raise ConnectionBroke("a line of the engine's answer is too long")
            for line in lines:
                if line.strip():
                    yield _json(line)
        if rest.strip():
            yield _json(rest)


def _json(line: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(line))
    except (ValueError, TypeError):
        raise ConnectionBroke("the engine's answer is not JSON") from None
