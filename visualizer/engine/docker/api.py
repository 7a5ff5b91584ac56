"""The Engine's API as calls: connections that are used again, errors as exceptions, deadlines."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

from visualizer.engine.docker.address import parse_address
from visualizer.engine.docker.connection import Stream, connect, tls_context
from visualizer.engine.docker.engine_words import shown
from visualizer.engine.docker.wire import Answer, Connection, ConnectionBroke, Request
from visualizer.engine.errors import EngineError, EngineUnavailable

DEADLINE = 60.0
"""Seconds for a call whose answer comes in one piece."""
NEWEST_VERSION = (1, 52)
"""Of the API, that this adapter was written for."""
IDLE_CONNECTIONS = 8


class ApiError(EngineError):
    """The engine refused a call, in its own words."""

    def __init__(self, status: int, message: str) -> None:
        words = shown(message)
        super().__init__(
            "engine-refused",
            "The Docker Engine refused this.",
            f"It said: {words}",
            "Look at the engine's words.",
            words,
        )
        self.status = status
        self.message = message


class EngineApi:
    """Calls to one engine, of one event loop."""

    def __init__(self, host: str, tls: Path | None = None) -> None:
        """`tls` is a folder of certificates, as of DOCKER_CERT_PATH. Raises InvalidAddress."""
        self.address = parse_address(host, tls=tls is not None)
        self._tls = tls_context(tls) if tls is not None and self.address.scheme == "tcp" else None
        self._idle: list[Connection] = []
        self._version = ""
        self._info: Mapping[str, Any] | None = None
        self._closed = False
        self._busy: set[Connection] = set()
        self.is_away = False
        """Whether the engine is known not to answer: every call is refused at once."""

    async def get(self, path: str, /, **query: str) -> Any:
        """The JSON that is answered. Raises ApiError, EngineUnavailable."""
        return _json(await self.call(Request("GET", path, query)))

    async def find(self, path: str, /, **query: str) -> Any:
        """As `get`; None when the engine has no such thing, or has it no more."""
        try:
            return await self.get(path, **query)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    async def info(self) -> Mapping[str, Any]:
        """What the engine says of itself, asked once until it goes away.

        Raises ApiError, EngineUnavailable.
        """
        if self._info is None:
            self._info = await self.get("/info")
        return self._info

    async def post(self, path: str, content: object = None, /, **query: str) -> Any:
        """Send JSON; the JSON that is answered, or None. Raises ApiError, EngineUnavailable."""
        return _json(await self.call(_json_request(path, content, query)))

    async def delete(self, path: str, /, **query: str) -> Any:
        """Raises ApiError, EngineUnavailable."""
        return _json(await self.call(Request("DELETE", path, query)))

    async def head(self, path: str, /, **query: str) -> Mapping[str, str]:
        """The headers of the answer. Raises ApiError, EngineUnavailable."""
        answer, _ = await self._whole(Request("HEAD", path, query), DEADLINE)
        if answer.status >= 400:
            raise ApiError(answer.status, "not found")
        return answer.headers

    async def call(self, request: Request, seconds: float = DEADLINE) -> bytes:
        """The body of the answer. Raises ApiError, EngineUnavailable."""
        answer, body = await self._whole(request, seconds)
        if answer.status >= 400:
            raise _refusal(answer.status, body)
        return body

    @contextlib.asynccontextmanager
    async def open(self, request: Request, patience: float | None = None) -> AsyncIterator[Answer]:
        """An answer that is read as it comes; leaving it closes the connection.

        `patience` is how many seconds the engine may be silent; None for a stream that may well
        have nothing to say, whose reader has a deadline or a heartbeat of its own.
        Raises ApiError, EngineUnavailable.
        """
        version = await self._negotiated(request)
        connection = await self._connection(DEADLINE)
        try:
            answer = await self._ask(connection, request, version, DEADLINE if patience else None)
            if answer.status >= 400:
                connection.patience = DEADLINE
                raise _refusal(answer.status, await answer.body())
            connection.patience = patience
            yield answer
        except ConnectionBroke as error:
            raise unavailable(error) from error
        finally:
            connection.close()

    async def hijack(self, path: str, content: object = None, /, **query: str) -> Stream:
        """A connection that has become a plain stream. Raises ApiError, EngineUnavailable."""
        request = _json_request(path, content, query, hijack=True)
        version = await self._negotiated(request)
        connection = await self._connection(DEADLINE)
        try:
            answer = await self._ask(connection, request, version, DEADLINE)
            if answer.status >= 400:
                raise _refusal(answer.status, await answer.body())
        except ConnectionBroke as error:
            connection.close()
            raise unavailable(error) from error
        except BaseException:
            connection.close()
            raise
        return connection.detach()

    def close(self) -> None:
        """Close what is idle; nothing is kept for another use from now on."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    async def _whole(self, request: Request, seconds: float) -> tuple[Answer, bytes]:
        """Send a request and read all of its answer. Raises EngineUnavailable."""
        version = await self._negotiated(request)
        while self._idle:
            connection = self._idle.pop()
            if connection.is_stale:
                connection.close()
                continue
            try:
                return await self._carry_out(connection, request, version, seconds)
            except EngineUnavailable as error:
                # It may have been closed in this moment; then the engine has not seen the request.
                if not request.is_repeatable or isinstance(error.__cause__, TimeoutError):
                    raise
        return await self._carry_out(await self._connection(seconds), request, version, seconds)

    async def _carry_out(
        self, connection: Connection, request: Request, version: str, seconds: float
    ) -> tuple[Answer, bytes]:
        try:
            async with asyncio.timeout(seconds):
                answer = await self._ask(connection, request, version, None)
                with self._waiting(connection):
                    body = await answer.body()
        except (ConnectionBroke, TimeoutError) as error:
            connection.close()
            raise unavailable(error) from error
        except BaseException:
            connection.close()
            raise
        if self._closed or len(self._idle) >= IDLE_CONNECTIONS or not connection.begin_again():
            connection.close()
        else:
            self._idle.append(connection)
        return answer, body

    async def _connection(self, seconds: float) -> Connection:
        """A new one. Raises EngineUnavailable."""
        if self.is_away:
            raise unavailable(ConnectionBroke("the engine does not answer"))
        try:
            async with asyncio.timeout(seconds):
                return Connection(await connect(self.address, self._tls))
        except OSError as error:
            raise unavailable(error) from error

    async def _ask(
        self, connection: Connection, request: Request, version: str, patience: float | None
    ) -> Answer:
        """Raises ConnectionBroke."""
        connection.patience = patience
        with self._waiting(connection):
            return await connection.send(request, version)

    @contextlib.contextmanager
    def _waiting(self, connection: Connection) -> Iterator[None]:
        """While it waits for an answer: it is ended when the engine is known to be away."""
        self._busy.add(connection)
        try:
            yield
        finally:
            self._busy.discard(connection)

    async def _negotiated(self, request: Request) -> str:
        if request.path in ("/version", "/_ping"):
            return ""
        if not self._version:
            told = await self.get("/version")
            newest = tuple(int(part) for part in str(told["ApiVersion"]).split("."))
            self._version = "v" + ".".join(str(part) for part in min(newest, NEWEST_VERSION))
        return self._version

    def go_away(self) -> None:
        """The engine does not answer. What waits for it ends now, what is read as it comes not:
        a frozen engine goes on with that when it can."""
        self.is_away = True
        self.forget_version()
        for connection in [*self._busy, *self._idle]:
            connection.close()
        self._idle.clear()

    def come_back(self) -> None:
        """The engine answers again."""
        self.is_away = False

    def forget_version(self) -> None:
        """Ask for it again: another engine may answer from now on."""
        self._version = ""
        self._info = None


