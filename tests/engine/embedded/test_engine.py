"""The engine as the site starts and stops it."""

import asyncio
from pathlib import Path

import pytest

from tests.waiting import eventually
from visualizer.engine.embedded import EmbeddedEngine, engine
from visualizer.engine.embedded.userland import PythonUnavailable
from visualizer.labs import wiring


async def test_it_is_made_ready_in_the_background_and_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[object] = []
    go_on = asyncio.Event()

    async def warm_up(executor: object) -> None:
        begun.append(executor)
        await go_on.wait()

    monkeypatch.setattr(engine, "warm_up", warm_up)
    made = EmbeddedEngine(tmp_path)
    assert isinstance(made, wiring.WarmsUp)
    made.warm_up_soon()
    made.warm_up_soon()
    await eventually(lambda: begun)
    # Nobody waits for it, the end of the site neither.
    await made.close()
    assert len(begun) == 1
    assert not go_on.is_set()


async def test_a_python_that_cannot_be_had_does_not_stop_the_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def warm_up(executor: object) -> None:
        raise PythonUnavailable("the module is missing")

    monkeypatch.setattr(engine, "warm_up", warm_up)
    made = EmbeddedEngine(tmp_path)
    made.warm_up_soon()
    await eventually(lambda: "the module is missing" in caplog.text)
    await made.close()
