"""The port: what Layercake asks of a container engine, whichever it is.

An engine tells what happens by emitting events; the methods below only start things, and return
when the thing is done or refused. Every refusal is an EngineError. References (`ref`) are an
id, a unique prefix of one, or a name; they resolve inside the lab only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from visualizer.engine.limits import Limits
from visualizer.events.types import AnyEvent, EngineInfo, FileChange

ContainerState = Literal["created", "running", "paused", "exited"]
FileKind = Literal["file", "directory", "symlink", "whiteout"]


class Emit(Protocol):
    """Takes an event from any thread, at once and without blocking; order is kept per thread."""

    def __call__(self, event: AnyEvent, /) -> None: ...


@dataclass(frozen=True)
class ContextFile:
    """A file of the build context; `path` is relative, with `/` between its parts."""

    path: str
    content: bytes
    mode: int = 0o644


@dataclass(frozen=True)
class BuildRequest:
    """One build. `build` is the lab's number for it, from 1."""

    build: int
    files: Sequence[ContextFile]
    tag: str
    dockerfile_path: str = "Dockerfile"
    args: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    no_cache: bool = False


@dataclass(frozen=True)
class RunRequest:
    """`docker run -d` (or `docker create` when `start` is False)."""

    image: str
    name: str | None = None
    """None lets the engine make a name up, as Docker does."""
    command: Sequence[str] | None = None
    """Replaces the image's Cmd."""
    entrypoint: Sequence[str] | None = None
    """Replaces the image's Entrypoint; its Cmd is left out then, as with `--entrypoint`."""
    env: Mapping[str, str] = field(default_factory=dict)
    start: bool = True

    def argv(self, config: Mapping[str, Any]) -> list[str]:
        """All that is executed, in an image with this config."""
        if self.entrypoint:
            return [*self.entrypoint, *(self.command or [])]
        return [*(config.get("Entrypoint") or []), *(self.command or config.get("Cmd") or [])]


@dataclass(frozen=True)
class ExecRequest:
    """What is to be executed in a container, and on what terminal if on one."""

    command: Sequence[str]
    terminal: bool
    columns: int
    rows: int


@dataclass(frozen=True)
class HeldContainer:
    """A container as the engine really holds it."""

    container: str
    name: str
    image: str
    state: ContainerState
    exit_code: int | None


@dataclass(frozen=True)
class Holdings:
    """What the engine really holds of a lab, for reconciling with its tape."""

    images: Mapping[str, Sequence[str]]
    """Digest to tags."""
    containers: Sequence[HeldContainer]


@dataclass(frozen=True, slots=True)
class LayerFile:
    """One path of a layer, as X-ray and the layer's list show it."""

    path: str
    kind: FileKind
    size: int
    mode: int
    target: str | None = None
    owner: str = "0:0"
    """User and group, as numbers; told of directories only."""
    opaque: bool = False
    """True for a directory that hides all that the layers below have in it."""


