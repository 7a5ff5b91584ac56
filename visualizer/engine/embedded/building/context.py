"""What the steps of one build share."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from visualizer.dockerfile.context import ContextFiles
from visualizer.dockerfile.operations import BaseImage
from visualizer.engine.embedded.building.source import Source, from_context
from visualizer.engine.embedded.building.stage_state import StageState
from visualizer.engine.embedded.cache import BuildCache
from visualizer.engine.embedded.image import Image
from visualizer.engine.embedded.services import Services
from visualizer.engine.embedded.store import LayerGone
from visualizer.engine.limits import Limits
from visualizer.engine.port import BuildRequest, Emit
from visualizer.engine.request_reading import RequestReading


class Images:
    """The images that a lab can build on: its own first, as Docker has it, then the catalogue."""

    def __init__(self, own: Mapping[str, Image], services: Services) -> None:
        self._own = own
        self._services = services

    def find(self, reference: str) -> Image | None:
        """The image of a FROM or --from."""
        own = self._own.get(reference) or self._own.get(f"{reference}:latest")
        return own or self._services.bases.find(reference)

    def base(self, reference: str) -> BaseImage | None:
        """The same, as the planner asks for it."""
        image = self.find(reference)
        return BaseImage(image.config, reference, image.digest) if image else None


@dataclass
class BuildContext:
    """One build's request and what it works with."""

    reading: RequestReading
    images: Images
    cache: BuildCache
    services: Services
    limits: Limits
    emit: Emit
    stages: dict[int, asyncio.Future[StageState]] = field(default_factory=dict)
    """Each needed stage's end."""
    _source: Source | None = None

    @property
    def build(self) -> int:
        """The build's number."""
        return self.request.build

    @property
    def request(self) -> BuildRequest:
        """What was asked for."""
        return self.reading.request

    @property
    def files(self) -> ContextFiles:
        """The build context's files."""
        return self.reading.files

    @property
    def source(self) -> Source:
        """The context's files, as COPY sees them. Blocking the first time."""
        if self._source is None:
            contents = {file.path: file.content for file in self.request.files}
            self._source = from_context(self.files, contents)
        return self._source

    def stage_of(self, image: str) -> StageState:
        """An image as a stage that begins and ends with it. Blocking. Raises LayerGone."""
        found = self.images.find(image)
        if found is None:
            raise LayerGone(image)
        stack = self.services.store.stack(found.layers)
        return StageState(stack, found.config, found.digest, found.history)
