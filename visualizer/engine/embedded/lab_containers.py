"""A lab's containers: made, named, found by name or id, and removed."""

from collections.abc import Iterator

from visualizer.engine import refusals
from visualizer.engine.embedded.container import Container
from visualizer.engine.embedded.container_config import new_record
from visualizer.engine.embedded.execution import Execution
from visualizer.engine.embedded.image import Image
from visualizer.engine.embedded.lab_context import LabContext
from visualizer.engine.port import RunRequest
from visualizer.engine.references import check_container_name, find_container, make_name
from visualizer.events.types import ContainerCreated, ContainerRemoved, ContainerRenamed


class LabContainers:
    """The containers of one lab."""

    def __init__(self, lab: LabContext) -> None:
        self._lab = lab
        self._containers = {
            record.id: Container(record, lab) for record in lab.state.containers.values()
        }

    def __iter__(self) -> Iterator[Container]:
        """All of them, in the order in which they were made."""
        return iter(list(self._containers.values()))

    async def create(self, image: Image, request: RunRequest) -> Container:
        """Make a container; it is not started. Raises Refused or Conflict."""
        limit = self._lab.limits.containers
        if len(self._containers) >= limit:
            raise refusals.too_many_containers(limit)
        record = new_record(image, request, self._name(request.name))
        container = Container(record, self._lab)
        self._containers[record.id] = container
        self._lab.state.containers[record.id] = record
        await self._lab.save()
        self._lab.emit(
            ContainerCreated(
                container=record.id,
                name=record.name,
                image=record.image,
                command=record.command,
                hostname=record.hostname,
            )
        )
        return container

    async def rename(self, container: Container, name: str) -> None:
        """Give a container another name."""
        plain = check_container_name(name)
        if plain == container.record.name:
            return
        self._check_free(plain)
        container.record.name = plain
        await self._lab.save()
        self._lab.emit(ContainerRenamed(container=container.record.id, name=plain))

    async def remove(self, container: Container, force: bool) -> None:
        """Remove a container; a running one only by force."""
        record = container.record
        if container.is_running and not force:
            if record.state == "paused":
                raise refusals.is_paused(record, "remove")
            raise refusals.remove_running(record)
        if not await container.retire("killed"):
            raise refusals.no_such_container(record.name)
        del self._containers[record.id]
        self._lab.state.containers.pop(record.id, None)
        await self._lab.save()
        self._lab.emit(ContainerRemoved(container=record.id))
        self._lab.on_garbage()

    # Finding

    def get(self, ref: str) -> Container:
        """A container by id, name or unique beginning of its id. Raises NotFound or Conflict."""
        found = self.find(ref)
        if found is None:
            raise refusals.no_such_container(ref)
        return found

    def find(self, ref: str) -> Container | None:
        """The same, None when there is no such container. Raises Conflict."""
        return find_container(ref, self._containers, lambda held: held.record.name)

    def execution(self, exec_id: str) -> Execution:
        """A further process that runs in one of them. Raises NotFound."""
        for container in self._containers.values():
            if exec_id in container.executions:
                return container.executions[exec_id]
        raise refusals.no_such_exec(exec_id)

    def _name(self, wanted: str | None) -> str:
        if wanted is None:
            return make_name({container.record.name for container in self})
        name = check_container_name(wanted)
        self._check_free(name)
        return name

    def _check_free(self, name: str) -> None:
        for container in self._containers.values():
            if container.record.name == name:
                raise refusals.name_taken(name, container.record.id)
