"""A way to the engine that a test can shut."""

import asyncio
from pathlib import Path


class Door:
    """A socket before the engine's, which can be shut."""

    def __init__(self, host: str, path: Path) -> None:
        self.host = f"unix://{path}"
        self._path = path
        self._behind = host.removeprefix("unix://")
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "Door":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.shut()

    async def open(self) -> None:
        """Let the engine be reached."""
        self._server = await asyncio.start_unix_server(self._serve, self._path)

    def shut(self) -> None:
        """Cut everything that goes through."""
        assert self._server is not None
        self._server.close()
        self._path.unlink()
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(self._behind)
        self._writers |= {writer, inner_writer}
        await asyncio.gather(
            _pass_on(reader, inner_writer), _pass_on(inner_reader, writer), return_exceptions=True
        )
        for each in (writer, inner_writer):
            each.close()
            self._writers.discard(each)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(64 * 1024):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
