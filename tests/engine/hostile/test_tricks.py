"""Tricks that need more than one command."""

import asyncio
import json

import pytest

from tests.engine.hostile import report
from tests.engine.hostile.arena import PATIENT, SMALL, Arena
from tests.engine.hostile.attacks import BOMB, ESCAPES, FROM, LEFT_BEHIND
from tests.engine.hostile.facts import output
from tests.engine.recording import Bench
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.errors import Refused
from visualizer.events.codec import encode
from visualizer.events.types import ContainerExited, LimitReached

Rows = list[report.Row]
IN_EXEC, IN_CONTAINER, IN_BUILD = "In a further process", "In a container", "In a build"


@pytest.fixture
async def attacker(arena: Arena) -> Bench:
    """The attacker's lab, with an image; its containers run as long as they are needed."""
    lab = await arena.lab("attacker", PATIENT)
    await lab.image(FROM)
    return lab


async def test_a_flood_of_execs_is_refused(arena: Arena, attacker: Bench, rows: Rows) -> None:
    box = await attacker.running()
    starts = [attacker.lab.exec(box, ["sleep", "100"]) for _ in range(60)]
    ends = await asyncio.gather(*starts, return_exceptions=True)
    refused = [end for end in ends if isinstance(end, Refused)]
    assert len(refused) == 60 - SMALL.execs
    await arena.others_are_well()
    rows.append(report.Row(IN_EXEC, "a flood of them", f"“{refused[0].title}”"))


async def test_an_exec_for_ever_is_ended(arena: Arena, attacker: Bench, rows: Rows) -> None:
    box = await attacker.running()
    code, _ = await attacker.exec(box, "sh", "-c", "trap '' TERM; while :; do sleep 1; done")
    assert code == 137
    assert attacker.tape.one(LimitReached).what == "exec_seconds"
    assert "while" not in (await attacker.exec(box, "ps"))[1]
    rows.append(report.Row(IN_EXEC, "a loop for ever", "limit `exec_seconds`; ends: killed"))


async def test_what_an_exec_leaves_behind_ends_with_the_container(
    arena: Arena, attacker: Bench, rows: Rows
) -> None:
    before = await arena.left()
    box = await attacker.running()
    assert (await attacker.exec(box, "sh", "-c", LEFT_BEHIND))[0] == 0
    await attacker.lab.remove(box, force=True)
    await attacker.lab.destroy()
    await arena.calm(before)
    rows.append(report.Row(IN_EXEC, "processes left in the background", "end with the container"))


async def test_a_fork_bomb_in_an_exec_leaves_the_container_usable(
    arena: Arena, attacker: Bench, rows: Rows
) -> None:
    box = await attacker.running()
    await attacker.exec(box, "sh", "-c", BOMB)
    await arena.others_are_well()
    await attacker.lab.stop(box, 0.0)
    await attacker.lab.start(box)
    assert await attacker.exec(box, "echo", "fine") == (0, "fine\n")
    rows.append(report.Row(IN_EXEC, "a fork bomb", "“can't fork”; the container can be used again"))


async def test_a_main_process_that_ignores_signals_is_killed_by_stop(
    arena: Arena, rows: Rows
) -> None:
    attacker = await arena.lab("attacker", PATIENT)
    script = "trap '' TERM INT HUP; while :; do sleep 1; done"
    await attacker.image(
        f"{FROM}ENTRYPOINT {json.dumps(['sh', '-c', script])}\nSTOPSIGNAL SIGWINCH\n"
    )
    box = await attacker.run()
    await attacker.lab.stop(box, 0.2)
    ended = attacker.tape.one(ContainerExited)
    assert (ended.exit_code, ended.reason) == (137, "stopped")
    rows.append(
        report.Row(IN_CONTAINER, "an entrypoint that ignores `stop`", "ends: stopped (137)")
    )


