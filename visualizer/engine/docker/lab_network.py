"""A lab's network: its containers find each other there by the names that the learner gave them,
and nothing else is on it."""

import asyncio
import json
from typing import Any

from visualizer.engine.docker import words
from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.keeping import delete
from visualizer.engine.docker.lab_context import LabContext


class LabNetwork:
    """The network of one lab, made when its first container needs it."""

    def __init__(self, lab: LabContext) -> None:
        self._lab = lab
        self._id = ""
        self._making = asyncio.Lock()

    async def joined(self, name: str) -> dict[str, Any]:
        """For the body of `POST /containers/create`: on this network, under this name.

        Raises EngineError.
        """
        network = await self._found()
        return {
            "HostConfig": {"NetworkMode": network},
            "NetworkingConfig": {"EndpointsConfig": {network: {"Aliases": [name]}}},
        }

    async def rename(self, container: str, name: str) -> None:
        """Let a container be found by another name. It gets the address again that it had: the
        lowest that is free. Raises EngineError."""
        path = f"/networks/{await self._found()}"
        try:
            await self._lab.api.post(f"{path}/disconnect", {"Container": container, "Force": False})
        except ApiError:
            # It keeps its old name on the network, and works.
            return
        content = {"Container": container, "EndpointConfig": {"Aliases": [name]}}
        await self._lab.api.post(f"{path}/connect", content)

    async def remove(self) -> None:
        """Take it off the engine; no container is on it any more. Raises EngineError."""
        for network in await self._listed():
            await delete(self._lab.api, f"/networks/{network}")
        self.forget()

    def forget(self) -> None:
        """It may not be what it was: look for it anew."""
        self._id = ""

    async def _found(self) -> str:
        async with self._making:
            if not self._id:
                held = await self._listed()
                self._id = held[0] if held else await self._make()
        return self._id

    async def _make(self) -> str:
        names = self._lab.names
        content = {
            "Name": names.network,
            "CheckDuplicate": True,
            "Driver": "bridge",
            "Internal": True,
            # Without it the engine's machine itself is reached, at the gateway's address.
            "Options": {"com.docker.network.bridge.inhibit_ipv4": "true"},
            "Labels": names.labels,
        }
        try:
            return str((await self._lab.api.post("/networks/create", content))["Id"])
        except ApiError as error:
            raise words.refused(error) from None

    async def _listed(self) -> list[str]:
        labels = [f"{label}={value}" for label, value in self._lab.names.labels.items()]
        listed = await self._lab.api.get("/networks", filters=json.dumps({"label": labels}))
        return [str(network["Id"]) for network in listed]
