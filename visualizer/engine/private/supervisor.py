"""Keeps the engine alive: starts it in its namespaces, starts it again when it ends, and leaves
nothing behind when it is told to stop. Run as `python -m visualizer.engine.private.supervisor`."""

import asyncio
import contextlib
import json
import logging
import logging.handlers
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from visualizer.engine.private import disk, identity, state
from visualizer.engine.private.cgroups import Cgroups
from visualizer.engine.private.commands import find
from visualizer.engine.private.configuration import Configuration, daemon_settings, fingerprint
from visualizer.engine.private.errors import PrivateEngineError
from visualizer.engine.private.place import Place
from visualizer.engine.private.process_table import children

log = logging.getLogger("layercake.private-engine")

READY_SECONDS = 120.0
STOP_SECONDS = 40.0
"""For dockerd to end in order; containers get 10 of them."""
BACK_OFF = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before it is started again, for each time that it ended soon after its start."""
STABLE_SECONDS = 60.0
"""An engine that lived so long did not end soon."""
LOG_BYTES = 1024 * 1024
LONGEST_LINE = 4000


class NotReady(Exception):
    """The engine ended, or did not answer in time; the message has its last words."""


class Supervisor:
    """Of one engine, from its start to its end."""

    def __init__(self, place: Place, configuration: Configuration) -> None:
        self._place = place
        self._configuration = configuration
        self._cgroups = Cgroups.on_this_machine(place.name)
        self._stopping = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._last_words: list[str] = []
        self._state = state.State(
            "starting", os.getpid(), time.time(), boot=state.boot_id(),
            configuration=configuration.as_dict(),
        )  # fmt: skip

    async def run(self) -> int:
        """Until SIGTERM; the exit code. What cannot be done is written to the state and the log."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        try:
            self._tell()
            self._clean()
            self._prepare()
            await self._start()
            await self._supervise()
        except (PrivateEngineError, NotReady) as error:
            log.error("%s", error)
            await self._stop()
            self._clean()
            self._tell(phase="failed", failure=str(error), init=0)
            return 1
        self._tell(phase="stopping")
        await self._stop()
        self._clean()
        self._place.state.unlink(missing_ok=True)
        return 0

    # Before and after

    def _clean(self) -> None:
        """Whatever an earlier engine left. Raises PrivateEngineError."""
        self._cgroups.remove()
        self._place.socket.unlink(missing_ok=True)
        disk.release(self._place)

    def _prepare(self) -> None:
        """Make the limits, the disk and what dockerd is told. Raises PrivateEngineError."""
        configuration = self._configuration
        kind, notes = disk.choose(configuration)
        notes += disk.prepare(self._place, kind, configuration)
        notes += self._cgroups.make(configuration)
        remap = ""
        if configuration.userns:
            why = identity.cannot_map()
            if why:
                notes.append(f"Root in a container is root outside. {why}")
                configuration = self._configuration = configuration.without_userns()
            else:
                identity.first_id(self._place.folder)
                remap = identity.USER
        told = daemon_settings(self._place, configuration, self._cgroups.parent, remap)
        self._place.daemon_json.write_text(json.dumps(told, indent=1), encoding="utf-8")
        mark = fingerprint(configuration, {**told, "disk": kind})
        self._tell(disk=kind, notes=tuple(notes), fingerprint=mark)

    def _tell(self, **changes: object) -> None:
        self._state = self._state.but(**changes)
        state.write(self._place, self._state)

    # The engine

    async def _supervise(self) -> None:
        """Start it again whenever it ends, until the supervisor is told to stop."""
        soon = 0
        while not await self._ended():
            lived = time.time() - self._state.started
            soon = 1 if lived > STABLE_SECONDS else min(soon + 1, len(BACK_OFF))
            rest, words = BACK_OFF[soon - 1], self._words()
            log.warning("the engine ended (%s) and is started again in %.0f s", words, rest)
            restarts = self._state.restarts + 1
            self._tell(phase="restarting", last_end=words, restarts=restarts, init=0)
            await self._first(asyncio.sleep(rest), self._stopping.wait())
            if self._stopping.is_set():
                return
            try:
                await self._stop()
                self._clean()
                self._cgroups.make(self._configuration)
                await self._start()
            except (NotReady, PrivateEngineError) as error:
                self._last_words.append(str(error))
                await self._stop()

    async def _ended(self) -> bool:
        """Wait for the engine's end, or for the supervisor's, which is true."""
        if self._process is not None:
            await self._first(self._process.wait(), self._stopping.wait())
        return self._stopping.is_set()

    async def _start(self) -> None:
        """Raises NotReady, PrivateEngineError."""
        self._last_words = []
        kind, content = self._state.disk, json.dumps(self._configuration.as_dict())
        setpriv, unshare = find("setpriv"), find("unshare")
        assert setpriv is not None
        assert unshare is not None
        self._process = await asyncio.create_subprocess_exec(
            # Whatever happens to the supervisor, no engine is left that nobody looks after.
            setpriv, "--pdeathsig", "KILL",
            unshare, "--net", "--mount", "--pid", "--ipc", "--fork", "--kill-child",
            "--mount-proc", "--",
            sys.executable, "-m", f"{__package__}.inside", str(self._place.folder), kind, content,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        self._reading = asyncio.create_task(self._read(self._process))
        self._tell(phase=self._state.phase, started=time.time())
        await self._first(self._answering(), self._process.wait(), self._stopping.wait())
        if self._stopping.is_set():
            return
        if self._process.returncode is not None:
            await self._reading
            raise NotReady(f"The engine did not come up: {self._words()}")
        if not await _answers(self._place.socket):
            raise NotReady(f"The engine did not answer within {READY_SECONDS:.0f} seconds.")
        log.info("the engine is up")
        told = await _ask(self._place.socket, "/info")
        self._tell(
            phase="ready", init=self._init(), version=told.get("ServerVersion", ""),
            engine_id=told.get("ID", ""),
        )  # fmt: skip

    async def _first(self, *waits: object) -> None:
        """Until one of these is done."""
        tasks = [asyncio.ensure_future(wait) for wait in waits]  # type: ignore[call-overload]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _answering(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                while not await _answers(self._place.socket):  # noqa: ASYNC110 (it has no event)
                    await asyncio.sleep(0.05)

    def _init(self) -> int:
        assert self._process is not None
        return next(iter(children(self._process.pid)), 0)

    async def _stop(self) -> None:
        """End the engine in order, or else at once."""
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._init() or process.pid, signal.SIGTERM)
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await process.wait()
            except TimeoutError:
                log.warning("the engine did not end within %.0f s and is killed", STOP_SECONDS)
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if self._reading is not None:
            await self._reading
        self._process = None

    # Its words

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with contextlib.suppress(OSError):
            while line := await _line(process.stdout):
                self._last_words = [*self._last_words[-5:], line]
                log.info("%s", line)

    def _words(self) -> str:
        code = None if self._process is None else self._process.returncode
        told = [line for line in self._last_words if "level=warning" not in line][-3:]
        return "; ".join([*([f"exit code {code}"] if code is not None else []), *told])


