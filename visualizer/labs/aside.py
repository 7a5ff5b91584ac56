"""Threads for work that takes a while and neither queries nor waits, so that pages stay quick."""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# Two: they share Python's lock with the event loop, and who comes third can wait.
_pool = ThreadPoolExecutor(2, thread_name_prefix="aside")
# What takes seconds goes in a row of its own, so that whoever asks for a lot of it makes nobody
# wait who only wants a page.
_slow = ThreadPoolExecutor(1, thread_name_prefix="slow")


async def aside(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run the function in such a thread; it takes a moment."""
    call = functools.partial(function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_pool, call)


async def in_a_row(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that may take seconds, after all others that were given here before."""
    call = functools.partial(function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_slow, call)
