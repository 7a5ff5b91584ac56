"""One lab on the embedded engine: what the port asks of it, handed to its containers and images."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from visualizer.engine import refusals
from visualizer.engine.embedded.container import Container
from visualizer.engine.embedded.lab_builds import LabBuilds
from visualizer.engine.embedded.lab_containers import LabContainers
from visualizer.engine.embedded.lab_context import LabContext
from visualizer.engine.embedded.lab_images import LabImages
from visualizer.engine.embedded.lab_reading import LabReading
from visualizer.engine.embedded.registry import LabRegistry
from visualizer.engine.embedded.store import LayerGone
from visualizer.engine.entering import looking_around
from visualizer.engine.errors import NoShell
from visualizer.engine.lab_commands import LabCommands
from visualizer.engine.port import (
    BuildRequest,
    HeldContainer,
    Holdings,
    LayerFile,
    RunRequest,
)
from visualizer.engine.references import full_tag


class EmbeddedLab(LabCommands[Container]):
    """Implements `visualizer.engine.port.LabEngine`."""

    def __init__(self, context: LabContext, on_close: Callable[[], None]) -> None:
        """`on_close` is called once the lab is parked."""
        self._lab = context
        self._images = LabImages(context)
        self._containers = LabContainers(context)
        self._builds = LabBuilds(context, self._images)
        self._registry = LabRegistry(context, self._images)
        self._reading = LabReading(context, self._images)
        self._on_close = on_close

    async def holdings(self) -> Holdings:
        """What is really there now."""
        images = {digest: tuple(record.tags) for digest, record in self._images.records.items()}
        records = [container.record for container in self._containers]
        held = [HeldContainer(r.id, r.name, r.image, r.state, r.exit_code) for r in records]
        return Holdings(images, held)

    @property
    def in_use(self) -> set[str]:
        """Digests of all layers and configs that the lab refers to."""
        return self._lab.in_use

    # Building

    async def build(self, request: BuildRequest) -> str | None:
        """`docker build`."""
        return await self._builds.build(request)

    async def enter(self, request: BuildRequest, step: int, name: str) -> str:
        """A container started from the image as it was after a step; its id."""
        image = await self._builds.enter(request, step)
        container = await self._containers.create(image, looking_around(image.digest, name))
        with contextlib.suppress(NoShell):
            await self._shell(container)
            await container.start()
        return container.record.id

    async def cancel_build(self, build: int) -> None:
        """Call a running build off."""
        self._builds.cancel(build, "It was called off.")

    # Containers

    async def run(self, request: RunRequest) -> str:
        """Create a container, and start it unless told not to; its id."""
        digest = self._images.find(request.image)
        image = await self._lab.services.in_thread(self._images.load, digest)
        container = await self._containers.create(image, request)
        if request.start:
            await container.start()
        return container.record.id

    async def rename(self, ref: str, name: str) -> None:
        """`docker rename`."""
        await self._containers.rename(self._containers.get(ref), name)

    async def remove(self, ref: str, force: bool = False) -> None:
        """`docker rm`."""
        await self._containers.remove(self._containers.get(ref), force)

    # Further processes

    def _container(self, ref: str) -> Container:
        return self._containers.get(ref)

    def _check_execs(self) -> None:
        running = sum(len(each.executions) for each in self._containers)
        limit = self._lab.limits.execs
        if running >= limit:
            raise refusals.too_many_execs(limit)

    async def write(self, exec_id: str, data: bytes) -> None:
        """Type into an exec's terminal."""
        terminal = self._containers.execution(exec_id).terminal
        if terminal is not None:
            terminal.write(data)

    async def resize(self, exec_id: str, columns: int, rows: int) -> None:
        """Tell an exec's terminal its size."""
        terminal = self._containers.execution(exec_id).terminal
        if terminal is not None:
            terminal.resize(columns, rows)

    async def end_exec(self, exec_id: str) -> None:
        """Close an exec's terminal."""
        self._containers.execution(exec_id).end()

    async def _shell(self, container: Container) -> str:
        for shell in ("/bin/bash", "/bin/sh"):
            try:
                await container.read(shell, 1)
            except (KeyError, LayerGone):
                continue
            return shell
        raise refusals.no_shell(container.record)

    # Looking

    async def commit(self, ref: str, tag: str) -> str:
        """`docker commit`."""
        container = self._containers.get(ref)
        full_tag(tag)
        writable = await container.writable_layer()
        return await self._images.commit(container.record, writable, tag)

    async def tag(self, ref: str, tag: str) -> None:
        """`docker tag`."""
        await self._images.tag(ref, tag)

    async def remove_image(self, ref: str, force: bool = False) -> None:
        """`docker rmi`."""
        await self._images.remove(ref, force, self._lab.state.containers.values())

    async def push(self, transfer: int, tag: str) -> str | None:
        """`docker push` to the lab's registry."""
        return await self._registry.push(transfer, tag)

    async def pull(self, transfer: int, reference: str) -> str | None:
        """`docker pull` from the lab's registry."""
        return await self._registry.pull(transfer, reference)

    async def inspect(self, ref: str) -> dict[str, Any]:
        """`docker inspect` of a container or an image."""
        container = self._containers.find(ref)
        if container is not None:
            return await self._reading.inspect_container(container)
        return await self._reading.inspect_image(ref)

    async def layers_of(self, ref: str) -> Sequence[str]:
        """The layers that an image, a container or a layer stands on, the lowest first."""
        return self._reading.layers_of(ref, self._containers.find(ref))

    async def layer_files(
        self, layer: str, after: str = "", limit: int = 500
    ) -> Sequence[LayerFile]:
        """What a layer of this lab holds, sorted by path."""
        return await self._reading.layer_files(layer, after, limit)

    async def read_file(self, ref: str, path: str, limit: int = 64 * 1024) -> bytes:
        """A file of a container as it is now, or of an image or layer."""
        container = self._containers.find(ref)
        try:
            if container is not None:
                return await container.read(path, limit)
            if self._reading.is_layer(ref):
                return await self._reading.read_layer(ref, path, limit)
            return await self._reading.read_image(ref, path, limit)
        except KeyError:
            raise refusals.no_such_file(path) from None
        except LayerGone:
            raise refusals.files_gone(ref) from None

    # Closing

    async def park(self) -> None:
        """End what runs and let go of memory; everything stored stays."""
        await self._builds.stop("The lab was parked.")
        await self._registry.stop("The lab was parked.")
        for container in self._containers:
            await container.retire("lost")
        await self._lab.save()
        self._on_close()

    async def destroy(self) -> None:
        """End everything of the lab and forget what is stored of it."""
        await self.park()
        await self._lab.services.in_thread(self._lab.folder.delete)
        self._lab.on_garbage()
