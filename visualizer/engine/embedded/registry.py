"""The lab's registry on the embedded engine: simulated, on the same disk as the lab itself.

There is no network to send anything over. What a transfer does is what a registry does with what
arrives: it reads each blob once and checks its digest. `docs/simulated.md` says so to learners.
"""

import hashlib
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

import msgspec

from visualizer.engine import registry_words
from visualizer.engine.embedded.image import Image, from_document
from visualizer.engine.embedded.lab_context import LabContext
from visualizer.engine.embedded.lab_images import LabImages
from visualizer.engine.embedded.state import RegistryRecord, references
from visualizer.engine.embedded.store import LayerGone
from visualizer.engine.transfer_progress import Progress
from visualizer.engine.transfers import Transfers, TransferStopped, check_room
from visualizer.events.types import ImageLayer, ImagePulled, ImagePushed

PIECE = 1024 * 1024
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"


class LabRegistry:
    """Pushes a lab's images to its registry, and pulls them from there."""

    def __init__(self, lab: LabContext, images: LabImages) -> None:
        self._lab = lab
        self._images = images
        self._transfers = Transfers(lab.emit, lab.limits)

    async def push(self, transfer: int, tag: str) -> str | None:
        """`docker push`: the manifest's digest."""
        reference = registry_words.in_registry(tag, "push")
        self._transfers.check_idle()
        image = await self._lab.services.in_thread(self._images.load, self._images.find(reference))
        sizes = await self._lab.services.in_thread(self._sizes, image)
        held = {name: record.layers for name, record in self._held.items()}
        check_room(held, reference, image.layers, sizes, self._lab.limits)
        done = await self._transfers.carry_out(
            transfer, "push", reference, lambda progress: self._push(progress, reference, image)
        )
        return done.digest if done else None

    async def pull(self, transfer: int, reference: str) -> str | None:
        """`docker pull`: the image's digest."""
        full = registry_words.in_registry(reference, "pull")
        done = await self._transfers.carry_out(
            transfer, "pull", full, lambda progress: self._pull(progress, full)
        )
        return done.image if done else None

    async def stop(self, reason: str) -> None:
        """Call off what is under way, and wait until it has said so."""
        await self._transfers.stop(reason)

    @property
    def _held(self) -> dict[str, RegistryRecord]:
        return self._lab.state.registry

    async def _push(self, progress: Progress, reference: str, image: Image) -> ImagePushed:
        there = {layer for record in self._held.values() for layer in record.layers}
        await self._move(progress, image.layers, there)
        try:
            digest = await self._lab.services.in_thread(self._manifest, image)
        except OSError:
            raise _damaged(image.digest) from None
        self._held[reference] = RegistryRecord(image.digest, list(image.layers), digest)
        await self._lab.save()
        self._lab.on_garbage()
        sizes = await self._lab.services.in_thread(self._sizes, image)
        return ImagePushed(
            image=image.digest,
            transfer=progress.transfer,
            reference=reference,
            digest=digest,
            size=sum(sizes.get(layer, 0) for layer in image.layers),
        )

    async def _pull(self, progress: Progress, reference: str) -> ImagePulled:
        record = self._held.get(reference)
        if record is None:
            raise TransferStopped(registry_words.NOT_THERE.at(None, reference=reference))
        users = self._lab.state.containers.values()
        if record.image not in self._images.records and not self._images.make_room(users):
            limit = self._lab.limits.images
            raise TransferStopped(registry_words.NO_ROOM.at(None, limit=limit))
        local = msgspec.structs.replace(self._lab.state, registry={})
        await self._move(progress, record.layers, references(local, self._lab.cache.records))
        try:
            image, layers = await self._lab.services.in_thread(self._described, record)
        except LayerGone as gone:
            raise _damaged(str(gone)) from None
        self._images.put(image, reference)
        await self._lab.save()
        return ImagePulled(
            image=image.digest,
            transfer=progress.transfer,
            reference=reference,
            tags=list(self._images.records[image.digest].tags),
            layers=layers,
            size=sum(layer.size for layer in layers),
            config=dict(image.config),
            digest=record.digest,
        )

    async def _move(
        self, progress: Progress, layers: Collection[str], there: Collection[str]
    ) -> None:
        """Tell of every layer once, and check those that are not there yet."""
        blobs = {layer: layer.removeprefix("sha256:")[:12] for layer in layers}
        for layer, blob in blobs.items():
            progress.name(blob, layer)
            progress.tell(blob, "waiting")
        for layer, blob in blobs.items():
            if layer in there:
                progress.tell(blob, "exists")
            else:
                await self._check(progress, layer, blob)

    async def _check(self, progress: Progress, layer: str, blob: str) -> None:
        services = self._lab.services
        digest, read = hashlib.sha256(), 0
        try:
            path = services.store.blob(layer)
            total = path.stat().st_size
            progress.tell(blob, "moving", 0, total)
            while piece := await services.in_thread(_read, path, read):
                await services.in_thread(digest.update, piece)
                read += len(piece)
                progress.tell(blob, "moving", read, total)
        except (LayerGone, OSError):
            raise _damaged(layer) from None
        if f"sha256:{digest.hexdigest()}" != layer:
            raise _damaged(layer)
        progress.tell(blob, "done", read, total)

    def _sizes(self, image: Image) -> dict[str, int]:
        """Bytes of the files of each layer, of the image and of all that is in the registry."""
        held = [layer for record in list(self._held.values()) for layer in record.layers]
        sizes: dict[str, int] = {}
        for layer in dict.fromkeys([*image.layers, *held]):
            # One that is damaged takes no room; that it is damaged is told when it moves.
            with suppress(LayerGone):
                sizes[layer] = self._lab.services.store.layer(layer).size
        return sizes

    def _manifest(self, image: Image) -> str:
        """The digest of the image's manifest. OCI image-spec, manifest.md."""
        store = self._lab.services.store
        content = {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": _descriptor(CONFIG_TYPE, image.digest, store.blob(image.digest)),
            "layers": [_descriptor(LAYER_TYPE, each, store.blob(each)) for each in image.layers],
        }
        return f"sha256:{hashlib.sha256(msgspec.json.encode(content)).hexdigest()}"

    def _described(self, record: RegistryRecord) -> tuple[Image, list[ImageLayer]]:
        """The image and what its layers hold. Raises LayerGone."""
        store = self._lab.services.store
        image = from_document(record.image, store.config(record.image))
        return image, self._images.described(image)


def _read(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(PIECE)


def _descriptor(kind: str, digest: str, path: Path) -> dict[str, object]:
    return {"mediaType": kind, "digest": digest, "size": path.stat().st_size}


def _damaged(layer: str) -> TransferStopped:
    return TransferStopped(registry_words.DAMAGED.at(None, layer=layer))
