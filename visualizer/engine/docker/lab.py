"""One lab on a Docker Engine: what the port asks of it, handed to its containers and images."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from visualizer.engine import refusals
from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.changes import file_stat
from visualizer.engine.docker.container import Container
from visualizer.engine.docker.execution import Execution
from visualizer.engine.docker.images import LabImages
from visualizer.engine.docker.inspection import shown_container
from visualizer.engine.docker.lab_builds import LabBuilds
from visualizer.engine.docker.lab_containers import LabContainers
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.docker.lab_reading import LabReading
from visualizer.engine.docker.names import is_only_a_means
from visualizer.engine.docker.registry import LabRegistry
from visualizer.engine.entering import looking_around
from visualizer.engine.errors import EngineError, NoShell
from visualizer.engine.lab_commands import LabCommands
from visualizer.engine.port import BuildRequest, HeldContainer, Holdings, LayerFile, RunRequest
from visualizer.engine.references import check_container_name, full_tag
from visualizer.events.types import (
    ContainerRemoved,
    ContainerRenamed,
    EngineLost,
    EngineRestored,
    ImageCommitted,
)

log = logging.getLogger(__name__)


class DockerLab(LabCommands[Container]):
    """Implements `visualizer.engine.port.LabEngine`."""

    def __init__(self, context: LabContext, on_close: Callable[[], None]) -> None:
        """`on_close` is called once the lab is parked."""
        self._lab = context
        self._images = LabImages(context)
        self._containers = LabContainers(context)
        self._builds = LabBuilds(context, self._images, self._containers)
        self._registry = LabRegistry(context, self._images, lambda: self._containers.all)
        self._reading = LabReading(context, self._images)
        self._on_close = on_close
        self._reconciling: asyncio.Task[None] | None = None
        self._is_lost = False
        """Whether the tape was told that the engine is away."""

    async def load(self) -> None:
        """Find what the engine holds of the lab. Raises EngineUnavailable."""
        await self._registry.load()
        await self._images.load()
        await self._containers.load()

    async def holdings(self) -> Holdings:
        """What is really there now."""
        await self._images.load()
        held = [
            HeldContainer(c.id, c.name, c.image, c.state, c.exit_code) for c in self._containers.all
        ]
        return Holdings(self._images.holdings(), held)

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
        return container.id

    @property
    def is_building(self) -> bool:
        """Whether a build is under way."""
        return self._builds.is_running

    async def cancel_build(self, build: int) -> None:
        """Call a running build off."""
        self._builds.cancel(build, "It was called off.")

    # Containers

    async def run(self, request: RunRequest) -> str:
        """Create a container, and start it unless told not to; its id."""
        image = self._images.find(request.image)
        container = await self._containers.create(image, request)
        if request.start:
            await container.start()
        return container.id

    async def rename(self, ref: str, name: str) -> None:
        """`docker rename`."""
        container = self._containers.find(ref)
        plain = check_container_name(name)
        if plain == container.name:
            return
        self._containers.check_name(plain)
        await self._lab.api.post(
            f"/containers/{container.id}/rename", name=self._lab.names.container(plain)
        )
        container.name = plain
        self._lab.emit(ContainerRenamed(container=container.id, name=plain))
        await self._containers.network.rename(container.id, plain)

    async def remove(self, ref: str, force: bool = False) -> None:
        """`docker rm`."""
        container = self._containers.find(ref)
        if container.is_running and not force:
            if container.state == "paused":
                raise refusals.is_paused(container, "remove")
            raise refusals.remove_running(container)
        await container.end("killed")
        await self._containers.remove(container)

    # Further processes

    def _container(self, ref: str) -> Container:
        return self._containers.find(ref)

    def _check_execs(self) -> None:
        self._containers.check_execs()

    async def write(self, exec_id: str, data: bytes) -> None:
        """Type into an exec's terminal."""
        execution = self._execution(exec_id)
        await execution.write(data)
        self._containers.find(execution.container).look_soon()

    async def resize(self, exec_id: str, columns: int, rows: int) -> None:
        """Tell an exec's terminal its size."""
        await self._execution(exec_id).resize(columns, rows)

    async def end_exec(self, exec_id: str) -> None:
        """Close an exec's terminal."""
        await self._execution(exec_id).end()

    def _execution(self, exec_id: str) -> Execution:
        return self._containers.execution(exec_id)

    async def _shell(self, container: Container) -> str:
        for shell in ("/bin/bash", "/bin/sh"):
            with contextlib.suppress(ApiError):
                await file_stat(self._lab.api, container.id, shell)
                return shell
        raise refusals.no_shell(container)

    # Looking

    async def commit(self, ref: str, tag: str) -> str:
        """`docker commit`."""
        container = self._containers.find(ref)
        full = full_tag(tag)
        if not await self._images.make_room(self._containers.all):
            raise refusals.too_many_images(self._lab.limits.images)
        container.expect_pause()
        made = await self._lab.api.post(
            "/commit", container=container.id, pause="1", repo=self._lab.names.building[:-7]
        )
        inspected = await self._lab.api.get(f"/images/{made['Id']}/json")
        await self._lab.layers.read(inspected)
        image = await self._images.take_in(self._images.view(inspected), full)
        sizes = await self._lab.layers.sizes(image.layers)
        self._lab.emit(
            ImageCommitted(
                image=image.digest,
                container=container.id,
                layer=image.layers[-1],
                layer_size=sizes[-1],
                tags=list(image.tags),
                layers=list(image.layers),
                size=sum(sizes),
                config=dict(image.config),
            )
        )
        return image.digest

    async def tag(self, ref: str, tag: str) -> None:
        """`docker tag`."""
        await self._images.tag(ref, tag)

    async def remove_image(self, ref: str, force: bool = False) -> None:
        """`docker rmi`."""
        await self._images.remove(ref, force, self._containers.all)

    async def push(self, transfer: int, tag: str) -> str | None:
        """`docker push` to the lab's registry."""
        return await self._registry.push(transfer, tag)

    async def pull(self, transfer: int, reference: str) -> str | None:
        """`docker pull` from the lab's registry."""
        return await self._registry.pull(transfer, reference)

    async def inspect(self, ref: str) -> dict[str, Any]:
        """`docker inspect` of a container or an image."""
        container = self._containers.look_up(ref)
        if container is None:
            return await self._reading.inspect_image(ref)
        inspected = await self._lab.api.get(f"/containers/{container.id}/json", size="1")
        return shown_container(inspected, container.name)

    async def layers_of(self, ref: str) -> Sequence[str]:
        """The layers that an image, a container or a layer stands on, the lowest first."""
        container = self._containers.look_up(ref)
        return await self._reading.layers_of(ref, container.image if container else None)

    async def layer_files(
        self, layer: str, after: str = "", limit: int = 500
    ) -> Sequence[LayerFile]:
        """What a layer of this lab holds, sorted by path."""
        return await self._reading.layer_files(layer, after, limit)

    async def read_file(self, ref: str, path: str, limit: int = 64 * 1024) -> bytes:
        """A file of a container as it is now, or of an image or layer."""
        container = self._containers.look_up(ref)
        if container is not None:
            return await self._reading.container_file(container.id, path, limit)
        if self._reading.is_layer(ref):
            return await self._reading.layer_file(ref, path, limit)
        return await self._reading.image_file(ref, path, limit)

    # The engine's own news

    def happened(self, container: str, action: str, attributes: Mapping[str, str]) -> None:
        """Something happened to a container of the lab, whoever did it."""
        found = self._containers.look_up(container)
        if found is None:
            name = attributes.get("name", "")
            is_means = is_only_a_means(attributes)
            if action == "create" and not is_means and self._containers.is_strange(container, name):
                self._reconcile_soon()
            return
        if action == "start" and found.running is None:
            self._reconcile_soon()
        elif action == "destroy" and not found.is_removed:
            self._containers.forget(found)
            self._lab.emit(ContainerRemoved(container=found.id))
        else:
            found.happened(action, attributes)

    def _reconcile_soon(self) -> None:
        """The engine did late what a call had asked for that nobody waited for any more."""
        if self._reconciling is None or self._reconciling.done():
            self._reconciling = asyncio.create_task(self._reconcile_quietly())

    async def _reconcile_quietly(self) -> None:
        try:
            await self._containers.reconcile()
        except EngineError as error:
            log.warning("a lab was not brought in line with the engine: %s", error)

    async def engine_lost(self, message: str) -> None:
        """The engine does not answer any more; told once."""
        if not self._is_lost:
            self._is_lost = True
            self._lab.emit(EngineLost(message=message))

    async def engine_restored(self, message: str) -> None:
        """The engine answers again; what it holds is the truth. Raises EngineUnavailable."""
        await self._images.load()
        await self._containers.reconcile()
        if self._is_lost:
            self._is_lost = False
            self._lab.emit(EngineRestored(message=message))

    # Closing

    async def park(self) -> None:
        """End what runs and let go of memory; everything stored stays."""
        try:
            await self._builds.stop("The lab was parked.")
            await self._registry.stop("The lab was parked.")
            await asyncio.gather(*(self._end(each) for each in self._containers.all))
        finally:
            # However that went: a lab that stayed open could never be opened again.
            if self._reconciling is not None:
                self._reconciling.cancel()
            self._on_close()

    async def destroy(self) -> None:
        """End everything of the lab and forget what is stored of it."""
        await self.park()
        await self._containers.remove_all()
        await self._images.remove_all()
        await self._lab.layers.forget_lab(self._lab.names.root)
        await self._lab.layers.in_thread(self._lab.pushed.forget)

    async def _end(self, container: Container) -> None:
        try:
            await container.end("lost")
        except EngineError as error:
            log.warning("a container could not be ended: %s", error)
            await container.let_go()
        except asyncio.CancelledError:
            await container.let_go()
            raise
