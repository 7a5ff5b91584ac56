"""A lab's socket as a browser sees it: frames in, commands out, the tape put together."""

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

from channels.testing import WebsocketCommunicator
from django.core import signing

from visualizer.asgi import application
from visualizer.web import owner as owners

SECONDS = 60.0

Frame = dict[str, Any]


class Communicator(WebsocketCommunicator):  # type: ignore[misc]
    """One end of a socket, with more patience than the second that Channels has by itself."""

    async def connect(self, timeout: float = SECONDS) -> tuple[bool, Any]:
        """Whether the handshake was taken, and the subprotocol or the code of the refusal."""
        taken, what = await super().connect(timeout)
        return bool(taken), what

    async def receive_from(self, timeout: float = SECONDS) -> str:
        """The text of the next frame."""
        return str(await super().receive_from(timeout))

    async def receive_output(self, timeout: float = SECONDS) -> dict[str, Any]:
        """The next thing that the site does, as ASGI has it."""
        return dict(await super().receive_output(timeout))

    async def disconnect(self, code: int = 1000, timeout: float = SECONDS) -> None:
        """Go away, and wait until the site has noticed."""
        await super().disconnect(code, timeout)


def cookie(owner: str) -> str:
    """The owner's cookie, signed as the site signs it."""
    return f"{owners.NAME}={signing.get_cookie_signer(salt=owners.SALT).sign(owner)}"


def headers(owner: str | None, origin: str | None, host: str = "localhost:8000") -> list[Any]:
    """What a browser sends with the handshake."""
    found = [(b"host", host.encode())]
    if origin is not None:
        found.append((b"origin", origin.encode()))
    if owner is not None:
        found.append((b"cookie", cookie(owner).encode()))
    return found


class Socket:
    """An open socket. `events` is the tape as it came."""

    def __init__(self, communicator: Communicator) -> None:
        self.communicator = communicator
        self.hello: Frame = {}
        self.events: list[dict[str, Any]] = []
        self.answers: list[Frame] = []
        self._refs = itertools.count(1)

    async def receive(self) -> Frame:
        """The next frame; events are put on `events`, answers on `answers`."""
        frame: Frame = json.loads(await self.communicator.receive_from())
        if frame["frame"] == "events":
            self.events += frame["events"]
        elif frame["frame"] != "hello":
            self.answers.append(frame)
        return frame

    async def send(self, kind: str, **fields: Any) -> str:
        """Send a command; its `ref`."""
        ref = f"c{next(self._refs)}"
        await self.communicator.send_to(json.dumps({"type": kind, "ref": ref, **fields}))
        return ref

    async def ask(self, kind: str, **fields: Any) -> Frame:
        """Send a command and wait for its answer."""
        return await self.answer(await self.send(kind, **fields))

    async def answer(self, ref: str) -> Frame:
        """The answer to the command with this `ref`."""
        await self.until(lambda: any(answer["ref"] == ref for answer in self.answers))
        return next(answer for answer in self.answers if answer["ref"] == ref)

    async def until(self, met: Callable[[], bool]) -> None:
        """Receive until this is so."""
        async with asyncio.timeout(SECONDS):
            while not met():
                await self.receive()

    async def event(self, kind: str) -> dict[str, Any]:
        """The first event of this type."""
        await self.until(lambda: any(event["type"] == kind for event in self.events))
        return next(event for event in self.events if event["type"] == kind)

    def types(self) -> list[str]:
        """The types of the events that came."""
        return [event["type"] for event in self.events]

    def seqs(self) -> list[int]:
        """The numbers of the events that came."""
        return [event["seq"] for event in self.events]

    async def close_code(self) -> int:
        """Wait for the site to close the socket; the code."""
        async with asyncio.timeout(SECONDS):
            while True:
                message = await self.communicator.receive_output()
                if message["type"] == "websocket.close":
                    return int(message.get("code", 1000))

    async def close(self) -> None:
        """Go away, as when the page is closed."""
        await self.communicator.disconnect()


async def connect(
    lab: str,
    *,
    owner: str | None = None,
    after: int | str = 0,
    origin: str | None = "http://localhost:8000",
) -> Socket:
    """Open a lab's socket and read its first frame."""
    communicator = Communicator(
        application, f"/ws/labs/{lab}/?after={after}", headers(owner, origin)
    )
    connected, _ = await communicator.connect()
    assert connected, "the handshake was refused"
    socket = Socket(communicator)
    while not socket.hello:
        frame = await socket.receive()
        if frame["frame"] == "hello":
            socket.hello = frame
        elif frame["frame"] == "error" and frame["error"]["code"] != "bad-after":
            break
    return socket
