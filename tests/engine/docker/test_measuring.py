"""What containers use: read off the engine's statistics, told when it has visibly changed."""

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.engine.docker.engines import Engines
from tests.engine.docker.played import HEAD, VERSION, played
from tests.engine.recording import Bench, Tape
from tests.waiting import eventually
from visualizer.engine.docker import measuring
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.docker.measuring import Measure, Measuring, Meter, read_measure
from visualizer.engine.docker.names import INSTANCE_LABEL
from visualizer.engine.docker.sandbox import Sandbox
from visualizer.engine.limits import Limits
from visualizer.events.types import ContainerExited, ContainerMeasured, ContainerStarted

BUSYBOX = "FROM busybox\n"
PYTHON = "FROM python:3.12-slim\n"
MIB = 1024 * 1024
LIMIT = 64 * MIB


def stats(**memory: Any) -> dict[str, Any]:
    """A line of the stream: half of two cores were used between it and the one before."""
    return {
        "pids_stats": {"current": 3},
        "cpu_stats": {
            "cpu_usage": {"total_usage": 3_000_000_000},
            "system_cpu_usage": 20_000_000_000,
            "online_cpus": 2,
        },
        "precpu_stats": {
            "cpu_usage": {"total_usage": 2_000_000_000},
            "system_cpu_usage": 18_000_000_000,
        },
        "memory_stats": {"usage": 30 * MIB, "limit": LIMIT, **memory},
    }


@pytest.mark.parametrize(
    ("told", "memory"),
    [
        pytest.param({"inactive_file": MIB, "total_inactive_file": 10 * MIB}, 20 * MIB, id="v1"),
        pytest.param({"inactive_file": 5 * MIB, "anon": MIB}, 25 * MIB, id="v2"),
        pytest.param({"inactive_file": 90 * MIB}, 30 * MIB, id="more cache than use"),
        pytest.param({}, 30 * MIB, id="nothing told"),
    ],
)
def test_memory_is_without_the_page_cache_in_both_versions_of_cgroups(
    told: dict[str, int], memory: int
) -> None:
    measure = read_measure(stats(stats=told))
    assert measure == Measure(cpu_percent=100.0, memory=memory, memory_limit=LIMIT, pids=3)


def test_cores_are_counted_where_the_engine_does_not_say_how_many_there_are() -> None:
    line = stats()
    del line["cpu_stats"]["online_cpus"]
    line["cpu_stats"]["cpu_usage"]["percpu_usage"] = [1, 2, 3, 4]
    measure = read_measure(line)
    assert measure is not None
    assert measure.cpu_percent == 200.0


def test_lines_that_say_nothing_are_passed_over() -> None:
    first = stats()
    first["precpu_stats"] = {"cpu_usage": {"total_usage": 0}}
    ended = {**stats(), "pids_stats": {}, "memory_stats": {}}
    assert read_measure(first) is None
    assert read_measure(ended) is None


def measure(cpu: float = 0.0, memory: int = 10 * MIB, pids: int = 1) -> Measure:
    """One with a limit as in a lab."""
    return Measure(cpu, memory, LIMIT, pids)


def told(measures: list[Measure], every: float = 1.0) -> list[float]:
    """Seconds after the start at which those that come so often are told."""
    meter = Meter(began=0.0)
    times = [number * every for number in range(len(measures))]
    return [at for at, one in zip(times, measures, strict=True) if meter.take(one, at)]


def test_what_stays_as_it_is_is_told_once() -> None:
    almost = [measure(0.1), measure(0.3), measure(0.0, 10 * MIB + 1000)] * 20
    assert told(almost) == [0.0]


def test_each_figure_that_visibly_changes_is_told() -> None:
    for other in (measure(cpu=5.0), measure(memory=12 * MIB), measure(pids=2)):
        assert told([measure(), measure(), other]) == [0.0, 2.0]


def test_nothing_is_told_more_often_than_every_two_seconds() -> None:
    restless = [measure(cpu=number % 2 * 50.0) for number in range(12)]
    assert told(restless[::2] + restless[1::2], every=0.5) == [0.0, 3.0]
    rising = [measure(cpu=number * 20.0) for number in range(9)]
    assert told(rising) == [0.0, 2.0, 4.0, 6.0, 8.0]


