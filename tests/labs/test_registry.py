"""The labs at work: opened once, counted, parked when idle, deleted when old."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.conftest import OWNER
from tests.engine_fake import FakeEngine
from tests.waiting import eventually
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.port import LabEngine
from visualizer.environment import Environment
from visualizer.labs import opening, wiring
from visualizer.labs.database import in_database
from visualizer.labs.errors import NotThere, TooMuch
from visualizer.labs.registry import Registry
from visualizer.models import JournalEntry, Lab, LabFile


class Clock:
    """A clock that the test turns."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(registry: Registry) -> Clock:
    """The registry's clock."""
    turned = Clock()
    registry._clock = turned
    return turned


async def test_two_who_come_at_once_open_the_lab_once(
    registry: Registry, engine: FakeEngine, lab: str
) -> None:
    runners = await asyncio.gather(*(registry.runner(lab) for _ in range(10)))
    assert engine.opened == 1
    assert len({id(runner) for runner in runners}) == 1


@pytest.mark.parametrize("at_work", [True, False])
async def test_a_lab_is_deleted_with_all_that_is_kept_of_it(
    registry: Registry, engine: FakeEngine, lab: str, at_work: bool
) -> None:
    runner = await registry.runner(lab)
    assert lab in engine.stored
    if not at_work:
        await registry._park(runner, "Nobody was here.")
    await registry.delete(lab)
    assert registry.running(lab) is None
    assert lab not in engine.stored
    left = [await in_database(model.objects.count) for model in (Lab, LabFile, JournalEntry)]
    assert left == [0, 0, 0]
    with pytest.raises(NotThere):
        await registry.delete(lab)


async def test_a_lab_that_is_not_there_is_not_opened(registry: Registry) -> None:
    with pytest.raises(NotThere):
        await registry.runner("nowhere")


async def test_a_lab_that_fails_to_open_can_be_tried_again(
    registry: Registry, engine: FakeEngine, lab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable() -> None:
        raise EngineUnavailable("engine-away", "The engine does not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(engine, "info", unavailable)
        with pytest.raises(EngineUnavailable):
            await registry.runner(lab)
    assert lab not in engine.labs
    runner = await registry.runner(lab)
    assert runner.tape.seq == 1


async def test_a_lab_nobody_watches_is_parked_after_a_while(
    registry: Registry, engine: FakeEngine, lab: str, clock: Clock
) -> None:
    await registry.runner(lab)
    clock.now += registry.environment.idle_seconds - 1
    await registry.park_idle()
    assert lab in engine.labs
    clock.now += 1
    await registry.park_idle()
    assert lab not in engine.labs
    assert len(registry) == 0


async def test_a_lab_that_is_watched_is_not_parked(
    registry: Registry, engine: FakeEngine, lab: str, clock: Clock
) -> None:
    registry.enter(lab, "here")
    await registry.runner(lab)
    clock.now += 10 * registry.environment.idle_seconds
    await registry.park_idle()
    assert lab in engine.labs
    registry.leave(lab, "here")
    await registry.park_idle()
    assert lab in engine.labs
    clock.now += registry.environment.idle_seconds
    await registry.park_idle()
    assert lab not in engine.labs


async def test_the_site_parks_by_itself(
    registry: Registry, engine: FakeEngine, environment: Environment, lab: str
) -> None:
    registry.environment = replace(environment, idle_seconds=0)
    await registry.runner(lab)
    await eventually(lambda: not engine.labs)
    assert len(registry) == 0


async def test_a_lab_takes_so_many_sockets_and_no_more(
    registry: Registry, environment: Environment, lab: str
) -> None:
    registry.environment = replace(environment, watchers_per_lab=2, sockets_per_address=3)
    registry.enter(lab, "a")
    registry.enter(lab, "a")
    with pytest.raises(TooMuch, match="watched by as many"):
        registry.enter(lab, "b")
    registry.enter("other", "a")
    with pytest.raises(TooMuch, match="from your address"):
        registry.enter("other", "a")
    registry.leave(lab, "a")
    registry.enter(lab, "b")


async def test_old_labs_are_deleted_with_all_that_was_theirs(
    registry: Registry, engine: FakeEngine, lab: str
) -> None:
    await registry.runner(lab)
    await registry._park(await registry.runner(lab), "")
    young = await in_database(opening.create, OWNER, "embedded", [], 50)
    old = timezone.now() - timedelta(days=registry.environment.keep_days + 1)

    def age() -> None:
        Lab.objects.filter(pk=lab).update(last_seen=old)

    await in_database(age)
    assert lab in engine.stored
    assert await registry.sweep() == 1

    def left() -> tuple[list[str], int, int]:
        rows = list(Lab.objects.values_list("id", flat=True))
        return rows, JournalEntry.objects.count(), LabFile.objects.count()

    assert await in_database(left) == ([young], 0, 0)
    assert lab not in engine.stored


async def test_an_old_lab_that_is_at_work_is_not_deleted(registry: Registry, lab: str) -> None:
    await registry.runner(lab)

    def age() -> None:
        Lab.objects.update(last_seen=timezone.now() - timedelta(days=999))

    await in_database(age)
    assert await registry.sweep() == 0
    assert await in_database(opening.owner_of, lab)


async def test_a_site_that_is_being_stopped_opens_nothing(registry: Registry, lab: str) -> None:
    await registry.close()
    with pytest.raises(EngineUnavailable):
        await registry.runner(lab)


async def test_a_lab_that_is_being_opened_when_the_site_stops_is_parked_too(
    registry: Registry, engine: FakeEngine, lab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening_goes_on = asyncio.Event()
    load = engine.open_lab

    async def slow(*args: Any) -> LabEngine:
        opened = await load(*args)
        await opening_goes_on.wait()
        return opened

    monkeypatch.setattr(engine, "open_lab", slow)
    coming = asyncio.create_task(registry.runner(lab))
    await eventually(lambda: engine.opened)
    ending = asyncio.create_task(registry.close())
    await asyncio.sleep(0)
    opening_goes_on.set()
    await asyncio.gather(coming, ending)
    assert registry.running(lab) is None
    assert (await coming).tape.events == 1


async def test_who_comes_while_the_site_stops_is_refused_and_no_second_site_begins(
    registry: Registry, lab: str
) -> None:
    await registry.runner(lab)
    await wiring.shut_down()
    assert wiring.registry() is registry
    with pytest.raises(EngineUnavailable, match="being stopped"):
        await registry.runner(lab)
