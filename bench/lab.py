"""A lab as a browser has it: opened over HTTP, driven and watched over its WebSocket."""

import asyncio
import itertools
import json
import re
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from tests.browser.site import Site

Event = dict[str, Any]
PATIENCE_SECONDS = 120.0

Match = Callable[[Event], bool]


class Refused(AssertionError):
    """The site refused a command that the measurement rests on."""


@dataclass
class Lab:
    """One socket on one lab. `received` pairs each event with when it came (`time.time()`)."""

    id: str
    cookie: str
    socket: ClientConnection
    received: list[tuple[float, Event]] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _reader: "asyncio.Task[None] | None" = None

    async def ask(self, command: str, **words: Any) -> dict[str, Any]:
        """Send a command and wait until it is carried out; its result. Raises Refused."""
        ref = str(next(self._numbers))
        await self.socket.send(json.dumps({"type": command, "ref": ref, **words}))
        async with asyncio.timeout(PATIENCE_SECONDS), self._news:
            await self._news.wait_for(lambda: ref in self._answers)
        answer = self._answers.pop(ref)
        if answer["frame"] == "error":
            raise Refused(f"{command}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    async def event(self, match: Match, after: int = 0) -> tuple[float, Event]:
        """The first event from position `after` of `received` that matches, waiting for it."""

        def found() -> tuple[float, Event] | None:
            return next((pair for pair in self.received[after:] if match(pair[1])), None)

        async with asyncio.timeout(PATIENCE_SECONDS), self._news:
            await self._news.wait_for(lambda: found() is not None)
        pair = found()
        assert pair is not None
        return pair

    async def close(self) -> None:
        """Leave the lab."""
        await self.socket.close()
        if self._reader is not None:
            await self._reader

    def listen(self) -> None:
        """Begin to take frames in."""
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.socket:
            now = time.time()
            frame = json.loads(message)
            async with self._news:
                if frame["frame"] == "events":
                    self.received += [(now, event) for event in frame["events"]]
                elif frame["frame"] in {"done", "error"}:
                    self._answers[frame["ref"]] = frame
                self._news.notify_all()


def open_address(site: Site) -> tuple[str, str]:
    """A fresh lab's id and its owner's cookies."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with opener.open(f"{site.address}/lab/", timeout=30) as answer:
        found = re.search(r"/lab/([A-Za-z0-9_-]+)/", answer.url)
    if found is None:
        raise Refused(f"/lab/ led to {answer.url}, which is no lab")
    return found[1], "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


async def enter(site: Site, lab: str, cookie: str = "") -> Lab:
    """Connect to a lab: as its owner with the cookie, else as a watcher."""
    address = f"{site.address.replace('http', 'ws', 1)}/ws/labs/{lab}/?after=0"
    headers = {"Cookie": cookie} if cookie else {}
    socket = await connect(
        address,
        additional_headers=headers,
        origin=Origin(site.address),
        max_size=None,
        compression=None,
    )
    entered = Lab(lab, cookie, socket)
    entered.listen()
    return entered


async def open_lab(site: Site) -> Lab:
    """A fresh lab, entered as its owner."""
    lab, cookie = await asyncio.to_thread(open_address, site)
    return await enter(site, lab, cookie)
