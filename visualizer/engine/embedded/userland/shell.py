"""A shell in a container: a bashkit interpreter, in a worker of its own, on the container's files.

`play` plays any resolved program; what needs a shell gets one.
"""

import asyncio
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from visualizer.engine.embedded.userland import routing
from visualizer.engine.embedded.userland.commands import EXTERNAL, OWN, SHELLS, TOOLS
from visualizer.engine.embedded.userland.contract import Bytes, CannotStart, Source
from visualizer.engine.embedded.userland.invocation import NoScript, nested, parse
from visualizer.engine.embedded.userland.killing import from_shell
from visualizer.engine.embedded.userland.output import ShellErrors
from visualizer.engine.embedded.userland.resolve import Program, resolve, search
from visualizer.engine.embedded.userland.routing import Routing
from visualizer.engine.embedded.userland.scene import SHELL_NAMES, Scene, flavour
from visualizer.engine.embedded.userland.traps import register_traps
from visualizer.engine.embedded.userland.worker.pool import NoWorker
from visualizer.engine.embedded.userland.worker.remote import (
    CRASHED,
    Called,
    RemoteInterpreter,
    Result,
)

_VARIABLE_BYTES = 16 * 1024 * 1024
"""For a shell's variables. bashkit copies them freely, so it needs a multiple of this."""
_WORKER_BYTES = 384 * 1024 * 1024
"""What a worker may allocate beside a process's own memory limit; most of it is never touched."""
_FLUSH_SECONDS = 0.2
_BROKEN_PIPE = 141
_NO_FORK = 254
_MOST_DEPTH = 12
"""Shells within shells. A script that starts itself must not take the machine with it."""


async def play(program: Program, scene: Scene) -> Result | int:
    """Play a resolved program to its end; its exit code, or what bashkit says of it."""
    own = OWN.get(program.builtin)
    if own is not None:
        return await own(scene.call(program.argv))
    if program.builtin in SHELLS:
        return await _play_shell(program.argv, scene)
    if program.builtin == "busybox" and len(program.argv) > 1:
        return await play(Program(program.argv[1], program.argv[1:]), scene)
    if program.builtin not in TOOLS:
        await scene.stderr.write(f"{program.argv[0]}: applet not found\n".encode())
        return 127
    script = shlex.join([program.builtin, *program.argv[1:]])
    return await _in_shell(Shell(scene, tool=program.builtin), script, scene.stdin)


async def _play_shell(argv: Sequence[str], scene: Scene) -> Result | int:
    try:
        invocation = parse(argv, scene.system.filesystem, scene.cwd)
    except NoScript as refusal:
        await scene.stderr.write(refusal.message.encode())
        return refusal.exit_code
    stdin: Source = scene.stdin
    if invocation.script is None:
        script = bytearray()
        while (chunk := await stdin.read_chunk()) is not None:
            script += chunk
        if not script:
            return 0
        invocation = replace(invocation, script=script.decode("utf-8", "replace"))
        stdin = Bytes()
    expected = (invocation.script or "", [invocation.name, *invocation.arguments])
    shell = Shell(scene)
    return await _in_shell(shell, nested(invocation, shell.missing_shells()), stdin, expected)


async def _in_shell(
    shell: "Shell", script: str, stdin: Source, expected: tuple[str, list[str]] | None = None
) -> Result | int:
    try:
        await shell.open()
        if expected is not None:
            await shell.expect(*expected)
        return await shell.run(script, stdin=stdin, until_exit=expected is not None)
    except NoWorker:
        await shell.scene.stderr.write(b"sh: cannot fork: Resource temporarily unavailable\n")
        return _NO_FORK
    finally:
        shell.close()


