"""The contract: further processes."""

import re

import pytest

from tests.engine.contracts.common import BUSYBOX, Contract
from tests.engine.recording import Bench
from visualizer.engine.errors import Conflict, NotFound
from visualizer.events.types import (
    ContainerChanged,
    ExecExited,
    ExecOutput,
    ExecStarted,
)


class ExecContract(Contract):
    """Further processes."""

    async def test_an_exec_is_told_from_start_to_end(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        assert await bench.exec(container, "sh", "-c", "echo hi; exit 5") == (5, "hi\n")
        started = bench.tape.one(ExecStarted)
        assert re.fullmatch("[0-9a-f]{32}", started.exec)
        assert started.command == ["sh", "-c", "echo hi; exit 5"]
        assert started.terminal is False

    async def test_an_exec_works_where_the_image_says(self, bench: Bench) -> None:
        await bench.image("FROM busybox\nWORKDIR /work\nENV A=b\n" + BUSYBOX.split("\n")[1])
        container = await bench.running()
        assert await bench.exec(container, "sh", "-c", "pwd; echo $A") == (0, "/work\nb\n")

    async def test_an_unknown_command_ends_with_127(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        code, output = await bench.exec(container, "nothing")
        assert code == 127
        assert "executable file not found in $PATH" in output

    async def test_an_exec_needs_a_running_container(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        await bench.lab.kill(container)
        with pytest.raises(Conflict) as refused:
            await bench.lab.exec(container, ["true"])
        assert "is not running" in refused.value.engine_words

    async def test_execs_end_with_their_container(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        started = await bench.lab.exec(container, ["sleep", "1000"])
        await bench.lab.kill(container)
        assert bench.tape.one(ExecExited).exec == started
        assert bench.tape.names()[-1] == "container.exited"

    async def test_an_unknown_exec_is_refused(self, bench: Bench) -> None:
        for refused in (
            bench.lab.write("0" * 32, b"x"),
            bench.lab.resize("0" * 32, 80, 24),
            bench.lab.end_exec("0" * 32),
        ):
            with pytest.raises(NotFound):
                await refused

    async def test_a_terminal_runs_the_images_shell(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        shell = await bench.lab.exec(container, [], terminal=True)
        assert bench.tape.one(ExecStarted).terminal is True
        await bench.tape.wait(ExecOutput, exec=shell)
        await bench.lab.resize(shell, 100, 30)
        await bench.lab.write(shell, b"cd /tmp && echo $((40 + 2)) > answer && pwd\r")
        await bench.tape.wait(ContainerChanged, container=container)
        assert await bench.lab.read_file(container, "/tmp/answer") == b"42\n"
        await bench.lab.write(shell, b"exit 3\r")
        ended = await bench.tape.wait(ExecExited, exec=shell)
        assert ended.exit_code == 3
        assert "/tmp" in "".join(event.text for event in bench.tape.all(ExecOutput, exec=shell))

    async def test_a_closed_terminal_ends_its_shell(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        shell = await bench.lab.exec(container, [], terminal=True)
        await bench.lab.end_exec(shell)
        await bench.tape.wait(ExecExited, exec=shell)
        assert (await bench.lab.holdings()).containers[0].state == "running"