async def _line(stream: asyncio.StreamReader) -> str:
    """The next line, cut when it is very long; empty at the end."""
    try:
        line = await stream.readuntil(b"\n")
    except asyncio.LimitOverrunError as error:
        line = await stream.readexactly(error.consumed or 1)
    except asyncio.IncompleteReadError as error:
        line = error.partial
    text = line.decode("utf-8", "replace")[:LONGEST_LINE]
    return text.rstrip() or (" " if line else "")


async def _answers(socket: Path) -> bool:
    """Whether the engine answers."""
    try:
        return bool(await _ask(socket, "/version"))
    except (OSError, TimeoutError, ValueError):
        return False


async def _ask(socket: Path, path: str) -> dict[str, Any]:
    """What the engine answers. Raises OSError, TimeoutError, ValueError (it is no JSON)."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_unix_connection(str(socket))
        try:
            writer.write(f"GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n".encode())
            answer: Any = json.loads((await reader.read()).partition(b"\r\n\r\n")[2])
            return dict(answer)
        finally:
            writer.close()


def _log_to(path: Path) -> None:
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def supervise(place: Place, configuration: Configuration) -> int:
    """Bring the engine up and look after it until SIGTERM; the exit code.

    Raises state.Held: another supervisor is at work here. The place is made already.
    """
    with state.hold(place):
        _log_to(place.log)
        return asyncio.run(Supervisor(place, configuration).run())


def main(arguments: list[str]) -> int:
    """In a process of its own."""
    folder, configuration = arguments
    try:
        return supervise(Place(Path(folder)), Configuration(**json.loads(configuration)))
    except state.Held:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
