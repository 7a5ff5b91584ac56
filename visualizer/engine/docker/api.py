"""The Engine's API as calls: connections that are used again, errors as exceptions, deadlines."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Any

from visualizer.engine.docker.connection import Stream, connect, parse_address
from visualizer.engine.docker.wire import Answer, BadAnswer, Request, send
from visualizer.engine.errors import EngineUnavailable

DEADLINE = 60.0
"""Seconds for a call whose answer comes in one piece."""
NEWEST_VERSION = (1, 52)
"""Of the API, that this adapter was written for."""
IDLE_CONNECTIONS = 8


class ApiError(Exception):
    """The engine refused a call, in its own words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class EngineApi:
    """Calls to one engine, of one event loop."""

    def __init__(self, host: str, tls: ssl.SSLContext | None = None) -> None:
        self.address = parse_address(host)
        self._tls = tls
        self._idle: list[Stream] = []
        self._version = ""
        self._closed = False

    async def get(self, path: str, /, **query: str) -> Any:
        """The JSON that is answered. Raises ApiError, EngineUnavailable."""
        return _json(await self.call(Request("GET", path, query)))

    async def post(self, path: str, content: object = None, /, **query: str) -> Any:
        """Send JSON; the JSON that is answered, or None. Raises ApiError, EngineUnavailable."""
        return _json(await self.call(_json_request(path, content, query)))

    async def delete(self, path: str, /, **query: str) -> Any:
        """Raises ApiError, EngineUnavailable."""
        return _json(await self.call(Request("DELETE", path, query)))

    async def head(self, path: str, /, **query: str) -> Mapping[str, str]:
        """The headers of the answer. Raises ApiError, EngineUnavailable."""
        async with asyncio.timeout(DEADLINE):
            answer, reuse = await self._send(Request("HEAD", path, query))
        self._release(answer, reuse)
        if answer.status >= 400:
            raise ApiError(answer.status, "not found")
        return answer.headers

    async def call(self, request: Request, seconds: float = DEADLINE) -> bytes:
        """The body of the answer. Raises ApiError, EngineUnavailable."""
        answer: Answer | None = None
        try:
            async with asyncio.timeout(seconds):
                answer, reuse = await self._send(request)
                body = await answer.body()
        except OSError as error:
            if answer is not None:
                answer.stream.close()
            raise unavailable(error) from error
        except BaseException:
            if answer is not None:
                answer.stream.close()
            raise
        self._release(answer, reuse)
        if answer.status >= 400:
            raise _refusal(answer.status, body)
        return body

    @contextlib.asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator[Answer]:
        """An answer that is read as it comes; leaving it closes the connection.

        Raises ApiError, EngineUnavailable.
        """
        try:
            answer, _ = await self._send(request, fresh=True)
        except OSError as error:
            raise unavailable(error) from error
        try:
            if answer.status >= 400:
                raise _refusal(answer.status, await answer.body())
            yield answer
        except OSError as error:
            raise unavailable(error) from error
        finally:
            answer.stream.close()

    async def hijack(self, path: str, content: object = None, /, **query: str) -> Stream:
        """A connection that has become a plain stream. Raises ApiError, EngineUnavailable."""
        request = _json_request(path, content, query, hijack=True)
        try:
            async with asyncio.timeout(DEADLINE):
                answer, _ = await self._send(request, fresh=True)
                if answer.status < 400:
                    return answer.stream
                try:
                    raise _refusal(answer.status, await answer.body())
                finally:
                    answer.stream.close()
        except OSError as error:
            raise unavailable(error) from error

    def close(self) -> None:
        """Close what is idle; nothing is kept for another use from now on."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    async def _send(self, request: Request, *, fresh: bool = False) -> tuple[Answer, bool]:
        """Send it on an idle connection, or on a new one. Raises OSError, EngineUnavailable."""
        version = await self._negotiated(request)
        while self._idle and not fresh:
            stream = self._idle.pop()
            try:
                return await send(stream, request, version), True
            except (BadAnswer, ConnectionError):
                # The engine had closed the idle connection; it has not seen the request.
                stream.close()
            except BaseException:
                stream.close()
                raise
        stream = await connect(self.address, self._tls)
        try:
            return await send(stream, request, version), True
        except BaseException:
            stream.close()
            raise

    async def _negotiated(self, request: Request) -> str:
        if request.path in ("/version", "/_ping"):
            return ""
        if not self._version:
            told = await self.get("/version")
            newest = tuple(int(part) for part in str(told["ApiVersion"]).split("."))
            self._version = "v" + ".".join(str(part) for part in min(newest, NEWEST_VERSION))
        return self._version

    def forget_version(self) -> None:
        """Ask for it again: another engine may answer from now on."""
        self._version = ""

    def _release(self, answer: Answer, reuse: bool) -> None:
        if reuse and answer.keeps_open and len(self._idle) < IDLE_CONNECTIONS and not self._closed:
            self._idle.append(answer.stream)
        else:
            answer.stream.close()


def unavailable(error: OSError) -> EngineUnavailable:
    """What is said when the engine does not answer."""
    return EngineUnavailable(
        "engine-unavailable",
        "The Docker Engine does not answer.",
        "It has been stopped, or is being restarted, or is too busy to answer.",
        "Wait a moment and try again. If it stays like this, tell the people who run this site.",
        str(error) or type(error).__name__,
    )


def _json_request(
    path: str, content: object, query: Mapping[str, str], *, hijack: bool = False
) -> Request:
    body = b"" if content is None else json.dumps(content).encode()
    kind = "" if content is None else "application/json"
    return Request("POST", path, query, body, kind, hijack)


def _json(body: bytes) -> Any:
    return json.loads(body) if body.strip() else None


def _refusal(status: int, body: bytes) -> ApiError:
    try:
        message = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        message = body.decode("utf-8", "replace").strip()
    return ApiError(status, message)
