"""A lab's builds, one at a time, and what becomes of their results."""

from dataclasses import replace

from visualizer.engine import refusals
from visualizer.engine.build_course import OneBuild
from visualizer.engine.build_failures import TOO_MANY_IMAGES
from visualizer.engine.embedded.builder import Builder, Built
from visualizer.engine.embedded.building.context import BuildContext, Images
from visualizer.engine.embedded.image import Image
from visualizer.engine.embedded.lab_context import LabContext
from visualizer.engine.embedded.lab_images import LabImages
from visualizer.engine.entering import ENTERING, Unheard
from visualizer.engine.port import BuildRequest, Emit
from visualizer.engine.references import full_tag
from visualizer.engine.request_reading import RequestReading
from visualizer.events.types import BuildFailed, ImageBuilt, StepEntered


class LabBuilds:
    """Runs the builds of one lab."""

    def __init__(self, lab: LabContext, images: LabImages) -> None:
        self._lab = lab
        self._images = images
        self._one = OneBuild()

    async def build(self, request: BuildRequest) -> str | None:
        """Build an image; its digest, or None when it failed or was cancelled."""
        with self._one.begun(request.build):
            reading = await self._lab.services.in_thread(RequestReading, request)
            context = await self._lab.services.in_thread(self._context, reading, self._lab.emit)
            built = await self._one.run(Builder(context))
            await self._lab.save_cache()
            return None if built is None else await self._take_in(request, built)

    async def enter(self, request: BuildRequest, step: int) -> Image:
        """Make the image as it was after a step one of the lab's, and say so. Raises Refused."""
        unheard = Unheard()
        with self._one.begun(ENTERING):
            whole = replace(request, no_cache=False, target=None)
            reading = await self._lab.services.in_thread(RequestReading, whole, step)
            context = await self._lab.services.in_thread(self._context, reading, unheard)
            built = await self._one.run(Builder(context))
            await self._lab.save_cache()
            if built is None:
                raise unheard.refusal(step)
            image = built.image
            users = self._lab.state.containers.values()
            if image.digest not in self._images.records and not self._images.make_room(users):
                raise refusals.too_many_images(self._lab.limits.images)
            layers = await self._lab.services.in_thread(self._images.described, image)
            self._images.put(image, None)
            await self._lab.save()
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

    def cancel(self, build: int, reason: str) -> None:
        """Call a build off. Raises NotFound when it does not run."""
        self._one.cancel(build, reason)

    async def stop(self, reason: str) -> None:
        """Call off whichever build runs, and wait until it is over."""
        await self._one.stop(reason)

    def _context(self, reading: RequestReading, emit: Emit) -> BuildContext:
        lab = self._lab
        return BuildContext(
            reading=reading,
            images=Images(self._images.by_tag(), lab.services),
            cache=lab.cache,
            services=lab.services,
            limits=lab.limits,
            emit=emit,
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
