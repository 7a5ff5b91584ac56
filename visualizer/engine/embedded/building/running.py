"""RUN: a command in the userland on a copy of the stage's file system, and what it changed."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from visualizer.dockerfile.failure_words import CANNOT_START
from visualizer.dockerfile.operations import Run, ShellCommand
from visualizer.dockerfile.steps import Step
from visualizer.engine.build_failures import process_failed
from visualizer.engine.embedded.building.failures import (
    StepFailure,
    limit_failure,
)
from visualizer.engine.embedded.building.mounts import Mounted, without
from visualizer.engine.embedded.difference import Change, difference, with_parents
from visualizer.engine.embedded.disk import Disk, DiskFull
from visualizer.engine.embedded.services import Services
from visualizer.engine.embedded.stack import Layer, Stack
from visualizer.engine.embedded.tree import resolve
from visualizer.engine.embedded.userland import CannotStart, Ended, Process, Userland
from visualizer.engine.limits import Limits
from visualizer.events.types import Stream

HOSTNAME = "buildkitsandbox"
"""What BuildKit calls the machine that a RUN sees."""
RUNC_FAILED = 1
"""What BuildKit calls the exit code of a program that could not be started."""
CHECK_SECONDS = 0.25
"""How often a running command's disk is looked at."""


@dataclass(frozen=True)
class RunResult:
    """The layer that a RUN made, and what it left in its cache mounts."""

    layer: Layer
    caches: Mapping[str, Layer]


class Runner:
    """Executes one RUN."""

    def __init__(
        self,
        step: Step,
        operation: Run,
        image: Stack,
        mounts: list[Mounted],
        services: Services,
        limits: Limits,
        on_output: Callable[[Stream, str], None],
    ) -> None:
        self._step = step
        self._operation = operation
        self._image = image
        self._mounts = mounts
        self._services = services
        self._limits = limits
        self._on_output = on_output

    async def run(self) -> tuple[RunResult, bool]:
        """The result, and whether output was cut. Raises StepFailure."""
        disk = await self._services.in_thread(self._prepare)
        userland = Userland(
            disk.filesystem,
            hostname=HOSTNAME,
            limits=self._limits,
            executor=self._services.executor,
        )
        try:
            process = self._start(userland)
            ended = await self._wait(process, disk)
            self._check(ended)
            result = await self._services.in_thread(self._finish, disk)
            return result, process.truncated
        except DiskFull as full:
            raise limit_failure(full.what, full.limit, self._step, self._message()) from None
        finally:
            userland.close()

    def _prepare(self) -> Disk:
        disk = Disk(self._image)
        # runc makes the working directory when it is not there; so it becomes part of the layer.
        workdir = resolve(self._image.tree, self._operation.workdir or "/")
        if not disk.filesystem.exists(workdir):
            disk.filesystem.mkdir(workdir, recursive=True)
        for mounted in self._mounts:
            mounted.put_into(disk)
        if isinstance(self._operation.command, ShellCommand):
            for path, content in self._operation.command.files.items():
                disk.inject(path, content.encode(), 0o755)
        return disk

    def _start(self, userland: Userland) -> Process:
        operation = self._operation
        try:
            return userland.start(
                operation.argv,
                env=operation.env,
                cwd=resolve(self._image.tree, operation.workdir or "/"),
                user=operation.user,
                on_output=self._on_output,
                seconds=self._limits.step_seconds,
                output_bytes=self._limits.output_bytes,
                is_init=True,
            )
        except CannotStart as error:
            if error.was_executed:
                self._on_output("stderr", f"runc run failed: {error.of_runc}\n")
                raise StepFailure(self._message(RUNC_FAILED), None, RUNC_FAILED) from None
            # An unknown user: it has not come to executing anything, so there is no exit code.
            diagnosis = CANNOT_START.at(self._step, reason=error.message)
            raise StepFailure(f"{self._message()}: {error.message}", diagnosis) from None

    async def _wait(self, process: Process, disk: Disk) -> Ended:
        """Wait for the end, and look at the disk meanwhile. Kills the process on any way out."""
        waiting = asyncio.ensure_future(process.wait())
        try:
            while True:
                done, _ = await asyncio.wait([waiting], timeout=CHECK_SECONDS)
                if done:
                    return waiting.result()
                await self._services.in_thread(self._check_disk, disk)
        finally:
            waiting.cancel()
            process.signal("SIGKILL")

    def _check(self, ended: Ended) -> None:
        if ended.limit is not None:
            what = "step_seconds" if ended.limit == "seconds" else ended.limit
            limit = self._limits.as_dict()[what]
            raise limit_failure(what, limit, self._step, self._message(ended.exit_code))
        if ended.exit_code != 0:
            raise StepFailure(self._message(ended.exit_code), None, ended.exit_code)

    def _message(self, exit_code: int | None = None) -> str:
        words = process_failed(" ".join(self._operation.argv))
        return words if exit_code is None else f"{words}: exit code: {exit_code}"

    def _check_disk(self, disk: Disk) -> None:
        limits = self._limits
        disk.check(disk.changes(), disk_bytes=limits.disk_bytes, files=limits.files)

    def _finish(self, disk: Disk) -> RunResult:
        tree = disk.scan()
        after = without(tree, self._image.tree, [mounted.target for mounted in self._mounts])
        changes = difference(self._image.tree, after)
        self._check_size(disk, changes)
        store = self._services.store
        layer = store.put_layer(with_parents(changes, after), disk.read)
        caches = {
            mounted.cache_id: mounted.collect(tree, disk, store)
            for mounted in self._mounts
            if mounted.cache_id is not None
        }
        return RunResult(layer, caches)

    def _check_size(self, disk: Disk, changes: list[Change]) -> None:
        disk.check(changes, disk_bytes=self._limits.disk_bytes, files=self._limits.files)
