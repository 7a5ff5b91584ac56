"""A lab's containers: made with its limits, found by name or id, in line with the engine."""

import json
import logging
from collections.abc import Collection, Mapping
from typing import Any

from visualizer.engine import refusals
from visualizer.engine.docker import words
from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.container import Container
from visualizer.engine.docker.execution import Execution
from visualizer.engine.docker.images import Image
from visualizer.engine.docker.keeping import delete
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.docker.lab_network import LabNetwork
from visualizer.engine.docker.names import (
    INSTANCE_LABEL,
    LAB_LABEL,
    LEARNERS,
    NAME_LABEL,
    PURPOSE_LABEL,
    is_only_a_means,
)
from visualizer.engine.docker.sandbox import container_request
from visualizer.engine.errors import EngineError
from visualizer.engine.port import RunRequest
from visualizer.engine.references import check_container_name, find_container, make_name
from visualizer.events.types import ContainerCreated, ContainerRemoved

log = logging.getLogger(__name__)


class LabContainers:
    """The containers of one lab."""

    def __init__(self, lab: LabContext) -> None:
        self._lab = lab
        self._held: dict[str, Container] = {}
        self._coming: set[str] = set()
        """Names of containers that are being made."""
        self.network = LabNetwork(lab)

    @property
    def all(self) -> list[Container]:
        """In the order in which they were made."""
        return list(self._held.values())

    async def load(self) -> None:
        """Find the lab's containers on the engine; follow those that run."""
        for inspected in await self._listed():
            container = self._hold(inspected)
            if container.state in ("running", "paused"):
                await container.adopt(container.state)

    async def create(self, image: Image, request: RunRequest) -> Container:
        """`docker create`. Raises Refused, Conflict."""
        limit = self._lab.limits.containers
        if len(self._held) + len(self._coming) >= limit:
            raise refusals.too_many_containers(limit)
        name = self._name(request.name)
        self.check_name(name)
        command = request.argv(image.config)
        if not command or not command[0]:
            raise refusals.no_command()
        self._coming.add(name)
        try:
            container = await self._create(image, request, name)
        finally:
            self._coming.discard(name)
        self._lab.emit(
            ContainerCreated(
                container=container.id,
                name=name,
                image=container.image,
                command=command,
                hostname=container.id[:12],
            )
        )
        return container

    async def _create(self, image: Image, request: RunRequest, name: str) -> Container:
        lab = self._lab
        labels = {**lab.names.labels, NAME_LABEL: request.image, PURPOSE_LABEL: LEARNERS}
        content = container_request(
            image.digest, image.config, request, lab.limits, lab.sandbox, labels
        )
        joined = await self.network.joined(name)
        content["HostConfig"] |= joined.pop("HostConfig")
        content |= joined
        try:
            made = await lab.api.post("/containers/create", content, name=lab.names.container(name))
            inspected = await lab.api.get(f"/containers/{made['Id']}/json")
        except ApiError as error:
            raise words.refused(error) from None
        return self._hold(inspected)

    def _hold(self, inspected: Mapping[str, Any]) -> Container:
        container = Container(inspected, self._lab)
        container.on_overflow = lambda: self._remove_overflowed(container)
        self._held[container.id] = container
        return container

    async def _remove_overflowed(self, container: Container) -> None:
        """What has filled the disk must not stay there until its lab is used again."""
        try:
            await self.remove(container)
        except EngineError:
            log.exception("a container that holds too much could not be removed")

    async def remove(self, container: Container) -> None:
        """Take an ended container off the engine, and say so."""
        async with container.lock:
            if container.is_removed:
                return
            container.is_removed = True
            try:
                await delete(self._lab.api, f"/containers/{container.id}", force="1", v="1")
            except ApiError as error:
                container.is_removed = False
                raise words.refused(error) from None
            self.forget(container)
        self._lab.emit(ContainerRemoved(container=container.id))

    def forget(self, container: Container) -> None:
        """It is gone from the engine."""
        container.is_removed = True
        self._held.pop(container.id, None)

    async def remove_all(self) -> None:
        """Take everything off the engine that has the lab's labels."""
        for inspected in await self._listed(all_purposes=True):
            await delete(self._lab.api, f"/containers/{inspected['Id']}", force="1", v="1")
        self._held.clear()
        await self.network.remove()

    async def reconcile(self) -> None:
        """Something happened unseen: tell what has become of the containers.

        What it made for a call that nobody waited for any more is removed. Raises EngineError.
        """
        self.network.forget()
        held = self.all
        found = {inspected["Id"]: inspected for inspected in await self._listed()}
        for container in held:
            inspected = found.pop(container.id, None)
            async with container.lock:
                if container.is_removed:
                    continue
                if inspected is None:
                    await container.settle(runs=False)
                    self.forget(container)
                    self._lab.emit(ContainerRemoved(container=container.id))
                else:
                    await container.reconcile(inspected)
        for inspected in found.values():
            if self.is_strange(inspected["Id"], inspected["Name"]):
                await delete(self._lab.api, f"/containers/{inspected['Id']}", force="1", v="1")

    def is_strange(self, container: str, name: str) -> bool:
        """Whether the engine speaks of a container that nobody here has asked for."""
        plain = self._lab.names.learners_container(name)
        return container not in self._held and plain not in self._coming

    async def _listed(self, *, all_purposes: bool = False) -> list[Mapping[str, Any]]:
        listed = await self._lab.api.get("/containers/json", all="1", filters=self._filters)
        listed = sorted(listed, key=lambda item: item["Created"])
        wanted = [each for each in listed if all_purposes or not is_only_a_means(each["Labels"])]
        # One may go between being listed and being looked at.
        found = [await self._lab.api.find(f"/containers/{each['Id']}/json") for each in wanted]
        return [each for each in found if each is not None]

    @property
    def _filters(self) -> str:
        names = self._lab.names
        labels = [f"{INSTANCE_LABEL}={names.instance}", f"{LAB_LABEL}={names.lab}"]
        return json.dumps({"label": labels})

    # Finding

    def find(self, ref: str) -> Container:
        """A container by id, name or unique beginning of its id. Raises NotFound, Conflict."""
        found = self.look_up(ref)
        if found is None:
            raise refusals.no_such_container(ref)
        return found

    def look_up(self, ref: str) -> Container | None:
        """The same, None when there is none."""
        return find_container(ref, self._held, lambda held: held.name)

    def execution(self, exec_id: str) -> Execution:
        """A further process that runs. Raises NotFound."""
        for container in self._held.values():
            if container.running is not None and exec_id in container.running.executions:
                return container.running.executions[exec_id]
        raise refusals.no_such_exec(exec_id)

    def check_execs(self) -> None:
        """Raises Refused when as many further processes run as may."""
        running = sum(len(c.running.executions) for c in self.all if c.running is not None)
        limit = self._lab.limits.execs
        if running >= limit:
            raise refusals.too_many_execs(limit)

    def check_name(self, name: str) -> None:
        """Raises Conflict when another container has the name."""
        for container in self._held.values():
            if container.name == name:
                raise refusals.name_taken(name, container.id)
        if name in self._coming:
            raise refusals.name_taken(name, "")

    def _name(self, wanted: str | None) -> str:
        if wanted is not None:
            return check_container_name(wanted)
        return make_name(self._taken())

    def _taken(self) -> Collection[str]:
        return {container.name for container in self._held.values()} | self._coming
