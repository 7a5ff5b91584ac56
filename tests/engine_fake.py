"""A container engine in memory for the tests of labs and sockets: the port, no userland.

It keeps what it is told and emits the events that an engine emits. Tests decide how long a build
takes (`hold_builds`) and write output themselves (`say`). Real behaviour is for contract tests.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from visualizer.engine.errors import Conflict, NotFound
from visualizer.engine.limits import Limits
from visualizer.engine.port import (
    BuildRequest,
    ContainerState,
    Emit,
    HeldContainer,
    Holdings,
    LabEngine,
    LayerFile,
    RunRequest,
)
from visualizer.events import types as event
from visualizer.events.types import AnyEvent, EngineInfo, FileChange

LAYER = f"sha256:{'1' * 64}"
"""The one layer of every image of the fake."""


@dataclass
class FakeContainer:
    """A container as the fake keeps it."""

    container: str
    name: str
    image: str
    state: ContainerState = "created"
    exit_code: int | None = None
    files: dict[str, int] = field(default_factory=dict)


@dataclass
class Stored:
    """What outlives parking and a crash."""

    images: dict[str, list[str]] = field(default_factory=dict)
    containers: dict[str, FakeContainer] = field(default_factory=dict)
    registry: dict[str, str] = field(default_factory=dict)


class FakeEngine:
    """Labs in memory. `stored` is what would be on disk."""

    def __init__(self, stored: dict[str, Stored] | None = None) -> None:
        self.stored = stored if stored is not None else {}
        self.labs: dict[str, FakeLab] = {}
        self.builds_may_end = asyncio.Event()
        self.builds_may_end.set()
        self.transfers_may_end = asyncio.Event()
        self.transfers_may_end.set()
        self.building: list[str] = []
        """Labs with a build under way."""
        self.most_building = 0
        self.may_list = asyncio.Event()
        self.may_list.set()
        self.listing: list[str] = []
        """Labs of which a layer's files were asked for."""
        self.opened = 0

    def hold_builds(self) -> None:
        """Builds run until `builds_may_end` is set."""
        self.builds_may_end.clear()

    async def info(self) -> EngineInfo:
        """Says what it is."""
        return EngineInfo(kind="embedded", name="Fake engine", version="1", simulated=True)

    async def open_lab(self, lab: str, emit: Emit, limits: Limits) -> LabEngine:
        """A lab, with what was stored of it."""
        assert lab not in self.labs, "the registry opened a lab twice"
        self.opened += 1
        await asyncio.sleep(0)
        self.labs[lab] = FakeLab(self, lab, emit, self.stored.setdefault(lab, Stored()))
        return self.labs[lab]

    async def catalogue(self) -> Sequence[str]:
        """Two images."""
        return ["alpine:3.20", "python:3.12-slim"]

    async def close(self) -> None:
        """Park every lab."""
        for lab in list(self.labs.values()):
            await lab.park()


