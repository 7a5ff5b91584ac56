"""What is left when the site goes down, well or badly."""

import asyncio
from pathlib import Path

import pytest

from tests.engine.recording import Bench, Tape
from tests.waiting import eventually
from visualizer.engine.embedded import EmbeddedEngine
from visualizer.engine.embedded import engine as engine_module
from visualizer.engine.limits import Limits
from visualizer.events.types import ContainerExited, StepStarted

BUSYBOX = 'FROM busybox\nCMD ["sleep", "1000"]\n'


async def opened(engine: EmbeddedEngine, lab: str = "lab") -> Bench:
    tape = Tape()
    return Bench(await engine.open_lab(lab, tape, Limits()), tape)


async def test_images_and_stopped_containers_survive_a_crash(
    engine: EmbeddedEngine, bench: Bench, tmp_path: Path
) -> None:
    built = await bench.image(BUSYBOX)
    stopped, running = await bench.running(), await bench.running()
    await bench.exec(stopped, "sh", "-c", "echo kept > /note")
    await bench.lab.stop(stopped, 0.1)
    # No goodbye: another engine finds what this one has on disk at this moment.
    after = EmbeddedEngine(tmp_path)
    back = await opened(after)
    holdings = await back.lab.holdings()
    assert holdings.images == {built.image: ("app:latest",)}
    states = {held.container: (held.state, held.exit_code) for held in holdings.containers}
    assert states == {stopped: ("exited", 137), running: ("exited", 255)}
    await back.lab.start(stopped)
    assert await back.exec(stopped, "cat", "/note") == (0, "kept\n")
    await after.close()


async def test_a_crash_in_the_middle_of_a_build_leaves_the_lab_whole(
    bench: Bench, tmp_path: Path
) -> None:
    built = await bench.image(BUSYBOX)
    building = asyncio.ensure_future(bench.build("FROM busybox\nRUN echo x > /x\nRUN sleep 60\n"))
    await bench.tape.wait(StepStarted, step=3)
    after = EmbeddedEngine(tmp_path)
    back = await opened(after)
    assert (await back.lab.holdings()).images == {built.image: ("app:latest",)}
    await back.image("FROM busybox\nRUN echo x > /x\n")
    assert await back.lab.read_file("app", "/x") == b"x\n"
    await after.close()
    await bench.lab.cancel_build(2)
    await building


async def test_a_closed_engine_has_stored_the_files_of_what_ran(
    engine: EmbeddedEngine, bench: Bench, tmp_path: Path
) -> None:
    await bench.image(BUSYBOX)
    container = await bench.running()
    await bench.exec(container, "sh", "-c", "echo kept > /note")
    await engine.close()
    assert bench.tape.one(ContainerExited).reason == "lost"
    after = EmbeddedEngine(tmp_path)
    back = await opened(after)
    assert await back.lab.read_file(container, "/note") == b"kept\n"
    await after.close()


async def test_an_unreadable_state_is_an_empty_lab(engine: EmbeddedEngine, tmp_path: Path) -> None:
    folder = tmp_path / "labs" / "damaged"
    folder.mkdir()
    (folder / "lab.json").write_text("{not json")
    back = await opened(engine, "damaged")
    assert (await back.lab.holdings()).images == {}


async def test_a_sweep_deletes_only_what_no_lab_has(
    engine: EmbeddedEngine, bench: Bench, tmp_path: Path
) -> None:
    engine._services.store._young_seconds = 0
    await bench.image("FROM busybox\nRUN echo kept > /kept\n")
    other = await opened(engine, "other")
    await other.image("FROM busybox\nRUN echo parked > /parked\n")
    await other.lab.park()
    gone = await opened(engine, "gone")
    await gone.image("FROM busybox\nRUN echo gone > /gone\n")
    await gone.lab.destroy()
    assert await engine.sweep() == 2
    assert await bench.lab.read_file("app", "/kept") == b"kept\n"
    back = await opened(engine, "other")
    assert await back.lab.read_file("app", "/parked") == b"parked\n"


async def test_garbage_is_swept_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "SWEEP_SECONDS", 0.1)
    engine = EmbeddedEngine(tmp_path)
    bench = await opened(engine)
    engine._services.store._young_seconds = 0
    await bench.image("FROM busybox\nRUN echo x > /x\n")
    before = len(list((tmp_path / "layers").glob("*.tar")))
    await eventually(lambda: engine._sweeping is not None and engine._sweeping.done())
    await bench.lab.destroy()
    assert engine._sweeping is not None
    await asyncio.wait_for(engine._sweeping, 60)
    assert len(list((tmp_path / "layers").glob("*.tar"))) == before - 1
    await engine.close()
