"""An interactive shell: prompts, lines, and the commands that they run, one after the other."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from visualizer.engine.embedded.userland.contract import Source
from visualizer.engine.embedded.userland.invocation import LOOKING_UP
from visualizer.engine.embedded.userland.killing import FUNCTION
from visualizer.engine.embedded.userland.process import explain
from visualizer.engine.embedded.userland.resolve import Program
from visualizer.engine.embedded.userland.scene import Scene
from visualizer.engine.embedded.userland.shell import Shell, play
from visualizer.engine.embedded.userland.terminal.completion import complete
from visualizer.engine.embedded.userland.terminal.cooked import CookedInput
from visualizer.engine.embedded.userland.terminal.editor import Completion, LineEditor
from visualizer.engine.embedded.userland.terminal.unfinished import is_unfinished
from visualizer.engine.embedded.userland.worker.remote import CRASHED, Called, Result

_INTERRUPTED = 130
_READERS = frozenset({"cat", "tee", "sort", "wc", "tac", "rev", "nl", "md5sum", "sha256sum"})
"""Tools that read the terminal when they are given no file."""


class Session:
    """One interactive shell on one terminal; `interact` runs it to its end."""

    def __init__(
        self, scene: Scene, *, is_bash: bool, write: Callable[[str], None], columns: int,
        idle: Callable[[], None],
    ) -> None:  # fmt: skip
        self._scene = scene
        self._write = write
        self._idle = idle
        self._is_bash = is_bash
        self.editor = LineEditor(write, columns)
        self._shell = Shell(scene, interactive=True, terminal_input=self._input)
        self._lines: asyncio.Queue[str | tuple[str]] = asyncio.Queue()
        self._typed_ahead: list[str] = []
        self._cooked: CookedInput | None = None
        self._running: asyncio.Future[Result] | None = None
        self._editing = False
        self._interrupted = False
        self._alive: int | None = None
        self._code = 0
        self._jobs = 0
        self._cwd = scene.cwd
        self._background: set[asyncio.Future[object]] = set()

    # What is typed

    def key(self, key: str) -> None:
        """Take one key."""
        if self._editing:
            done = self.editor.key(key)
            if done is not None:
                self._editing = False
                self._lines.put_nowait(done)
        elif key in ("\x03", "\x1c"):
            self.interrupt()
        elif self._cooked is not None:
            self._cooked.key(key)
        elif len(self._typed_ahead) < 4096:
            self._typed_ahead.append(key)

    def resize(self, columns: int) -> None:
        """The terminal has another width now."""
        self._scene = replace(self._scene, columns=columns)
        self.editor.columns = columns

    def interrupt(self) -> None:
        """Ctrl-C: to the program in the foreground."""
        self._typed_ahead.clear()
        self._write("^C")
        if self._scene.control.interrupt_foreground():
            return
        self._interrupted = True
        if self._running is not None:
            self._running.cancel()

    def _input(self) -> Source:
        """The terminal as a program's standard input."""
        self._cooked = CookedInput(self._write)
        typed, self._typed_ahead = self._typed_ahead, []
        for key in typed:
            self._cooked.key(key)
        return self._cooked

    # The loop

    async def interact(self) -> int:
        """Read and run lines until the shell is left; its exit code. Raises NoWorker."""
        try:
            await self._open()
            while True:
                text = await self._command()
                if text is None:
                    self._write("exit\r\n" if self._is_bash else "\r\n")
                    break
                if text.strip() and not await self._run(text):
                    break
                self._idle()
        finally:
            for job in list(self._background):
                job.cancel()
            self._shell.close()
        return self._code

    async def _open(self) -> None:
        async def alive(context: Called) -> int:
            self._alive = int(context.argv[0])
            return self._alive

        async def status(context: Called) -> int:
            return self._code

        async def history(context: Called) -> int:
            lines = [f"{n:5}  {line}\n" for n, line in enumerate(self.editor.history, start=1)]
            await context.stdout.write("".join(lines).encode())
            return 0

        bash = self._shell.bash
        bash.add_command("layercake-alive", alive)
        bash.add_command("layercake-status", status)
        bash.add_command("layercake-history", history)
        await self._shell.open(
            "shopt -s expand_aliases; history() { layercake-history; }; unset SHLVL;"
            + self._shell.missing_shells()
            + LOOKING_UP
            + FUNCTION
        )

    async def _command(self) -> str | None:
        """One whole command, over as many lines as it takes; None to leave, '' to start anew."""
        text = ""
        while True:
            line = await self._line("> " if text else self._prompt())
            if isinstance(line, tuple):
                if line[0] == "interrupt":
                    self._code = _INTERRUPTED
                    return ""
                if not text:
                    return None
                self._write("\r\n")
                return ""
            self.editor.remember(line)
            text += line
            if not text.strip() or not await is_unfinished(text, self._shell.bash.analyze):
                return text
            text += "\n"

    async def _line(self, prompt: str) -> str | tuple[str]:
        self._interrupted = False
        self.editor.begin(prompt, self._complete)
        self._editing = True
        typed, self._typed_ahead = self._typed_ahead, []
        for key in typed:
            self.key(key)
        return await self._lines.get()

    def _prompt(self) -> str:
        cwd, user = self._cwd, self._scene.user
        mark = "#" if user.uid == 0 else "$"
        home = self._scene.env.get("HOME", "/")
        if home != "/" and (cwd == home or cwd.startswith(home + "/")):
            cwd = "~" + cwd[len(home) :]
        if self._is_bash:
            name = user.name or "I have no name!"
            return f"{name}@{self._scene.system.hostname[:12]}:{cwd}{mark} "
        return f"{mark} " if self._shell.flavour == "dash" else f"{cwd} {mark} "

    def _complete(self, before: str) -> Completion:
        return complete(
            before,
            filesystem=self._scene.system.filesystem,
            cwd=self._cwd,
            home=self._scene.env.get("HOME", "/"),
            path=self._scene.env.get("PATH", ""),
        )

    # One command

    async def _run(self, text: str) -> bool:
        """Run one command; whether the shell lives on."""
        stripped = text.rstrip()
        if stripped.endswith("&") and not stripped.endswith("&&"):
            await self._start_job(stripped[:-1])
            return True
        self._running = asyncio.ensure_future(self._perform(text))
        if self._interrupted:
            self._running.cancel()
        try:
            result = await self._running
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            await self._recover()
            return True
        finally:
            self._running = self._cooked = None
        if result.exit_code == CRASHED and result.error:
            self._write(explain(result.error, "sh") + "\r\n")
            self._code = CRASHED
            return False
        self._cwd, _ = await self._shell.bash.state()
        return self._settle(result)

    async def _perform(self, text: str) -> Result:
        self._shell.refresh()
        await self._shell.expect(text)
        self._shell.to_terminal(not any(sign in text for sign in "|<>`&") and "$(" not in text)
        script = f"{text}\nlayercake-alive $?"
        if await self._reads_terminal(text):
            script = self._shell.fed(script, self._input())
        if self._code:
            script = f"layercake-status\n{script}"
        self._alive = None
        return await self._shell.execute(script)

    def _settle(self, result: Result) -> bool:
        if result.error:
            self._code = 2 if "parse error" in result.error else 137
            self._write(explain(result.error, "bash" if self._is_bash else "sh") + "\r\n")
            return True
        if self._alive is None:
            self._code = result.exit_code
            return False
        self._code = self._alive
        return True

    async def _recover(self) -> None:
        """After Ctrl-C: wait until the shell has stopped, then make it usable again."""
        await self._shell.bash.recover()
        self._cwd, _ = await self._shell.bash.state()
        self._code = _INTERRUPTED
        self._write("\r\n")

    async def _reads_terminal(self, text: str) -> bool:
        commands = (await self._shell.bash.analyze(text)).commands
        if len(commands) != 1 or commands[0][0] not in _READERS or "<" in text:
            return False
        name, words = commands[0]
        operands = [word for word in words if word is None or not word.startswith("-")]
        return not operands or name == "tee"

    async def _start_job(self, text: str) -> None:
        """A job in the background is a shell of its own: bashkit's shell would wait for it."""
        self._jobs += 1
        cwd, env = await self._shell.bash.state()
        scene = replace(self._scene, env=env, cwd=cwd, depth=self._scene.depth + 1)
        invocation = Program("sh", ["sh", "-c", text])
        job: asyncio.Future[object] = asyncio.ensure_future(play(invocation, scene))
        self._background.add(job)
        self._write(f"[{self._jobs}] {self._scene.control.pid + self._jobs}\r\n")

        def done(ended: asyncio.Future[object]) -> None:
            self._background.discard(job)
            if not ended.cancelled():
                ended.exception()

        job.add_done_callback(done)
        self._code = 0
