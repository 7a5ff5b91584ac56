"""Containers on a real engine: limits that the kernel holds, ends that others cause, terminals."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.engine.docker.door import Door
from tests.engine.docker.engines import Engines
from tests.engine.recording import Bench, Tape, settle
from tests.waiting import eventually
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.names import INSTANCE_LABEL
from visualizer.engine.limits import Limits
from visualizer.events.types import (
    ContainerExited,
    ContainerPaused,
    ContainerRemoved,
    ContainerResumed,
    ContainerStarted,
    ExecExited,
    ExecOutput,
)

PYTHON = "FROM python:3.12-slim\n"
BUSYBOX = "FROM busybox\n"


async def test_a_container_has_a_process_and_an_address(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    container = await bench.running()
    started = bench.tape.one(ContainerStarted)
    assert started.pid is not None
    assert started.pid > 1
    code, addresses = await bench.exec(container, "ip", "-4", "addr")
    assert code == 0
    assert started.ip is not None
    assert started.ip in addresses


async def test_containers_of_a_lab_reach_each_other_and_nobody_else(
    engines: Engines, bench: Bench
) -> None:
    await bench.image(BUSYBOX)
    await bench.running("nc", "-l", "-p", "8080", "-e", "echo", "hello")
    address = bench.tape.one(ContainerStarted).ip
    assert address is not None
    asking = f"nc -w 3 {address} 8080 < /dev/null"
    tape = Tape()
    other = Bench(await engines.make().open_lab("other", tape, Limits()), tape)
    await other.image(BUSYBOX)
    stranger = await other.running()
    assert (await other.exec(stranger, "sh", "-c", asking))[0] != 0
    friend = await bench.running()
    assert await bench.exec(friend, "sh", "-c", asking) == (0, "hello\n")


async def test_containers_that_are_started_at_once_share_one_network(
    engines: Engines, bench: Bench
) -> None:
    await bench.image(BUSYBOX)
    await asyncio.gather(*(bench.running() for _ in range(5)))
    assert len({started.ip for started in bench.tape.all(ContainerStarted)}) == 5
    api = EngineApi(engines.host)
    mine = json.dumps({"label": [f"{INSTANCE_LABEL}={engines.instance}"]})
    assert len(await api.get("/networks", filters=mine)) == 1
    api.close()


async def test_too_much_memory_ends_a_container(bench: Bench) -> None:
    await bench.image(PYTHON)
    container = await bench.run("python3", "-c", "x = bytearray(300_000_000)")
    ended = await bench.ended(container)
    assert (ended.exit_code, ended.reason) == (137, "out-of-memory")


async def test_the_main_process_is_pid_1_without_an_init(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    assert await bench.output_of("sh", "-c", "echo $$") == "1\n"


async def test_a_process_that_listens_to_its_stop_signal_ends_in_time(bench: Bench) -> None:
    await bench.image(BUSYBOX + "STOPSIGNAL SIGUSR1\n")
    script = "trap 'echo bye; exit 3' USR1; echo ready; while true; do sleep 0.1; done"
    container = await bench.run("sh", "-c", script)
    await eventually(lambda: bench.output(container) == "ready\n")
    await bench.lab.stop(container, 10)
    ended = bench.tape.one(ContainerExited)
    assert (ended.exit_code, ended.reason) == (3, "stopped")
    assert bench.output(container) == "ready\nbye\n"


async def test_rights_are_few(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    container = await bench.running()
    for command in ("mount -t tmpfs x /tmp", "mknod /sda b 8 0", "echo b > /proc/sysrq-trigger"):
        assert (await bench.exec(container, "sh", "-c", command))[0] != 0
    code, status = await bench.exec(container, "cat", "/proc/self/status")
    assert code == 0
    assert "NoNewPrivs:\t1" in status


async def test_what_others_do_to_a_container_is_told(engines: Engines, bench: Bench) -> None:
    await bench.image(BUSYBOX)
    container = await bench.running()
    api = EngineApi(engines.host)
    await api.post(f"/containers/{container}/pause")
    await bench.tape.wait(ContainerPaused, container=container)
    await api.post(f"/containers/{container}/unpause")
    await bench.tape.wait(ContainerResumed, container=container)
    await api.post(f"/containers/{container}/kill")
    ended = await bench.ended(container)
    assert (ended.exit_code, ended.reason) == (137, "killed")
    await api.delete(f"/containers/{container}")
    await bench.tape.wait(ContainerRemoved, container=container)
    assert (await bench.lab.holdings()).containers == []
    api.close()


async def test_characters_cut_in_two_arrive_whole(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    script = r"printf '\303'; sleep 0.3; printf '\244\n'"
    assert await bench.output_of("sh", "-c", script) == "ä\n"


async def test_a_terminal_knows_its_size_and_ctrl_c(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    container = await bench.running()
    shell = await bench.lab.exec(container, [], terminal=True, columns=111, rows=33)
    await bench.lab.write(shell, b"stty size\r")
    await eventually_shown(bench, shell, "33 111")
    await bench.lab.resize(shell, 99, 22)
    await bench.lab.write(shell, b"stty size; echo '\xc3\xa4\xe2\x82\xac'\r")
    await eventually_shown(bench, shell, "22 99")
    await eventually_shown(bench, shell, "\r\nä€\r\n")
    await bench.lab.write(shell, b"echo g''o; sleep 1000\r")
    await eventually_shown(bench, shell, "\r\ngo\r\n")
    await bench.lab.write(shell, b"\x03")
    await eventually_shown(bench, shell, "^C\r\n/ # ")
    await bench.lab.write(shell, b"echo code=$?\r")
    await eventually_shown(bench, shell, "code=130")
    await bench.lab.write(shell, b"exit\r")
    await bench.tape.wait(ExecExited, exec=shell)


async def eventually_shown(bench: Bench, shell: str, text: str) -> None:
    """Wait until a terminal has shown this."""

    def shown() -> bool:
        return text in "".join(event.text for event in bench.tape.all(ExecOutput, exec=shell))

    await eventually(shown)


async def test_a_command_that_takes_too_long_is_ended_inside(engines: Engines) -> None:
    tape = Tape()
    lab = await engines.make().open_lab("lab", tape, Limits(exec_seconds=1))
    bench = Bench(lab, tape)
    await bench.image(BUSYBOX)
    container = await bench.running()
    code, _ = await bench.exec(container, "sleep", "4242")
    assert code == 137
    code, processes = await bench.exec(container, "ps")
    assert "4242" not in processes


async def test_a_site_that_was_killed_finds_its_lab_as_it_is(
    engines: Engines, bench: Bench
) -> None:
    built = await bench.image(BUSYBOX)
    container = await bench.run("sh", "-c", "while true; do sleep 0.2; echo tick; done")
    # A second adapter of the same site, as after a start: the first one was never closed.
    tape = Tape()
    again = Bench(await engines.make().open_lab("lab", tape, Limits()), tape)
    holdings = await again.lab.holdings()
    assert [(held.container, held.state) for held in holdings.containers] == [
        (container, "running")
    ]
    assert holdings.images == {built.image: ("app:latest",)}
    await eventually(lambda: "tick" in again.output(container))
    await again.lab.kill(container)
    assert tape.one(ContainerExited).reason == "killed"


async def test_destroying_a_lab_leaves_nothing_on_the_engine(
    engines: Engines, bench: Bench
) -> None:
    await bench.image(BUSYBOX + "VOLUME /data\n")
    await bench.running()
    await bench.lab.destroy()
    api = EngineApi(engines.host)
    mine = json.dumps({"label": [f"{INSTANCE_LABEL}={engines.instance}"]})
    assert await api.get("/containers/json", all="1", filters=mine) == []
    assert await api.get("/networks", filters=mine) == []
    names = [tag for image in await api.get("/images/json") for tag in image["RepoTags"] or []]
    api.close()
    assert not [name for name in names if f"/{engines.instance}/" in name]


async def test_the_engine_going_away_and_coming_back_is_told(
    engines: Engines, tmp_path: Path
) -> None:
    async with Door(engines.host, tmp_path / "door.sock") as door:
        engine = engines.make(door.host)
        tape = Tape()
        bench = Bench(await engine.open_lab("lab", tape, Limits()), tape)
        await bench.image(BUSYBOX)
        stays = await bench.run("sh", "-c", "while true; do sleep 0.2; echo tick; done")
        goes = await bench.running()
        door.shut()
        await eventually(lambda: "engine.lost" in tape.names())
        api = EngineApi(engines.host)
        await api.post(f"/containers/{goes}/kill")
        api.close()
        await door.open()
        await eventually(lambda: "engine.restored" in tape.names())
        assert tape.one(ContainerExited).container == goes
        assert tape.one(ContainerExited).reason == "lost"
        before = len(bench.output(stays))
        await eventually(lambda: len(bench.output(stays)) > before)
        await bench.lab.kill(stays)
        assert (await bench.ended(stays)).reason == "killed"


async def test_a_lab_whose_parking_was_broken_off_can_be_opened_again(engines: Engines) -> None:
    engine = engines.make()
    tape = Tape()
    bench = Bench(await engine.open_lab("lab", tape, Limits()), tape)
    await bench.image(BUSYBOX)
    container = await bench.running()
    parking = asyncio.create_task(bench.lab.park())
    # It has begun: somebody waits for the container's end.
    await settle()
    parking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await parking
    again = await engine.open_lab("lab", Tape(), Limits())
    assert [held.container for held in (await again.holdings()).containers] == [container]
