"""Terminals on a real engine: what a person does at one, and what is left when it is closed."""

import asyncio
import hashlib
import re
from dataclasses import dataclass

import pytest

from tests.engine.recording import Bench
from tests.waiting import eventually
from visualizer.engine.errors import EngineError
from visualizer.events.types import ExecExited, ExecOutput, ExecStarted

BUSYBOX = "FROM busybox\n"
PYTHON = "FROM python:3.12-slim\n"
NO_SHELL = """FROM busybox AS tools
FROM scratch
COPY --from=tools /bin/busybox /busybox
CMD ["/busybox", "sleep", "1000"]
"""
CTRL_C, CTRL_D = b"\x03", b"\x04"
SECONDS = 90.0


@dataclass
class Terminal:
    """A shell in a container, and what its screen was sent."""

    bench: Bench
    exec: str

    @property
    def text(self) -> str:
        """All of it, control sequences too."""
        return "".join(event.text for event in self.bench.tape.all(ExecOutput, exec=self.exec))

    async def type(self, data: bytes | str) -> None:
        """Send keys; nothing is added."""
        await self.bench.lab.write(self.exec, data.encode() if isinstance(data, str) else data)

    async def shows(self, pattern: str) -> None:
        """Wait until it was sent what matches."""
        try:
            await eventually(lambda: re.search(pattern, self.text), SECONDS)
        except TimeoutError:
            pytest.fail(f"{pattern!r} was not shown, but {self.text[-600:]!r}")

    async def ended(self) -> int:
        """Its exit code, once it has one."""
        return (await self.bench.tape.wait(ExecExited, SECONDS, exec=self.exec)).exit_code


async def opened(bench: Bench, container: str) -> Terminal:
    """A shell that has shown its prompt."""
    terminal = Terminal(bench, await bench.lab.exec(container, [], terminal=True))
    await terminal.shows(r"[#$] ")
    return terminal


@pytest.mark.parametrize("dockerfile", [BUSYBOX, PYTHON], ids=["busybox", "bash"])
async def test_ctrl_d_ends_a_shell_with_the_last_exit_code(bench: Bench, dockerfile: str) -> None:
    await bench.image(dockerfile)
    terminal = await opened(bench, await bench.running())
    await terminal.type("(exit 7)\r")
    await terminal.type("echo co''de=$?\r")
    await terminal.shows("code=7")
    await terminal.type("echo no''w; (exit 5)\r")
    # Before its prompt is back the shell does not read keys one by one, and a Ctrl-D is lost.
    await terminal.shows(r"now\r\n[^\n]*[#$] ")
    await terminal.type(CTRL_D)
    assert await terminal.ended() == 5


