"""An engine that is played: something that listens as one does and says what a test wants."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from visualizer.engine.docker.api import EngineApi

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
VERSION = HEAD + b'Content-Length: 21\r\n\r\n{"ApiVersion":"1.41"}'
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def played(folder: Path, serve: Serve) -> AsyncIterator[EngineApi]:
    """A client of something that listens as an engine does and says what the test wants."""
    path = folder / "played.sock"
    writers: list[asyncio.StreamWriter] = []

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await serve(reader, writer)

    server = await asyncio.start_unix_server(served, path)
    api = EngineApi(f"unix://{path}")
    try:
        yield api
    finally:
        api.close()
        for writer in writers:
            writer.close()
        server.close()