def unavailable(error: OSError) -> EngineUnavailable:
    """What is said when the engine does not answer; the error tells those who run the site more."""
    trust = _distrust(error)
    if trust is not None:
        return trust
    return EngineUnavailable(
        "engine-unavailable",
        "The Docker Engine does not answer.",
        "It has been stopped, or is being restarted, or is too busy to answer.",
        "Wait a moment and try again. If it stays like this, tell the people who run this site.",
        str(error) or type(error).__name__,
    )


def _distrust(error: OSError) -> EngineUnavailable | None:
    cause = error if isinstance(error, ssl.SSLError) else error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return EngineUnavailable(
            "engine-not-trusted",
            "The Docker Engine cannot prove that it is the right one.",
            "Its certificate was not signed by the authority that this site trusts, or is made out "
            "to another name or time.",
            "Tell the people who run this site: it concerns LAYERCAKE_DOCKER_TLS.",
            cause.verify_message,
        )
    if isinstance(cause, ssl.SSLError) and "alert" in str(cause).lower():
        return EngineUnavailable(
            "engine-distrusts-site",
            "The Docker Engine does not let this site in.",
            "It does not know the authority that signed the site's own certificate.",
            "Tell the people who run this site: it concerns LAYERCAKE_DOCKER_TLS.",
            cause.reason or str(cause),
        )
    return None


def _json_request(
    path: str, content: object, query: Mapping[str, str], *, hijack: bool = False
) -> Request:
    body = b"" if content is None else json.dumps(content).encode()
    kind = "" if content is None else "application/json"
    return Request("POST", path, query, body, kind, hijack)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body.strip() else None
    except ValueError:
        raise unavailable(ConnectionBroke("what answered is no Docker Engine")) from None


def _refusal(status: int, body: bytes) -> ApiError:
    try:
        message = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        message = body.decode("utf-8", "replace").strip()
    return ApiError(status, message)