async def test_a_character_may_be_typed_and_shown_in_pieces(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    terminal = await opened(bench, await bench.running())
    await terminal.type("stty -echo; cat\r")
    await terminal.shows(r"cat\r\n")
    before = len(terminal.text)
    for byte in "ä€🐋".encode():
        await terminal.type(bytes([byte]))
    await terminal.type("\r")
    await eventually(lambda: terminal.text[before:].endswith("ä€🐋\r\n"), SECONDS)
    await terminal.type(CTRL_C)
    await terminal.shows("🐋\r\n(.|\n)*# ")
    await terminal.type("for byte in 342 202 254; do printf \\\\$byte; sleep 0.2; done; echo\r")
    await terminal.shows("€\r\n")
    assert "\ufffd" not in terminal.text


async def test_a_large_paste_arrives_whole(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    container = await bench.running()
    terminal = await opened(bench, container)
    await terminal.type("stty -echo; cat > /pasted; echo do''ne\r")
    await terminal.shows("ne\r\n")
    lines = "".join(f"line {number} of what was pasted ä€\n" for number in range(6000))
    for start in range(0, len(lines), 4000):
        await terminal.type(lines[start : start + 4000])
    await terminal.type(CTRL_D)
    await terminal.shows("done")
    code, told = await bench.exec(container, "md5sum", "/pasted")
    assert (code, told.split()[0]) == (0, hashlib.md5(lines.encode()).hexdigest())


async def test_a_program_that_reads_nothing_holds_up_nobody_for_ever(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    container = await bench.running()
    terminal = await opened(bench, container)
    await terminal.type("stty raw -echo; sleep 1000\r")
    await terminal.shows("sleep 1000")
    with pytest.raises(EngineError) as refused:
        await paste_for_ever(terminal)
    assert refused.value.code == "terminal-full"
    assert (await bench.exec(container, "echo", "fine")) == (0, "fine\n")
    await bench.lab.end_exec(terminal.exec)
    assert await terminal.ended() == 137


async def paste_for_ever(terminal: Terminal) -> None:
    """More than any buffer between here and the program holds."""
    for _ in range(2000):
        await terminal.type("x" * 4096)


async def test_full_screen_programs_draw_and_hear_keys(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    container = await bench.running()
    terminal = await opened(bench, container)
    await terminal.type("vi /root/note.txt\r")
    # It clears the screen, and fills the lines that the file does not have.
    await terminal.shows("\x1b\\[H|\x1b\\[1;1H")
    await terminal.shows("~")
    await terminal.type("ihello from vi")
    await terminal.shows("hello from vi")
    # Right behind the Escape a key would be part of a sequence, as of an arrow.
    await terminal.type("\x1b")
    await terminal.shows("(?s)hello from vi.*- /root/note.txt")
    await terminal.type(":wq\r")
    await terminal.shows("\x1b\\[\\?1049l.*# ")
    assert await bench.exec(container, "cat", "/root/note.txt") == (0, "hello from vi\n")
    await terminal.type("top\r")
    await terminal.shows("PID.*COMMAND")
    before = len(terminal.text)
    await terminal.type("q")
    await eventually(lambda: "# " in terminal.text[before:], SECONDS)


async def test_a_full_screen_program_follows_the_window(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    terminal = await opened(bench, await bench.running())
    await terminal.type("sh -c 'trap \"stty size\" WINCH; echo go; while :; do sleep 0.1; done'\r")
    await terminal.shows("\r\ngo\r\n")
    await bench.lab.resize(terminal.exec, 132, 43)
    await terminal.shows("43 132\r\n")


async def test_terminals_of_three_containers_are_apart(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    terminals = [await opened(bench, await bench.running()) for _ in range(3)]
    for number, terminal in enumerate(terminals):
        await terminal.type(f"cd /root; echo I am $((number={number})) > mine-{number}; ls\r")
    for number, terminal in enumerate(terminals):
        await terminal.shows(f"mine-{number}\r\n")
    containers = [bench.tape.one(ExecStarted, exec=each.exec).container for each in terminals]
    assert len(set(containers)) == 3
    for number, container in enumerate(containers):
        assert f"/root/mine-{number}" in await bench.changed(container)
        assert f"/root/mine-{(number + 1) % 3}" not in await bench.changed(container)


@pytest.mark.parametrize("dockerfile", [BUSYBOX, PYTHON], ids=["busybox", "bash"])
async def test_closing_a_terminal_ends_what_runs_in_it(bench: Bench, dockerfile: str) -> None:
    await bench.image(dockerfile + "RUN ln -s $(which sleep) /usr/bin/dozer\n")
    container = await bench.running()
    terminal = await opened(bench, container)
    await terminal.type("(while :; do sleep 0.2; done) & sh -c 'exec sleep 4242'\r")
    await terminal.shows("4242")
    await bench.lab.end_exec(terminal.exec)
    assert await terminal.ended() == 137
    # What is left of the shell's own are killed one by one, a moment after it perhaps.
    async with asyncio.timeout(SECONDS):
        while "4242" in await commands_in(bench, container):
            continue


async def commands_in(bench: Bench, container: str) -> str:
    """What runs in a container."""
    code, told = await bench.exec(container, "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert code == 0
    return told


async def test_closing_a_terminal_ends_a_shell_that_has_removed_itself(bench: Bench) -> None:
    await bench.image(BUSYBOX)
    container = await bench.running()
    terminal = await opened(bench, container)
    await terminal.type("rm /bin/sh && echo go''ne\r")
    await terminal.shows("gone")
    await bench.lab.end_exec(terminal.exec)
    await terminal.ended()
    code, left = await bench.exec(container, "/bin/ps")
    assert code == 0
    assert "/bin/sh" not in left


async def test_an_image_without_a_shell_is_told_in_words(bench: Bench) -> None:
    await bench.image(NO_SHELL)
    container = await bench.run()
    with pytest.raises(EngineError) as refused:
        await bench.lab.exec(container, [], terminal=True)
    assert refused.value.code == "no-shell"
    assert all((refused.value.title, refused.value.why, refused.value.try_))
    assert bench.tape.all(ExecStarted) == []
    assert await bench.exec(container, "/busybox", "echo", "no shell needed") == (
        0,
        "no shell needed\n",
    )
