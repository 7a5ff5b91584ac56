"""A Docker Engine that is killed, freezes or comes back: told on the tape, and then all goes on."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from tests.engine.docker.daemon import Daemon
from tests.engine.recording import Bench, Tape
from tests.waiting import eventually
from visualizer.engine.docker import DockerEngine
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.presence import Patience
from visualizer.engine.docker.wire import Request
from visualizer.engine.errors import EngineError, EngineUnavailable
from visualizer.engine.limits import Limits
from visualizer.events.types import (
    BuildFailed,
    ContainerCreated,
    ContainerExited,
    ContainerStarted,
    EngineLost,
    EngineRestored,
    StepStarted,
)
from visualizer.labs import reconcile
from visualizer.labs.belief import Belief

BUSYBOX = "FROM busybox\nRUN echo made > /note\n"
ENDLESS = "FROM busybox\nRUN echo begun && sleep 1000\n"
TICKS = "while true; do echo tick; sleep 0.1; done"
QUICK = Patience(heartbeat=0.2, answer=5.0, before_told=0.3, longest_pause=0.5, opening=60.0)
"""Quick to ask, and as patient as ever: a busy machine's engine takes seconds to answer."""


@pytest.fixture
async def broken(dockerd: Daemon, tmp_path: Path) -> AsyncIterator[DockerEngine]:
    """The adapter on it; it waits for less long than usual."""
    made = DockerEngine(dockerd.host, cache_dir=tmp_path, instance=token_hex(6), patience=QUICK)
    yield made
    await made.close()


@pytest.fixture
async def bench(broken: DockerEngine) -> Bench:
    """A lab with an image."""
    tape = Tape()
    made = Bench(await broken.open_lab("lab", tape, Limits(step_seconds=2000)), tape)
    await made.image(BUSYBOX)
    return made


async def back(dockerd: Daemon, tape: Tape) -> None:
    """Start the engine again; returns when the tape has said that it is there."""
    await asyncio.to_thread(dockerd.start)
    await tape.wait(EngineRestored)


async def all_agrees(bench: Bench) -> None:
    """What the tape makes one believe is what the engine holds."""
    belief = Belief()
    for event in bench.tape.events:
        belief.fold(event)
    differences = reconcile.corrections(belief, await bench.lab.holdings())
    assert differences.facts == []
    assert differences.strange_containers == differences.strange_images == []


def _told(tape: Tape, kind: type[object], times: int) -> bool:
    return len(tape.all(kind)) == times


async def test_an_engine_killed_in_a_build_fails_it_and_the_next_one_works(
    dockerd: Daemon, bench: Bench
) -> None:
    build = asyncio.create_task(bench.build(ENDLESS))
    await bench.tape.wait(StepStarted, build=2, step=2)
    dockerd.kill()
    assert await build is None
    failed = bench.tape.one(BuildFailed)
    assert failed.diagnosis is not None
    assert failed.diagnosis.code == "docker-engine-gone"
    await bench.tape.wait(EngineLost)
    with pytest.raises(EngineUnavailable) as refused:
        await bench.running()
    assert refused.value.try_
    await back(dockerd, bench.tape)
    await bench.image("FROM busybox\nRUN echo again > /note\n", tag="again")
    assert await bench.output_of("cat", "/note", image="again") == "again\n"
    await all_agrees(bench)


async def test_an_engine_killed_under_ten_containers_is_told_of_each_and_they_start_again(
    dockerd: Daemon, bench: Bench
) -> None:
    held = [await bench.running() for _ in range(10)]
    await bench.exec(held[0], "sh", "-c", "echo kept > /kept")
    dockerd.kill()
    await bench.tape.wait(EngineLost)
    await back(dockerd, bench.tape)
    for container in held:
        assert bench.tape.one(ContainerExited, container=container).reason == "lost"
    names = bench.tape.names()
    assert names.index("engine.lost") < names.index("engine.restored")
    assert names.count("engine.lost") == names.count("engine.restored") == 1
    await all_agrees(bench)
    await asyncio.gather(*(bench.lab.start(container) for container in held))
    assert await bench.exec(held[0], "cat", "/kept") == (0, "kept\n")
    await all_agrees(bench)


async def test_a_frozen_engine_refuses_at_once_and_goes_on_when_it_thaws(
    dockerd: Daemon, bench: Bench
) -> None:
    ticking = await bench.run("sh", "-c", TICKS)
    build = asyncio.create_task(
        bench.build("FROM busybox\nRUN until [ -e /gone ]; do sleep 0.1; echo .; done\n")
    )
    await bench.tape.wait(StepStarted, build=2, step=2)
    dockerd.freeze()
    waiting = asyncio.create_task(bench.lab.inspect(ticking))
    await bench.tape.wait(EngineLost)
    # What had been asked for before it was known ends with that, and what comes later at once.
    for refused in (waiting, bench.lab.kill(ticking), bench.running()):
        with pytest.raises(EngineUnavailable):
            await refused
    dockerd.thaw()
    await bench.tape.wait(EngineRestored)
    before = len(bench.output(ticking))
    await eventually(lambda: len(bench.output(ticking)) > before)
    assert not bench.tape.all(ContainerExited)
    assert not build.done()
    await bench.lab.cancel_build(2)
    assert await build is None
    assert "build.cancelled" in bench.tape.names()
    await all_agrees(bench)


