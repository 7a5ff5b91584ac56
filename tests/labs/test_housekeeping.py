"""What the site does by itself on an engine that outlives it: every minute, and softly."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

import pytest
from django.utils import timezone

from tests.conftest import OWNER
from tests.engine_fake import FakeEngine, Stored
from tests.waiting import eventually
from visualizer.engine.errors import EngineError, EngineUnavailable
from visualizer.engine.limits import Limits
from visualizer.engine.port import BuildRequest, ContextFile, Emit, LabEngine, RunRequest
from visualizer.environment import Environment
from visualizer.events import codec
from visualizer.events.types import AnyEvent, ContainerRemoved, EngineInfo, LimitReached
from visualizer.labs import journal, opening, wiring
from visualizer.labs.database import close_connections, in_database
from visualizer.labs.engines import Engines, Offer
from visualizer.labs.housekeeping import Bounded, Outlasting
from visualizer.labs.registry import Registry
from visualizer.models import Lab

OpenLab: TypeAlias = Callable[[], Awaitable[str]]


class SharedEngine(FakeEngine):
    """A fake that outlives the site; what is stored on it is what it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.sweeps = 0
        self.away = False
        self.answers = asyncio.Event()
        self.answers.set()
        self.kept_within: list[tuple[int, Sequence[str]]] = []
        self.broken = ""
        """A lab that cannot be opened."""

    async def open_lab(self, lab: str, emit: Emit, limits: Limits) -> LabEngine:
        """Unless it is broken."""
        if lab == self.broken:
            raise EngineError("engine-refused", "The engine refused this.")
        return await super().open_lab(lab, emit, limits)

    async def info(self) -> EngineInfo:
        """Says what it is."""
        return EngineInfo(kind="docker", name="Shared engine", version="1", simulated=False)

    async def sweep(self, labs: Callable[[], Awaitable[Collection[str]]]) -> int:
        """First looks, then asks, as the protocol says."""
        self.sweeps += 1
        if self.away:
            raise EngineUnavailable("engine-unavailable", "The engine does not answer.")
        found = set(self.stored)
        await self.answers.wait()
        gone = found - {*await labs()}
        for lab in gone:
            del self.stored[lab]
        return len(gone)

    async def labs_with_containers(self) -> Collection[str]:
        """Those whose containers are stored."""
        return {lab for lab, stored in self.stored.items() if stored.containers}

    async def keep_within(self, limit: int, oldest: Sequence[str]) -> Sequence[str]:
        """Notes that it was asked."""
        self.kept_within.append((limit, oldest))
        return []


class Clock:
    """A clock that the test turns."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The registry's clock."""
    return Clock()


@pytest.fixture
async def engine() -> SharedEngine:
    """The engine of this test."""
    return SharedEngine()


@pytest.fixture
async def registry(
    engine: SharedEngine, environment: Environment, clock: Clock, transactional_db: None
) -> AsyncIterator[Registry]:
    """A site that keeps house only when the test says so."""
    offers = [Offer("docker", "Shared engine", "It is for tests.", 1, engine, own=True)]
    made = Registry(Engines(offers), environment, clock=clock)
    made.housekeeping.start = lambda: None  # type: ignore[method-assign]
    wiring.install(made)
    yield made
    await made.close()
    wiring.install(None)
    close_connections()


@pytest.fixture
def open_lab(registry: Registry) -> OpenLab:
    """Opens labs on the shared engine."""

    async def opened() -> str:
        return await in_database(opening.create, OWNER, "docker", [], 50)

    return opened


async def look_round(registry: Registry) -> None:
    """One round, with what it began."""
    await registry.housekeeping.look_round()
    await registry.housekeeping.tidied()


async def unused(lab: str, hours: float) -> None:
    """Nobody has been in the lab for so long."""

    def age() -> None:
        Lab.objects.filter(pk=lab).update(last_seen=timezone.now() - timedelta(hours=hours))

    await in_database(age)


async def tape(lab: str) -> list[AnyEvent]:
    return [codec.decode(entry.body) for entry in await in_database(journal.read, lab)]


async def with_container(registry: Registry, lab: str) -> None:
    """Have an image and a running container in the lab, and leave it parked."""
    runner = await registry.runner(lab)
    runner.queue_build(BuildRequest(0, [ContextFile("Dockerfile", b"FROM alpine")], "app"))
    await eventually(lambda: not runner.belief.builds)
    await runner.engine.run(RunRequest("app"))
    await registry._park(runner, "")


def test_the_fake_is_such_an_engine_and_the_embedded_one_is_not() -> None:
    assert isinstance(SharedEngine(), Outlasting)
    assert isinstance(SharedEngine(), Bounded)
    assert not isinstance(FakeEngine(), Outlasting)


async def test_what_no_lab_owns_goes_at_the_start_and_then_every_minute(
    registry: Registry, engine: SharedEngine, clock: Clock, open_lab: OpenLab
) -> None:
    lab = await open_lab()
    await with_container(registry, lab)
    for sweeps in (1, 2):
        engine.stored["gone"] = engine.stored[lab]
        await look_round(registry)
        assert [*engine.stored] == [lab]
        assert engine.sweeps == sweeps
        clock.now += registry.environment.engine_sweep_seconds - 1
        await look_round(registry)
        assert engine.sweeps == sweeps
        clock.now += 1


async def test_a_lab_that_is_opened_while_the_engine_is_swept_keeps_everything(
    registry: Registry, engine: SharedEngine, open_lab: OpenLab
) -> None:
    engine.answers.clear()
    await registry.housekeeping.look_round()
    await eventually(lambda: engine.sweeps)
    lab = await open_lab()
    await with_container(registry, lab)
    engine.answers.set()
    await registry.housekeeping.tidied()
    assert [*engine.stored] == [lab]


