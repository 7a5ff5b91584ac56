"""When a running container's files are looked at."""

import asyncio

import pytest

from tests.waiting import eventually
from visualizer.engine.embedded.watch import Watch


@pytest.mark.parametrize("turns", range(6))
async def test_it_ends_when_cancelled_even_while_it_is_poked(
    turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[None] = []

    async def look() -> bool:
        looks.append(None)
        return False

    monkeypatch.setattr("visualizer.engine.embedded.watch.SOONEST", 0.01)
    monkeypatch.setattr("visualizer.engine.embedded.watch.GROWTH", 1000)
    watch = Watch(look)
    watching = asyncio.ensure_future(watch.run())
    async with asyncio.timeout(60):
        await eventually(lambda: looks)
        # Now it rests for SOONEST, then until it is poked.
        await asyncio.sleep(0.05)
        watch.poke()
        for _ in range(turns):
            await asyncio.sleep(0)
        watching.cancel()
        await asyncio.wait({watching})
    assert watching.cancelled()
