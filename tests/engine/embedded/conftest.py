"""Fixtures of the embedded engine's own tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.recording import Bench, Tape
from visualizer.engine.embedded import EmbeddedEngine
from visualizer.engine.embedded.store import Store
from visualizer.engine.limits import Limits


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store in which nothing is too young to be swept."""
    return Store(tmp_path, young_seconds=0)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[EmbeddedEngine]:
    """An embedded engine on an empty folder."""
    made = EmbeddedEngine(tmp_path)
    yield made
    await made.close()


@pytest.fixture
async def bench(engine: EmbeddedEngine) -> Bench:
    """A fresh lab with the usual limits."""
    tape = Tape()
    return Bench(await engine.open_lab("lab", tape, Limits()), tape)
