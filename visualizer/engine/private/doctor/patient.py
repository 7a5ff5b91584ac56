"""The engine as the doctor gets at it: a step of a build, a container as labs have them, and the
host's view of both."""

import contextlib
import io
import json
import tarfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any, Self

from visualizer.engine.docker.api import ApiError, EngineApi
from visualizer.engine.docker.names import HOST, PURPOSE_LABEL
from visualizer.engine.docker.sandbox import Sandbox, container_request
from visualizer.engine.docker.trace import read_trace
from visualizer.engine.docker.wire import Request
from visualizer.engine.limits import Limits
from visualizer.engine.port import RunRequest
from visualizer.engine.private import probe_image
from visualizer.engine.private.cgroups import Cgroups
from visualizer.engine.private.configuration import Configuration
from visualizer.engine.private.place import Place
from visualizer.engine.private.state import State
from visualizer.engine.private.status import dockerd_pid

IMAGE = f"{HOST}/doctor/probe:latest"
DEADLINE = 300.0
"""Seconds for one trial."""
LABELS = {PURPOSE_LABEL: "doctor"}


@dataclass(frozen=True)
class Outcome:
    """What became of a script."""

    output: str
    """What it wrote, both streams."""
    ended_well: bool
    words: str = ""
    """The engine's, when it did not."""
    out_of_memory: bool = False

    @property
    def lines(self) -> list[str]:
        """Of the output, without empty ones."""
        return [line.strip() for line in self.output.splitlines() if line.strip()]


class Patient:
    """One engine under examination. Whatever is made in it is removed by `close`."""

    def __init__(self, place: Place, known: State) -> None:
        self.place = place
        self.known = known
        self.configuration = Configuration(**known.configuration)
        self.cgroups = Cgroups.on_this_machine(place.name)
        self.api = EngineApi(place.host)
        self._networks: list[str] = []
        self._lab = contextlib.AsyncExitStack()

    @property
    def network(self) -> str:
        """The one that containers are started in, as those of one lab."""
        return self._networks[-1]

    @contextlib.asynccontextmanager
    async def another_lab(self) -> AsyncIterator[None]:
        """Containers that are started meanwhile are in a network of another lab's."""
        name = f"layercake-doctor-{token_hex(4)}"
        await self.api.post("/networks/create", {"Name": name, "Internal": True, "Labels": LABELS})
        self._networks.append(name)
        try:
            yield
        finally:
            self._networks.remove(name)
            await self.api.delete(f"/networks/{name}")

    async def __aenter__(self) -> Self:
        # An examination that was killed has left things.
        await self._clear()
        query = {"fromSrc": "-", "repo": IMAGE.rpartition(":")[0], "tag": "latest"}
        content = probe_image.archive()
        await self.api.call(Request("POST", "/images/create", query, content, "application/x-tar"))
        await self._lab.enter_async_context(self.another_lab())
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._clear()
            await self.api.delete(f"/images/{IMAGE}", force="1")
        finally:
            self.api.close()

    async def _clear(self) -> None:
        mine = json.dumps({"label": [f"{PURPOSE_LABEL}={LABELS[PURPOSE_LABEL]}"]})
        for container in await self.api.get("/containers/json", all="1", filters=mine):
            await self.remove(container["Id"])
        await self._lab.aclose()
        for network in await self.api.get("/networks", filters=mine):
            await self.api.delete(f"/networks/{network['Id']}")

    async def step(self, script: str, network: str = "none") -> Outcome:
        """Run a script as a RUN step, never from the cache."""
        query = {"version": "2", "networkmode": network, "nocache": "1", "rm": "1"}
        request = Request("POST", "/build", query, _context(script), "application/x-tar")
        output, words, image = b"", "", ""
        try:
            async with self.api.open(request, DEADLINE) as answer:
                async for line in answer.json_lines():
                    if line.get("id") == "moby.buildkit.trace":
                        output += b"".join(log.data for log in read_trace(line["aux"]).logs)
                    elif line.get("id") == "moby.image.id":
                        image = line["aux"]["ID"]
                    words = str(line.get("error", words))
        except ApiError as error:
            words = error.message
        if image:
            await self.api.delete(f"/images/{image}", force="1")
        return Outcome(output.decode("utf-8", "replace"), not words, words.rpartition("]: ")[2])

    async def container(self, script: str, *, log: str = "json-file") -> Outcome:
        """Run a script as the main process of a container that has a lab's limits."""
        container = await self.start(script, log=log)
        await self.wait(container)
        output = await self.output(container) if log != "none" else ""
        state = (await self.api.get(f"/containers/{container}/json"))["State"]
        await self.remove(container)
        words = f"exit code {state['ExitCode']} {state['Error']}".strip()
        return Outcome(output, state["ExitCode"] == 0, words, state["OOMKilled"])

    async def start(self, script: str, *, log: str = "json-file") -> str:
        """A container that goes on running; its id."""
        request = RunRequest(image=IMAGE, command=["sh", "-c", script])
        content = container_request(IMAGE, {}, request, Limits(), Sandbox(), LABELS)
        content["HostConfig"] |= {"NetworkMode": self.network, "LogConfig": {"Type": log}}
        # What a lab's bound on files would stop before the engine's own disk does.
        content["HostConfig"].pop("Ulimits", None)
        made = await self.api.post("/containers/create", content)
        await self.api.post(f"/containers/{made['Id']}/start")
        return str(made["Id"])

    async def wait(self, container: str) -> None:
        """Until its main process has ended."""
        await self.api.call(Request("POST", f"/containers/{container}/wait"), DEADLINE)

    async def output(self, container: str) -> str:
        """What a container has written."""
        path = f"/containers/{container}/logs"
        framed = await self.api.call(Request("GET", path, {"stdout": "1", "stderr": "1"}))
        out = b""
        while framed:
            end = 8 + int.from_bytes(framed[4:8], "big")
            out, framed = out + framed[8:end], framed[end:]
        return out.decode("utf-8", "replace")

    async def is_running(self, container: str) -> bool:
        """Whether its main process is there still."""
        found: Any = await self.api.get(f"/containers/{container}/json")
        return bool(found["State"]["Running"])

    async def remove(self, container: str) -> None:
        """With whatever still runs in it."""
        await self.api.delete(f"/containers/{container}", force="1", v="1")

    async def gateway(self) -> str:
        """The engine's own address in the network."""
        found: Any = await self.api.get(f"/networks/{self.network}")
        return str(found["IPAM"]["Config"][0]["Gateway"])

    def dockerd(self) -> int | None:
        """Its process id; another one means that it was started again."""
        return dockerd_pid(self.place)

    def inside(self, path: str) -> Path:
        """A path as the engine sees it, for the host to read."""
        return Path(f"/proc/{self.known.init}/root{path}")


def _context(script: str) -> bytes:
    dockerfile = f"FROM {IMAGE}\nCOPY script /script\nRUN exec sh /script\n"
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in (("Dockerfile", dockerfile.encode()), ("script", script.encode())):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()
