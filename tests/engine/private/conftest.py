"""Skips, with the reason, what cannot be had on this machine; and engines for one test."""

from collections.abc import Iterator

import pytest

from tests.engine.private import engines
from tests.engine.private.engines import PrivateEngine
from visualizer.engine.private import Place


@pytest.fixture
def root() -> None:
    """Skips where no private engine can be brought up."""
    reason = engines.missing()
    if reason:
        pytest.skip(reason)


@pytest.fixture
def place(root: None) -> Iterator[Place]:
    """A place without an engine; what a test starts in it is taken down."""
    with engines.folder() as made:
        yield made


@pytest.fixture
def own_engine(root: None) -> Iterator[PrivateEngine]:
    """An engine of this test alone, to be killed and taken down, with the image `busybox`."""
    with engines.engine() as started:
        yield started
