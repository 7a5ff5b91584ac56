"""A process on a terminal: an interactive shell, or a program that reads and writes one."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from visualizer.engine.embedded.userland.commands import SHELLS
from visualizer.engine.embedded.userland.control import Control
from visualizer.engine.embedded.userland.output import Outlet
from visualizer.engine.embedded.userland.process import Process
from visualizer.engine.embedded.userland.resolve import Program
from visualizer.engine.embedded.userland.scene import Scene
from visualizer.engine.embedded.userland.shell import play
from visualizer.engine.embedded.userland.terminal.cooked import CookedInput
from visualizer.engine.embedded.userland.terminal.keys import KeyReader
from visualizer.engine.embedded.userland.terminal.session import Session
from visualizer.engine.embedded.userland.worker.remote import Result
from visualizer.events.types import Stream

_NARROWEST = 20
_MOST_EARLY_KEYS = 4096
_LINE_END = re.compile(r"(?<!\r)\n")


class TerminalProcess(Process):
    """A process that is typed to. Its output carries a terminal's control sequences."""

    def __init__(
        self, *, argv: Sequence[str], user: str, control: Control, outlet: Outlet, seconds: float,
        columns: int,
    ) -> None:  # fmt: skip
        super().__init__(argv=argv, user=user, control=control, outlet=outlet, seconds=seconds)
        self.on_idle: Callable[[], None] | None = None
        """Called after each command line has finished."""
        self._columns = max(columns, _NARROWEST)
        self._keys = KeyReader()
        self._session: Session | None = None
        self._input: CookedInput | None = None
        self._typed_early: list[str] = []
        """Keys that came before the program was there to take them."""

    def write(self, data: bytes) -> None:
        """Type: bytes as a terminal sends them. Nothing happens once the process has ended."""
        if self.has_ended:
            return
        for key in self._keys.keys(data[: 64 * 1024]):
            if self._session is None and self._input is None:
                if len(self._typed_early) < _MOST_EARLY_KEYS:
                    self._typed_early.append(key)
            else:
                self._key(key)

    def resize(self, columns: int, rows: int) -> None:
        """Tell the terminal's size."""
        self._columns = max(columns, _NARROWEST)
        if self._session is not None:
            self._session.resize(self._columns)

    # Inside

    def _key(self, key: str) -> None:
        if self._session is not None:
            self._session.key(key)
        elif key == "\x03":
            self._show("^C")
            self._control.signal("SIGINT")
        elif self._input is not None:
            self._input.key(key)

    def _take_early_keys(self) -> None:
        typed, self._typed_early = self._typed_early, []
        for key in typed:
            self._key(key)

    def launch(self, program: Program, scene: Scene, gone: Callable[[Process], None]) -> None:
        """Start the program in its scene, whose output goes to this terminal."""

        async def work() -> Result | int:
            if program.builtin in SHELLS and not _has_script(program.argv):
                self._session = Session(
                    replace(scene, columns=self._columns),
                    is_bash=program.builtin == "bash",
                    write=self._show,
                    columns=self._columns,
                    idle=self._idle,
                )
                self._take_early_keys()
                return await self._session.interact()
            self._input = CookedInput(self._show)
            self._take_early_keys()
            return await play(program, replace(scene, stdin=self._input, columns=self._columns))

        self.run(work, gone)

    def _idle(self) -> None:
        if self.on_idle is not None:
            self.on_idle()

    def _show(self, text: str) -> None:
        self._outlet.put("stdout", text, len(text))


class TerminalOutput:
    """Hands output to the terminal's window: one stream, each line ended as a terminal's is."""

    def __init__(self, on_output: Callable[[str], None]) -> None:
        self._on_output = on_output
        self._after_return = False

    def __call__(self, stream: Stream, text: str) -> None:
        """Take text of either stream."""
        after_return, self._after_return = self._after_return, text.endswith("\r")
        converted = _LINE_END.sub("\r\n", text)
        if after_return and text.startswith("\n"):
            converted = converted[1:]
        self._on_output(converted)


def _has_script(argv: Sequence[str]) -> bool:
    return any(
        not word.startswith("-") or (not word.startswith("--") and "c" in word) for word in argv[1:]
    )
