"""A lab's builds, one at a time, and what becomes of their results."""

import contextlib
from dataclasses import replace

from visualizer.engine.build_course import OneBuild
from visualizer.engine.build_failures import TOO_MANY_IMAGES, BuildStopped
from visualizer.engine.docker.build import Build, Built
from visualizer.engine.docker.image_bounds import ImageBounds, without_line
from visualizer.engine.docker.images import Image, LabImages
from visualizer.engine.docker.lab_containers import LabContainers
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.entering import ENTERING, Unheard
from visualizer.engine.errors import EngineError
from visualizer.engine.port import BuildRequest
from visualizer.engine.references import full_tag
from visualizer.events.types import BuildFailed, ImageBuilt, StepEntered


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
            if built is None:
                return None
            try:
                await self._check_room(request.build, built.image, full_tag(request.tag))
            except BuildStopped as end:
                self._lab.emit(
                    BuildFailed(build=request.build, message=end.message, diagnosis=end.diagnosis)
                )
                return None
            return await self._take_in(request, built)

    async def enter(self, request: BuildRequest, step: int) -> Image:
        """Make the image as it was after a step one of the lab's, and say so. Raises Refused.

        BuildKit keeps no image of a step, so the Dockerfile is built as far as that.
        """
        unheard = Unheard()
        quiet = replace(self._lab, emit=unheard)
        whole = replace(request, no_cache=False, target=None)
        with self._one.begun(ENTERING):
            built = await self._one.run(Build(quiet, self._images, whole, step))
            if built is None:
                raise unheard.refusal(step)
            try:
                await self._check_room(ENTERING, built.image, None)
            except BuildStopped as end:
                unheard(BuildFailed(build=1, message=end.message, diagnosis=end.diagnosis))
                raise unheard.refusal(step) from None
            image = await self._images.take_in(built.image, None)
            layers = await self._lab.layers.described(image.layers)
        self._lab.emit(
            StepEntered(
                build=request.build,
                step=step,
                image=image.digest,
                layers=layers,
                size=built.size,
                config=dict(image.config),
            )
        )
        return image

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

    async def _check_room(self, build: int, image: Image, tag: str | None) -> None:
        """Raises BuildStopped when the lab may not keep a further image, and lets go of it."""
        if image.digest in self._images.held:
            return
        containers = self._containers.all
        if not await self._images.make_room(containers):
            with contextlib.suppress(EngineError):
                await self._images.untag(self._lab.names.building)
            raise without_line(TOO_MANY_IMAGES, limit=self._lab.limits.images)
        used = {container.image for container in containers}
        await ImageBounds(self._lab, build).check_lab(image, tag, self._images, used)

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
