"""The private engine that tests of several folders share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.private import engines
from tests.engine.private.engines import PrivateEngine


@pytest.fixture(scope="session")
def private_engine() -> Iterator[PrivateEngine]:
    """A private engine with `busybox:latest`, one for the session; skipped where none can be.

    It is the one of the data folder that LAYERCAKE_TEST_ENGINE names, as in CI, or one of its own.
    Its limits are those of `engines.SMALL`. A test that takes it down or breaks it starts its own
    with `engines.engine()`.
    """
    given = os.environ.get("LAYERCAKE_TEST_ENGINE", "")
    if given:
        yield engines.given(Path(given))
        return
    reason = engines.missing()
    if reason:
        pytest.skip(reason)
    with engines.engine() as started:
        yield started
