"""What a build begins with: the request, its plan, and the images of the engine's that it uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from visualizer.dockerfile.operations import BaseImage
from visualizer.dockerfile.steps import Plan
from visualizer.engine.docker.images import LabImages
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.docker.rewriting import SCRATCH, images_of
from visualizer.engine.port import BuildRequest
from visualizer.engine.request_reading import RequestReading


@dataclass(frozen=True)
class Used:
    """An image that a build uses."""

    tag: str
    """What the engine knows it by."""
    digest: str
    config: Mapping[str, Any]
    layers: tuple[str, ...]


class _Wanted(Exception):
    """The plan asks for an image that was not looked up yet."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class BuildReading:
    """One build's request, read."""

    def __init__(
        self, lab: LabContext, images: LabImages, request: BuildRequest, until: int | None
    ) -> None:
        self._lab = lab
        self._images = images
        self.request = RequestReading(request, until)
        self._used: dict[str, Used | None] = {}

    @property
    def tags(self) -> dict[str, str]:
        """What the engine knows the images by that the plan names."""
        return {name: used.tag for name, used in self._used.items() if used is not None}

    @property
    def used(self) -> dict[str, Used]:
        """The images that the plan names."""
        return {name: used for name, used in self._used.items() if used is not None}

    async def plan(self) -> Plan:
        """Read the Dockerfile. Raises BuildStopped."""
        names = await self._catalogue_names()
        planned: Plan | None = None
        while planned is None:
            try:
                planned = self.request.plan(self._base, names)
            except _Wanted as wanted:
                self._used[wanted.name] = await self._look_up(wanted.name)
        for name in images_of(planned):
            if name not in self._used:
                self._used[name] = await self._look_up(name)
        return planned

    async def _catalogue_names(self) -> list[str]:
        return [name for name in self._lab.catalogue.names() if name != SCRATCH]

    def _base(self, name: str) -> BaseImage | None:
        if name not in self._used:
            raise _Wanted(name)
        used = self._used[name]
        return None if used is None else BaseImage(used.config, name, used.digest)

    async def _look_up(self, name: str) -> Used | None:
        """An image of a FROM or --from: the lab's own first, as Docker has it."""
        if name != SCRATCH and self._images.has(name):
            image = self._images.find(name)
            tag = self._lab.names.kept(image.digest)
            if image.config.get("OnBuild"):
                tag = await self._lab.bases.without_triggers(image.digest)
            return Used(tag, image.digest, image.config, image.layers)
        base = await self._lab.bases.find(name)
        if base is None:
            return None
        return Used(base.tag, base.digest, base.config, base.layers)
