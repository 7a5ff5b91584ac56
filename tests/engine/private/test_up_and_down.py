"""The private engine is brought up, looked at and taken down, and leaves nothing."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.private import engines, remains
from tests.engine.private.engines import PrivateEngine
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.private import (
    Configuration,
    Place,
    PrivateEngineError,
    down,
    namespaces_pid,
    status,
    up,
)
from visualizer.engine.private.disk import FORGETS, no_loop_devices

ENDING = "trap 'exit 0' TERM; sleep 600 & wait"


async def _images(host: str) -> set[str]:
    api = EngineApi(host)
    try:
        return {tag for image in await api.get("/images/json") for tag in image["RepoTags"] or []}
    finally:
        api.close()


def test_it_comes_up_and_says_how_it_is(place: Place) -> None:
    said = up(place, engines.small())
    assert said == f"The engine is up, at {place.host}."
    found = status(place)
    assert (found.running, found.phase, found.restarts, found.containers) == (True, "ready", 0, 0)
    assert found.version
    assert found.disk_bytes is not None
    assert found.disk_bytes <= engines.small().disk_bytes
    assert found.limits == engines.small().as_dict()


def test_to_bring_it_up_again_changes_nothing(place: Place) -> None:
    up(place, engines.small())
    before = status(place)
    assert up(place, engines.small()).startswith("The engine is up already")
    after = status(place)
    assert (after.engine_pid, after.supervisor_pid) == (before.engine_pid, before.supervisor_pid)


def test_two_at_once_bring_one_up(place: Place) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: up(place, engines.small()), range(2)))
    # The one that was not first finds that out, and ends.
    engines.wait_until(lambda: len(_supervisors(place)) == 1)
    assert status(place).running


def _supervisors(place: Place) -> list[str]:
    return [line for line in remains.of(place).processes if ".supervisor " in line]


def test_other_settings_are_not_taken_over_silently(place: Place) -> None:
    up(place, engines.small())
    said = up(place, replace(engines.small(), pids=999))
    assert "with other settings" in said
    assert "engine down" in said


def test_taken_down_it_leaves_nothing(place: Place) -> None:
    users = remains.users()
    up(place, engines.small())
    asyncio.run(engines.import_busybox(place.host))
    asyncio.run(engines.run_detached(place.host, "sh", "-c", ENDING))
    assert remains.of(place) != remains.Remains()
    assert down(place) == "The engine is down."
    assert remains.of(place) == remains.Remains()
    assert remains.users() == users
    assert status(place).phase == "down"


def test_what_is_not_up_can_be_taken_down(place: Place) -> None:
    assert down(place) == "The engine is not up."


def test_its_images_are_there_when_it_comes_up_again(own_engine: PrivateEngine) -> None:
    place = own_engine.place
    down(place)
    up(place, own_engine.configuration)
    # On a machine that mounts no files the disk is in memory, and says so.
    kept = {"busybox:latest"} if FORGETS not in status(place).notes else set()
    assert asyncio.run(_images(place.host)) == kept


def test_it_has_a_network_that_leads_nowhere(private_engine: PrivateEngine) -> None:
    pid = namespaces_pid(private_engine.place)
    devices = Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]
    names = {line.split(":")[0].strip() for line in devices}
    assert {name for name in names if not name.startswith(("br-", "veth"))} == {"lo"}
    assert Path(f"/proc/{pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()


def test_its_socket_is_for_root_alone(private_engine: PrivateEngine) -> None:
    found = private_engine.place.socket.stat()
    assert (found.st_mode & 0o777, found.st_uid, found.st_gid) == (0o660, 0, 0)


def test_its_socket_can_be_a_groups(place: Place) -> None:
    up(place, replace(engines.small(), group="daemon"))
    assert place.socket.group() == "daemon"
    assert place.socket.stat().st_mode & 0o777 == 0o660


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Configuration(disk_bytes=1000), "LAYERCAKE_PRIVATE_DISK_BYTES"),
        (Configuration(memory_bytes=1000), "LAYERCAKE_PRIVATE_MEMORY_BYTES"),
        (Configuration(pids=2), "LAYERCAKE_PRIVATE_PIDS"),
        (Configuration(group="no-such-group"), "groupadd no-such-group"),
        (Configuration(disk_bytes=10**15), "no room|no loop devices"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_what_to_set(
    place: Place, wrong: Configuration, words: str
) -> None:
    with pytest.raises(PrivateEngineError, match=words):
        up(place, replace(wrong, disk="loop" if wrong.disk_bytes == 10**15 else "tmpfs"))
    assert remains.of(place).processes == ()
    assert remains.of(place).cgroups == ()


def test_a_disk_that_is_broken_is_named_and_nothing_is_left(place: Place) -> None:
    if reason := no_loop_devices():
        with pytest.raises(PrivateEngineError, match="LAYERCAKE_PRIVATE_DISK"):
            up(place, replace(engines.SMALL, disk="loop"))
        assert reason
        return
    place.make()
    with open(place.image, "wb") as file:
        file.truncate(engines.SMALL.disk_bytes)
    with pytest.raises(PrivateEngineError, match=f"{place.image} cannot be mounted"):
        up(place, engines.SMALL)
    assert replace(remains.of(place), state=False) == remains.Remains()
    place.image.unlink()
    assert up(place, engines.SMALL).startswith("The engine is up")


def test_a_folder_that_others_may_write_in_is_not_trusted(place: Place) -> None:
    place.make()
    place.folder.chmod(0o777)
    with pytest.raises(PrivateEngineError, match="cannot be trusted"):
        up(place, engines.small())
