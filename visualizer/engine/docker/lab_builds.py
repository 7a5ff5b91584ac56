"""A lab's builds, one at a time, and what becomes of their results."""

import asyncio
import contextlib

from visualizer.engine.docker.build import Build, Built
from visualizer.engine.docker.images import LabImages
from visualizer.engine.docker.lab_containers import LabContainers
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.embedded.building.failures import TOO_MANY_IMAGES
from visualizer.engine.embedded.references import full_tag
from visualizer.engine.errors import Conflict, EngineError, NotFound
from visualizer.engine.port import BuildRequest
from visualizer.events.types import BuildFailed, ImageBuilt


class LabBuilds:
    """Runs the builds of one lab."""

    def __init__(self, lab: LabContext, images: LabImages, containers: LabContainers) -> None:
        self._lab = lab
        self._images = images
        self._containers = containers
        self._number: int | None = None
        self._build: Build | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    async def build(self, request: BuildRequest) -> str | None:
        """Build an image; its digest, or None when it failed or was cancelled."""
        if self._number is not None:
            raise Conflict("build-running", "A build runs in this lab already.")
        self._number = request.build
        self._idle.clear()
        try:
            self._build = Build(self._lab, self._images, request)
            built = await self._build.run()
            return None if built is None else await self._take_in(request, built)
        finally:
            self._number = self._build = None
            self._idle.set()

    def cancel(self, build: int | None, reason: str) -> None:
        """Call a build off; None means whichever runs. Raises NotFound when it does not run."""
        if build is not None and build != self._number:
            raise NotFound(
                "no-such-build",
                f"Build {build} is not running.",
                "It has ended already, or waits for its turn.",
            )
        if self._build is not None:
            self._build.cancel(reason)

    async def stop(self, reason: str) -> None:
        """Call off what runs, and wait until it has said so."""
        self.cancel(None, reason)
        await self._idle.wait()

    async def _take_in(self, request: BuildRequest, built: Built) -> str | None:
        """Make the built image one of the lab's, and say so."""
        image = built.image
        room = image.digest in self._images.held or await self._images.make_room(
            self._containers.all
        )
        if not room:
            diagnosis = TOO_MANY_IMAGES.at(None, limit=self._lab.limits.images)
            event = BuildFailed(build=request.build, message=diagnosis.title, diagnosis=diagnosis)
            self._lab.emit(event)
            with contextlib.suppress(EngineError):
                await self._images.untag(self._lab.names.building)
            return None
        image = await self._images.take_in(image, full_tag(request.tag))
        self._lab.emit(
            ImageBuilt(
                build=request.build,
                image=image.digest,
                tags=list(image.tags),
                layers=list(image.layers),
                size=built.size,
                config=dict(image.config),
                duration_ms=built.duration_ms,
            )
        )
        return image.digest
