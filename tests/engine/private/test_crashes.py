"""Whatever is killed, the engine comes back or is gone; it never stays half."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex

import pytest

from tests.engine.private import engines, remains
from tests.engine.private.engines import PrivateEngine
from tests.engine.recording import Bench, Tape
from tests.waiting import eventually
from visualizer.engine.docker import DockerEngine
from visualizer.engine.docker.presence import Patience
from visualizer.engine.limits import Limits
from visualizer.engine.private import Place, down, status, up
from visualizer.engine.private.cgroups import Cgroups
from visualizer.engine.private.commands import call
from visualizer.engine.private.disk import no_loop_devices
from visualizer.engine.private.place import DATA_ROOT
from visualizer.engine.private.status import dockerd_pid
from visualizer.events.types import BuildFailed, EngineLost, EngineRestored, StepOutput

ENDLESS = "sleep 87654"
"""What a step of a build does; nothing else on the machine has this command line."""


@pytest.fixture
async def lab(own_engine: PrivateEngine, tmp_path: Path) -> AsyncIterator[Bench]:
    """A lab on that engine."""
    site = DockerEngine(
        own_engine.host,
        cache_dir=tmp_path,
        instance=token_hex(6),
        patience=Patience(before_told=0.2),
    )
    tape = Tape()
    yield Bench(await site.open_lab("lab", tape, Limits(step_seconds=2000)), tape)
    await site.close()


def _restarted(place: Place) -> bool:
    found = status(place)
    return found.running and found.restarts == 1


def test_dockerd_killed_is_started_again(own_engine: PrivateEngine) -> None:
    place = own_engine.place
    container = asyncio.run(engines.run_detached(place.host, "sleep", "600"))
    before = status(place).engine_pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    engines.wait_until(lambda: _restarted(place))
    found = status(place)
    assert found.engine_pid != before
    assert "exit code 137" in found.last_end
    if found.disk == "loop":
        states = asyncio.run(engines.states(place.host))
        assert states == {container: "exited"}


def test_its_containers_end_with_dockerd(own_engine: PrivateEngine) -> None:
    place = own_engine.place
    asyncio.run(engines.run_detached(place.host, "sleep", "98765"))
    found = status(place)
    assert found.engine_pid is not None
    assert engines.processes_named("sleep 98765")
    os.kill(found.engine_pid, signal.SIGKILL)
    engines.wait_until(lambda: _restarted(place))
    assert engines.processes_named("sleep 98765") == []


def test_without_its_supervisor_no_engine_goes_on(own_engine: PrivateEngine) -> None:
    place = own_engine.place
    asyncio.run(engines.run_detached(place.host, "sleep", "600"))
    found = status(place)
    assert found.supervisor_pid is not None
    os.kill(found.supervisor_pid, signal.SIGKILL)
    engines.wait_until(lambda: remains.of(place).processes == ())
    engines.wait_until(lambda: status(place).supervisor_pid is None)
    assert status(place).phase == "down"


def test_leftovers_of_a_crash_are_taken_over_by_the_next_up(own_engine: PrivateEngine) -> None:
    place = own_engine.place
    _kill_all(place)
    left = remains.of(place)
    assert (left.socket, left.state, bool(left.cgroups)) == (True, True, True)
    assert up(place, own_engine.configuration) == f"The engine is up, at {place.host}."
    assert status(place).restarts == 0
    down(place)
    assert remains.of(place) == remains.Remains()


def test_leftovers_of_a_crash_are_removed_by_down(own_engine: PrivateEngine) -> None:
    place = own_engine.place
    _kill_all(place)
    assert down(place) == "The engine was not up; what an earlier one left is gone."
    assert remains.of(place) == remains.Remains()


def test_a_process_that_an_old_file_names_is_left_alone(place: Place) -> None:
    place.make()
    bystander = subprocess.Popen(["sleep", "600"])
    try:
        place.lock.write_text(str(bystander.pid))
        assert down(place) == "The engine is not up."
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_down_ends_an_engine_that_is_about_to_be_started_again(own_engine: PrivateEngine) -> None:
    place = own_engine.place
    found = status(place)
    assert found.engine_pid is not None
    os.kill(found.engine_pid, signal.SIGKILL)
    assert down(place) == "The engine is down."
    assert remains.of(place) == remains.Remains()


async def test_a_build_ends_with_dockerd_and_the_lab_builds_again_without_a_restart(
    own_engine: PrivateEngine, lab: Bench
) -> None:
    place, tape = own_engine.place, lab.tape
    build = asyncio.create_task(lab.build(f"FROM busybox\nRUN echo begun && {ENDLESS}\n"))
    await tape.wait(StepOutput, build=1)
    await eventually(lambda: all(_of_builds(place)))
    killed = dockerd_pid(place)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert await build is None
    failed = tape.one(BuildFailed).diagnosis
    assert failed is not None
    assert failed.code == "docker-engine-gone"
    await tape.wait(EngineRestored, seconds=240)
    assert len(tape.all(EngineLost)) == 1
    assert _of_builds(place) == ([], [], [])
    if (await asyncio.to_thread(status, place)).disk != "loop":
        await engines.import_busybox(place.host)
    await lab.image("FROM busybox\nRUN echo again > /note\n", tag="again")
    assert await lab.output_of("cat", "/note", image="again") == "again\n"
    await asyncio.to_thread(down, place)
    assert remains.of(place) == remains.Remains()


def _of_builds(place: Place) -> tuple[list[int], list[str], list[Path]]:
    """What steps of builds have on the machine now: processes, file systems, cgroups."""
    dockerd = dockerd_pid(place)
    mounts = Path(f"/proc/{dockerd}/mounts").read_text().splitlines() if dockerd else []
    cgroups = Cgroups.on_this_machine(place.name)
    builds = [tree.root / place.name / "labs" / "buildkit" for tree in cgroups.trees]
    return (
        engines.processes_named(ENDLESS),
        [line for line in mounts if line.startswith(f"overlay {DATA_ROOT}/")],
        [step for folder in builds for step in folder.glob("*/")],
    )


def _kill_all(place: Place) -> None:
    found = status(place)
    assert found.engine_pid is not None
    assert found.supervisor_pid is not None
    os.kill(found.engine_pid, signal.SIGKILL)
    os.kill(found.supervisor_pid, signal.SIGKILL)
    engines.wait_until(lambda: remains.of(place).processes == ())
    engines.wait_until(lambda: status(place).supervisor_pid is None)


def test_a_disk_that_was_left_mounted_is_freed_by_the_next_up(
    own_engine: PrivateEngine, tmp_path: Path
) -> None:
    place = own_engine.place
    down(place)
    if no_loop_devices():
        assert not place.image.exists()
        return
    call("mount", "-o", "loop", str(place.image), str(tmp_path))
    assert remains.of(place).loop_devices
    assert up(place, own_engine.configuration) == f"The engine is up, at {place.host}."
    assert not tmp_path.is_mount()
    assert len(remains.of(place).loop_devices) == 1
