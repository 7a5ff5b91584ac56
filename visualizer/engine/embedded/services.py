"""What the parts of one engine share: its store, its base images and its threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from visualizer.engine.embedded.base_images import BaseImages
from visualizer.engine.embedded.store import Store

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Services:
    """One set for all labs of an engine."""

    store: Store
    bases: BaseImages
    executor: Executor
    background: Executor
    """One thread for what nobody waits for, such as the looks at running containers: many at once
    would starve the loop."""

    async def in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do blocking work off the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.executor, lambda: work(*args, **kwargs))

    async def in_background(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for what is done over and over, one at a time."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.background, lambda: work(*args, **kwargs))
