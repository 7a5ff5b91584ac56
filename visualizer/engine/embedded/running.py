"""What there is of a container only while it runs: its processes, and its files in memory."""

import asyncio

from visualizer.engine.embedded import container_files as files
from visualizer.engine.embedded.container_config import env_of, text_of
from visualizer.engine.embedded.disk import Disk, DiskFull
from visualizer.engine.embedded.execution import Execution
from visualizer.engine.embedded.lab_context import LabContext
from visualizer.engine.embedded.stack import Stack
from visualizer.engine.embedded.state import ContainerRecord
from visualizer.engine.embedded.userland import Ended, Process, Userland
from visualizer.engine.embedded.watch import Watch
from visualizer.engine.port import ExecRequest
from visualizer.events.types import (
    ContainerChanged,
    ContainerOutput,
    ExitReason,
    LimitReached,
    OutputTruncated,
    Stream,
)

MOST_CHANGES = 500
"""How many changes one event lists."""


class Running:
    """A container's main process, the further ones, and what they work on."""

    def __init__(
        self,
        record: ContainerRecord,
        lab: LabContext,
        disk: Disk,
        base: Stack,
        told: files.Changes,
    ) -> None:
        """`told` are the changes that the tape knows of already. Raises CannotStart."""
        self._record = record
        self._lab = lab
        self._disk = disk
        self._base = base
        self._told = told
        self._told_truncated = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._attending: set[asyncio.Task[None]] = set()
        self._watch = Watch(self._look)
        self._userland = Userland(
            disk.filesystem,
            hostname=record.hostname,
            limits=lab.limits,
            executor=lab.services.executor,
        )
        self.executions: dict[str, Execution] = {}
        self.process = self._start_process()
        self.ended = asyncio.Event()
        """Set once the container has ended and its files are stored."""
        self.asked: ExitReason | None = None
        """Why it ends, when somebody wanted it to."""
        self._spawn(asyncio.create_task(self._watch.run()))

    def _start_process(self) -> Process:
        limits = self._lab.limits
        return self._userland.start(
            self._record.command,
            env=env_of(self._record),
            cwd=text_of(self._record, "WorkingDir", "/"),
            user=text_of(self._record, "User", ""),
            on_output=self._output,
            seconds=limits.container_seconds,
            output_bytes=limits.output_bytes,
            is_init=True,
        )

    # Processes

    def pause(self) -> None:
        """Freeze all processes."""
        self.process.pause()
        for execution in self.executions.values():
            execution.pause()

    def resume(self) -> None:
        """Let them go on."""
        self.process.resume()
        for execution in self.executions.values():
            execution.resume()

    def execute(self, request: ExecRequest) -> str:
        """Start a further process; its exec id."""
        execution = Execution(self._record, request, self._lab)
        execution.start(self._userland, self._look_soon)
        if execution.running:
            self.executions[execution.id] = execution
            task = asyncio.create_task(self._attend(execution))
            self._attending.add(task)
            task.add_done_callback(self._attending.discard)
        return execution.id

    async def _attend(self, execution: Execution) -> None:
        await execution.attend()
        self.executions.pop(execution.id, None)
        if not self.process.has_ended:
            await self._watch.look_now()

    async def close(self) -> None:
        """End all processes: the main one's end is the end of all. Files stay in memory."""
        self._userland.close()
        for execution in list(self.executions.values()):
            execution.end()
        if self._attending:
            await asyncio.wait(self._attending)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _output(self, stream: Stream, text: str) -> None:
        self._lab.emit(ContainerOutput(container=self._record.id, stream=stream, text=text))
        self._watch.poke()

    def _spawn(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Files

    async def changes(self) -> files.Changes:
        """What the container has changed by now."""
        return await self._lab.services.in_thread(
            files.look, self._record, self._disk, self._base.tree
        )

    async def read(self, path: str, limit: int) -> bytes:
        """A file as it is now. Raises KeyError."""
        return (await self._lab.services.in_thread(self._disk.read, path))[:limit]

    async def store(self) -> files.Stored:
        """Store the files as they are now. Nothing may run meanwhile. Raises DiskFull."""
        changes = await self.changes()
        self._check(changes)
        store = self._lab.services.store
        return await self._lab.services.in_thread(
            files.store_files, self._record, self._disk, self._base, store
        )

    async def put_away(self) -> None:
        """Store the files for good, and tell what they are. What the disk cannot hold is lost."""
        record, services = self._record, self._lab.services
        try:
            stored = await self.store()
        except DiskFull as full:
            self._tell_full(full)
            self._tell_changes(
                await services.in_thread(files.stored_changes, record, services.store)
            )
            return
        record.writable, record.volumes = stored.writable, stored.volumes
        record.writable_size = stored.changes.writable_size
        self._tell_changes(stored.changes)

    def _check(self, changes: files.Changes) -> None:
        limits = self._lab.limits
        if changes.total_size > limits.disk_bytes:
            raise DiskFull("disk_bytes", limits.disk_bytes)
        if len(self._base.tree) + changes.added > limits.files:
            raise DiskFull("files", limits.files)

    async def _look(self) -> bool:
        """Tell the tape when the files have changed; whether they have."""
        self._tell_truncated()
        changes = await self._lab.services.in_background(
            files.look, self._record, self._disk, self._base.tree
        )
        try:
            self._check(changes)
        except DiskFull as full:
            self._tell_full(full)
            self.process.signal("SIGKILL")
            return False
        return self._tell_changes(changes)

    def _look_soon(self) -> None:
        self._spawn(asyncio.create_task(self._watch.look_now()))

    # Telling

    def _tell_changes(self, changes: files.Changes) -> bool:
        if changes == self._told:
            return False
        self._told = changes
        self._lab.emit(
            ContainerChanged(
                container=self._record.id,
                changes=list(changes.files[:MOST_CHANGES]),
                writable_size=changes.writable_size,
                truncated=len(changes.files) > MOST_CHANGES,
            )
        )
        return True

    def tell_limits(self, ended: Ended) -> None:
        """Say which limits the main process ran into."""
        self._tell_truncated()
        if ended.limit is not None:
            what = "container_seconds" if ended.limit == "seconds" else ended.limit
            self._tell_limit(what, self._lab.limits.as_dict()[what])

    def _tell_full(self, full: DiskFull) -> None:
        if self.asked is None:
            self.asked = "killed"
            self._tell_limit(full.what, full.limit)

    def _tell_limit(self, what: str, limit: int) -> None:
        subject = f"container:{self._record.id}"
        self._lab.emit(LimitReached(what=what, limit=limit, subject=subject))

    def _tell_truncated(self) -> None:
        if self.process.truncated and not self._told_truncated:
            self._told_truncated = True
            limit, subject = self._lab.limits.output_bytes, f"container:{self._record.id}"
            self._lab.emit(OutputTruncated(what="output_bytes", limit=limit, subject=subject))
