"""One container for each test, ended with it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.engine.userland.containers import Container, image


@pytest.fixture
async def container() -> AsyncIterator[Container]:
    """A container of a Debian-like image."""
    made = Container(image())
    yield made
    made.userland.close()
    # What was cancelled takes a turn of the loop to let go of its sockets.
    await asyncio.sleep(0.05)
