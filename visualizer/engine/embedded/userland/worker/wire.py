"""Messages between the site and its workers: msgpack arrays, each with its length before it."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

import msgspec

_LENGTH = struct.Struct("<I")
_LONGEST = 64 * 1024 * 1024

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()

Message = list[Any]


class TooLong(ValueError):
    """A message longer than any that is ever sent."""


def pack(message: Message) -> bytes:
    """A message as it goes over the socket."""
    body = _encoder.encode(message)
    if len(body) > _LONGEST:
        raise TooLong(len(body))
    return _LENGTH.pack(len(body)) + body


class Reader:
    """Takes bytes as they come and gives whole messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete now. Raises TooLong, or msgspec.DecodeError."""
        self._buffer += data
        messages: list[Message] = []
        start = 0
        while len(self._buffer) - start >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._buffer, start)
            if size > _LONGEST:
                raise TooLong(size)
            end = start + _LENGTH.size + size
            if len(self._buffer) < end:
                break
            messages.append(_decoder.decode(bytes(self._buffer[start + _LENGTH.size : end])))
            start = end
        del self._buffer[:start]
        return messages


def send(connection: socket.socket, message: Message) -> None:
    """Send from a thread. Raises OSError when the other side is gone."""
    connection.sendall(pack(message))


def receive(connection: socket.socket) -> Message:
    """Receive in a thread. Raises ConnectionError when the other side is gone."""
    (size,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    message: Message = _decoder.decode(_exactly(connection, size))
    return message


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = connection.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise ConnectionError("the other side is gone")
        parts += part
    return bytes(parts)


class Line(asyncio.Protocol):
    """One end of a connection on an event loop."""

    def __init__(self, take: Callable[[Message], None], lost: Callable[[], None]) -> None:
        self._take = take
        self._lost = lost
        self._reader = Reader()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        try:
            messages = self._reader.feed(data)
        except ValueError:
            self.close()
            return
        for message in messages:
            self._take(message)

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        self._transport = None
        self._lost()

    def send(self, *message: Any) -> None:
        """Send, or do nothing when the other side is gone."""
        if self._transport is not None:
            self._transport.write(pack(list(message)))

    def pause(self) -> None:
        """Take no messages for a while."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Take messages again."""
        if self._transport is not None and not self._transport.is_reading():
            self._transport.resume_reading()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()
