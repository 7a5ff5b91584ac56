"""Whatever is killed, the engine comes back or is gone; it never stays half."""

import asyncio
import os
import signal
import subprocess
from pathlib import Path

from tests.engine.private import engines, remains
from tests.engine.private.engines import PrivateEngine
from visualizer.engine.private import Place, down, status, up
from visualizer.engine.private.commands import call
from visualizer.engine.private.disk import no_loop_devices


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
