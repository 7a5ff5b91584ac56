"""The lab's registry on a Docker Engine: a real one, where each lab has repositories of its own.

A learner's `registry.lab/app:1.0` is `<address>/<site>/<lab>/app:1.0` there. The image has that
name only while it moves, so no lab ever names another's, nor another registry.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

from visualizer.engine import registry_words
from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.images import Image, LabImages, User
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.docker.pushed_images import PushedImage
from visualizer.engine.docker.transfer_reading import Shown, TransferReading, diagnose
from visualizer.engine.docker.wire import Request
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.transfer_progress import Progress
from visualizer.engine.transfers import Transfers, TransferStopped, check_room
from visualizer.events.types import ImagePulled, ImagePushed

ADDRESS = re.compile(r"[A-Za-z0-9.-]+:[0-9]{1,5}", re.ASCII)
"""Of a registry. With a port, so that it can never be taken for a repository of Docker Hub."""
UNTAG_SECONDS = 5.0
"""An engine that answers does it at once; nobody waits longer for one that is frozen."""
NOBODY = {"X-Registry-Auth": "e30="}
"""No credentials: `{}` in base64. The engine wants the header for a push."""


class LabRegistry:
    """Pushes a lab's images to its registry, and pulls them from there."""

    def __init__(
        self, lab: LabContext, images: LabImages, containers: Callable[[], Iterable[User]]
    ) -> None:
        self._lab = lab
        self._images = images
        self._containers = containers
        self._transfers = Transfers(lab.emit, lab.limits)
        self._prefix = lab.names.repositories(lab.registry) if lab.registry else ""

    async def load(self) -> None:
        """Take away the names of transfers that the site's end has interrupted."""
        if not self._prefix:
            return
        for each in await self._lab.api.get("/images/json"):
            for tag in each.get("RepoTags") or []:
                if tag.startswith(self._prefix):
                    await self._images.untag(tag)

    async def push(self, transfer: int, tag: str) -> str | None:
        """`docker push`: the manifest's digest."""
        reference = registry_words.in_registry(tag, "push")
        self._check()
        image = self._images.find(reference)
        inspected = await self._lab.api.get(f"/images/{image.digest}/json")
        layers: Sequence[str] = inspected["RootFS"].get("Layers") or ()
        await self._lab.layers.read(inspected)
        held = await self._pushed()
        known = [*layers, *(layer for each in held.values() for layer in each.layers)]
        sizes = dict(zip(known, await self._lab.layers.sizes(known), strict=True))
        others = {name: each.layers for name, each in held.items()}
        check_room(others, reference, layers, sizes, self._lab.limits)
        size = sum(sizes[layer] for layer in image.layers)
        done = await self._transfers.carry_out(
            transfer,
            "push",
            reference,
            lambda progress: self._push(progress, reference, image, layers, size),
        )
        return done.digest if done else None

    async def pull(self, transfer: int, reference: str) -> str | None:
        """`docker pull`: the image's digest."""
        full = registry_words.in_registry(reference, "pull")
        self._check()
        done = await self._transfers.carry_out(
            transfer, "pull", full, lambda progress: self._pull(progress, full)
        )
        return done.image if done else None

    async def stop(self, reason: str) -> None:
        """Call off what is under way, and wait until it has said so."""
        await self._transfers.stop(reason)

    def _check(self) -> None:
        if not self._prefix:
            raise registry_words.no_registry()
        self._transfers.check_idle()

    def _name(self, reference: str) -> str:
        return self._prefix + registry_words.without_registry(reference)

    async def _pushed(self) -> dict[str, PushedImage]:
        return await self._lab.layers.in_thread(self._lab.pushed.load)

    async def _push(
        self, progress: Progress, reference: str, image: Image, layers: Sequence[str], size: int
    ) -> ImagePushed:
        name, _, tag = self._name(reference).rpartition(":")
        reading = TransferReading(progress, layers, self._lab.bases.hidden, pull=False)
        async with self._named(reference):
            await self._lab.tag(image.digest, self._name(reference))
            request = Request("POST", f"/images/{name}/push", {"tag": tag}, headers=NOBODY)
            digest = await self._read(request, reading, reference)
        pushed = PushedImage(image.digest, list(layers))
        await self._lab.layers.in_thread(self._lab.pushed.put, reference, pushed)
        return ImagePushed(
            image=image.digest,
            transfer=progress.transfer,
            reference=reference,
            digest=digest,
            size=size,
        )

    async def _pull(self, progress: Progress, reference: str) -> ImagePulled:
        expected = (await self._pushed()).get(reference)
        is_new = expected is None or expected.image not in self._images.held
        if is_new and not await self._images.make_room(self._containers()):
            limit = self._lab.limits.images
            raise TransferStopped(registry_words.NO_ROOM.at(None, limit=limit))
        name, _, tag = self._name(reference).rpartition(":")
        layers = expected.layers if expected else ()
        reading = TransferReading(progress, layers, self._lab.bases.hidden, pull=True)
        async with self._named(reference):
            query = {"fromImage": name, "tag": tag}
            request = Request("POST", "/images/create", query, headers=NOBODY)
            digest = await self._read(request, reading, reference)
            inspected = await self._lab.api.get(f"/images/{self._name(reference)}/json")
            await self._lab.layers.read(inspected)
            image = await self._images.take_in(self._images.view(inspected), reference)
        return await self._told(progress, reference, image, digest)

    @contextlib.asynccontextmanager
    async def _named(self, reference: str) -> AsyncIterator[None]:
        """The image may have its name in the registry here, and has lost it afterwards."""
        try:
            yield
        finally:
            # An engine that is gone keeps the name until the lab is opened the next time.
            with contextlib.suppress(ApiError, EngineUnavailable, TimeoutError):
                async with asyncio.timeout(UNTAG_SECONDS):
                    await self._images.untag(self._name(reference))

    async def _read(self, request: Request, reading: TransferReading, reference: str) -> str:
        """Carry it out; the manifest's digest. Raises TransferStopped, EngineUnavailable."""
        shown = Shown(self._prefix, reference)
        try:
            async with self._lab.api.open(request) as answer:
                async for line in answer.json_lines():
                    reading.take(line, shown)
        except ApiError as error:
            raise TransferStopped(diagnose(error.message, shown)) from None
        if reading.digest is None:
            raise TransferStopped(diagnose("it ended without a digest", shown))
        return reading.digest

    async def _told(
        self, progress: Progress, reference: str, image: Image, digest: str
    ) -> ImagePulled:
        layers = await self._lab.layers.described(image.layers)
        return ImagePulled(
            image=image.digest,
            transfer=progress.transfer,
            reference=reference,
            tags=list(image.tags),
            layers=layers,
            size=sum(layer.size for layer in layers),
            config=dict(image.config),
            digest=digest,
        )
