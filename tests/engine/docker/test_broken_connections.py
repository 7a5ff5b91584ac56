"""Connections to an engine that are used again, break, or fall silent; the engine is played."""

import asyncio
from pathlib import Path

import pytest

from tests.engine.docker.played import HEAD, VERSION, played
from tests.engine.recording import settle
from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.wire import Request
from visualizer.engine.errors import EngineUnavailable


async def test_connections_are_used_again(tmp_path: Path) -> None:
    connections = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(VERSION)

    async with played(tmp_path, serve) as api:
        for _ in range(5):
            assert await api.get("/info") == {"ApiVersion": "1.41"}
        assert len(connections) == 1
        # Two at once need one each.
        await asyncio.gather(api.get("/info"), api.get("/info"))
        assert len(connections) == 2


async def test_a_connection_that_was_closed_while_idle_is_not_used_again(tmp_path: Path) -> None:
    connections = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(VERSION)
        writer.close()

    async with played(tmp_path, serve) as api:
        for method in ("GET", "GET", "POST"):
            await api.call(Request(method, "/_ping"))
            # A call that must not be made twice is made when its being closed has been noticed.
            await settle()
        assert len(connections) == 3


async def test_what_comes_behind_the_head_of_a_hijack_is_not_lost(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while b"/version" in await reader.readuntil(b"\r\n\r\n"):
            writer.write(VERSION)
        writer.write(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nfirst ")
        await writer.drain()
        writer.write(b"second " + await reader.readexactly(5))
        writer.close()

    async with played(tmp_path, serve) as api:
        stream = await api.hijack("/exec/1/start")
        await stream.write(b"third")
        said = b""
        while piece := await stream.read(4):
            said += piece
        assert said == b"first second third"
        stream.close()


async def test_an_engine_that_refuses_before_it_has_read_everything_is_understood(
    tmp_path: Path,
) -> None:
    body = b'{"message":"no"}'

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while b"/version" in await reader.readuntil(b"\r\n\r\n"):
            writer.write(VERSION)
        head = b"HTTP/1.1 409 Conflict\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
        writer.write(head % len(body) + body)
        # What the client still sends is taken by nobody.
        writer.transport.pause_reading()  # type: ignore[attr-defined]

    async with played(tmp_path, serve) as api:
        with pytest.raises(ApiError) as told:
            await api.call(Request("POST", "/build", body=b"x" * 20_000_000))
        assert told.value.status == 409
        assert told.value.engine_words == "no"


async def test_a_stream_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while b"/version" in await reader.readuntil(b"\r\n\r\n"):
            writer.write(VERSION)
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
        await reader.read()

    async with played(tmp_path, serve) as api:

        async def read() -> list[bytes]:
            async with api.open(Request("GET", "/images/x/get"), patience=0.05) as answer:
                return [piece async for piece in answer.pieces()]

        with pytest.raises(EngineUnavailable, match="does not answer"):
            await read()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
        b"SSH-2.0-OpenSSH\r\n",
    ],
)
async def test_what_is_cut_off_or_no_engines_answer_is_unavailable(
    tmp_path: Path, answer: bytes
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while b"/version" in await reader.readuntil(b"\r\n\r\n"):
            writer.write(VERSION)
        writer.write(answer)
        writer.close()

    async with played(tmp_path, serve) as api:
        with pytest.raises(EngineUnavailable):
            await api.get("/info")


async def test_an_error_of_the_readers_own_is_not_the_engines(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(VERSION)

    async with played(tmp_path, serve) as api:
        with pytest.raises(OSError, match="disk is full"):
            async with api.open(Request("GET", "/info")):
                raise OSError("the disk is full")