class FakeLab:
    """One lab of the fake."""

    def __init__(self, engine: FakeEngine, lab: str, emit: Emit, stored: Stored) -> None:
        self.engine = engine
        self.lab = lab
        self.emit = emit
        self.stored = stored
        self.execs: dict[str, str] = {}
        self.typed: list[tuple[str, bytes]] = []
        self.stop_may_end = asyncio.Event()
        self.stop_may_end.set()
        self._building: asyncio.Task[None] | None = None

    def say(self, *facts: AnyEvent) -> None:
        """Emit these, as the engine would."""
        for fact in facts:
            self.emit(fact)

    def crash(self) -> None:
        """Vanish without a word: what ran is not running any more, and nobody says so."""
        for container in self.stored.containers.values():
            if container.state in ("running", "paused"):
                container.state, container.exit_code = "exited", 137
        self.engine.labs.pop(self.lab, None)

    async def holdings(self) -> Holdings:
        """What is there."""
        return Holdings(
            {image: list(tags) for image, tags in self.stored.images.items()},
            [
                HeldContainer(c.container, c.name, c.image, c.state, c.exit_code)
                for c in self.stored.containers.values()
            ],
        )

    async def build(self, request: BuildRequest) -> str | None:
        """Started, perhaps held, then built; `FROM nothing` fails."""
        text = next((f.content.decode() for f in request.files if f.path == "Dockerfile"), "")
        self.emit(
            event.BuildStarted(build=request.build, tag=request.tag, dockerfile=text, files=[])
        )
        self.engine.building.append(self.lab)
        self.engine.most_building = max(self.engine.most_building, len(self.engine.building))
        self._building = asyncio.create_task(self._wait())
        try:
            await asyncio.wait([self._building])
            if self._building.cancelled():
                self.emit(event.BuildCancelled(build=request.build, reason="called off"))
                return None
        finally:
            self.engine.building.remove(self.lab)
        if "RAISE" in text:
            raise RuntimeError("a fault in the engine")
        if "FROM nothing" in text:
            self.emit(event.BuildFailed(build=request.build, message="there is no image `nothing`"))
            return None
        image = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
        self._point(image, request.tag)
        self.emit(
            event.ImageBuilt(
                build=request.build, image=image, tags=[request.tag], layers=[], size=0, config={},
                duration_ms=1,
            )
        )  # fmt: skip
        return image

    async def enter(self, request: BuildRequest, step: int, name: str) -> str:
        """A container of an image of the step's own, as long as `hold_builds` does not hold it."""
        await self._wait()
        image = "sha256:" + hashlib.sha256(f"{request.build}:{step}".encode()).hexdigest()
        self.stored.images.setdefault(image, [])
        self.emit(
            event.StepEntered(
                build=request.build, step=step, image=image, layers=[], size=0, config={}
            )
        )
        return await self.run(RunRequest(image=image, name=name))

    async def _wait(self) -> None:
        await self.engine.builds_may_end.wait()

    async def cancel_build(self, build: int) -> None:
        """Call the running build off."""
        if self._building is None or self._building.done():
            raise NotFound("no-such-build", f"Build {build} is not running.")
        self._building.cancel()

    async def run(self, request: RunRequest) -> str:
        """Create and start."""
        image = self._image(request.image)
        container = secrets.token_hex(32)
        name = request.name or f"calm_{container[:6]}"
        if any(one.name == name for one in self.stored.containers.values()):
            raise Conflict(
                "name-taken", f"A container is named {name} already.", "", "", "Conflict."
            )
        self.stored.containers[container] = FakeContainer(container, name, image)
        self.emit(
            event.ContainerCreated(
                container=container, name=name, image=image, command=["app"],
                hostname=container[:12],
            )
        )  # fmt: skip
        if request.start:
            await self.start(container)
        return container

    async def start(self, ref: str) -> None:
        """Start."""
        one = self._container(ref)
        one.state = "running"
        self.emit(event.ContainerStarted(container=one.container))

    async def stop(self, ref: str, grace_seconds: float = 10.0) -> None:
        """Stop, when the test lets it."""
        one = self._container(ref)
        await self.stop_may_end.wait()
        self._exit(one, "stopped", 143)

    async def kill(self, ref: str, signal: str = "SIGKILL") -> None:
        """Kill."""
        one = self._container(ref)
        if one.state != "running":
            raise Conflict("not-running", f"{one.name} is not running.")
        self._exit(one, "killed", 137)

    async def restart(self, ref: str, grace_seconds: float = 10.0) -> None:
        """Stop and start."""
        await self.stop(ref, grace_seconds)
        await self.start(ref)

    async def pause(self, ref: str) -> None:
        """Pause."""
        one = self._container(ref)
        one.state = "paused"
        self.emit(event.ContainerPaused(container=one.container))

    async def resume(self, ref: str) -> None:
        """Resume."""
        one = self._container(ref)
        one.state = "running"
        self.emit(event.ContainerResumed(container=one.container))

    async def rename(self, ref: str, name: str) -> None:
        """Rename."""
        one = self._container(ref)
        one.name = name
        self.emit(event.ContainerRenamed(container=one.container, name=name))

    async def remove(self, ref: str, force: bool = False) -> None:
        """Remove."""
        one = self._container(ref)
        if one.state == "running" and not force:
            raise Conflict("running", f"{one.name} is running.", "why", "Stop it.", "cannot remove")
        del self.stored.containers[one.container]
        self.emit(event.ContainerRemoved(container=one.container))

    async def exec(
        self,
        ref: str,
        command: Sequence[str],
        *,
        terminal: bool = False,
        columns: int = 80,
        rows: int = 24,
    ) -> str:
        """A terminal stays open; a command prints its words and ends."""
        one = self._container(ref)
        exec_id = secrets.token_hex(16)
        self.execs[exec_id] = one.container
        self.emit(
            event.ExecStarted(
                container=one.container, exec=exec_id, command=list(command), terminal=terminal
            )
        )
        if not terminal:
            self._echo(exec_id, " ".join(command) + "\n")
            await self.end_exec(exec_id)
        return exec_id

    async def write(self, exec_id: str, data: bytes) -> None:
        """Echo, as a terminal does."""
        if exec_id not in self.execs:
            raise NotFound("no-such-exec", "That shell is closed.")
        await asyncio.sleep(0)
        self.typed.append((exec_id, data))
        self._echo(exec_id, data.decode())

    async def resize(self, exec_id: str, columns: int, rows: int) -> None:
        """Nothing to do."""

    async def end_exec(self, exec_id: str) -> None:
        """Close."""
        container = self.execs.pop(exec_id)
        self.emit(event.ExecExited(container=container, exec=exec_id, exit_code=0))

    async def changes(self, ref: str) -> Sequence[FileChange]:
        """Every file of the container was added."""
        files = self._container(ref).files
        return [FileChange(path=p, kind="added", size=files[p]) for p in sorted(files)]

    async def writable_layer(self, ref: str) -> Sequence[LayerFile]:
        """The same files."""
        files = self._container(ref).files
        return [LayerFile(path, "file", files[path], 0o644) for path in sorted(files)]

    async def commit(self, ref: str, tag: str) -> str:
        """Not needed by these tests."""
        raise Conflict("cannot-commit", "The fake engine does not commit.")

    async def tag(self, ref: str, tag: str) -> None:
        """Tag."""
        image = self._image(ref)
        self._point(image, tag)
        self.emit(event.ImageTagged(image=image, tag=tag))

    async def remove_image(self, ref: str, force: bool = False) -> None:
        """Remove."""
        image = self._image(ref)
        del self.stored.images[image]
        self.emit(event.ImageRemoved(image=image))

    async def push(self, transfer: int, tag: str) -> str | None:
        """Started, perhaps held, then pushed; one called `raise` is a fault in the engine."""
        image = self._image(tag)
        self.emit(event.TransferStarted(transfer=transfer, direction="push", reference=tag))
        await self.engine.transfers_may_end.wait()
        if "raise" in tag:
            raise RuntimeError("a fault in the engine")
        self.stored.registry[tag] = image
        self.emit(
            event.ImagePushed(
                image=image, transfer=transfer, reference=tag, digest=image, size=0
            )
        )  # fmt: skip
        return image

    async def pull(self, transfer: int, reference: str) -> str | None:
        """Pulled when it was pushed before, else failed."""
        self.emit(event.TransferStarted(transfer=transfer, direction="pull", reference=reference))
        image = self.stored.registry.get(reference)
        if image is None:
            self.emit(event.TransferFailed(transfer=transfer, message="It is not there."))
            return None
        self._point(image, reference)
        self.emit(
            event.ImagePulled(
                image=image, transfer=transfer, reference=reference, tags=[reference], layers=[],
                size=0, config={}, digest=image,
            )
        )  # fmt: skip
        return image

    async def inspect(self, ref: str) -> dict[str, Any]:
        """A little."""
        return {"Id": self._container(ref).container}

    async def layers_of(self, ref: str) -> Sequence[str]:
        """An image and a container stand on one layer; a layer on nothing."""
        if ref == LAYER:
            return [LAYER]
        if any(ref == one.name or one.container.startswith(ref) for one in self._containers()):
            return [LAYER]
        self._image(ref)
        return [LAYER]

    async def layer_files(
        self, layer: str, after: str = "", limit: int = 500
    ) -> Sequence[LayerFile]:
        """A thousand files, told when the test lets it."""
        self.engine.listing.append(self.lab)
        await self.engine.may_list.wait()
        files = (LayerFile(f"/f{n:04}", "file", n, 0o644) for n in range(1000))
        return [file for file in files if file.path > after][:limit]

    async def read_file(self, ref: str, path: str, limit: int = 64 * 1024) -> bytes:
        """As the path says."""
        if path == "/binary":
            return b"\x00\x01\xff"
        if path == "/long":
            return b"x" * limit
        if path == "/text":
            return b"caf\xc3\xa9 \x1b[31m\n"
        raise NotFound("no-such-file", f"There is no file {path}.")

    async def park(self) -> None:
        """Running containers end as lost."""
        for one in self.stored.containers.values():
            if one.state in ("running", "paused"):
                self._exit(one, "lost", 137)
        self.execs.clear()
        self.engine.labs.pop(self.lab, None)

    async def destroy(self) -> None:
        """Forget it."""
        self.engine.labs.pop(self.lab, None)
        self.engine.stored.pop(self.lab, None)

    def _echo(self, exec_id: str, text: str) -> None:
        container = self.execs[exec_id]
        self.emit(event.ExecOutput(container=container, exec=exec_id, stream="stdout", text=text))

    def _exit(self, one: FakeContainer, reason: event.ExitReason, code: int) -> None:
        one.state, one.exit_code = "exited", code
        self.emit(event.ContainerExited(container=one.container, exit_code=code, reason=reason))

    def _point(self, image: str, tag: str) -> None:
        for tags in self.stored.images.values():
            if tag in tags:
                tags.remove(tag)
        self.stored.images.setdefault(image, []).append(tag)

    def _image(self, ref: str) -> str:
        for image, tags in self.stored.images.items():
            if ref in tags or f"{ref}:latest" in tags or image.startswith(ref):
                return image
        raise NotFound(
            "no-such-image", f"There is no image {ref}.", "why", "Build it.", "No such image"
        )

    def _containers(self) -> Sequence[FakeContainer]:
        return list(self.stored.containers.values())

    def _container(self, ref: str) -> FakeContainer:
        for one in self._containers():
            if ref == one.name or one.container.startswith(ref):
                return one
        raise NotFound("no-such-container", f"There is no container {ref}.")