async def test_a_trigger_attacks_no_more_than_a_step_may(arena: Arena, rows: Rows) -> None:
    attacker = await arena.lab("attacker")
    await attacker.image(f"{FROM}ONBUILD RUN sleep 1000\n", tag="base")
    assert await attacker.build("FROM base\n") is None
    assert attacker.tape.one(LimitReached).what == "step_seconds"
    await arena.others_are_well()
    rows.append(report.Row(IN_BUILD, "ONBUILD sleep for ever", "limit `step_seconds`"))


async def test_health_checks_are_rare(arena: Arena, rows: Rows) -> None:
    attacker = await arena.lab("attacker", PATIENT)
    check = "HEALTHCHECK --interval=1s CMD sleep 100\n"
    await attacker.image(f'{FROM}{check}CMD ["sleep", "1000"]\n')
    box = await attacker.run()
    api = EngineApi(arena.private.host)
    held = await api.get(f"/containers/{box}/json")
    api.close()
    assert held["Config"]["Healthcheck"]["Interval"] >= 5 * 10**9
    rows.append(report.Row(IN_CONTAINER, "HEALTHCHECK every second", "every 5 s, as inspect says"))


async def test_setuid_gives_nobody_root(arena: Arena, rows: Rows) -> None:
    attacker = await arena.lab("attacker", PATIENT)
    steps = "RUN chmod 4755 /bin/busybox\n"
    await attacker.image(f"{FROM}{steps}USER 1000\n")
    script = "id -u; grep NoNewPrivs /proc/self/status; echo | su root -c id 2>&1"
    told = await attacker.output_of("sh", "-c", script)
    assert told.startswith("1000\nNoNewPrivs:\t1\n"), told
    assert "uid=0" not in told
    rows.append(report.Row(IN_CONTAINER, "a setuid program", "runs as who started it"))


async def test_root_inside_is_nobody_outside(arena: Arena, attacker: Bench, rows: Rows) -> None:
    told = await attacker.output_of("cat", "/proc/self/uid_map")
    inside, outside, _ = told.split()
    assert inside == "0"
    assert int(outside) > 0
    rows.append(report.Row(IN_CONTAINER, "being root", "root inside is an unknown user outside"))


async def test_output_is_told_as_it_is_and_is_text_alone(arena: Arena, rows: Rows) -> None:
    attacker = await arena.lab("attacker", PATIENT)
    files: dict[str, bytes | str] = {"evil": ESCAPES}
    await attacker.image(f"{FROM}COPY evil /evil\nRUN cat /evil\n", files)
    assert output(attacker.tape.events) == ESCAPES
    box = await attacker.running()
    assert await attacker.exec(box, "cat", "/evil") == (0, ESCAPES)
    for each in attacker.tape.events:
        # On the wire no control character is left that a log or a terminal would act on.
        assert not set(encode(each)) & {*range(0x20)}
    told = "told as text; the page shows it as text"
    rows.append(report.Row("In output", "escape sequences, OSC 8 links, HTML", told))


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o104755])
async def test_a_file_of_the_context_is_a_plain_file(arena: Arena, mode: int) -> None:
    """A mode may say that it is a link or a device; the file is what it is."""
    attacker = await arena.lab("attacker", PATIENT)
    made = await attacker.build(
        f"{FROM}COPY link /link\nRUN ls -l /link; cat /link\n", {"link": "/etc/passwd"},
        modes={"link": mode},
    )  # fmt: skip
    assert made is not None
    assert output(attacker.tape.events).startswith("-")
    assert output(attacker.tape.events).endswith("/etc/passwd")


async def test_a_build_argument_brings_no_frontend(arena: Arena) -> None:
    attacker = await arena.lab("attacker", PATIENT)
    args = {"BUILDKIT_SYNTAX": "evil/frontend", "BUILDKIT_CACHE_MOUNT_NS": "bystander"}
    assert await attacker.build(f"{FROM}RUN echo plain\n", args=args) is not None
    assert output(attacker.tape.events) == "plain\n"
