"""A lab's builds, one at a time, and what becomes of their results."""

from visualizer.engine.build_course import OneBuild
from visualizer.engine.build_failures import TOO_MANY_IMAGES
from visualizer.engine.embedded.builder import Builder, Built
from visualizer.engine.embedded.building.context import BuildContext, Images
from visualizer.engine.embedded.lab_context import LabContext
from visualizer.engine.embedded.lab_images import LabImages
from visualizer.engine.port import BuildRequest
from visualizer.engine.references import full_tag
from visualizer.engine.request_reading import RequestReading
from visualizer.events.types import BuildFailed, ImageBuilt


class LabBuilds:
    """Runs the builds of one lab."""

    def __init__(self, lab: LabContext, images: LabImages) -> None:
        self._lab = lab
        self._images = images
        self._one = OneBuild()

    async def build(self, request: BuildRequest) -> str | None:
        """Build an image; its digest, or None when it failed or was cancelled."""
        with self._one.begun(request.build):
            context = await self._lab.services.in_thread(self._context, request)
            built = await self._one.run(Builder(context))
            await self._lab.save_cache()
            return None if built is None else await self._take_in(request, built)

    def cancel(self, build: int, reason: str) -> None:
        """Call a build off. Raises NotFound when it does not run."""
        self._one.cancel(build, reason)

    async def stop(self, reason: str) -> None:
        """Call off whichever build runs, and wait until it is over."""
        await self._one.stop(reason)

    def _context(self, request: BuildRequest) -> BuildContext:
        lab = self._lab
        return BuildContext(
            reading=RequestReading(request),
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
