"""Signals, stopping and pausing, with the rules that Linux has for pid 1."""

import asyncio

import pytest

from tests.engine.userland.containers import Container, Ran, until, write
from visualizer.engine.embedded.userland import Process, UnknownSignal

TRAPPING = 'trap "echo bye; exit 3" TERM; echo up; while true; do sleep 0.1; done'
WAITING = 'trap "echo bye; exit 3" TERM; sleep 60 & echo up; wait'
HANDLING = (
    "import signal, sys, time\n"
    "signal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit(3)))\n"
    "print('up')\nwhile True: time.sleep(0.1)"
)
SLEEPING = "import time; print('up'); time.sleep(60)"


async def started(container: Container, ran: Ran, *argv: str, init: bool) -> Process:
    process = container.start(argv, ran, is_init=init)
    await until(lambda: "up\n" in ran.out)
    return process


async def code_of(process: Process) -> int:
    return (await asyncio.wait_for(process.wait(), 60)).exit_code


async def standing_still(ran: Ran) -> str:
    """What was written, once nothing has come for a while: a busy machine hands it on late."""
    async with asyncio.timeout(60):
        before = ""
        while ran.out != before:
            before = ran.out
            await asyncio.sleep(0.3)
    return before


@pytest.mark.parametrize("init", [True, False])
@pytest.mark.parametrize(
    "argv", [("sh", "-c", TRAPPING), ("sh", "-c", WAITING), ("python3", "-uc", HANDLING)]
)
async def test_a_handler_is_run_and_may_end_the_process(
    container: Container, argv: tuple[str, ...], init: bool
) -> None:
    ran = Ran()
    process = await started(container, ran, *argv, init=init)
    process.signal("SIGTERM")
    assert await code_of(process) == 3
    assert "bye\n" in ran.out


@pytest.mark.parametrize("argv", [("sh", "-c", "echo up; sleep 60"), ("python3", "-uc", SLEEPING)])
async def test_pid_1_ignores_what_it_has_no_handler_for(
    container: Container, argv: tuple[str, ...]
) -> None:
    process = await started(container, Ran(), *argv, init=True)
    process.signal("SIGTERM")
    await asyncio.sleep(0.2)
    assert not process.has_ended
    process.signal("SIGKILL")
    assert await code_of(process) == 137


@pytest.mark.parametrize("argv", [("sh", "-c", "echo up; sleep 60"), ("python3", "-uc", SLEEPING)])
async def test_any_other_process_dies_of_it(container: Container, argv: tuple[str, ...]) -> None:
    process = await started(container, Ran(), *argv, init=False)
    process.signal("15")
    assert await code_of(process) == 143


async def test_python_turns_an_interrupt_into_an_exception(container: Container) -> None:
    ran = Ran()
    process = await started(container, ran, "python3", "-uc", SLEEPING, init=True)
    process.signal("SIGINT")
    assert await code_of(process) == 130
    assert ran.err.endswith("KeyboardInterrupt\n")
    assert ".layercake" not in ran.err


async def test_a_python_that_computes_can_be_killed(container: Container) -> None:
    process = await started(
        container, Ran(), "python3", "-uc", "print('up')\nwhile True: pass", init=True
    )
    process.signal("KILL")
    assert await code_of(process) == 137


@pytest.mark.parametrize(
    "argv",
    [
        ("sh", "-c", "i=0; while true; do i=$((i+1)); echo $i; sleep 0.02; done"),
        ("python3", "-uc", "import time\nfor i in range(10**6): print(i); time.sleep(0.02)"),
        ("python3", "-uc", "for i in range(10**9):\n  if i % 200000 == 0: print(i)"),
    ],
)
async def test_a_paused_process_stands_still_and_goes_on(
    container: Container, argv: tuple[str, ...]
) -> None:
    ran = Ran()
    process = container.start(argv, ran)
    await until(lambda: ran.out.count("\n") > 3)
    process.pause()
    before = await standing_still(ran)
    process.resume()
    await until(lambda: len(ran.out) > len(before))


async def test_time_spent_paused_does_not_count(container: Container) -> None:
    process = container.start(["sleep", "0.3"], Ran(), seconds=3)
    process.pause()
    await asyncio.sleep(3.1)
    process.resume()
    assert await code_of(process) == 0


async def test_the_nginx_stand_in_ends_well_when_asked_to(container: Container) -> None:
    container.filesystem.write_file("/bin/nginx", b"#!layercake:nginx\n")
    container.filesystem.chmod("/bin/nginx", 0o755)
    ran = Ran()
    process = container.start(["nginx", "-g", "daemon off;"], ran, is_init=True)
    await until(lambda: "simulated" in ran.err)
    process.signal("SIGQUIT")
    assert await code_of(process) == 0


async def test_an_unknown_signal_is_refused(container: Container) -> None:
    process = container.start(["sleep", "60"], Ran())
    with pytest.raises(UnknownSignal):
        process.signal("SIGNONSENSE")


async def test_closing_the_userland_ends_everything(container: Container) -> None:
    processes = [
        container.start(argv, Ran())
        for argv in (["sleep", "60"], ["sh", "-c", "sleep 60"], ["python3", "-c", SLEEPING])
    ]
    container.userland.close()
    assert [await code_of(process) for process in processes] == [137, 137, 137]


async def test_a_process_of_the_container_signals_its_main_process(container: Container) -> None:
    ran = Ran()
    process = await started(container, ran, "sh", "-c", TRAPPING, init=True)
    assert (await container.sh("kill -0 1 && kill -TERM 1")).code == 0
    assert await code_of(process) == 3


@pytest.mark.parametrize("argv", [("sh", "-c", "kill -9 1"), ("kill", "-9", "1")])
async def test_the_main_process_cannot_be_killed_from_inside(
    container: Container, argv: tuple[str, ...]
) -> None:
    write(container.filesystem, "/bin/kill", "#!layercake:kill\n", mode=0o755)
    ran = Ran()
    process = await started(container, ran, "sh", "-c", "echo up; sleep 60", init=True)
    assert (await container.run(*argv)).code == 0
    assert not process.has_ended


@pytest.mark.parametrize(
    ("script", "init", "code", "out"),
    [
        ("kill -9 $$; echo on", True, 0, "on\n"),
        ("kill $$; echo on", False, 143, ""),
        ("trap 'echo got' TERM; kill $$; echo on", True, 0, "got\non\n"),
        ("sleep 60 & kill $!; wait $!; echo $?", False, 0, "143\n"),
        ("kill 99999 2>/dev/null; echo $?", False, 0, "1\n"),
        ("kill -l | head -1", False, 0, " 1) SIGHUP\n"),
    ],
)
async def test_a_shell_signals_itself_and_its_jobs(
    container: Container, script: str, init: bool, code: int, out: str
) -> None:
    ran = await container.sh(script, is_init=init)
    assert (ran.code, ran.out) == (code, out)
