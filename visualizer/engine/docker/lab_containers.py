"""A lab's containers: made with its limits, found by name or id, in line with the engine."""

import asyncio
import json
from collections.abc import Collection, Mapping
from typing import Any

from visualizer.engine.docker import words
from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.container import Container
from visualizer.engine.docker.execution import Execution
from visualizer.engine.docker.images import Image
from visualizer.engine.docker.inspection import state_of
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.docker.names import INSTANCE_LABEL, LAB_LABEL, NAME_LABEL, PURPOSE_LABEL
from visualizer.engine.docker.sandbox import container_request
from visualizer.engine.embedded import refusals
from visualizer.engine.embedded.references import check_container_name, is_id_prefix, make_name
from visualizer.engine.port import RunRequest
from visualizer.events.types import ContainerCreated, ContainerRemoved


class LabContainers:
    """The containers of one lab."""

    def __init__(self, lab: LabContext) -> None:
        self._lab = lab
        self._held: dict[str, Container] = {}
        self._coming: set[str] = set()
        """Names of containers that are being made."""
        self._network_id = ""
        self._making_network = asyncio.Lock()

    @property
    def all(self) -> list[Container]:
        """In the order in which they were made."""
        return list(self._held.values())

    async def load(self) -> None:
        """Find the lab's containers on the engine; follow those that run."""
        for inspected in await self._listed():
            container = Container(inspected, self._lab)
            self._held[container.id] = container
            if container.state in ("running", "paused"):
                await container.adopt(container.state)

    async def create(self, image: Image, request: RunRequest) -> Container:
        """`docker create`. Raises Refused, Conflict."""
        limit = self._lab.limits.containers
        if len(self._held) + len(self._coming) >= limit:
            raise refusals.too_many(
                "containers",
                f"This lab already has {limit} containers.",
                limit,
                "Remove a container that you do not need any more.",
            )
        name = self._name(request.name)
        self.check_name(name)
        command = [
            *(image.config.get("Entrypoint") or []),
            *(request.command or image.config.get("Cmd") or []),
        ]
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
        labels = {**lab.names.labels, NAME_LABEL: request.image}
        content = container_request(
            image.digest, image.config, request, lab.limits, lab.sandbox, labels
        )
        content["HostConfig"]["NetworkMode"] = await self._network()
        try:
            made = await lab.api.post("/containers/create", content, name=lab.names.container(name))
            inspected = await lab.api.get(f"/containers/{made['Id']}/json")
        except ApiError as error:
            raise words.refused(error) from None
        container = Container(inspected, lab)
        self._held[container.id] = container
        return container

    async def remove(self, container: Container) -> None:
        """Take an ended container off the engine, and say so."""
        async with container.lock:
            if container.is_removed:
                return
            container.is_removed = True
            try:
                await self._lab.api.delete(f"/containers/{container.id}", force="1", v="1")
            except ApiError as error:
                if error.status != 404:
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
            await self._lab.api.delete(f"/containers/{inspected['Id']}", force="1", v="1")
        self._held.clear()
        for network in await self._networks():
            await self._lab.api.delete(f"/networks/{network}")
        self._network_id = ""

    async def reconcile(self) -> None:
        """The engine was away: tell what has become of the containers meanwhile."""
        found = {inspected["Id"]: inspected for inspected in await self._listed()}
        for container in self.all:
            inspected = found.get(container.id)
            if inspected is None:
                self.forget(container)
                self._lab.emit(ContainerRemoved(container=container.id))
            else:
                state, _ = state_of(inspected)
                runs = state in ("running", "paused")
                await container.settle(runs=runs)
                if runs and container.running is None:
                    await container.adopt(state)

    async def _listed(self, *, all_purposes: bool = False) -> list[Mapping[str, Any]]:
        listed = await self._lab.api.get("/containers/json", all="1", filters=self._filters)
        listed = sorted(listed, key=lambda item: item["Created"])
        return [
            await self._lab.api.get(f"/containers/{each['Id']}/json")
            for each in listed
            if all_purposes or PURPOSE_LABEL not in each["Labels"]
        ]

    async def _network(self) -> str:
        """The lab's network, made when the first container needs it: it has no way out."""
        async with self._making_network:
            if not self._network_id:
                held = await self._networks()
                self._network_id = held[0] if held else await self._make_network()
        return self._network_id

    async def _make_network(self) -> str:
        names = self._lab.names
        content = {
            "Name": names.network,
            "CheckDuplicate": True,
            "Driver": "bridge",
            "Internal": True,
            "Labels": names.labels,
        }
        try:
            return str((await self._lab.api.post("/networks/create", content))["Id"])
        except ApiError as error:
            raise words.refused(error) from None

    async def _networks(self) -> list[str]:
        listed = await self._lab.api.get("/networks", filters=self._filters)
        return [str(network["Id"]) for network in listed]

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
        plain = ref.removeprefix("/")
        if plain in self._held:
            return self._held[plain]
        for container in self._held.values():
            if container.name == plain:
                return container
        if not is_id_prefix(plain):
            return None
        found = [each for key, each in self._held.items() if key.startswith(plain)]
        if len(found) > 1:
            raise refusals.ambiguous(plain)
        return found[0] if found else None

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
            raise refusals.too_many(
                "execs",
                f"{limit} further processes run in this lab already.",
                limit,
                "End one of them: close a shell, or wait for a command.",
            )

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
