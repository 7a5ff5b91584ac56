"""A container's life: created, started, stopped, paused, ended; its files stay between its runs."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from visualizer.engine import refusals
from visualizer.engine.docker import words
from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.changes import Changes, ChangesReader
from visualizer.engine.docker.connection import Stream
from visualizer.engine.docker.ending import end_of, start_failure
from visualizer.engine.docker.inspection import started, state_of
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.docker.running import Running
from visualizer.engine.errors import EngineError
from visualizer.engine.port import ContainerState, ExecRequest
from visualizer.events.types import (
    ContainerExited,
    ContainerOutput,
    ContainerPaused,
    ContainerResumed,
    ExitReason,
)

log = logging.getLogger(__name__)

SETTLE_SECONDS = 5.0
"""How long the end of a container is waited for that ended while the engine was away."""


async def _nothing() -> None:
    pass


class Container:
    """One container of a lab."""

    def __init__(self, inspected: Mapping[str, Any], lab: LabContext) -> None:
        self.id: str = inspected["Id"]
        self.name = lab.names.learners_container(inspected["Name"])
        self.image: str = inspected["Image"]
        self.state, self.exit_code = state_of(inspected)
        self.running: Running | None = None
        self.is_removed = False
        self.on_overflow: Callable[[], Coroutine[None, None, None]] = _nothing
        """Called when it has ended and holds so much that it cannot be kept."""
        self.lock = asyncio.Lock()
        """Held while it is started or removed."""
        self._lab = lab
        self._stop_signal: str = inspected["Config"].get("StopSignal") or "SIGTERM"
        self._reader = ChangesReader(lab.api, lab.layers, inspected, lab.disk)
        self._told = Changes()
        self._kept: set[asyncio.Task[None]] = set()
        self._expected: list[str] = []
        """Events of the engine that are our own doing and not to be told."""

    @property
    def is_running(self) -> bool:
        """Whether its main process runs, or is paused."""
        return self.running is not None

    # From start to end

    async def start(self) -> None:
        """Start the main process. One that runs is left alone."""
        if self.state == "paused":
            raise refusals.is_paused(self, "start")
        async with self.lock:
            if self.running is None and not self.is_removed:
                await self._start()

    async def _start(self) -> None:
        # Attached before the start, so that not one byte is missed.
        running = await self._attach()
        self.running = running
        try:
            await self._lab.api.post(f"/containers/{self.id}/start")
            inspected = await self._lab.api.get(f"/containers/{self.id}/json")
        except ApiError as error:
            self.running = None
            await running.close()
            self._cannot_start(error)
            return
        except BaseException:
            self.running = None
            await running.close()
            raise
        self.state, self.exit_code = "running", None
        self._lab.emit(started(self.id, inspected))
        self._follow(running)

    async def adopt(self, state: ContainerState) -> None:
        """Follow a container that runs already, since before the site was started."""
        self.state, self.exit_code = state, None
        running = self.running = await self._attach()
        self._follow(running)
        # The news of its end may have come before anybody listened, and a stream of one that has
        # ended stays silent for ever.
        try:
            inspected = await self._lab.api.get(f"/containers/{self.id}/json")
        except ApiError:
            running.died()
            return
        if not inspected["State"]["Running"]:
            running.died()

    async def _attach(self) -> Running:
        return Running(self.id, self._lab, self._reader, self._told, await self._attached())

    async def _attached(self) -> Stream:
        """What the main process writes from now on."""
        return await self._lab.api.hijack(
            f"/containers/{self.id}/attach", stream="1", stdout="1", stderr="1"
        )

    async def let_go(self) -> None:
        """Follow it no more: its lab is closed, and the engine does not answer."""
        for task in list(self._kept):
            task.cancel()
        await asyncio.gather(*self._kept, return_exceptions=True)
        if self.running is not None:
            await self.running.close()
            self.running = None

    async def settle(self, *, runs: bool) -> None:
        """The engine was away and says now whether the container runs; return when that is told."""
        running = self.running
        if running is not None and not runs:
            running.died()
            # It may have been started again in this moment; then there is no end to wait for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_SECONDS):
                    await running.ended.wait()

    async def reconcile(self, inspected: Mapping[str, Any]) -> None:
        """The engine was away, and this is what it says now: tell what differs."""
        state, _ = state_of(inspected)
        runs = state in ("running", "paused")
        await self.settle(runs=runs)
        if runs and self.running is None:
            # It was started by a call whose answer never came.
            await self.adopt("running")
            self._lab.emit(started(self.id, inspected))
        if state == "paused":
            self.paused()
        elif runs:
            self.resumed()

    def _follow(self, running: Running) -> None:
        running.on_timeout = lambda: self._keep(asyncio.create_task(self._kill_quietly()))
        running.begin()
        self._keep(asyncio.create_task(self._attend(running)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        # A task that nobody refers to may be collected before it has ended.
        self._kept.add(task)
        task.add_done_callback(self._kept.discard)

    def _cannot_start(self, error: ApiError) -> None:
        failure = start_failure(error.message) if error.status in (400, 404, 500) else None
        if failure is None:
            raise words.refused(error)
        self._lab.emit(ContainerOutput(container=self.id, stream="stderr", text=failure.text))
        self._exit(failure.exit_code, "failed")

    async def _attend(self, running: Running) -> None:
        """Wait for the main process's end, then tell it."""
        ended: tuple[int, ExitReason] | None = None
        while ended is None:
            await running.wait()
            ended = await end_of(running, self._lab.api, self._attached)
        exit_code, reason = ended
        await running.close()
        await running.look()
        self._told = running.told
        self.running = None
        self._exit(exit_code, reason)
        running.ended.set()
        if running.overflowed:
            self._keep(asyncio.create_task(self.on_overflow()))

    def _exit(self, exit_code: int, reason: ExitReason) -> None:
        self.state, self.exit_code = "exited", exit_code
        self._lab.emit(ContainerExited(container=self.id, exit_code=exit_code, reason=reason))

    # Signals

    async def stop(self, grace_seconds: float) -> None:
        """Send the stop signal, and SIGKILL after the grace. Returns when it has ended."""
        running = self.running
        if running is None:
            return
        running.asked = running.asked or "stopped"
        if self.state == "paused":
            # A signal is received when the process goes on, so a frozen one has to.
            await self.resume()
        await self._signal(self._stop_signal)
        try:
            async with asyncio.timeout(grace_seconds):
                await running.ended.wait()
        except TimeoutError:
            await self._signal("SIGKILL")
            await running.ended.wait()

    async def kill(self, signal: str) -> None:
        """Send a signal to the main process; with SIGKILL, returns when it has ended."""
        if self.running is None:
            raise refusals.not_running(self, "kill")
        if signal.upper().removeprefix("SIG") in ("KILL", "9"):
            await self.end("killed")
            return
        if self.state == "paused":
            await self.resume()
        await self._signal(signal)

    async def end(self, reason: ExitReason) -> None:
        """End it at once."""
        running = self.running
        if running is not None:
            running.asked = reason
            await self._signal("SIGKILL")
            await running.ended.wait()

    async def _kill_quietly(self) -> None:
        try:
            await self._signal("SIGKILL")
        except EngineError as error:
            log.warning("a container could not be killed: %s", error)

    async def _signal(self, signal: str) -> None:
        try:
            await self._lab.api.post(f"/containers/{self.id}/kill", signal=signal)
        except ApiError as error:
            if "nvalid signal" in error.message:
                raise refusals.bad_signal(signal) from None
            # It has ended, which is what was wanted or makes no difference.
            if error.status not in (404, 409):
                raise
            if self.running is not None:
                self.running.died()

    async def pause(self) -> None:
        """Freeze all its processes."""
        if self.running is None:
            raise refusals.not_running(self, "pause")
        if self.state == "paused":
            raise refusals.is_paused(self, "pause")
        await self._do("pause")
        self.paused()

    async def resume(self) -> None:
        """Let a paused container go on."""
        if self.running is None or self.state != "paused":
            raise refusals.not_paused(self)
        await self._do("unpause")
        self.resumed()

    async def _do(self, action: str) -> None:
        """Pause or unpause; the engine's telling of it is then no news."""
        self._expected.append(action)
        try:
            await self._lab.api.post(f"/containers/{self.id}/{action}")
        except BaseException as error:
            self._expected.remove(action)
            if isinstance(error, ApiError):
                raise words.refused(error) from None
            raise

    def paused(self) -> None:
        """The engine says that it is paused."""
        if self.state == "running":
            self.state = "paused"
            self._lab.emit(ContainerPaused(container=self.id))

    def resumed(self) -> None:
        """The engine says that it goes on."""
        if self.state == "paused":
            self.state = "running"
            self._lab.emit(ContainerResumed(container=self.id))

    def happened(self, action: str, attributes: Mapping[str, str]) -> None:
        """What the engine tells of it, whoever did it."""
        if action in self._expected:
            self._expected.remove(action)
            return
        running = self.running
        if action == "pause":
            self.paused()
        elif action == "unpause":
            self.resumed()
        elif running is not None and action == "die":
            running.died()
        elif running is not None and action == "exec_die":
            running.exec_died(attributes.get("execID", ""), int(attributes.get("exitCode", "0")))
        elif running is not None and action == "kill" and attributes.get("signal") == "9":
            running.asked = running.asked or "killed"

    def expect_pause(self) -> None:
        """The engine is about to pause it for a moment, for reasons of its own."""
        if self.state == "running":
            self._expected += ["pause", "unpause"]

    # Further processes and files

    async def execute(self, request: ExecRequest) -> str:
        """Start a further process; its exec id."""
        if self.running is None:
            raise refusals.not_running(self, "exec")
        if self.state == "paused":
            raise refusals.is_paused(self, "exec")
        try:
            return await self.running.execute(request)
        except ApiError as error:
            if error.status == 409:
                raise refusals.not_running(self, "exec") from None
            raise words.refused(error) from None

    def look_soon(self) -> None:
        """Something is about to happen in it."""
        if self.running is not None:
            self.running.look_soon()

    async def changes(self) -> Changes:
        """What it has changed against its image by now."""
        return await self._reader.read()
