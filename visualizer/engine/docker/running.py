"""What there is of a container only while it runs: its output, its further processes, its clock,
what it uses, and the look that is taken at its files now and then."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from secrets import token_hex

from visualizer.dockerfile.failures import cannot_fork
from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.changes import Changes, ChangesReader
from visualizer.engine.docker.connection import Stream
from visualizer.engine.docker.execution import Execution
from visualizer.engine.docker.frames import Output, frames
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.docker.measuring import Measuring
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.port import ExecRequest
from visualizer.events.types import (
    ContainerChanged,
    ContainerOutput,
    ExitReason,
    LimitReached,
    OutputTruncated,
)
from visualizer.events.types import Stream as StreamName

log = logging.getLogger(__name__)

MOST_CHANGES = 500
"""How many changes one event lists."""
SOONEST = 1.0
LATEST = 8.0
"""Seconds between two looks: soon after something happened, ever more rarely when nothing does."""
TOO_MUCH = 2
"""As a multiple of a limit: a container that holds more than that is removed once it has ended."""
LAST_WORDS_SECONDS = 10.0
"""How long output is waited for after the process has ended."""


class Running:
    """A container between its start and its end."""

    def __init__(
        self, container: str, lab: LabContext, reader: ChangesReader, told: Changes, stream: Stream
    ) -> None:
        """`told` are the changes that the tape knows of; `stream` is the process's output."""
        self.container = container
        self.asked: ExitReason | None = None
        """Why it ends, when somebody wanted it to."""
        self.ended = asyncio.Event()
        """Set once its end has been told."""
        self.told = told
        self.executions: dict[str, Execution] = {}
        self.overflowed = False
        """Whether it holds so much that it cannot be kept."""
        self.on_timeout: Callable[[], None] = lambda: None
        self._lab = lab
        self._reader = reader
        self._stream = stream
        self._output = Output(lab.limits.output_bytes, self._write)
        self._measuring = Measuring(container, lab)
        self._died = asyncio.Event()
        self._poked = asyncio.Event()
        self._looking = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._attending: set[asyncio.Task[None]] = set()
        self._reading: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Follow it from now on."""
        self._reading = asyncio.create_task(self._read())
        self._tasks = [
            asyncio.create_task(self._watch()),
            asyncio.create_task(self._count_down()),
            asyncio.create_task(self._measuring.follow()),
        ]

    @property
    def is_heard(self) -> bool:
        """Whether its output is still open."""
        return self._reading is not None and not self._reading.done()

    def not_died(self) -> None:
        """What was heard of its end was not true."""
        self._died.clear()

    def died(self) -> None:
        """The engine says that the main process has ended."""
        self._died.set()

    def go_on(self, stream: Stream) -> None:
        """It runs still; only its output was lost for a while."""
        self._stream.close()
        self._stream = stream
        self._died.clear()
        self._reading = asyncio.create_task(self._read())

    async def wait(self) -> None:
        """Until the main process has ended and its last words are told, as far as can be seen."""
        assert self._reading is not None
        dying = asyncio.create_task(self._died.wait())
        try:
            await asyncio.wait({dying, self._reading}, return_when=asyncio.FIRST_COMPLETED)
            if self._died.is_set():
                await asyncio.wait({self._reading}, timeout=LAST_WORDS_SECONDS)
        finally:
            dying.cancel()

    async def close(self) -> None:
        """Nothing runs in it any more: end what follows it, and tell the ends of its execs."""
        for task in self._tasks:
            task.cancel()
        self._stream.close()
        if self._reading is not None:
            self._reading.cancel()
            self._tasks.append(self._reading)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._output.end()
        self._measuring.end()
        for execution in list(self.executions.values()):
            execution.died(137)
        if self._attending:
            await asyncio.wait(self._attending)

    # Further processes

    async def execute(self, request: ExecRequest) -> str:
        """Start a further process; its exec id. Raises ApiError."""
        execution = Execution(self.container, request, self._lab)
        # It counts from now on: two requests at once must not both be the last that is allowed.
        waiting = token_hex(16)
        self.executions[waiting] = execution
        try:
            started = await execution.start(waiting)
            if started:
                self.executions[execution.id] = execution
        finally:
            del self.executions[waiting]
        if started:
            task = asyncio.create_task(self._attend(execution))
            self._attending.add(task)
            task.add_done_callback(self._attending.discard)
        return execution.id

    def exec_died(self, engine_id: str, exit_code: int) -> None:
        """The engine says that a further process has ended."""
        for execution in self.executions.values():
            if execution.has_id(engine_id):
                execution.died(exit_code)

    async def _attend(self, execution: Execution) -> None:
        try:
            await execution.attend()
        finally:
            self.executions.pop(execution.id, None)
        if not self._died.is_set():
            await self.look()

    # Output

    async def _read(self) -> None:
        with contextlib.suppress(OSError):
            async for name, data in frames(self._stream):
                self._output.feed(name, data)
                if self._output.truncated:
                    self._tell_truncated()
                    # Nobody listens from now on, so the process is not held up either.
                    self._stream.close()
                    await self._died.wait()
                    return

    def _write(self, stream: StreamName, text: str) -> None:
        self._lab.emit(ContainerOutput(container=self.container, stream=stream, text=text))
        if cannot_fork(text):
            self._measuring.met_limit()
        self._poked.set()

    def _tell_truncated(self) -> None:
        limit = self._lab.limits.output_bytes
        subject = f"container:{self.container}"
        self._lab.emit(OutputTruncated(what="output_bytes", limit=limit, subject=subject))

    # Limits

    async def _count_down(self) -> None:
        limit = self._lab.limits.container_seconds
        await asyncio.sleep(limit)
        self.limit_reached("container_seconds", limit)
        self.asked = self.asked or "timeout"
        self.on_timeout()

    def limit_reached(self, what: str, limit: int) -> None:
        """Tell the tape what the container ran into."""
        subject = f"container:{self.container}"
        self._lab.emit(LimitReached(what=what, limit=limit, subject=subject))

    # Files

    def look_soon(self) -> None:
        """Something happened in the container."""
        self._poked.set()

    async def look(self, *, thorough: bool = True) -> bool:
        """Tell the tape when the files have changed; whether they have."""
        async with self._looking:
            try:
                changes = await self._reader.read(thorough=thorough)
            except (ApiError, EngineUnavailable):
                return False
            self._check(changes)
            return self._tell_changes(changes)

    def _check(self, changes: Changes) -> None:
        """End a container that has written more than it may."""
        limits = self._lab.limits
        added = sum(change.kind == "added" for change in changes.files)
        files = added if changes.complete else TOO_MUCH * limits.files + 1
        written = changes.writable_size + changes.volumes_size
        for what, value in (("disk_bytes", written), ("files", files)):
            limit = limits.as_dict()[what]
            self.overflowed |= value > TOO_MUCH * limit
            if value > limit and self.asked is None:
                self.asked = "killed"
                self.limit_reached(what, limit)
                self.on_timeout()

    def _tell_changes(self, changes: Changes) -> bool:
        if changes == self.told:
            return False
        self.told = changes
        self._lab.emit(
            ContainerChanged(
                container=self.container,
                changes=list(changes.files[:MOST_CHANGES]),
                writable_size=changes.writable_size,
                truncated=len(changes.files) > MOST_CHANGES,
            )
        )
        return True

    async def _watch(self) -> None:
        rest = SOONEST
        while True:
            await asyncio.sleep(SOONEST)
            poked = True
            try:
                async with asyncio.timeout(rest - SOONEST):
                    await self._poked.wait()
            except TimeoutError:
                poked = False
            self._poked.clear()
            changed = await self.look(thorough=False)
            rest = SOONEST if changed or poked else min(rest * 1.5, LATEST)
