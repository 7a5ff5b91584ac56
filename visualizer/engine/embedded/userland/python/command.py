"""The `python3` command: real CPython 3.12, in the WebAssembly sandbox."""

import asyncio
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from visualizer.engine.embedded.userland import paths
from visualizer.engine.embedded.userland.contract import Call
from visualizer.engine.embedded.userland.network import pip
from visualizer.engine.embedded.userland.python import sandbox
from visualizer.engine.embedded.userland.python.inside import FOLDER
from visualizer.engine.embedded.userland.python.module import PythonUnavailable
from visualizer.engine.embedded.userland.python.run import Outcome, Program, PythonRun, TooMany
from visualizer.engine.embedded.userland.resolve import search

Output = asyncio.Queue[tuple[int, bytes]]
_MOST_STARTING = 2
_BACK_PRESSURE_SECONDS = 0.02
_starting: set[asyncio.Future[None]] = set()


async def python3(call: Call) -> int:
    """`python3 [options] [-c CODE | -m MODULE | FILE | -] [argument]…`."""
    if list(call.argv[1:3]) == ["-m", "pip"]:
        return await pip(replace(call, argv=["pip", *call.argv[3:]]))
    missing = _missing_script(call)
    if missing is not None:
        await call.complain(missing)
        return 2
    loop = asyncio.get_running_loop()
    try:
        if sandbox.is_ready():
            shared = sandbox.shared()
        else:
            shared = await loop.run_in_executor(call.system.executor, sandbox.shared)
    except PythonUnavailable as error:
        await call.complain(f"python3: {error}\n")
        return 126
    output: Output = asyncio.Queue()
    limits = call.system.limits
    program = Program(
        filesystem=call.system.filesystem,
        argv=_absolute(call.argv, call.cwd),
        env=_environment(call),
        disk_bytes=limits.disk_bytes,
        memory_bytes=limits.memory_bytes,
        is_terminal=call.columns is not None,
        places=call.system.pythons,
    )
    try:
        run = await _start(shared, program, call, output)
    except TooMany:
        await call.complain("python3: cannot fork: Resource temporarily unavailable\n")
        return 126
    unwatch = call.control.on_freeze(run.nudge, lambda: None)
    feeding = asyncio.ensure_future(_feed(call, run))
    try:
        outcome = await _carry(call, run, output)
    finally:
        feeding.cancel()
        unwatch()
        run.kill()
    if outcome.message:
        await call.complain(outcome.message)
    if outcome.out_of_memory and outcome.exit_code:
        call.control.note_limit("memory_bytes")
    return outcome.exit_code


async def _start(
    shared: sandbox.Sandbox, program: Program, call: Call, output: Output
) -> PythonRun:
    """Start when few others are starting: that is when a Python calls us most."""
    loop = asyncio.get_running_loop()
    while True:
        starting = {one for one in _starting if one.get_loop() is loop and not one.done()}
        if len(starting) < _MOST_STARTING:
            break
        await asyncio.wait(starting, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
    run = PythonRun(
        shared, program, call.control, lambda stream, data: output.put_nowait((stream, data))
    )
    _starting.add(run.started)
    run.started.add_done_callback(_starting.discard)
    return run


async def _feed(call: Call, run: PythonRun) -> None:
    while (chunk := await call.stdin.read_chunk()) is not None:
        run.feed(chunk)
        while run.has_much_input:  # noqa: ASYNC110 - the reader is a thread
            await asyncio.sleep(_BACK_PRESSURE_SECONDS)
    run.end_input()


async def _carry(call: Call, run: PythonRun, output: Output) -> Outcome:
    """Carry its output away until it has ended and nothing is left."""
    while True:
        if output.empty():
            if run.ended.done():
                return run.ended.result()
            taking = asyncio.ensure_future(output.get())
            either: set[asyncio.Future[Any]] = {taking, run.ended}
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not taking.done():
                    taking.cancel()
            if not taking.done():
                continue
            stream, data = taking.result()
        else:
            stream, data = output.get_nowait()
        await (call.stdout if stream == 1 else call.stderr).write(data)
        run.took(len(data))


def _environment(call: Call) -> Mapping[str, str]:
    """The program's own environment, and what the start-up module takes out of it again."""
    env = {name: value for name, value in call.env.items() if not name.startswith("LAYERCAKE_")}
    ours = {
        "PYTHONPATH": FOLDER,
        "LAYERCAKE_CWD": call.cwd,
        "LAYERCAKE_HOSTNAME": call.system.hostname,
        "LAYERCAKE_USER": f"{call.user.uid}:{call.user.gid}",
        "LAYERCAKE_PID": str(call.control.pid),
    }
    name = call.argv[0]
    where = paths.join(call.cwd, name) if "/" in name else None
    where = where or search(call.system.filesystem, name, call.env, call.cwd)
    if where is not None:
        ours["LAYERCAKE_PROGRAM"] = where
    script = _script_index(call.argv)
    if script is not None:
        ours["LAYERCAKE_SCRIPT"] = call.argv[script]
    if "PYTHONPATH" in env:
        ours["LAYERCAKE_PYTHONPATH"] = env["PYTHONPATH"]
        ours["PYTHONPATH"] = f"{FOLDER}:{env['PYTHONPATH']}"
    return env | ours


def _absolute(argv: Sequence[str], cwd: str) -> Sequence[str]:
    """The arguments with the script's path made absolute: a sandbox starts in `/`, always."""
    index = _script_index(argv)
    if index is None:
        return argv
    return [*argv[:index], posixpath.join(cwd, argv[index]), *argv[index + 1 :]]


def _missing_script(call: Call) -> str | None:
    """What Python says when its script is not there; the sandbox's own numbers errors otherwise."""
    index = _script_index(call.argv)
    if index is None:
        return None
    path = call.argv[index]
    if not path.startswith("/"):
        # Two slashes in `/`, just as Python says it.
        path = f"{call.cwd}/{path}"
    if paths.stat(call.system.filesystem, path) is not None:
        return None
    name = call.argv[0]
    return f"{name}: can't open file {path!r}: [Errno 2] No such file or directory\n"


def _script_index(argv: Sequence[str]) -> int | None:
    """Where the script's path is among the arguments; None with `-c`, `-m` or `-`."""
    index = 1
    while index < len(argv):
        word = argv[index]
        if not word.startswith("-"):
            return index
        letters = word[1:]
        if not letters or (letters[0] != "-" and set(letters) & {"c", "m"}):
            return None
        takes_another = word == "--check-hash-based-pycs" or letters in ("X", "W")
        index += 2 if takes_another else 1
    return None