async def test_what_a_frozen_engine_makes_when_it_thaws_and_nobody_waits_for_is_removed(
    dockerd: Daemon, bench: Bench
) -> None:
    # The lab has its network by then, so making the container is the first thing asked for.
    stays = await bench.running()
    dockerd.freeze()
    with pytest.raises(EngineUnavailable):
        await bench.running()
    await bench.tape.wait(EngineLost)
    dockerd.thaw()
    await bench.tape.wait(EngineRestored)
    await made_and_removed(dockerd.host, bench.tape)
    assert [event.container for event in bench.tape.all(ContainerCreated)] == [stays]
    await all_agrees(bench)


async def made_and_removed(host: str, tape: Tape) -> None:
    """Wait until the engine has made a container that the tape knows nothing of, and lost it."""
    known = {event.container for event in tape.all(ContainerCreated)}
    filters = json.dumps({"type": ["container"], "event": ["create", "destroy"]})
    api, seen = EngineApi(host), set[tuple[str, str]]()
    request = Request("GET", "/events", {"filters": filters, "since": "1"})
    async with asyncio.timeout(120), api.open(request) as answer:
        async for event in answer.json_lines():
            seen.add((event["Actor"]["ID"], event["Action"]))
            made = {found for found, action in seen if action == "create"} - known
            if any((found, "destroy") in seen for found in made):
                break
    api.close()


async def test_what_somebody_else_starts_or_makes_in_a_lab_is_told_or_removed(
    dockerd: Daemon, bench: Bench
) -> None:
    container = await bench.running()
    await bench.lab.kill(container)
    api = EngineApi(dockerd.host)
    await api.post(f"/containers/{container}/start")
    await eventually(lambda: len(bench.tape.all(ContainerStarted)) == 2)
    inspected = await api.get(f"/containers/{container}/json")
    content = {"Image": inspected["Image"], "Labels": inspected["Config"]["Labels"]}
    await api.post("/containers/create", content, name="stranger")
    await made_and_removed(dockerd.host, bench.tape)
    api.close()
    await all_agrees(bench)


async def test_an_engine_that_dies_twice_is_waited_for_twice(dockerd: Daemon, bench: Bench) -> None:
    for times in (1, 2):
        dockerd.kill()
        await eventually(partial(_told, bench.tape, EngineLost, times))
        await asyncio.to_thread(dockerd.start)
        await eventually(partial(_told, bench.tape, EngineRestored, times))
    assert await bench.output_of("cat", "/note") == "made\n"


async def test_a_lab_opens_as_soon_as_the_engine_is_back(
    dockerd: Daemon, broken: DockerEngine, bench: Bench
) -> None:
    dockerd.kill()
    await bench.tape.wait(EngineLost)
    with pytest.raises(EngineUnavailable):
        await broken.open_lab("other", Tape(), Limits())
    await asyncio.to_thread(dockerd.start)
    other = Bench(await broken.open_lab("other", Tape(), Limits()), Tape())
    assert (await other.lab.holdings()).containers == []


async def test_what_two_do_at_once_to_one_container_is_done_or_refused(bench: Bench) -> None:
    """Neither ever sees an error that is the site's, and the tape is what the engine holds."""
    seed = random.randrange(1_000_000)
    dice = random.Random(seed)
    for turn in range(6):
        box = await bench.run("sleep", "1000", name=f"box{turn}")
        lab = bench.lab
        doing: list[Callable[[], Coroutine[Any, Any, object]]] = [
            partial(lab.start, box),
            partial(lab.stop, box, 0.2),
            partial(lab.kill, box),
            partial(lab.restart, box, 0.2),
            partial(lab.pause, box),
            partial(lab.resume, box),
            partial(lab.exec, box, ["true"]),
            partial(lab.changes, box),
            partial(lab.rename, box, f"other{turn}"),
            partial(bench.run, "sleep", "1000", name=f"box{turn}"),
            partial(lab.commit, box, "twin"),
            partial(lab.remove, box, force=True),
        ]
        chosen = [dice.choice(doing) for _ in range(16)]
        ends = await asyncio.gather(*(each() for each in chosen), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                assert isinstance(end, EngineError), f"seed {seed}: {end!r}"
                assert not isinstance(end, EngineUnavailable), f"seed {seed}: {end!r}"
        for held in (await bench.lab.holdings()).containers:
            await bench.lab.remove(held.container, force=True)
        await all_agrees(bench)
