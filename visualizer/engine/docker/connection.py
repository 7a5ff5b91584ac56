"""Where an engine is, and how a stream of bytes to it is opened.

Streams are the event loop's own, so none of them needs a thread: each can be waited for with a
deadline, and closing one ends whatever waits for it.
"""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

BUFFER = 512 * 1024
"""Bytes that are read ahead of a stream's reader; the engine waits beyond that."""
CONNECT_SECONDS = 10.0


class InvalidAddress(ValueError):
    """The text does not say where an engine is."""


@dataclass(frozen=True)
class Address:
    """An engine's place, as `DOCKER_HOST` says it."""

    scheme: str
    """`unix`, `tcp` or `ssh`."""
    host: str = ""
    port: int = 0
    path: str = ""
    """Of the socket (`unix`)."""
    user: str = ""

    @property
    def is_local(self) -> bool:
        """Whether the engine is on this machine: it has a socket file."""
        return self.scheme == "unix"


def parse_address(text: str) -> Address:
    """Read `unix:///path`, `tcp://host:port` or `ssh://user@host`. Raises InvalidAddress."""
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError:
        raise InvalidAddress(f"{text!r} has no valid port") from None
    if parts.scheme == "unix" and parts.path:
        return Address("unix", path=parts.path)
    if parts.scheme == "tcp" and parts.hostname:
        return Address("tcp", parts.hostname, port or 2375)
    # A host that begins with `-` would be an option of ssh.
    if parts.scheme == "ssh" and parts.hostname and not parts.hostname.startswith("-"):
        return Address("ssh", parts.hostname, port or 22, user=parts.username or "")
    raise InvalidAddress(f"{text!r} is not unix:///path, tcp://host:port or ssh://user@host")


class Stream:
    """Bytes to and from the engine."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        process: asyncio.subprocess.Process | None = None,
    ) -> None:
        self.reader = reader
        self.writer = writer
        self._process = process

    async def write(self, data: bytes) -> None:
        """Send all of it."""
        self.writer.write(data)
        await self.writer.drain()

    def close(self) -> None:
        """Close it at once; who reads it gets its end."""
        with contextlib.suppress(OSError, RuntimeError):
            self.writer.close()
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()


async def connect(address: Address, tls: ssl.SSLContext | None = None) -> Stream:
    """A new stream. Raises OSError (TimeoutError is one)."""
    async with asyncio.timeout(CONNECT_SECONDS):
        if address.scheme == "unix":
            reader, writer = await asyncio.open_unix_connection(address.path, limit=BUFFER)
            return Stream(reader, writer)
        if address.scheme == "tcp":
            reader, writer = await asyncio.open_connection(
                address.host, address.port, ssl=tls, limit=BUFFER
            )
            return Stream(reader, writer)
        return await _through_ssh(address)


async def _through_ssh(address: Address) -> Stream:
    """The engine's socket on another machine, as the docker command reaches it too."""
    target = f"{address.user}@{address.host}" if address.user else address.host
    process = await asyncio.create_subprocess_exec(
        "ssh", "-o", "BatchMode=yes", "-p", str(address.port), "--", target,
        "docker", "system", "dial-stdio",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=BUFFER,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    return Stream(process.stdout, process.stdin, process)
