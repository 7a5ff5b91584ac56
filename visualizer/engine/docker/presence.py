"""Whether the engine is there, and its news while it is: heard on one stream, asked for now and
then, and when it was away, the labs are told and brought in line with what it holds."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.names import INSTANCE_LABEL
from visualizer.engine.docker.wire import Request
from visualizer.engine.errors import EngineError, EngineUnavailable

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.1


@dataclass(frozen=True)
class Patience:
    """How long an engine is waited for, in seconds."""

    heartbeat: float = 5.0
    """Between two questions whether it is there."""
    answer: float = 5.0
    """For the answer to each: a frozen engine closes no connection."""
    before_told: float = 1.0
    """How long it may be away before anybody is told."""
    longest_pause: float = 5.0
    """Between two attempts to reach one that went away."""
    opening: float = 10.0
    """For a lab that is opened while the engine is just coming back."""


class Presence:
    """Hears one engine. Its own connections go on being tried while all others are refused."""

    def __init__(
        self,
        api: EngineApi,
        news: EngineApi,
        instance: str,
        patience: Patience,
        *,
        happened: Callable[[Mapping[str, Any]], None],
        lost: Callable[[], Awaitable[None]],
        restored: Callable[[], Awaitable[None]],
    ) -> None:
        """`api` is what everybody else calls the engine with, `news` a second one for this alone.

        `lost` may be called more than once while the engine is away. `restored` raises
        EngineError when it went away once more.
        """
        self._api = api
        self._news = news
        self._patience = patience
        labels = [f"{INSTANCE_LABEL}={instance}"]
        self._filters = json.dumps({"type": ["container"], "label": labels})
        self._happened, self._lost, self._restored = happened, lost, restored
        self._watching: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._poked = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None
        """Tells the labs in a moment, or has told them; None while the engine is there."""
        self._seen = 0
        """When the engine was last heard of: nanoseconds on its own clock."""

    async def needed(self) -> None:
        """See that the engine's news are heard from now on. Raises EngineUnavailable."""
        if not self._listening.is_set():
            # An engine that is not there is told at once, one that is back is heard at once.
            await self._news.call(Request("GET", "/version"), self._patience.answer)
            self._poked.set()
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        try:
            async with asyncio.timeout(self._patience.opening):
                await self._listening.wait()
        except TimeoutError:
            raise EngineUnavailable(
                "engine-unavailable",
                "The Docker Engine does not answer.",
                "It has been stopped, or is being restarted.",
                "Wait a moment and try again.",
            ) from None

    async def close(self) -> None:
        """Hear nothing any more."""
        tasks = [task for task in (self._watching, self._telling) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._watching = self._telling = None
        self._news.close()

    async def _watch(self) -> None:
        """Hear the engine's news for ever; when it goes away, tell so and try to reach it."""
        pause = FIRST_PAUSE
        while True:
            tasks = {asyncio.create_task(self._hear()), asyncio.create_task(self._ask())}
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                ends = await asyncio.gather(*tasks, return_exceptions=True)
            if self._listening.is_set():
                log.warning("the engine's news have ended: %s", ends)
                self._listening.clear()
                pause = FIRST_PAUSE
            self._is_away()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._poked.wait()
            self._poked.clear()
            pause = min(pause * 2, self._patience.longest_pause)

    def _is_away(self) -> None:
        self._api.go_away()
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        await asyncio.sleep(self._patience.before_told)
        await self._lost()

    async def _is_back(self) -> None:
        # Another version of it may answer from now on.
        if self._telling is not None:
            self._telling.cancel()
        self._news.forget_version()
        self._api.come_back()
        try:
            await self._restored()
        except EngineError:
            # Whoever is told must be told once more.
            self._telling = asyncio.create_task(self._tell())
            self._api.go_away()
            raise
        self._telling = None

    async def _ask(self) -> None:
        """Ask now and then whether the engine is there."""
        while True:
            await self._news.call(Request("GET", "/_ping"), self._patience.answer)
            await asyncio.sleep(self._patience.heartbeat)

    async def _hear(self) -> None:
        query = {"filters": self._filters}
        if self._seen:
            after = self._seen + 1
            query["since"] = f"{after // 10**9}.{after % 10**9:09d}"
        async with self._news.open(Request("GET", "/events", query)) as answer:
            # Heard from before it is looked what is there: nothing can happen in between unseen.
            if self._telling is not None:
                await self._is_back()
            self._listening.set()
            async for event in answer.json_lines():
                self._seen = int(event["timeNano"])
                self._happened(event)
