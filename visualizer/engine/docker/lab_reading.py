"""What can be looked at in a lab beside its containers: images and layers."""

from collections.abc import Sequence
from typing import Any

from visualizer.engine import refusals
from visualizer.engine.docker.files import read_file, read_image_file
from visualizer.engine.docker.image_config import plain_config
from visualizer.engine.docker.images import LabImages
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.port import LayerFile

_INSPECTED = ("Id", "Created", "Architecture", "Os", "Author", "Comment", "Metadata")


class LabReading:
    """Looks, and changes nothing."""

    def __init__(self, lab: LabContext, images: LabImages) -> None:
        self._lab = lab
        self._images = images

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
        return ref.startswith("sha256:") and not self._images.has(ref) and ref in self._layers

    @property
    def _layers(self) -> set[str]:
        return self._images.layers

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
        image = self._images.find(ref)
        return await read_image_file(self._lab.api, self._lab.names, image.digest, path, limit)

    async def layer_file(self, layer: str, path: str, limit: int) -> bytes:
        """A file of a layer, read in an image in which no higher layer hides it.

        Raises NotFound, also when there is no such image.
        """
        found = await self._lab.layers.find(layer, path)
        if found is None or found.kind not in ("file", "symlink"):
            raise refusals.no_such_file(path)
        for image in self._images.held.values():
            if layer in image.layers:
                above = image.layers[image.layers.index(layer) + 1 :]
                if not await self._lab.layers.is_touched(above, path):
                    return await self.image_file(image.digest, path, limit)
        raise refusals.files_gone(path)
