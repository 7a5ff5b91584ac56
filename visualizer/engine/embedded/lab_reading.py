"""What can be looked at in a lab: containers, images and layers, in Docker's shape or as files."""

from collections.abc import Sequence
from typing import Any

from visualizer.engine import refusals
from visualizer.engine.embedded.container import Container
from visualizer.engine.embedded.container_files import as_file
from visualizer.engine.embedded.inspection import inspect_container, inspect_image
from visualizer.engine.embedded.lab_context import LabContext
from visualizer.engine.embedded.lab_images import LabImages
from visualizer.engine.embedded.store import LayerGone
from visualizer.engine.port import LayerFile


class LabReading:
    """Looks, and changes nothing."""

    def __init__(self, lab: LabContext, images: LabImages) -> None:
        self._lab = lab
        self._images = images

    async def inspect_container(self, container: Container) -> dict[str, Any]:
        """`docker inspect` of a container."""
        size = await self._lab.services.in_thread(self._size, container.record.layers)
        return inspect_container(container.record, size, list(container.executions))

    async def inspect_image(self, ref: str) -> dict[str, Any]:
        """`docker inspect` of an image."""
        digest = self._images.find(ref)
        image = await self._lab.services.in_thread(self._images.load, digest)
        size = await self._lab.services.in_thread(self._size, image.layers)
        return inspect_image(image, self._images.records[digest], size)

    def is_layer(self, ref: str) -> bool:
        """Whether a digest is that of a layer of this lab; other labs' are not to be seen."""
        return ref.startswith("sha256:") and not self._images.has(ref) and ref in self._lab.in_use

    def layers_of(self, ref: str, container: Container | None) -> Sequence[str]:
        """The layers below and with what a reference means, the lowest first. Raises NotFound."""
        if container is not None:
            return container.record.layers
        if not self.is_layer(ref):
            return self._images.records[self._images.find(ref)].layers
        state = self._lab.state
        stacks = [image.layers for image in state.images.values()]
        stacks += [each.layers for each in state.containers.values()]
        for layers in stacks:
            if ref in layers:
                return layers[: layers.index(ref) + 1]
        # A step of a build that made no image.
        return [ref]

    async def layer_files(self, layer: str, after: str, limit: int) -> Sequence[LayerFile]:
        """What a layer holds, sorted by path."""
        if not self.is_layer(layer):
            raise refusals.no_such_layer(layer)
        return await self._lab.services.in_thread(self._layer_files, layer, after, limit)

    async def read_layer(self, layer: str, path: str, limit: int) -> bytes:
        """A file of a layer. Raises KeyError or LayerGone."""
        services = self._lab.services
        found = await services.in_thread(services.store.layer, layer)
        return await services.in_thread(found.read, path, limit)

    async def read_image(self, ref: str, path: str, limit: int) -> bytes:
        """A file of an image. Raises KeyError or LayerGone."""
        services = self._lab.services
        layers = self._images.records[self._images.find(ref)].layers
        stack = await services.in_thread(services.store.stack, layers)
        return await services.in_thread(stack.read, path, limit)

    def _size(self, layers: Sequence[str]) -> int:
        try:
            return self._lab.services.store.stack(layers).size
        except LayerGone:
            raise refusals.files_gone("the image") from None

    def _layer_files(self, layer: str, after: str, limit: int) -> Sequence[LayerFile]:
        try:
            entries = self._lab.services.store.layer(layer).entries
        except LayerGone:
            raise refusals.files_gone(layer) from None
        found = sorted((entry for entry in entries if entry.path > after), key=lambda e: e.path)
        return [as_file(each.path, each.node, opaque=each.opaque) for each in found[:limit]]
