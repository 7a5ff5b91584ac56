"""Work beside the event loop: what is long makes nothing wait that is quick."""

import asyncio
import threading

from visualizer.labs.aside import aside, in_a_row


async def test_quick_work_is_done_while_long_work_waits_in_its_row() -> None:
    may_end = threading.Event()
    long = [asyncio.create_task(in_a_row(may_end.wait)) for _ in range(10)]
    try:
        assert [await aside(abs, -number) for number in range(5)] == [0, 1, 2, 3, 4]
        assert not any(task.done() for task in long)
    finally:
        may_end.set()
    assert all(await asyncio.gather(*long))


async def test_long_work_is_done_one_after_another() -> None:
    order: list[int] = []
    await asyncio.gather(*(in_a_row(order.append, number) for number in range(20)))
    assert order == list(range(20))
