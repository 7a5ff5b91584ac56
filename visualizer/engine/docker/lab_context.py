"""What a lab's containers and images share: the engine's API, its names there, its way to the
tape."""

from dataclasses import dataclass

from visualizer.engine.catalogue import Catalogue
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.base_images import LabBases
from visualizer.engine.docker.keeping import Disk
from visualizer.engine.docker.layers import Layers
from visualizer.engine.docker.names import LabNames
from visualizer.engine.docker.pushed_images import PushedImages
from visualizer.engine.docker.sandbox import Sandbox
from visualizer.engine.limits import Limits
from visualizer.engine.port import Emit


@dataclass(frozen=True)
class LabContext:
    """One lab that is open."""

    api: EngineApi
    names: LabNames
    limits: Limits
    sandbox: Sandbox
    catalogue: Catalogue
    bases: LabBases
    layers: Layers
    disk: Disk
    emit: Emit
    registry: str
    """Where the labs' registry is, as the engine reaches it; empty when there is none."""
    pushed: PushedImages

    async def tag(self, image: str, tag: str) -> None:
        """Point a tag of the engine's at an image. Raises ApiError."""
        repository, _, name = tag.rpartition(":")
        await self.api.post(f"/images/{image}/tag", repo=repository, tag=name)
