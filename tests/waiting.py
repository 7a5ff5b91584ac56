"""Waiting for something to become so, with an end."""

import asyncio
from collections.abc import Callable


async def eventually(met: Callable[[], object], seconds: float = 60.0) -> None:
    """Give the loop its turns until this is so. Raises TimeoutError, late: machines are busy."""
    async with asyncio.timeout(seconds):
        while not met():  # noqa: ASYNC110 (what is waited for has no event of its own)
            await asyncio.sleep(0.001)
