"""Daphne as this site runs it: sockets that wait for slow readers, and an orderly end.

Importing this installs Twisted's asyncio reactor, so only `manage.py serve` does it.
"""

from daphne.server import Server  # isort: skip  (first: it chooses Twisted's reactor)

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from twisted.internet import defer
from twisted.internet import reactor as installed_reactor
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from visualizer.web.http_protocol import SiteFactory, SiteRequest

reactor: Any = installed_reactor  # Its stubs know the interface only, not the object.
logger = logging.getLogger(__name__)

MESSAGE_BYTES = 2 * 1024 * 1024
"""More than any command may have, so that a large one is answered and not cut off."""
END_SECONDS = 60
OPEN_FILES = 10_000
"""Sockets, and the engine's files and pipes, all together."""


@implementer(IPushProducer)
class Flow:
    """Tells whether a reader keeps up. Twisted calls it when its buffer is full.

    Daphne by itself buffers without bound what a reader does not take. A socket that does not read
    is not read from either, so that its commands do not pile up; HTTP does so by itself.
    """

    def __init__(self, transport: Any = None) -> None:
        self._transport = transport
        self._open = asyncio.Event()
        self._open.set()

    def pauseProducing(self) -> None:  # noqa: N802 (Twisted's name)
        """The buffer is full."""
        self._open.clear()
        if self._transport is not None:
            self._transport.pauseProducing()

    def resumeProducing(self) -> None:  # noqa: N802
        """There is room again."""
        self._open.set()
        if self._transport is not None:
            self._transport.resumeProducing()

    def stopProducing(self) -> None:  # noqa: N802
        """The connection is gone; nobody need wait any more."""
        self._open.set()

    async def wait(self) -> None:
        """Until the reader has taken enough of what was sent."""
        await self._open.wait()


class SiteServer(Server):  # type: ignore[misc]
    """Daphne's server with flow control, a word when it listens, and a last call."""

    def __init__(
        self,
        application: Any,
        host: str,
        port: int,
        *,
        listening: Callable[[int], None],
        starting: Callable[[], None],
        ending: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(
            application,
            endpoints=build_endpoint_description_strings(host=host, port=port),
            websocket_max_message_size=MESSAGE_BYTES,
            websocket_max_frame_size=MESSAGE_BYTES,
            http_timeout=120,
            server_name="layercake",
        )
        self.failed = ""
        self._listening = listening
        self._starting = starting
        self._ending = ending

    @property
    def http_factory(self) -> SiteFactory:
        """What makes the connections."""
        return self._http_factory

    @http_factory.setter
    def http_factory(self, daphnes_own: Any) -> None:
        # Daphne's `run` sets one that it makes itself; ours takes its place.
        self._http_factory = SiteFactory(self)

    def run(self) -> None:
        """Serve until a signal comes, then end in order."""
        _allow_many_sockets()
        # Not `callWhenRunning`, which comes before asyncio's loop runs.
        reactor.callLater(0, self._starting)
        super().run()

    def listen_success(self, port: Any) -> None:
        """Say so."""
        super().listen_success(port)
        self._listening(port.getHost().port)

    def listen_error(self, failure: Any) -> None:
        """Keep the reason for `manage.py serve` to say."""
        self.failed = failure.getErrorMessage()
        reactor.callLater(0, self.stop)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Hand a message to the browser, when it is ready for one."""
        flow: Flow | None = getattr(protocol, "layercake_flow", None)
        if message["type"] in ("websocket.send", "http.response.body") and flow is not None:
            await flow.wait()
        await super().handle_reply(protocol, message)
        if isinstance(protocol, SiteRequest):
            _keep_pace(protocol, message)
        elif message["type"] == "websocket.accept" and protocol.transport is not None:
            protocol.layercake_flow = Flow(protocol.transport)
            # The HTTP channel that the socket came out of is still registered.
            protocol.transport.unregisterProducer()
            protocol.transport.registerProducer(protocol.layercake_flow, True)

    def protocol_disconnected(self, protocol: Any) -> None:
        """Let go of who waits for its reader."""
        super().protocol_disconnected(protocol)
        flow: Flow | None = getattr(protocol, "layercake_flow", None)
        if flow is not None:
            flow.stopProducing()

    def kill_all_applications(self) -> Any:
        """The end: first the labs are parked and their tapes written, then sockets are closed."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        try:
            async with asyncio.timeout(END_SECONDS):
                await self._ending()
        except TimeoutError:
            logger.error("the labs took too long to stop; the site ends now")
        # What was announced last should still reach the sockets.
        await asyncio.sleep(0.1)
        tasks = [
            details["application_instance"]
            for details in self.connections.values()
            if "application_instance" in details
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _allow_many_sockets() -> None:
    """Many systems give a process 256 or 1024 open files until it asks for what it may have."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _keep_pace(request: SiteRequest, message: dict[str, Any]) -> None:
    """An answer of many pieces waits for its reader before each of them."""
    if message["type"] != "http.response.body" or not message.get("more_body"):
        return
    request.took_some()
    if request.producer is None and request.channel is not None:
        request.layercake_flow = Flow()
        request.registerProducer(request.layercake_flow, True)
