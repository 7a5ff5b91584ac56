"""What the images of a lab may add to their base images: an image beyond it is refused, and taken
off the engine with all that the cache has kept of its build."""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from visualizer.dockerfile.diagnosis import Message
from visualizer.dockerfile.steps import Plan
from visualizer.engine.build_failures import (
    IMAGE_FILES,
    IMAGE_SIZE,
    LAB_SIZE,
    TOO_MANY_VOLUMES,
    BuildStopped,
)
from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.images import Image, LabImages, User
from visualizer.engine.docker.keeping import delete
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.errors import EngineUnavailable
from visualizer.events.types import LimitReached

SKEW = timedelta(seconds=1)
"""Two clocks may differ, and cache that is given up in vain is only built anew."""


def without_line(words: Message, **values: object) -> BuildStopped:
    """A build's end that is told of the whole image."""
    diagnosis = words.at(None, None, None, **values)
    return BuildStopped(diagnosis.title, diagnosis)


class ImageBounds:
    """The bounds of one build's image."""

    def __init__(self, lab: LabContext, build: int) -> None:
        self._lab = lab
        self._build = build
        self._began = datetime.now(UTC) - SKEW

    def check_plan(self, planned: Plan) -> None:
        """Raises BuildStopped when the image would have too many volumes: each of its containers
        would get them all."""
        limit = self._lab.limits.volumes
        count = len(planned.stages[planned.target_stage].config.get("Volumes") or ())
        if count > limit:
            self._tell("volumes", limit)
            raise without_line(TOO_MANY_VOLUMES, count=count, limit=limit)

    async def check_size(self, inspected: Mapping[str, Any]) -> None:
        """Before it is read. Raises BuildStopped when the image alone is too large."""
        limit = self._lab.limits.image_bytes
        base = self._lab.bases.size_of_base(inspected["RootFS"]["Layers"] or ())
        if int(inspected["Size"]) - base > limit:
            raise await self._refused(IMAGE_SIZE, "image_bytes", limit)

    async def too_many_files(self) -> BuildStopped:
        """What is raised when reading it has found more files than it may have."""
        limit = self._lab.limits.image_files
        return await self._refused(IMAGE_FILES, "image_files", limit)

    async def check_lab(
        self, image: Image, tag: str | None, images: LabImages, used: set[str]
    ) -> None:
        """Once it is read. Raises BuildStopped when it would be too much for the lab.

        What nobody needs any more once the image has the tag does not count; `used` are the
        digests of the images that containers are made of.
        """
        limit = self._lab.limits.image_bytes
        needed = [
            each for each in images.held.values() if {*each.tags} - {tag} or each.digest in used
        ]
        if await self._added(image, *needed) > limit:
            raise await self._refused(LAB_SIZE, "image_bytes", limit)

    async def trim(self, images: LabImages, containers: Sequence[User]) -> None:
        """Let old images without tag and container go until the others have room."""
        limit = self._lab.limits.image_bytes
        while await self._added(*images.held.values()) > limit:
            if not await images.forget_oldest_untagged(containers):
                return

    async def _added(self, *images: Image) -> int:
        held = {layer for each in images for layer in each.layers}
        return sum(await self._lab.layers.sizes(list(held - self._lab.bases.layers)))

    async def _refused(self, words: Message, what: str, limit: int) -> BuildStopped:
        self._tell(what, limit)
        with contextlib.suppress(ApiError, EngineUnavailable):
            await delete(self._lab.api, f"/images/{self._lab.names.building}", force="1")
            await self._lab.disk.forget_since(self._began)
        return without_line(words, limit=limit)

    def _tell(self, what: str, limit: int) -> None:
        subject = f"build:{self._build}"
        self._lab.emit(LimitReached(what=what, limit=limit, subject=subject))
