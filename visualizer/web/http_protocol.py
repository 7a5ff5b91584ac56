"""HTTP requests as this site takes them: with a small body, sent in good time, read at the
reader's own pace. Daphne by itself sets no bound to any of these."""

import time
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest

from visualizer.recordings.format import FILE_BYTES
from visualizer.web import early_refusal

BODY_BYTES = 1024 * 1024
"""More than Django takes (`DATA_UPLOAD_MAX_MEMORY_SIZE`), so that a body in between is refused in
words. Daphne keeps a body on the disk, whatever its size, before Django hears of it."""
IMPORT_BYTES = FILE_BYTES + 64 * 1024
"""A recording that is imported, and the form around it."""
IMPORTS = frozenset((b"/recordings/", b"/api/recordings"))
ARRIVAL_SECONDS = 30.0
"""From a request's first line to the end of its body. Twisted's own limit begins anew with every
byte, so that one byte a minute holds a connection for ever."""
IMPORT_SECONDS = 120.0
"""The same for a recording that is imported, over a slow line."""
LINGER_BYTES = 32 * 1024 * 1024
"""What is still read of a recording that is too large, and thrown away: a browser that is cut off
while it sends does not come to read why."""
LINGER_SECONDS = 30.0

TOO_LARGE = b"413 Content Too Large"
TOO_SLOW = b"408 Request Timeout"


class SiteRequest(WebRequest):  # type: ignore[misc]
    """One request, from its first line to the end of its answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._refused = False
        self._taken = 0
        self._import_path = b""
        self._most = BODY_BYTES
        self._deadline = self.channel.callLater(ARRIVAL_SECONDS, self._refuse, TOO_SLOW)

    def gotLength(self, length: int | None) -> None:  # noqa: N802 (Twisted's name)
        """All headers are there; None stands for a body that comes in chunks."""
        super().gotLength(length)
        # The request does not know its own path before it is complete.
        path, _, _ = self.channel._path.partition(b"?")
        if path in IMPORTS:
            self._import_path = path
            self._most = IMPORT_BYTES
            if self._deadline.active():
                self._deadline.reset(IMPORT_SECONDS)
        if length is not None and length > self._most:
            self._refuse(TOO_LARGE)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """A piece of the body."""
        self._taken += len(data)
        if self._taken > self._most:
            self._refuse(TOO_LARGE)
        if self._refused and self._taken > LINGER_BYTES:
            self.channel.loseConnection()
        if not self._refused:
            super().handleContentChunk(data)

    def process(self) -> Any:
        """The request is complete."""
        self._arrived()
        if self._refused:
            self.channel.loseConnection()
            return None
        # Daphne would take from it the path that the site is mounted at, whoever sends it.
        self.requestHeaders.removeHeader(b"daphne-root-path")
        return super().process()

    def took_some(self) -> None:
        """The reader took a piece of the answer; the time limit of an answer begins anew."""
        self.request_start = time.time()

    def check_timeouts(self) -> None:
        """An answer that stops half-way is cut off, so that nobody takes it for a whole one."""
        limit = self.server.http_timeout
        if self._response_started and limit and self.duration() > limit:
            self.channel.forceAbortClient()
        else:
            super().check_timeouts()

    def finish(self) -> None:
        """The answer is complete."""
        if self.producer:
            self.unregisterProducer()
        super().finish()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        """The browser has gone."""
        self._arrived()
        super().connectionLost(reason)

    def _arrived(self) -> None:
        if self._deadline.active():
            self._deadline.cancel()

    def _refuse(self, status: bytes) -> None:
        if self._refused:
            return
        self._refused = True
        self._arrived()
        if status is TOO_LARGE and self._import_path:
            self.channel.transport.write(early_refusal.response(self._import_path))
            call_later = self.channel.callLater
            self._deadline = call_later(LINGER_SECONDS, self.channel.loseConnection)
            return
        self.channel.transport.write(
            b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        )
        self.channel.loseConnection()


class SiteFactory(HTTPFactory):  # type: ignore[misc]
    """Makes the connections on which `SiteRequest`s come."""

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        """A connection was opened."""
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = SiteRequest
        return protocol
