"""The threads that talk to the database, apart from the one thread that `sync_to_async` shares."""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connections

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 4
"""SQLite has one writer at a time; the others read meanwhile."""

_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="database")


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function that queries, in a database thread; it must return plain values."""
    call = functools.partial(_with_connection, function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_pool, call)


def _with_connection(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    # Each thread keeps its connection; one that broke or is too old is dropped here.
    close_old_connections()
    try:
        return function(*args, **kwargs)
    finally:
        close_old_connections()


def close_connections() -> None:
    """Close every thread's connection, for the end of the process or of a test."""
    for done in [_pool.submit(connections.close_all) for _ in range(THREADS)]:
        done.result()
