"""Records without a site: a folder is built, containers run, commands executed.

The tape is the one that a lab would have, with the same output gate, numbered here.
"""

import asyncio
import shlex
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec

from visualizer.engine.errors import EngineError
from visualizer.engine.limits import Limits
from visualizer.engine.port import BuildRequest, ContextFile, Engine, LabEngine, RunRequest
from visualizer.events import codec
from visualizer.events import types as event
from visualizer.events.types import AnyEvent
from visualizer.labs.output import OutputGate

SHELL_SYNTAX = frozenset("|&;<>$`*?(){}[]~#\n")
"""A command with one of these is for a shell; any other is a program and its arguments."""
EXEC_GRACE = 5.0


@dataclass(frozen=True)
class Outcome:
    """What was recorded, and whether the build ended well."""

    events: list[AnyEvent]
    built: bool
    refusals: list[str]
    """What the engine refused after the build, in words."""


@dataclass(frozen=True)
class FolderRun:
    """What to record."""

    files: Sequence[ContextFile]
    tag: str = "my-app:latest"
    containers: int = 1
    commands: Sequence[str] = ()
    linger_seconds: float = 2.0
    """How long main processes may go on after the last command; less when all have ended."""


class Tape:
    """Takes an engine's events from any thread and gives them back as a lab's tape."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._arrived: list[tuple[int, AnyEvent | str]] = []
        """With the time of arrival; a text is a note."""
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()

    def emit(self, fact: AnyEvent) -> None:
        """The port's `Emit`."""
        with self._lock:
            self._arrived.append((self._now_ms(), fact))
        self._loop.call_soon_threadsafe(self._news.set)

    async def wait_for(self, kind: type[AnyEvent], seconds: float, **fields: str) -> bool:
        """Wait for an event of this type with these fields; False when it does not come."""
        try:
            async with asyncio.timeout(seconds):
                while not self._has(kind, fields):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def wait_until(self, kind: str, holds: str, seconds: float) -> AnyEvent | None:
        """Wait for an event of this type that has a text in it (as JSON); None without one."""
        try:
            async with asyncio.timeout(seconds):
                while (found := self._first(0, kind, holds)) is None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return None
        return found[1]

    @property
    def arrived(self) -> int:
        """How much has come so far, for `mark_at`."""
        with self._lock:
            return len(self._arrived)

    def mark(self, text: str) -> None:
        """Have a note shown from here on."""
        with self._lock:
            self._arrived.append((self._now_ms(), text))

    def mark_at(self, after: int, kind: str, holds: str, text: str) -> bool:
        """Have one shown from the first such event on that came after; False without one."""
        found = self._first(after, kind, holds)
        if found is not None:
            with self._lock:
                self._arrived.insert(found[0] + 1, (self._arrived[found[0]][0], text))
        return found is not None

    def events(self) -> list[AnyEvent]:
        """The tape: output gathered and capped, numbered from 1."""
        return self.told()[0]

    def told(self) -> tuple[list[AnyEvent], list[tuple[int, str]]]:
        """The tape, and the notes with the positions from which they are shown.

        Where one stands already, the next begins with the next event.
        """
        gate = OutputGate(self._limits)
        ready: list[AnyEvent] = []
        notes: list[tuple[int, str]] = []
        with self._lock:
            arrived = list(self._arrived)
        for now, fact in arrived:
            while gate.due is not None and gate.due <= now:
                ready += gate.flush(gate.due)
            if isinstance(fact, str):
                ready += gate.flush(now)
                taken = notes[-1][0] if notes else -1
                notes.append((max(len(ready), taken + 1), fact))
            else:
                ready += gate.take(fact, now)
        ready += gate.flush(arrived[-1][0] if arrived else 0)
        # A flushed chunk has the time of its first words, so times are put in order here.
        latest = 0
        numbered = []
        for seq, fact in enumerate(ready, start=1):
            latest = max(latest, fact.at_ms)
            numbered.append(msgspec.structs.replace(fact, seq=seq, at_ms=latest))
        return numbered, notes

    def _now_ms(self) -> int:
        return int((time.monotonic() - self._began) * 1000)

    def _first(self, after: int, kind: str, holds: str) -> tuple[int, AnyEvent] | None:
        with self._lock:
            arrived = list(enumerate(self._arrived))[after:]
        for place, (_, fact) in arrived:
            if isinstance(fact, str) or fact.__struct_config__.tag != kind:
                continue
            if holds in codec.encode(fact).decode():
                return place, fact
        return None

    def _has(self, kind: type[AnyEvent], fields: dict[str, str]) -> bool:
        with self._lock:
            return any(
                isinstance(fact, kind)
                and all(getattr(fact, name) == value for name, value in fields.items())
                for _, fact in self._arrived
            )


@asynccontextmanager
async def opened(engine: Engine, limits: Limits) -> AsyncIterator[tuple[LabEngine, Tape]]:
    """A lab to be recorded, with its tape; afterwards nothing is left of it. Closes the engine."""
    tape = Tape(limits)
    try:
        lab = await engine.open_lab("recording", tape.emit, limits)
        try:
            tape.emit(event.LabOpened(engine=await engine.info(), limits=limits.as_dict()))
            yield lab, tape
        finally:
            # A Docker Engine would keep images and containers that nobody could reach any more.
            await lab.destroy()
    finally:
        await engine.close()


async def record(engine: Engine, asked: FolderRun, limits: Limits | None = None) -> Outcome:
    """Build the folder and run it on the engine. Closes the engine."""
    limits = limits or Limits()
    refusals: list[str] = []
    async with opened(engine, limits) as (lab, tape):
        built = await _build(lab, asked, refusals)
        if built:
            await _run(lab, tape, asked, limits, refusals)
        # Taken before the engine lets go: the recording ends with what lives, living.
        events = tape.events()
    return Outcome(events, built, refusals)


async def _build(lab: LabEngine, asked: FolderRun, refusals: list[str]) -> bool:
    try:
        request = BuildRequest(build=1, files=asked.files, tag=asked.tag)
        return await lab.build(request) is not None
    except EngineError as error:
        refusals.append(words(error))
        return False


async def _run(
    lab: LabEngine, tape: Tape, asked: FolderRun, limits: Limits, refusals: list[str]
) -> None:
    containers: list[str] = []
    try:
        while len(containers) < asked.containers:
            containers.append(await lab.run(RunRequest(image=asked.tag)))
    except EngineError as error:
        refusals.append(words(error))
    for command in asked.commands if containers else ():
        try:
            exec_id = await lab.exec(containers[0], argv_of(command))
        except EngineError as error:
            refusals.append(f"{command}: {words(error)}")
            continue
        await tape.wait_for(event.ExecExited, limits.exec_seconds + EXEC_GRACE, exec=exec_id)
    deadline = time.monotonic() + asked.linger_seconds
    for container in containers:
        left = deadline - time.monotonic()
        if left > 0:
            await tape.wait_for(event.ContainerExited, left, container=container)


def argv_of(command: str) -> list[str]:
    """The words of a command; one with shell syntax goes to `sh -c`. Raises ValueError."""
    if SHELL_SYNTAX.isdisjoint(command):
        return shlex.split(command)
    return ["sh", "-c", command]


def words(error: EngineError) -> str:
    """What happened, why, what to try."""
    return " ".join(filter(None, [str(error), error.why, error.try_]))