class LabEngine(Protocol):
    """One lab on an engine. Labs cannot see each other."""

    async def holdings(self) -> Holdings:
        """What is really there now."""

    async def build(self, request: BuildRequest) -> str | None:
        """Build; the image's digest, or None when it failed or was cancelled (the tape says why).

        Emits `build.started` … `image.built`, `build.failed` or `build.cancelled`. One at a time
        a lab; the caller queues.
        """

    async def enter(self, request: BuildRequest, step: int, name: str) -> str:
        """A container started from the image as it was after a step of a build; its id.

        `request` is the build's own; what its cache does not hold any more is executed again, in
        silence and within the same limits. Emits `step.entered`, `container.created` and, unless
        the image has no shell that could wait in it, `container.started`. Raises Refused when the
        image cannot be made, Conflict while a build runs.
        """

    async def cancel_build(self, build: int) -> None:
        """Call a running build off. Raises NotFound when it is not running."""

    async def run(self, request: RunRequest) -> str:
        """Create a container and start it; its id."""

    async def start(self, ref: str) -> None:
        """Start an exited or created container; one that runs is left alone."""

    async def stop(self, ref: str, grace_seconds: float = 10.0) -> None:
        """Send the stop signal, and kill after the grace. One that has exited is left alone."""

    async def kill(self, ref: str, signal: str = "SIGKILL") -> None:
        """Send a signal. Raises Conflict when the container is not running."""

    async def restart(self, ref: str, grace_seconds: float = 10.0) -> None:
        """Stop, then start."""

    async def pause(self, ref: str) -> None:
        """Freeze a running container's processes."""

    async def resume(self, ref: str) -> None:
        """Let a paused container go on."""

    async def rename(self, ref: str, name: str) -> None:
        """Give a container another name. Raises Conflict when it is taken."""

    async def remove(self, ref: str, force: bool = False) -> None:
        """Remove a container; a running one only by force, as Docker does."""

    async def exec(
        self,
        ref: str,
        command: Sequence[str],
        *,
        terminal: bool = False,
        columns: int = 80,
        rows: int = 24,
    ) -> str:
        """Start a further process in a running container; its exec id.

        With a terminal and an empty command the image's best shell is started. The result comes
        as `exec.output` and `exec.exited`.
        """

    async def write(self, exec_id: str, data: bytes) -> None:
        """Type into an exec's terminal."""

    async def resize(self, exec_id: str, columns: int, rows: int) -> None:
        """Tell an exec's terminal its size."""

    async def end_exec(self, exec_id: str) -> None:
        """Close an exec's terminal, as when its window is closed."""

    async def changes(self, ref: str) -> Sequence[FileChange]:
        """`docker diff`, with sizes, sorted by path."""

    async def writable_layer(self, ref: str) -> Sequence[LayerFile]:
        """The same as a layer, with what there is at each path; what was deleted as whiteouts.

        The owner of a directory is empty where the engine does not tell it.
        """

    async def commit(self, ref: str, tag: str) -> str:
        """Make an image of a container: its stack and its writable layer. The image's digest."""

    async def tag(self, ref: str, tag: str) -> None:
        """Point a tag at an image."""

    async def remove_image(self, ref: str, force: bool = False) -> None:
        """`docker rmi`: untag, and delete when no tag is left and no container uses it."""

    async def push(self, transfer: int, tag: str) -> str | None:
        """`docker push` to the lab's registry: the manifest's digest, or None when it failed.

        `tag` is one of an image of the lab and begins with `registry.lab/`. Emits
        `transfer.started` … `image.pushed` or `transfer.failed`; raises before that what can be
        told at once: NotFound, Refused, Conflict. One transfer at a time a lab.
        """

    async def pull(self, transfer: int, reference: str) -> str | None:
        """`docker pull` from the lab's registry: the image's digest, or None when it failed.

        Emits `transfer.started` … `image.pulled` or `transfer.failed`; raises as `push` does.
        """

    async def inspect(self, ref: str) -> dict[str, Any]:
        """`docker inspect` of a container or an image, in Docker's shape."""

    async def layers_of(self, ref: str) -> Sequence[str]:
        """The layers that something stands on, the lowest first, ready to be listed.

        Of an image; of a container, its image's; of a layer itself and those below it in an image
        or a container of the lab. Raises NotFound, Conflict.
        """

    async def layer_files(
        self, layer: str, after: str = "", limit: int = 500
    ) -> Sequence[LayerFile]:
        """What a layer of this lab holds, sorted by path, from after the path given."""

    async def read_file(self, ref: str, path: str, limit: int = 64 * 1024) -> bytes:
        """A file of a container as it is now, or of an image or layer, cut at `limit` bytes."""

    async def park(self) -> None:
        """Let go of memory: running containers end as `lost`, everything stored stays."""

    async def destroy(self) -> None:
        """End everything of the lab and forget what is stored of it."""


class Engine(Protocol):
    """A container engine that many labs share."""

    async def info(self) -> EngineInfo:
        """What the badge says."""

    async def open_lab(self, lab: str, emit: Emit, limits: Limits) -> LabEngine:
        """The lab as the engine holds it: a new one, or one that comes back with what it stored.

        `lab` is a name of `[A-Za-z0-9_-]`. Calling it for an open lab is an error of the caller.
        """

    async def catalogue(self) -> Sequence[str]:
        """Names with tags that a Dockerfile may build FROM, sorted."""

    async def close(self) -> None:
        """Park every lab and let go of everything."""