class Shell:
    """One bashkit interpreter. It executes one script at a time; `open` it first."""

    def __init__(
        self,
        scene: Scene,
        *,
        tool: str | None = None,
        interactive: bool = False,
        terminal_input: Callable[[], Source] | None = None,
    ) -> None:
        self.scene = scene
        self._terminal_input = terminal_input
        self._to_terminal = False
        self._tool = tool
        self._ours: set[str] = set()
        self.flavour = flavour(scene)
        self._errors = ShellErrors(scene.stderr, self.flavour, interactive=interactive)
        limits = scene.system.limits
        numbers = {"UID": str(scene.user.uid), "EUID": str(scene.user.uid)}
        self.bash = RemoteInterpreter(
            scene.system.filesystem,
            {
                "username": scene.user.shown,
                "hostname": scene.system.hostname,
                "cwd": scene.cwd,
                "env": {**scene.env, **numbers},
                "max_commands": limits.commands,
                "max_loop_iterations": limits.commands,
                "max_memory": min(_VARIABLE_BYTES, limits.memory_bytes),
            },
        )
        self._unwatch = scene.control.on_freeze(self.bash.freeze, self.bash.thaw)
        self._has_place = False
        register_traps(self.bash, scene.control)
        self.bash.add_command("layercake-missing", self._missing)
        self.bash.add_command("layercake-lacks", self._lacks)
        self.bash.add_command("layercake-kill", self._kill)
        self._script = ""
        self.refresh()

    async def open(self, more: str = ":") -> None:
        """Start, with the environment as it has to be. Raises NoWorker."""
        system = self.scene.system
        if self.scene.depth > _MOST_DEPTH or not system.shells.acquire(blocking=False):
            raise NoWorker("too many shells")
        self._has_place = True
        await self.bash.open(system.executor, _WORKER_BYTES + 2 * system.limits.memory_bytes)
        if self.scene.control.paused:
            self.bash.freeze()
        # bashkit adds USER, and would export the numbers, which no real environment holds.
        unreal = [
            name
            for name in ("USER", "PWD" if self._tool else "OLDPWD")
            if name not in self.scene.env
        ]
        opening = "".join(f"unset {name}; " for name in unreal)
        await self.bash.execute(f"declare +x UID EUID; {opening}{more}")

    def close(self) -> None:
        """End, and everything that runs in it."""
        self._unwatch()
        self.bash.close()
        if self._has_place:
            self._has_place = False
            self.scene.system.shells.release()

    def refresh(self) -> None:
        """Look again which commands the file system holds."""
        scene = self.scene
        self._route(routing.by_files(scene.system.filesystem, scene.env, tool=self._tool))

    async def expect(self, script: str, words: Sequence[str] = ()) -> None:
        """Look which paths a script or its arguments name."""
        self._script = script
        self._route(
            await routing.by_script(
                script, words, filesystem=self.scene.system.filesystem, cwd=self.scene.cwd,
                analyze=self.bash.analyze,
            )
        )  # fmt: skip

    async def run(
        self, script: str, *, stdin: Source | None = None, until_exit: bool = False
    ) -> Result | int:
        """Execute a script to its end. Cancel the task to stop it.

        bashkit waits for background jobs before it returns; `until_exit` ends them with the
        script, as the end of a container's main process does.
        """
        if stdin is not None and (first := await stdin.read_chunk()) is not None:
            script = self.fed(script, stdin, first)
        if not until_exit:
            return await self.execute(script)
        exited: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def leave(called: Called) -> int:
            if not exited.done():
                exited.set_result(int(called.argv[0]))
            return 0

        self.bash.add_command("layercake-exit", leave)
        playing = asyncio.ensure_future(self.execute(f"{script}; layercake-exit $?"))
        try:
            either: set[asyncio.Future[Any]] = {playing, exited}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            # The last output may still be on its way; only background jobs take longer.
            await asyncio.wait({playing}, timeout=_FLUSH_SECONDS)
            return exited.result() if exited.done() else playing.result()
        finally:
            playing.cancel()

    async def execute(self, script: str) -> Result:
        """Execute a script and every background job that it starts."""
        return await self.bash.execute(script, self.scene.stdout.write, self._errors.write)

    def fed(self, script: str, stdin: Source, first: bytes | None = None) -> str:
        """The script with its standard input taken from a source of ours."""

        async def feed(called: Called) -> int:
            chunk = first if first is not None else await stdin.read_chunk()
            while chunk is not None:
                await called.stdout.write(chunk)
                chunk = await stdin.read_chunk()
            return 0

        self.bash.add_command("layercake-stdin", feed)
        return f"layercake-stdin | {script}"

    def missing_shells(self) -> str:
        """Shell text that makes the shells unknown which the image lacks.

        bashkit plays `bash` and `sh` before it looks at anything else but functions.
        """
        scene = self.scene
        return "".join(
            f"{name}() {{ layercake-missing {name}; }};"
            for name in ("bash", "sh")
            if search(scene.system.filesystem, name, scene.env, scene.cwd) is None
        )

    async def _missing(self, called: Called) -> int:
        refusal = CannotStart(127, "not found")
        scene = replace(self.scene, stderr=called.stderr)
        await self._complain(scene, called.argv[0], refusal)
        return refusal.exit_code

    async def _kill(self, called: Called) -> int:
        return from_shell(self.scene.system, self.scene.control, called.argv, self._script)

    async def _lacks(self, called: Called) -> int:
        """0 when the image lacks a command, 2 when it is a shell that it lacks, 1 otherwise."""
        name = called.argv[0] if called.argv else ""
        files = self.scene.system.filesystem
        if name not in EXTERNAL | SHELLS or search(files, name, called.env, called.cwd) is not None:
            return 1
        return 2 if name in SHELLS else 0

    def to_terminal(self, yes: bool) -> None:
        """Whether what runs next reads and writes the terminal, with no pipe or file between."""
        self._to_terminal = yes

    # What is routed to us

    def _route(self, wanted: Routing) -> None:
        leave = (self._ours & wanted.native) - wanted.ours
        take = wanted.ours - self._ours
        self._ours = (self._ours - leave) | take
        self.bash.remove_commands(sorted(leave))
        self.bash.add_commands(sorted(take), self._external)

    async def _external(self, called: Called) -> int:
        """Play a command that bashkit must not play by its name alone."""
        scene = replace(
            self.scene,
            env=dict(called.env),
            cwd=called.cwd,
            stdin=called.stdin,
            stdout=called.stdout,
            stderr=called.stderr,
            depth=self.scene.depth + 1,
            columns=self.scene.columns if self._to_terminal else None,
        )
        if self._to_terminal and self._terminal_input is not None:
            scene = replace(scene, stdin=self._terminal_input())
        await scene.control.gate()
        argv = [called.name, *called.argv]
        try:
            program = resolve(
                scene.system.filesystem, argv, env=scene.env, cwd=scene.cwd, in_shell=True
            )
        except CannotStart as refusal:
            await self._complain(scene, called.name, refusal)
            return refusal.exit_code
        try:
            ended = await play(program, scene)
        except BrokenPipeError:
            return _BROKEN_PIPE
        if isinstance(ended, Result):
            if ended.exit_code == CRASHED and ended.error:
                await scene.stderr.write(b"Segmentation fault\n")
            return ended.exit_code
        return ended

    async def _complain(self, scene: Scene, name: str, refusal: CannotStart) -> None:
        why = "Permission denied"
        if refusal.exit_code == 127:
            why = "No such file or directory"
            if "/" not in name or self.flavour != "bash":
                why = "command not found"
        elif "format error" in refusal.message:
            why = "cannot execute binary file: Exec format error"
        shell = SHELL_NAMES[self.flavour]
        await ShellErrors(scene.stderr, self.flavour).write(
            f"{shell}: line 1: {name}: {why}\n".encode()
        )
