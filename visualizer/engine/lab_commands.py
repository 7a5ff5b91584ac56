"""What every engine's lab does alike: find the container that a command names, and hand it on."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from visualizer.engine.errors import Refused
from visualizer.engine.port import ExecRequest, LayerFile
from visualizer.events.types import FileChange


class Changes(Protocol):
    """What a container has changed against its image."""

    @property
    def files(self) -> Sequence[FileChange]: ...
    @property
    def layer(self) -> Sequence[LayerFile]: ...


class Container(Protocol):
    """A container, as far as commands are handed on to it."""

    async def start(self) -> None: ...
    async def stop(self, grace_seconds: float) -> None: ...
    async def kill(self, signal: str) -> None: ...
    async def pause(self) -> None: ...
    async def resume(self) -> None: ...
    async def execute(self, request: ExecRequest) -> str: ...
    async def changes(self) -> Changes: ...


C = TypeVar("C", bound=Container)


class LabCommands(ABC, Generic[C]):
    """A part of `visualizer.engine.port.LabEngine`, which says what each of these means."""

    @abstractmethod
    def _container(self, ref: str) -> C:
        """The container meant. Raises NotFound, Conflict."""

    @abstractmethod
    def _check_execs(self) -> None:
        """Raises Refused when as many further processes run as may."""

    @abstractmethod
    async def _shell(self, container: C) -> str:
        """The container's best shell. Raises Refused when it has none."""

    async def start(self, ref: str) -> None:
        """`docker start`."""
        await self._container(ref).start()

    async def stop(self, ref: str, grace_seconds: float = 10.0) -> None:
        """`docker stop`."""
        await self._container(ref).stop(grace_seconds)

    async def kill(self, ref: str, signal: str = "SIGKILL") -> None:
        """`docker kill`."""
        await self._container(ref).kill(signal)

    async def restart(self, ref: str, grace_seconds: float = 10.0) -> None:
        """`docker restart`."""
        container = self._container(ref)
        await container.stop(grace_seconds)
        await container.start()

    async def pause(self, ref: str) -> None:
        """`docker pause`."""
        await self._container(ref).pause()

    async def resume(self, ref: str) -> None:
        """`docker unpause`."""
        await self._container(ref).resume()

    async def exec(
        self,
        ref: str,
        command: Sequence[str],
        *,
        terminal: bool = False,
        columns: int = 80,
        rows: int = 24,
    ) -> str:
        """`docker exec`; with a terminal and no command, the image's best shell."""
        container = self._container(ref)
        self._check_execs()
        words = list(command)
        if not words:
            if not terminal:
                raise Refused("no-command", "No command was given.")
            words = [await self._shell(container)]
        return await container.execute(ExecRequest(words, terminal, columns, rows))

    async def changes(self, ref: str) -> Sequence[FileChange]:
        """`docker diff`, with sizes."""
        return (await self._container(ref).changes()).files

    async def writable_layer(self, ref: str) -> Sequence[LayerFile]:
        """The same as a layer."""
        return (await self._container(ref).changes()).layer
