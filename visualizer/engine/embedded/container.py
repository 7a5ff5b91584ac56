"""A container's life: created, started, stopped, paused, ended; its files stay between its runs."""

import asyncio
import logging
import time

from visualizer.engine import refusals
from visualizer.engine.embedded import container_files as files
from visualizer.engine.embedded.container_config import text_of
from visualizer.engine.embedded.disk import DiskFull
from visualizer.engine.embedded.execution import Execution
from visualizer.engine.embedded.lab_context import LabContext
from visualizer.engine.embedded.running import Running
from visualizer.engine.embedded.state import ContainerRecord
from visualizer.engine.embedded.store import LayerGone
from visualizer.engine.embedded.userland import CannotStart, Ended, UnknownSignal
from visualizer.engine.port import ExecRequest
from visualizer.events.types import (
    ContainerExited,
    ContainerOutput,
    ContainerPaused,
    ContainerResumed,
    ContainerStarted,
    ExitReason,
)

log = logging.getLogger(__name__)


class Container:
    """One container of a lab."""

    def __init__(self, record: ContainerRecord, lab: LabContext) -> None:
        self.record = record
        self._lab = lab
        self._running: Running | None = None
        self._starting = asyncio.Lock()
        self._gone = False
        self._attending: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether its main process runs, or is paused."""
        return self._running is not None

    @property
    def executions(self) -> dict[str, Execution]:
        """The further processes that run in it, by exec id."""
        return self._running.executions if self._running else {}

    # From start to end

    async def start(self) -> None:
        """Start the main process. One that runs is left alone."""
        if self.record.state == "paused":
            raise refusals.is_paused(self.record, "start")
        async with self._starting:
            if self._gone:
                raise refusals.no_such_container(self.record.name)
            if self._running is None:
                await self._start()

    async def _start(self) -> None:
        record, lab = self.record, self._lab
        store = lab.services.store
        try:
            disk = await lab.services.in_thread(files.open_disk, record, store)
            base = await lab.services.in_thread(files.image_stack, record, store)
            told = await lab.services.in_thread(files.stored_changes, record, store)
        except LayerGone:
            raise refusals.files_gone(record.name) from None
        try:
            running = Running(record, lab, disk, base, told)
        except CannotStart as error:
            exit_code, words = error.as_main
            lab.emit(ContainerOutput(container=record.id, stream="stderr", text=f"{words}\n"))
            await self._exit(exit_code, "failed")
            return
        self._running = running
        record.state, record.exit_code, record.reason = "running", None, None
        record.started_at, record.finished_at = time.time(), None
        lab.emit(ContainerStarted(container=record.id))
        self._attending = asyncio.create_task(self._attend(running))
        await lab.save()

    async def _attend(self, running: Running) -> None:
        """Wait for the main process's end, then put the container's files away."""
        ended = await running.process.wait()
        try:
            await running.close()
            running.tell_limits(ended)
            await running.put_away()
        except Exception:
            log.exception("the files of a container could not be stored")
        self._running = None
        try:
            await self._exit(ended.exit_code, _reason(running, ended))
        finally:
            running.ended.set()

    async def _exit(self, exit_code: int, reason: ExitReason) -> None:
        record = self.record
        record.state, record.exit_code, record.reason = "exited", exit_code, reason
        record.finished_at = time.time()
        await self._lab.save()
        self._lab.emit(ContainerExited(container=record.id, exit_code=exit_code, reason=reason))

    # Signals

    async def stop(self, grace_seconds: float) -> None:
        """Send the stop signal, and SIGKILL after the grace. Returns when it has ended."""
        running = self._running
        if running is None:
            return
        running.asked = running.asked or "stopped"
        self._signal(running, text_of(self.record, "StopSignal", "SIGTERM"))
        try:
            async with asyncio.timeout(grace_seconds):
                await running.ended.wait()
        except TimeoutError:
            running.process.signal("SIGKILL")
            await running.ended.wait()

    async def kill(self, signal: str) -> None:
        """Send a signal to the main process; with SIGKILL, returns when it has ended."""
        running = self._running
        if running is None:
            raise refusals.not_running(self.record, "kill")
        if signal.upper().removeprefix("SIG") in ("KILL", "9"):
            await self.end("killed")
        else:
            self._signal(running, signal)

    async def end(self, reason: ExitReason) -> None:
        """End it at once, and wait until its files are stored."""
        running = self._running
        if running is not None:
            running.asked = reason
            self._signal(running, "SIGKILL")
            await running.ended.wait()

    async def retire(self, reason: ExitReason) -> bool:
        """End it for ever: it is removed, or its lab is parked. False when it was already."""
        async with self._starting:
            first, self._gone = not self._gone, True
            await self.end(reason)
        return first

    async def pause(self) -> None:
        """Freeze all its processes."""
        if self._running is None:
            raise refusals.not_running(self.record, "pause")
        if self.record.state == "paused":
            raise refusals.is_paused(self.record, "pause")
        self._running.pause()
        self.record.state = "paused"
        self._lab.emit(ContainerPaused(container=self.record.id))
        await self._lab.save()

    async def resume(self) -> None:
        """Let a paused container go on."""
        if self._running is None or self.record.state != "paused":
            raise refusals.not_paused(self.record)
        self._thaw(self._running)
        await self._lab.save()

    def _signal(self, running: Running, signal: str) -> None:
        try:
            running.process.signal(signal)
        except UnknownSignal:
            raise refusals.bad_signal(signal) from None
        if self.record.state == "paused":
            # A signal is received when the process goes on, so a frozen one has to.
            self._thaw(running)

    def _thaw(self, running: Running) -> None:
        running.resume()
        self.record.state = "running"
        self._lab.emit(ContainerResumed(container=self.record.id))

    # Further processes

    async def execute(self, request: ExecRequest) -> str:
        """Start a further process; its exec id."""
        if self._running is None or self._running.process.has_ended:
            raise refusals.not_running(self.record, "exec")
        if self.record.state == "paused":
            raise refusals.is_paused(self.record, "exec")
        return self._running.execute(request)

    # Files

    async def changes(self) -> files.Changes:
        """What it has changed against its image by now."""
        if self._running is not None:
            return await self._running.changes()
        services = self._lab.services
        try:
            return await services.in_thread(files.stored_changes, self.record, services.store)
        except LayerGone:
            raise refusals.files_gone(self.record.name) from None

    async def read(self, path: str, limit: int) -> bytes:
        """A file as it is now. Raises KeyError or LayerGone."""
        if self._running is not None:
            return await self._running.read(path, limit)
        services = self._lab.services
        stack = await services.in_thread(files.full_stack, self.record, services.store)
        return await services.in_thread(stack.read, path, limit)

    async def writable_layer(self) -> str | None:
        """The writable layer, stored as it is now. Frozen for that moment, as Docker does it."""
        running = self._running
        if running is None:
            return self.record.writable
        was_paused = self.record.state == "paused"
        if not was_paused:
            running.pause()
        try:
            return (await running.store()).writable
        except DiskFull:
            raise refusals.disk_full(self.record) from None
        finally:
            if not was_paused:
                running.resume()


def _reason(running: Running, ended: Ended) -> ExitReason:
    match ended.limit:
        case "seconds":
            return "timeout"
        case "memory_bytes":
            return "out-of-memory"
        case None:
            completed: ExitReason = "completed" if ended.exit_code == 0 else "failed"
            return running.asked or completed
    return "killed"
