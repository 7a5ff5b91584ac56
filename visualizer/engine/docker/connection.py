"""How a stream of bytes to an engine is opened: its socket, TLS with certificates, or ssh.

Streams are the event loop's own, so none of them needs a thread: each can be waited for with a
deadline, and closing one ends whatever waits for it.
"""

import asyncio
import contextlib
import socket
import ssl
from pathlib import Path

from visualizer.engine.docker.address import Address, InvalidAddress
from visualizer.engine.docker.ssh import Ssh

BUFFER = 512 * 1024
"""Bytes that are read ahead of a stream's reader; the engine waits beyond that."""
CONNECT_SECONDS = 10.0
_KEEP_ALIVE_SECONDS = 15


def tls_context(folder: Path) -> ssl.SSLContext:
    """What ca.pem, cert.pem and key.pem of a folder say, as of DOCKER_CERT_PATH.

    The engine has to show a certificate for its name that this CA signed. Raises InvalidAddress.
    """
    try:
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        context.load_cert_chain(str(folder / "cert.pem"), str(folder / "key.pem"))
    except OSError as error:
        raise InvalidAddress(
            f"the certificates in {folder} cannot be used (ca.pem, cert.pem and key.pem are "
            f"needed): {error.strerror or error}"
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Stream:
    """Bytes to and from the engine."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ssh: Ssh | None = None,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._ssh = ssh
        self._ahead = b""

    @property
    def is_stale(self) -> bool:
        """Whether the engine has closed it already."""
        return self._reader.at_eof() or self._writer.is_closing()

    async def read(self, size: int) -> bytes:
        """At most `size` bytes as soon as there are any; none at the end. Raises OSError."""
        if self._ahead:
            piece, self._ahead = self._ahead[:size], self._ahead[size:]
            return piece
        return await self._reader.read(size)

    def unread(self, data: bytes) -> None:
        """Have these bytes read before all others."""
        self._ahead = data + self._ahead

    async def write(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""
        self._writer.write(data)
        await self._writer.drain()

    @property
    def unsent(self) -> int:
        """Bytes written that the engine has not taken yet."""
        return self._writer.transport.get_write_buffer_size()

    async def last_words(self) -> str:
        """What ssh said when it failed; empty when there is none or it said nothing."""
        return "" if self._ssh is None else await self._ssh.last_words()

    def close(self) -> None:
        """Close it at once; who reads it gets its end."""
        # Not a polite close: that one waits for the engine to take what it did not read.
        with contextlib.suppress(OSError, RuntimeError):
            self._writer.transport.abort()
        if self._ssh is not None:
            self._ssh.close()


async def connect(address: Address, tls: ssl.SSLContext | None = None) -> Stream:
    """A new stream. Raises OSError (TimeoutError is one)."""
    async with asyncio.timeout(CONNECT_SECONDS):
        if address.scheme == "unix":
            return Stream(*await asyncio.open_unix_connection(address.path, limit=BUFFER))
        if address.scheme == "tcp":
            return await _over_tcp(address, tls)
        return await _through_ssh(address)


async def _over_tcp(address: Address, tls: ssl.SSLContext | None) -> Stream:
    reader, writer = await asyncio.open_connection(
        address.host, address.port, ssl=tls, limit=BUFFER
    )
    plain = writer.get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # Where the system has them; a machine that vanished closes no connection.
    for option in ("TCP_KEEPIDLE", "TCP_KEEPINTVL"):
        if hasattr(socket, option):
            plain.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), _KEEP_ALIVE_SECONDS)
    return Stream(reader, writer)


async def _through_ssh(address: Address) -> Stream:
    ssh = Ssh(address)
    try:
        reader, writer = await asyncio.open_connection(sock=ssh.socket, limit=BUFFER)
    except BaseException:
        ssh.close()
        raise
    return Stream(reader, writer, ssh)
