"""A lab's builds, one at a time, and what becomes of their results."""

import asyncio

from visualizer.dockerfile.context import ContextFiles
from visualizer.engine.embedded.builder import Builder, Built
from visualizer.engine.embedded.building.context import BuildContext, Images
from visualizer.engine.embedded.building.failures import TOO_MANY_IMAGES
from visualizer.engine.embedded.lab_context import LabContext
from visualizer.engine.embedded.lab_images import LabImages
from visualizer.engine.embedded.references import full_tag
from visualizer.engine.errors import Conflict, NotFound
from visualizer.engine.port import BuildRequest
from visualizer.events.types import BuildFailed, ImageBuilt


class LabBuilds:
    """Runs the builds of one lab."""

    def __init__(self, lab: LabContext, images: LabImages) -> None:
        self._lab = lab
        self._images = images
        self._number: int | None = None
        self._builder: Builder | None = None
        self._cancelled: str | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    async def build(self, request: BuildRequest) -> str | None:
        """Build an image; its digest, or None when it failed or was cancelled."""
        if self._number is not None:
            raise Conflict("build-running", "A build runs in this lab already.")
        self._number, self._cancelled = request.build, None
        self._idle.clear()
        try:
            context = await self._lab.services.in_thread(self._context, request)
            self._builder = Builder(context)
            if self._cancelled is not None:
                self._builder.cancel(self._cancelled)
            built = await self._builder.run()
            await self._lab.save_cache()
            return None if built is None else await self._take_in(request, built)
        finally:
            self._number = self._builder = None
            self._idle.set()

    def cancel(self, build: int, reason: str) -> None:
        """Call a build off. Raises NotFound when it does not run."""
        if build != self._number:
            raise NotFound(
                "no-such-build",
                f"Build {build} is not running.",
                "It has ended already, or waits for its turn.",
            )
        self._cancelled = reason
        if self._builder is not None:
            self._builder.cancel(reason)

    async def stop(self, reason: str) -> None:
        """Call off whichever build runs, and wait until it is over."""
        if self._number is not None:
            self.cancel(self._number, reason)
        await self._idle.wait()

    def _context(self, request: BuildRequest) -> BuildContext:
        contents = {file.path: file.content for file in request.files}
        modes = {file.path: file.mode for file in request.files}
        lab = self._lab
        return BuildContext(
            request=request,
            files=ContextFiles.from_bytes(contents, modes),
            images=Images(self._images.by_tag(), lab.services),
            cache=lab.cache,
            services=lab.services,
            limits=lab.limits,
            emit=lab.emit,
        )

    async def _take_in(self, request: BuildRequest, built: Built) -> str | None:
        """Make the built image one of the lab's, and say so."""
        image = built.image
        users = self._lab.state.containers.values()
        if image.digest not in self._images.records and not self._images.make_room(users):
            diagnosis = TOO_MANY_IMAGES.at(None, limit=self._lab.limits.images)
            self._lab.emit(
                BuildFailed(build=request.build, message=diagnosis.title, diagnosis=diagnosis)
            )
            return None
        self._images.put(image, full_tag(request.tag))
        await self._lab.save()
        self._lab.emit(
            ImageBuilt(
                build=request.build,
                image=image.digest,
                tags=list(self._images.records[image.digest].tags),
                layers=list(image.layers),
                size=built.size,
                config=dict(image.config),
                duration_ms=built.duration_ms,
            )
        )
        return image.digest
