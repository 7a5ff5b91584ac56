"""What can be looked at in a lab beside its containers: images and layers."""

from collections.abc import Sequence
from typing import Any

from visualizer.engine import refusals
from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.files import read_file, read_image_file
from visualizer.engine.docker.image_config import plain_config
from visualizer.engine.docker.images import Image, LabImages
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.port import LayerFile

_INSPECTED = ("Id", "Created", "Architecture", "Os", "Author", "Comment", "Metadata")


class LabReading:
    """Looks, and changes nothing."""

    def __init__(self, lab: LabContext, images: LabImages) -> None:
        self._lab = lab
        self._images = images
        self._of_containers: dict[str, Image] = {}
        """Images that were removed by force and that somebody has looked at since."""

    async def inspect_image(self, ref: str) -> dict[str, Any]:
        """`docker inspect` of an image, without what is this site's own affair."""
        image = self._images.find(ref)
        inspected = await self._lab.api.get(f"/images/{image.digest}/json")
        await self._lab.layers.read(inspected)
        return {
            **{key: inspected[key] for key in _INSPECTED if key in inspected},
            "RepoTags": list(image.tags),
            "RepoDigests": [],
            "Size": sum(await self._lab.layers.sizes(image.layers)),
            "Config": plain_config(inspected["Config"]),
            "RootFS": {"Type": "layers", "Layers": list(image.layers)},
        }

    def is_layer(self, ref: str) -> bool:
        """Whether a digest is that of a layer of this lab; other labs' are not to be seen."""
        if not ref.startswith("sha256:") or self._images.has(ref):
            return False
        return any(ref in image.layers for image in self._stacks)

    @property
    def _stacks(self) -> list[Image]:
        """The lab's images, and those that only its containers have any more."""
        return [*self._images.held.values(), *self._of_containers.values()]

    async def layers_of(self, ref: str, image: str | None) -> Sequence[str]:
        """The layers below and with what a reference means, the lowest first.

        `image` is that of a container, which may have been removed from the lab. Raises NotFound.
        """
        if image is not None:
            held = self._images.held.get(image)
            if held is None:
                held = self._of_containers[image] = await self._unheld(image)
            return await self._read(held)
        if not self.is_layer(ref):
            return await self._read(self._images.find(ref))
        held = next(held for held in self._stacks if ref in held.layers)
        layers = await self._read(held)
        return layers[: layers.index(ref) + 1]

    async def _unheld(self, image: str) -> Image:
        try:
            return await self._images.look(image)
        except ApiError:
            # Of a container that has ended, the engine forgets the image at once.
            raise refusals.image_gone() from None

    async def _read(self, image: Image) -> Sequence[str]:
        """Its layers, once it is known what they hold."""
        if await self._lab.layers.missing(image.layers):
            await self._lab.layers.read(await self._lab.api.get(f"/images/{image.digest}/json"))
        return image.layers

    async def layer_files(self, layer: str, after: str, limit: int) -> Sequence[LayerFile]:
        """What a layer holds, sorted by path."""
        if not self.is_layer(layer):
            raise refusals.no_such_layer(layer)
        return await self._lab.layers.page(layer, after, limit)

    async def container_file(self, container: str, path: str, limit: int) -> bytes:
        """A file of a container. Raises NotFound."""
        return await read_file(self._lab.api, container, path, limit)

    async def image_file(self, ref: str, path: str, limit: int) -> bytes:
        """A file of an image. Raises NotFound."""
        return await self._file(self._images.find(ref).digest, path, limit)

    async def _file(self, image: str, path: str, limit: int) -> bytes:
        return await read_image_file(self._lab.api, self._lab.names, image, path, limit)

    async def layer_file(self, layer: str, path: str, limit: int) -> bytes:
        """A file of a layer, also one that every image hides. Raises NotFound."""
        found = await self._lab.layers.find(layer, path)
        if found is None or found.kind not in ("file", "symlink"):
            raise refusals.no_such_file(path)
        for image in self._stacks:
            if layer in image.layers:
                above = image.layers[image.layers.index(layer) + 1 :]
                if not await self._lab.layers.is_touched(above, path):
                    return await self._file(image.digest, path, limit)
        image = next(image for image in self._stacks if layer in image.layers)
        inspected = await self._lab.api.get(f"/images/{image.digest}/json")
        content = await self._lab.layers.read_file(inspected, layer, path, limit)
        if content is None:
            raise refusals.no_such_file(path)
        return content