def test_half_an_hour_of_restlessness_does_not_fill_the_tape() -> None:
    restless = [measure(cpu=number**2 % 7 * 30.0) for number in range(1800)]
    assert len(told(restless)) < 250


def test_what_was_held_back_is_told_at_the_end() -> None:
    meter = Meter(began=0.0)
    assert meter.take(measure(), 0.0)
    assert not meter.take(measure(memory=60 * MIB), 1.0)
    assert meter.last() == measure(memory=60 * MIB)
    assert meter.last() is None


async def test_a_busy_container_is_measured_and_a_sleeping_one_told_once(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    sleeping = await bench.running()
    busy = await bench.running("sh", "-c", "while :; do :; done")
    # On a busy machine its share is small at times.
    await eventually(lambda: any(each.cpu_percent > 10 for each in measures(bench, busy)))
    used = measures(bench, busy)[-1]
    assert used.pids == 1
    assert used.memory_limit == LIMIT
    assert 0 < used.memory < 10 * MIB
    # As many lines as the busy one had came for the other, too.
    await bench.tape.wait(ContainerMeasured, container=sleeping)
    *start, rest = measures(bench, sleeping)
    # What its start has taken may be in the first.
    assert len(start) <= 1
    assert rest.cpu_percent < 5
    assert rest.pids == 1


async def test_memory_and_processes_are_those_of_the_whole_container(bench: Bench) -> None:
    await bench.image(PYTHON)
    script = "x = bytearray(30_000_000); import time; time.sleep(1000)"
    container = await bench.run("python3", "-c", script)
    await eventually(lambda: any(m.memory > 30_000_000 for m in measures(bench, container)))
    assert (await bench.exec(container, "python3", "-c", "pass"))[0] == 0
    shell = await bench.lab.exec(container, [], terminal=True)
    await eventually(lambda: any(m.pids == 2 for m in measures(bench, container)))
    await bench.lab.end_exec(shell)
    await eventually(lambda: measures(bench, container)[-1].pids == 1)


def measures(bench: Bench, container: str) -> list[ContainerMeasured]:
    """All that the tape was told of a container's use."""
    return bench.tape.all(ContainerMeasured, container=container)


async def test_measures_belong_to_the_time_between_start_and_end(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    container = await bench.running()
    await bench.tape.wait(ContainerMeasured, container=container)
    await bench.lab.kill(container)
    await bench.lab.start(container)
    await eventually(lambda: len(measures(bench, container)) == 2)
    await bench.lab.kill(container)
    kinds = (ContainerStarted, ContainerMeasured, ContainerExited)
    order = [type(event) for event in bench.tape.events if isinstance(event, kinds)]
    assert order == [*kinds, *kinds]


async def test_no_stream_outlives_its_container_or_its_lab(engines: Engines) -> None:
    engine = engines.make()
    tape = Tape()
    bench = Bench(await engine.open_lab("lab", tape, Limits()), tape)
    await bench.image(BUSYBOX)
    before = open_files()
    for number in range(5):
        container = await bench.running()
        await bench.tape.wait(ContainerMeasured, container=container)
        if number:
            await bench.lab.remove(container, force=True)
    await bench.lab.park()
    # Connections that wait for the next call are few, and the same ones each time.
    await eventually(lambda: open_files() <= before + 2)
    api = EngineApi(engines.host)
    mine = json.dumps({"label": [f"{INSTANCE_LABEL}={engines.instance}"]})
    assert await api.get("/containers/json", filters=mine) == []
    api.close()


def open_files() -> int:
    """Descriptors of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_an_engine_that_falls_silent_is_asked_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "SILENCE", 0.05)
    asked = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while b"/version" in await reader.readuntil(b"\r\n\r\n"):
            writer.write(VERSION)
        asked.append(writer)
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        if len(asked) > 1:
            line = json.dumps(stats()).encode() + b"\n"
            writer.write(b"%x\r\n%s\r\n" % (len(line), line))
        await reader.read()

    tape = Tape()
    async with played(tmp_path, serve) as api:
        lab = SimpleNamespace(api=api, emit=tape, sandbox=Sandbox())
        following = asyncio.create_task(Measuring("c" * 64, cast("LabContext", lab)).follow())
        assert (await tape.wait(ContainerMeasured)).pids == 3
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert len(asked) >= 2
