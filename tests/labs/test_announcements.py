"""Who is woken when a tape grows."""

import asyncio

from tests.waiting import eventually
from visualizer.labs.announcements import Listeners, announce


class Woken:
    """Counts."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


async def test_everyone_who_listens_to_the_lab_is_woken_and_nobody_else() -> None:
    listeners, here, there, elsewhere = Listeners(), Woken(), Woken(), Woken()
    await listeners.add("a", here)
    await listeners.add("a", there)
    await listeners.add("b", elsewhere)
    await announce("a", 1)
    await eventually(lambda: here.times and there.times)
    assert (here.times, there.times, elsewhere.times) == (1, 1, 0)


async def test_whoever_was_added_misses_nothing_even_among_many_at_once() -> None:
    listeners = Listeners()
    woken = [Woken() for _ in range(20)]

    async def add_and_announce(wake: Woken) -> None:
        await listeners.add("a", wake)
        await announce("a", 1)

    await asyncio.gather(*(add_and_announce(wake) for wake in woken))
    await eventually(lambda: all(wake.times for wake in woken))
    for wake in woken:
        listeners.remove("a", wake)


async def test_nothing_is_left_when_the_last_has_gone() -> None:
    before = asyncio.all_tasks()
    listeners, one, two = Listeners(), Woken(), Woken()
    await listeners.add("a", one)
    await listeners.add("a", two)
    listeners.remove("a", one)
    await announce("a", 1)
    await eventually(lambda: two.times)
    listeners.remove("a", two)
    listeners.remove("a", two)
    await eventually(lambda: asyncio.all_tasks() == before)
    await announce("a", 2)
    assert (one.times, two.times) == (0, 1)
