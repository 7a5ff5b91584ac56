"""Containers, as far as they are the embedded engine's own matter."""

import asyncio
from dataclasses import replace

import pytest

from tests.engine.recording import Bench, Tape
from tests.waiting import eventually
from visualizer.engine.embedded import EmbeddedEngine
from visualizer.engine.errors import Conflict, Refused
from visualizer.engine.limits import Limits
from visualizer.engine.port import RunRequest
from visualizer.engine.references import full_tag, make_name
from visualizer.events.types import (
    ContainerChanged,
    ContainerExited,
    ContainerStarted,
    ImageCommitted,
    LimitReached,
)

BUSYBOX = 'FROM busybox\nCMD ["sleep", "1000"]\n'


async def small(engine: EmbeddedEngine, **limits: int) -> Bench:
    tape = Tape()
    return Bench(await engine.open_lab("small", tape, replace(Limits(), **limits)), tape)


async def test_what_is_in_a_volume_is_not_in_the_writable_layer(bench: Bench) -> None:
    await bench.image("FROM busybox\nVOLUME /data\n" + BUSYBOX.split("\n")[1])
    container = await bench.running()
    await bench.exec(container, "sh", "-c", "echo v > /data/v; echo w > /w")
    # The image has no /data, so the directory that the volume is mounted on is the container's own.
    assert await bench.changed(container) == {"/data": "added", "/w": "added"}
    await bench.lab.restart(container, 0.1)
    assert await bench.exec(container, "cat", "/data/v") == (0, "v\n")
    await bench.lab.commit(container, "committed")
    assert bench.tape.one(ImageCommitted).layer_size == len("w\n")


async def test_a_container_that_fills_its_disk_is_killed(engine: EmbeddedEngine) -> None:
    bench = await small(engine, disk_bytes=1000)
    await bench.image("FROM busybox\n")
    container = await bench.run("sh", "-c", "echo ok > /ok; sleep 0.1; seq 1 1000 > /n; sleep 1000")
    ended = await bench.ended(container)
    assert ended.reason == "killed"
    assert bench.tape.one(LimitReached).what == "disk_bytes"


async def test_what_a_full_disk_cannot_hold_is_lost_and_told(engine: EmbeddedEngine) -> None:
    bench = await small(engine, disk_bytes=1000)
    await bench.image(BUSYBOX)
    container = await bench.running()
    await bench.exec(container, "sh", "-c", "echo kept > /kept")
    await bench.lab.restart(container, 0.1)
    await bench.lab.exec(container, ["sh", "-c", "seq 1 1000 > /n"])
    await eventually(lambda: len(bench.tape.all(ContainerExited)) == 2)
    assert await bench.changed(container) == {"/kept": "added"}
    assert bench.tape.all(ContainerChanged)[-1].writable_size == len("kept\n")


async def test_many_changes_are_cut_in_the_event(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    container = await bench.running()
    await bench.exec(container, "sh", "-c", "mkdir /m; for i in $(seq 1 600); do : > /m/$i; done")
    # A slow machine looks in the middle of it, too, when there are few yet.
    told = await bench.tape.wait(ContainerChanged, container=container, truncated=True)
    assert len(told.changes) == 500
    assert len(await bench.lab.changes(container)) == 601


async def test_a_commit_of_an_unchanged_container_adds_an_empty_layer(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    container = await bench.running()
    await bench.lab.commit(container, "same")
    told = bench.tape.one(ImageCommitted)
    assert told.layer_size == 0
    assert told.config["Cmd"] == ["sleep", "1000"]


async def test_a_commit_keeps_the_command_that_was_run(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    container = await bench.running("sleep", "999")
    await bench.lab.commit(container, "other")
    assert bench.tape.one(ImageCommitted).config["Cmd"] == ["sleep", "999"]


async def test_a_beginning_that_two_ids_share_is_refused(bench: Bench) -> None:
    await bench.image("FROM busybox\n")
    # With more containers than there are hexadecimal digits, two begin alike.
    bench.lab._lab.limits = replace(Limits(), containers=17)  # type: ignore[attr-defined]
    request = RunRequest("app", command=["true"], start=False)
    ids = [await bench.lab.run(request) for _ in range(17)]
    first = [container[0] for container in ids]
    shared = next(digit for digit in first if first.count(digit) > 1)
    with pytest.raises(Conflict, match="More than one"):
        await bench.lab.inspect(shared)


async def test_the_stop_signal_of_the_image_is_sent(bench: Bench) -> None:
    await bench.image("FROM nginx\n")
    container = await bench.run()
    await eventually(lambda: bench.output(container))
    await bench.lab.stop(container, 10)
    ended = bench.tape.one(ContainerExited)
    assert (ended.exit_code, ended.reason) == (0, "stopped")


async def test_a_bad_signal_is_refused(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    container = await bench.running()
    with pytest.raises(Refused) as refused:
        await bench.lab.kill(container, "SIGNONSENSE")
    assert "invalid signal" in refused.value.engine_words


async def test_eight_containers_start_at_once(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    ids = await asyncio.gather(*(bench.running() for _ in range(8)))
    assert len({container.name for container in (await bench.lab.holdings()).containers}) == 8
    await asyncio.gather(*(bench.lab.remove(container, force=True) for container in ids))
    assert (await bench.lab.holdings()).containers == []


async def test_what_is_removed_while_it_starts_does_not_run(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    container = await bench.lab.run(RunRequest("app", start=False))
    await asyncio.gather(
        bench.lab.start(container),
        bench.lab.remove(container, force=True),
        bench.lab.start(container),
        return_exceptions=True,
    )
    assert (await bench.lab.holdings()).containers == []
    assert len(bench.tape.all(ContainerStarted)) == len(bench.tape.all(ContainerExited))


async def test_a_lab_is_opened_once(engine: EmbeddedEngine, bench: Bench) -> None:
    with pytest.raises(RuntimeError):
        await engine.open_lab("lab", Tape(), Limits())


@pytest.mark.parametrize("name", ["", "../evil", "a/b", "a b", "x" * 200])
async def test_a_lab_is_no_path(engine: EmbeddedEngine, name: str) -> None:
    with pytest.raises(ValueError, match="not a lab's name"):
        await engine.open_lab(name, Tape(), Limits())


def test_made_up_names_are_not_taken() -> None:
    taken = {make_name(()) for _ in range(200)}
    assert make_name(taken) not in taken


@pytest.mark.parametrize(
    ("given", "full"),
    [("app", "app:latest"), ("app:1", "app:1"), ("host:5000/a/b", "host:5000/a/b:latest")],
)
def test_a_tag_is_latest_unless_it_says_otherwise(given: str, full: str) -> None:
    assert full_tag(given) == full


async def test_a_directory_of_the_image_that_becomes_a_volume_is_no_change(bench: Bench) -> None:
    await bench.image("FROM busybox\nRUN mkdir /data\nVOLUME /data\n" + BUSYBOX.split("\n")[1])
    container = await bench.running()
    await bench.exec(container, "touch", "/data/v")
    assert await bench.changed(container) == {}


async def test_a_container_ends_that_says_something_as_it_ends(bench: Bench) -> None:
    await bench.image("FROM busybox\n")
    script = "sleep 0.7; echo last words"
    containers = [await bench.run("sh", "-c", script) for _ in range(6)]
    for container in containers:
        assert (await bench.ended(container)).exit_code == 0
        assert bench.output(container) == "last words\n"
