"""One lab at work: order, numbers, builds, ends, and what happens when the engine vanishes."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest
from django.db import OperationalError

from tests.engine_fake import FakeEngine
from tests.waiting import eventually
from visualizer.engine.port import BuildRequest, ContextFile, RunRequest
from visualizer.environment import Environment
from visualizer.events import codec
from visualizer.events import types as event
from visualizer.events.types import AnyEvent
from visualizer.labs import journal, wiring
from visualizer.labs import tape as tape_module
from visualizer.labs.database import in_database
from visualizer.labs.errors import NotThere, TooMuch
from visualizer.labs.registry import Registry
from visualizer.labs.runner import Runner
from visualizer.labs.tape import TapeBroken

BOX = "c" * 64


async def tape(lab: str) -> list[AnyEvent]:
    """The whole tape as the journal has it."""
    found: list[AnyEvent] = []
    while page := await in_database(journal.read, lab, len(found)):
        found += [codec.decode(entry.body) for entry in page]
    return found


async def kinds(lab: str) -> list[str]:
    return [str(fact.__struct_config__.tag) for fact in await tape(lab)]


def request(text: str = "FROM alpine:3.20") -> BuildRequest:
    return BuildRequest(0, [ContextFile("Dockerfile", text.encode())], "app:latest")


async def crash(registry: Registry, engine: FakeEngine, lab: str) -> None:
    """The site dies: no parking, no last words."""
    runner = registry._runners.pop(lab)
    runner._intake.close()
    await runner.tape.close()
    engine.labs[lab].crash()


@pytest.fixture
async def runner(registry: Registry, lab: str) -> Runner:
    """The lab at work."""
    return await registry.runner(lab)


async def test_events_from_many_threads_are_numbered_without_gaps(runner: Runner) -> None:
    def talk(who: int) -> None:
        for number in range(200):
            runner.emit(event.EngineRestored(message=f"{who}:{number}"))

    threads = [threading.Thread(target=talk, args=(who,)) for who in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    await runner.settled()
    written = await tape(runner.lab)
    assert [fact.seq for fact in written] == list(range(1, 1002))
    for who in range(5):
        said = [f.message for f in written if isinstance(f, event.EngineRestored)]
        mine = [message for message in said if message.startswith(f"{who}:")]
        assert mine == [f"{who}:{number}" for number in range(200)]


async def test_time_never_goes_back(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([5000.0, 3000.0, 7000.0])
    opened = runner._opened_at
    for _ in range(3):
        moment = next(moments)
        monkeypatch.setattr("visualizer.labs.runner.time.time", lambda m=moment: opened + m)
        runner.take(event.EngineRestored(message="tick"))
    await runner.settled()
    times = [fact.at_ms for fact in await tape(runner.lab)][1:]
    assert times == [5_000_000, 5_000_000, 7_000_000]


async def test_half_characters_in_a_name_do_not_stop_the_tape(runner: Runner) -> None:
    change = event.FileChange(path="/a\ud800", kind="added", size=1)
    runner.take(event.ContainerChanged(container=BOX, changes=[change], writable_size=1))
    await runner.settled()
    changed = (await tape(runner.lab))[-1]
    assert isinstance(changed, event.ContainerChanged)
    assert changed.changes[0].path == "/a?"


async def test_a_full_tape_says_so_takes_no_more_output_and_still_tells_the_ends(
    engine: FakeEngine, environment: Environment, registry: Registry, lab: str
) -> None:
    registry.environment = replace(environment, tape_events=10)
    runner = await registry.runner(lab)
    for _ in range(20):
        runner.take(event.EngineRestored(message="x"))
    runner.take(event.ContainerOutput(container=BOX, stream="stdout", text="lost"))
    runner.take(
        event.ContainerMeasured(container=BOX, cpu_percent=1.0, memory=1, memory_limit=None, pids=1)
    )
    runner.take(event.ContainerExited(container=BOX, exit_code=0, reason="completed"))
    await runner.settled()
    found = await kinds(lab)
    assert found.count("limit.reached") == 1
    assert found[10] == "limit.reached"
    assert "container.output" not in found
    assert "container.measured" not in found
    assert found[-1] == "container.exited"
    with pytest.raises(TooMuch, match="as much as it can"):
        runner.check_room()


async def test_builds_of_a_lab_wait_for_one_another(runner: Runner, engine: FakeEngine) -> None:
    engine.hold_builds()
    numbers = [runner.queue_build(request(f"FROM {n}")) for n in range(3)]
    await runner.settled()
    engine.builds_may_end.set()
    await eventually(lambda: not runner.belief.builds)
    await runner.settled()
    assert numbers == [1, 2, 3]
    assert engine.most_building == 1
    facts = await tape(runner.lab)
    queued = [(f.build, f.position) for f in facts if isinstance(f, event.BuildQueued)]
    assert queued == [(2, 1), (3, 2), (3, 1)]
    assert [f.build for f in facts if isinstance(f, event.ImageBuilt)] == [1, 2, 3]


async def test_a_queue_of_builds_has_an_end(runner: Runner, engine: FakeEngine) -> None:
    engine.hold_builds()
    for _ in range(5):
        runner.queue_build(request())
    with pytest.raises(TooMuch, match="4 builds"):
        runner.queue_build(request())


async def test_a_waiting_build_can_be_called_off(runner: Runner, engine: FakeEngine) -> None:
    engine.hold_builds()
    runner.queue_build(request())
    await eventually(lambda: engine.building)
    waiting = runner.queue_build(request())
    await runner.cancel_build(waiting)
    await runner.settled()
    assert (await kinds(runner.lab))[-1] == "build.cancelled"
    assert runner.belief.builds == {1}


async def test_a_running_build_can_be_called_off(runner: Runner, engine: FakeEngine) -> None:
    engine.hold_builds()
    build = runner.queue_build(request())
    await eventually(lambda: engine.building)
    await runner.cancel_build(build)
    await eventually(lambda: not runner.belief.builds)
    await runner.settled()
    assert (await kinds(runner.lab))[-1] == "build.cancelled"


async def test_a_build_that_is_not_there_cannot_be_called_off(runner: Runner) -> None:
    with pytest.raises(NotThere, match="Build 7"):
        await runner.cancel_build(7)


async def test_a_fault_in_the_engine_ends_the_build_in_words(runner: Runner) -> None:
    runner.queue_build(request("RAISE"))
    await eventually(lambda: not runner.belief.builds)
    await runner.settled()
    last = (await tape(runner.lab))[-1]
    assert isinstance(last, event.BuildFailed)
    assert "written to the log" in last.message


async def test_labs_share_the_builders_of_the_site(
    registry: Registry, engine: FakeEngine, environment: Environment
) -> None:
    from tests.conftest import OWNER
    from visualizer.labs import opening

    engine.hold_builds()
    labs = [await in_database(opening.create, OWNER, "embedded", [], 50) for _ in range(4)]
    runners = [await registry.runner(lab) for lab in labs]
    for runner in runners:
        runner.queue_build(request())
    await eventually(lambda: len(engine.building) >= environment.builds)
    await runners[3].settled()
    assert engine.most_building == environment.builds == 2
    waiting = [f.position for f in await tape(labs[3]) if isinstance(f, event.BuildQueued)]
    assert waiting == [2]
    engine.builds_may_end.set()
    await eventually(lambda: not any(runner.belief.builds for runner in runners))
    assert engine.most_building == 2


async def test_after_a_crash_the_tape_says_what_was_lost(
    registry: Registry, engine: FakeEngine, runner: Runner
) -> None:
    lab = runner.lab
    runner.queue_build(request())
    await eventually(lambda: not runner.belief.builds)
    box = await runner.engine.run(RunRequest("app"))
    await runner.engine.exec(box, [], terminal=True)
    engine.hold_builds()
    runner.queue_build(request())
    await eventually(lambda: engine.building)
    await runner.settled()
    before = len(await tape(lab))
    await crash(registry, engine, lab)
    engine.builds_may_end.set()

    again = await registry.runner(lab)
    told = (await kinds(lab))[before:]
    assert told == [
        "engine.lost",
        "build.cancelled",
        "exec.exited",
        "container.exited",
        "engine.restored",
        "container.changed",
    ]
    assert [fact.seq for fact in await tape(lab)] == list(range(1, before + 7))
    assert again.queue_build(request()) == 3


async def test_what_never_reached_the_tape_is_discarded_in_silence(
    registry: Registry, engine: FakeEngine, runner: Runner
) -> None:
    lab = runner.lab
    await crash(registry, engine, lab)
    ghost = FakeEngine(engine.stored)
    opened = await ghost.open_lab(lab, lambda fact: None, runner.limits)
    await opened.build(request())
    await opened.run(RunRequest("app", start=False))
    assert engine.stored[lab].images
    again = await registry.runner(lab)
    assert not engine.stored[lab].images
    assert not engine.stored[lab].containers
    assert await kinds(lab) == ["lab.opened"]

    # The same image made anew is no ghost.
    again.queue_build(request())
    await eventually(lambda: not again.belief.builds)
    await again.settled()
    assert "image.built" in await kinds(lab)


async def test_a_parked_lab_tells_why_and_comes_back(
    registry: Registry, engine: FakeEngine, runner: Runner
) -> None:
    lab = runner.lab
    runner.queue_build(request())
    await eventually(lambda: not runner.belief.builds)
    await runner.engine.run(RunRequest("app"))
    await runner.settled()
    before = len(await tape(lab))
    await registry._park(runner, "Nobody was here.")
    told = (await tape(lab))[before:]
    assert isinstance(told[0], event.EngineLost)
    assert told[0].message == "Nobody was here."
    assert isinstance(told[1], event.ContainerExited)
    assert told[1].reason == "lost"
    assert lab not in engine.labs
    await registry.runner(lab)
    assert (await kinds(lab))[before + 2 :] == ["engine.restored"]


async def test_a_quiet_lab_is_parked_and_comes_back_without_a_word(
    registry: Registry, runner: Runner
) -> None:
    for _ in range(3):
        await registry._park(await registry.runner(runner.lab), "Nobody was here.")
    assert await kinds(runner.lab) == ["lab.opened"]


async def test_a_database_that_is_busy_for_a_moment_loses_nothing(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = journal.append
    refused: list[Sequence[journal.Entry]] = []

    def busy_twice(lab: str, entries: Sequence[journal.Entry]) -> None:
        if len(refused) < 2:
            refused.append(entries)
            raise OperationalError("database is locked")
        real(lab, entries)

    monkeypatch.setattr(tape_module, "RETRY_SECONDS", 0)
    monkeypatch.setattr(journal, "append", busy_twice)
    runner.take(event.EngineRestored(message="kept"))
    await runner.settled()
    assert (await kinds(runner.lab)) == ["lab.opened", "engine.restored"]
    assert caplog.text.count("database is locked") == 2


async def test_a_database_that_stays_busy_breaks_the_tape(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(lab: str, entries: Sequence[journal.Entry]) -> None:
        raise OperationalError("disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(tape_module, "RETRY_SECONDS", 0)
        patched.setattr(journal, "append", busy)
        runner.take(event.EngineRestored(message="lost"))
        with pytest.raises(TapeBroken):
            await runner.settled()
    again = await wiring.registry().runner(runner.lab)
    again.take(event.EngineRestored(message="goes on"))
    await again.settled()
    assert [fact.seq for fact in await tape(runner.lab)] == [1, 2]


async def test_a_lab_with_two_writers_breaks_instead_of_mixing_tapes(
    runner: Runner, caplog: pytest.LogCaptureFixture
) -> None:
    body = codec.encode(event.EngineRestored(seq=2, message="theirs")).decode()
    foreign = journal.Entry(2, 0, "engine.restored", body)
    await in_database(journal.append, runner.lab, [foreign])
    runner.take(event.EngineRestored(message="mine"))
    with pytest.raises(TapeBroken):
        await runner.settled()
    with pytest.raises(TapeBroken):
        runner.check_room()
    assert "cannot be written" in caplog.text
    again = await wiring.registry().runner(runner.lab)
    assert again is not runner
    assert again.tape.seq == 2