async def test_an_engine_that_says_nothing_holds_nothing_else_up(
    registry: Registry, engine: SharedEngine, clock: Clock, open_lab: OpenLab
) -> None:
    lab = await open_lab()
    await registry.runner(lab)
    engine.answers.clear()
    await registry.housekeeping.look_round()
    await eventually(lambda: engine.sweeps)
    clock.now += 10 * registry.environment.idle_seconds
    await registry.housekeeping.look_round()
    assert len(registry) == 0
    assert engine.sweeps == 1
    engine.answers.set()
    await registry.housekeeping.tidied()


async def test_an_engine_that_is_away_is_tried_again(
    registry: Registry, engine: SharedEngine, clock: Clock
) -> None:
    engine.away = True
    await look_round(registry)
    engine.away = False
    engine.stored["gone"] = Stored()
    clock.now += registry.environment.engine_sweep_seconds
    await look_round(registry)
    assert not engine.stored


async def test_after_a_day_the_containers_of_a_lab_go_and_its_images_stay(
    registry: Registry, engine: SharedEngine, open_lab: OpenLab
) -> None:
    lab, other = await open_lab(), await open_lab()
    await with_container(registry, lab)
    await with_container(registry, other)
    await unused(lab, registry.environment.idle_remove_hours + 0.1)
    await unused(other, registry.environment.idle_remove_hours - 0.1)
    await look_round(registry)
    assert not engine.stored[lab].containers
    assert engine.stored[lab].images
    assert engine.stored[other].containers
    last = (await tape(lab))[-2:]
    assert isinstance(last[0], LimitReached)
    assert (last[0].what, last[0].limit, last[0].subject) == ("idle_remove_hours", 24, "lab")
    assert isinstance(last[1], ContainerRemoved)
    assert len(registry) == 0
    runner = await registry.runner(lab)
    assert not runner.belief.containers
    assert (await tape(lab))[-1] == last[1]


async def test_a_lab_that_cannot_be_opened_keeps_the_engine_from_no_other_chore(
    registry: Registry, engine: SharedEngine, open_lab: OpenLab
) -> None:
    lab = await open_lab()
    await with_container(registry, lab)
    await unused(lab, registry.environment.idle_remove_hours + 0.1)
    engine.broken = lab
    await look_round(registry)
    assert engine.stored[lab].containers
    assert [labs for _, labs in engine.kept_within] == [[lab]]
    engine.broken = ""


async def test_a_lab_that_somebody_is_in_keeps_its_containers(
    registry: Registry, engine: SharedEngine, open_lab: OpenLab
) -> None:
    lab = await open_lab()
    await with_container(registry, lab)
    registry.enter(lab, "here")
    await unused(lab, 1000)
    await look_round(registry)
    assert engine.stored[lab].containers


async def test_hours_are_counted_from_when_the_last_one_left(
    registry: Registry, engine: SharedEngine, clock: Clock, open_lab: OpenLab
) -> None:
    lab = await open_lab()
    await with_container(registry, lab)
    registry.enter(lab, "here")
    await registry.runner(lab)
    await unused(lab, 1000)
    registry.leave(lab, "here")
    clock.now += registry.environment.idle_seconds
    await look_round(registry)
    assert len(registry) == 0
    clock.now += registry.environment.engine_sweep_seconds
    await look_round(registry)
    assert engine.stored[lab].containers


async def test_containers_stay_for_ever_when_the_setting_says_so(
    registry: Registry, engine: SharedEngine, environment: Environment, open_lab: OpenLab
) -> None:
    registry.environment = replace(environment, idle_remove_hours=0)
    lab = await open_lab()
    await with_container(registry, lab)
    await unused(lab, 1000)
    await look_round(registry)
    assert engine.stored[lab].containers


async def test_the_disk_is_kept_within_its_bound_at_the_cost_of_the_longest_unused(
    registry: Registry, engine: SharedEngine, environment: Environment, open_lab: OpenLab
) -> None:
    labs = [await open_lab() for _ in range(3)]
    for lab, hours in zip(labs, (1, 3, 2), strict=True):
        await unused(lab, hours)
    registry.environment = replace(environment, private_disk_bytes=1000)
    await look_round(registry)
    assert engine.kept_within == [(800, [labs[1], labs[2], labs[0]])]


async def test_the_disk_of_an_engine_that_others_use_too_is_left_alone(
    registry: Registry, engine: SharedEngine, open_lab: OpenLab
) -> None:
    registry.engines = Engines([replace(registry.engines.usual, own=False)])
    await open_lab()
    await look_round(registry)
    assert engine.sweeps == 1
    assert engine.kept_within == []


async def test_what_went_missing_on_the_engine_is_said_when_the_lab_is_opened_again(
    registry: Registry, engine: SharedEngine, open_lab: OpenLab
) -> None:
    lab = await open_lab()
    await with_container(registry, lab)
    # Once more, so that nothing ran when the engine let go of it: what ran is told as lost then.
    await registry._park(await registry.runner(lab), "")
    engine.stored[lab].images.clear()
    engine.stored[lab].containers.clear()
    before = len(await tape(lab))
    await registry.runner(lab)
    told = (await tape(lab))[before:]
    assert [type(fact).__name__ for fact in told] == [
        "EngineLost", "ContainerRemoved", "ImageRemoved", "EngineRestored",
    ]  # fmt: skip
    assert "are not on the engine any more" in told[0].message  # type: ignore[union-attr]
