"""A small private engine for the attacks, and a report of what became of them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from tests.engine.docker.engines import Engines
from tests.engine.hostile import report
from tests.engine.hostile.arena import Arena
from tests.engine.private import engines as privates
from tests.engine.private.engines import PrivateEngine


@pytest.fixture(scope="session")
def private() -> Iterator[PrivateEngine]:
    """Brought up for these tests alone; skipped where it cannot be."""
    reason = privates.missing()
    if reason:
        pytest.skip(f"no private engine: {reason}")
    with privates.engine() as engine:
        yield engine


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it is kept what layers hold: one for all tests, as that never changes."""
    return tmp_path_factory.mktemp("layers")


@pytest.fixture(scope="session")
def rows() -> Iterator[list[report.Row]]:
    """What became of the attacks of this run."""
    found: list[report.Row] = []
    yield found
    if found:
        report.keep(found)


@pytest.fixture
async def arena(private: PrivateEngine, index: Path) -> AsyncIterator[Arena]:
    """The engine with a neighbour at work on it; nothing is left behind."""
    made = Arena(private, Engines(private.host, index, token_hex(6)))
    await made.open()
    yield made
    await made.close()
