"""A lab under test with all that it told the tape, and ways to wait for what it will tell."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tests.waiting import eventually
from visualizer.engine.port import BuildRequest, ContextFile, LabEngine, RunRequest
from visualizer.events.codec import decode, encode
from visualizer.events.types import (
    AnyEvent,
    BuildFailed,
    ContainerExited,
    ContainerOutput,
    ExecExited,
    ExecOutput,
    ImageBuilt,
    StepFailed,
)

E = TypeVar("E")


class Tape:
    """The events that were emitted, each checked to be one of the vocabulary."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []

    def __call__(self, event: AnyEvent) -> None:
        assert decode(encode(event)) == event
        self.events.append(event)

    def all(self, kind: type[E], **fields: object) -> list[E]:
        """Events of a kind whose fields have these values."""
        return [
            event
            for event in self.events
            if isinstance(event, kind)
            and all(getattr(event, name) == value for name, value in fields.items())
        ]

    def one(self, kind: type[E], **fields: object) -> E:
        """The only event of that kind."""
        found = self.all(kind, **fields)
        assert len(found) == 1, f"{len(found)} × {kind.__name__} {fields}"
        return found[0]

    async def wait(self, kind: type[E], seconds: float = 90.0, **fields: object) -> E:
        """The last event of that kind, once there is one."""
        await eventually(lambda: self.all(kind, **fields), seconds)
        return self.all(kind, **fields)[-1]

    def names(self) -> list[str]:
        """The types of all events, in their order."""
        return [event.__struct_config__.tag for event in self.events]  # type: ignore[misc]

    def steps(self, kind: type[object], build: int) -> list[int]:
        """The steps that an event kind was told of in a build, in order."""
        return [event.step for event in self.all(kind, build=build)]  # type: ignore[attr-defined]


@dataclass
class Bench:
    """A lab and its tape, with the few things that nearly every test does."""

    lab: LabEngine
    tape: Tape
    builds: int = 0
    files: dict[str, bytes] = field(default_factory=dict)

    async def build(
        self,
        dockerfile: str,
        files: dict[str, bytes | str] | None = None,
        *,
        tag: str = "app",
        args: dict[str, str] | None = None,
        target: str | None = None,
        no_cache: bool = False,
        modes: dict[str, int] | None = None,
    ) -> str | None:
        """Build; the image's digest, or None when it failed."""
        self.builds += 1
        request = BuildRequest(
            build=self.builds,
            files=context(dockerfile, files or {}, modes or {}),
            tag=tag,
            args=args or {},
            target=target,
            no_cache=no_cache,
        )
        return await self.lab.build(request)

    async def image(
        self, dockerfile: str, files: dict[str, bytes | str] | None = None, tag: str = "app"
    ) -> ImageBuilt:
        """Build what must succeed; the event that says so."""
        digest = await self.build(dockerfile, files, tag=tag)
        assert digest is not None, self.tape.all(StepFailed) + self.tape.all(BuildFailed)
        return self.tape.one(ImageBuilt, build=self.builds)

    async def run(self, *command: str, image: str = "app", name: str | None = None) -> str:
        """Run a container; its id."""
        return await self.lab.run(RunRequest(image, name=name, command=command or None))

    async def ended(self, container: str) -> ContainerExited:
        """How a container ended, once it has."""
        return await self.tape.wait(ContainerExited, container=container)

    async def output_of(self, *command: str, image: str = "app") -> str:
        """What a container says that runs to its end."""
        container = await self.run(*command, image=image)
        await self.ended(container)
        return self.output(container)

    def output(self, container: str) -> str:
        """What a container's main process has written so far."""
        return "".join(event.text for event in self.tape.all(ContainerOutput, container=container))

    async def exec(self, container: str, *command: str) -> tuple[int, str]:
        """Execute a command to its end; its exit code and all that it wrote."""
        started = await self.lab.exec(container, command)
        ended = await self.tape.wait(ExecExited, exec=started)
        text = "".join(event.text for event in self.tape.all(ExecOutput, exec=started))
        return ended.exit_code, text

    async def running(self, *command: str, image: str = "app") -> str:
        """A container that runs until it is stopped."""
        return await self.run(*(command or ("sleep", "1000")), image=image)

    async def changed(self, container: str) -> dict[str, str]:
        """Path to kind of all that a container changed."""
        return {change.path: change.kind for change in await self.lab.changes(container)}


def context(
    dockerfile: str, files: dict[str, bytes | str], modes: dict[str, int]
) -> Sequence[ContextFile]:
    """A build context of a Dockerfile and further files."""
    contents = {"Dockerfile": dockerfile, **files}
    return [
        ContextFile(path, text.encode() if isinstance(text, str) else text, modes.get(path, 0o644))
        for path, text in contents.items()
    ]


async def settle() -> None:
    """Give what is ready to run its turn."""
    for _ in range(5):
        await asyncio.sleep(0)
