"""A lab's builds, one at a time, and what becomes of their results."""

import contextlib

from visualizer.engine.build_course import OneBuild
from visualizer.engine.build_failures import TOO_MANY_IMAGES, BuildStopped
from visualizer.engine.docker.build import Build, Built
from visualizer.engine.docker.image_bounds import ImageBounds, without_line
from visualizer.engine.docker.images import Image, LabImages
from visualizer.engine.docker.lab_containers import LabContainers
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.errors import EngineError
from visualizer.engine.port import BuildRequest
from visualizer.engine.references import full_tag
from visualizer.events.types import BuildFailed, ImageBuilt


class LabBuilds:
    """Runs the builds of one lab."""

    def __init__(self, lab: LabContext, images: LabImages, containers: LabContainers) -> None:
        self._lab = lab
        self._images = images
        self._containers = containers
        self._one = OneBuild()

    async def build(self, request: BuildRequest) -> str | None:
        """Build an image; its digest, or None when it failed or was cancelled."""
        with self._one.begun(request.build):
            built = await self._one.run(Build(self._lab, self._images, request))
            if built is None or not await self._has_room(request, built.image):
                return None
            return await self._take_in(request, built)

    @property
    def is_running(self) -> bool:
        """Whether a build is under way."""
        return self._one.is_running

    def cancel(self, build: int, reason: str) -> None:
        """Call a build off. Raises NotFound when it does not run."""
        self._one.cancel(build, reason)

    async def stop(self, reason: str) -> None:
        """Call off whichever build runs, and wait until it is over."""
        await self._one.stop(reason)

    async def _has_room(self, request: BuildRequest, image: Image) -> bool:
        """Whether the lab may keep a further image; if not, say so and let go of it."""
        if image.digest in self._images.held:
            return True
        containers = self._containers.all
        try:
            if not await self._images.make_room(containers):
                with contextlib.suppress(EngineError):
                    await self._images.untag(self._lab.names.building)
                raise without_line(TOO_MANY_IMAGES, limit=self._lab.limits.images)
            used = {container.image for container in containers}
            bounds = ImageBounds(self._lab, request.build)
            await bounds.check_lab(image, full_tag(request.tag), self._images, used)
        except BuildStopped as end:
            event = BuildFailed(build=request.build, message=end.message, diagnosis=end.diagnosis)
            self._lab.emit(event)
            return False
        return True

    async def _take_in(self, request: BuildRequest, built: Built) -> str:
        """Make the built image one of the lab's, and say so."""
        image = await self._images.take_in(built.image, full_tag(request.tag))
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
        await ImageBounds(self._lab, request.build).trim(self._images, self._containers.all)
        return image.digest
