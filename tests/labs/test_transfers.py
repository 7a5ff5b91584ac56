"""A lab's pushes and pulls: numbered, one at a time, and ended whatever becomes of the engine."""

import asyncio

import pytest

from tests.engine_fake import FakeEngine
from tests.labs.test_runner import crash, kinds, request, tape
from tests.waiting import eventually
from visualizer.engine.errors import Conflict, NotFound
from visualizer.events import types as event
from visualizer.labs.registry import Registry
from visualizer.labs.runner import Runner

NAME = "registry.lab/app:1.0"


@pytest.fixture
async def runner(registry: Registry, lab: str) -> Runner:
    """The lab at work, with an image that has a name in the registry."""
    made = await registry.runner(lab)
    made.queue_build(request())
    await eventually(lambda: not made.belief.builds)
    await made.engine.tag("app", NAME)
    return made


async def test_pushes_and_pulls_are_numbered_together(registry: Registry, runner: Runner) -> None:
    assert await runner.transfer("push", NAME) == 1
    assert await runner.transfer("pull", NAME) == 2
    await runner.settled()
    await registry._park(runner, "Nobody was here.")
    again = await registry.runner(runner.lab)
    assert await again.transfer("pull", NAME) == 3


async def test_what_is_refused_takes_no_number(runner: Runner) -> None:
    with pytest.raises(NotFound):
        await runner.transfer("push", "registry.lab/nothing:1.0")
    assert await runner.transfer("push", NAME) == 1


async def test_one_transfer_at_a_time(runner: Runner, engine: FakeEngine) -> None:
    engine.transfers_may_end.clear()
    first = asyncio.ensure_future(runner.transfer("push", NAME))
    await eventually(lambda: runner.belief.transfers)
    with pytest.raises(Conflict):
        await runner.transfer("pull", NAME)
    assert runner.belief.transfers == {1}
    engine.transfers_may_end.set()
    assert await first == 1


async def test_a_fault_in_the_engine_ends_the_transfer(runner: Runner) -> None:
    await runner.engine.tag("app", "registry.lab/raise:1")
    with pytest.raises(RuntimeError):
        await runner.transfer("push", "registry.lab/raise:1")
    await runner.settled()
    assert isinstance((await tape(runner.lab))[-1], event.TransferFailed)
    assert runner.belief.is_quiet()


async def test_a_pulled_image_is_known_after_a_crash(
    registry: Registry, engine: FakeEngine, runner: Runner
) -> None:
    await runner.transfer("push", NAME)
    image = engine.stored[runner.lab].registry[NAME]
    await runner.engine.remove_image(image)
    await runner.transfer("pull", NAME)
    await runner.settled()
    before = len(await tape(runner.lab))
    await crash(registry, engine, runner.lab)
    again = await registry.runner(runner.lab)
    assert again.belief.images == {image: {NAME}}
    assert (await kinds(runner.lab))[before:] == []


async def test_a_transfer_that_a_crash_interrupted_has_failed(
    registry: Registry, engine: FakeEngine, runner: Runner
) -> None:
    engine.transfers_may_end.clear()
    pushing = asyncio.ensure_future(runner.transfer("push", NAME))
    await eventually(lambda: runner.belief.transfers)
    await runner.settled()
    before = len(await tape(runner.lab))
    await crash(registry, engine, runner.lab)
    pushing.cancel()
    await asyncio.gather(pushing, return_exceptions=True)
    again = await registry.runner(runner.lab)
    told = (await kinds(runner.lab))[before:]
    assert told == ["engine.lost", "transfer.failed", "engine.restored"]
    assert again.belief.is_quiet()
