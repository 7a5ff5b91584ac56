"""What a lab's tape says is there: images, containers, execs and builds, folded from its events.

The runner compares it with what the engine really holds, and takes build numbers from it.
"""

from dataclasses import dataclass, field

from visualizer.engine.port import ContainerState
from visualizer.events import types as event
from visualizer.events.types import AnyEvent

FOLDED = (
    "lab.opened",
    "build.queued",
    "build.started",
    "build.failed",
    "build.cancelled",
    "image.built",
    "step.entered",
    "image.tagged",
    "image.untagged",
    "image.removed",
    "image.committed",
    "transfer.started",
    "transfer.failed",
    "image.pushed",
    "image.pulled",
    "container.created",
    "container.started",
    "container.paused",
    "container.resumed",
    "container.renamed",
    "container.exited",
    "container.removed",
    "exec.started",
    "exec.exited",
    "engine.lost",
    "engine.restored",
)
"""Types that change the belief; all others may be left out when a tape is folded."""


@dataclass
class BelievedContainer:
    """A container as the tape tells it."""

    name: str
    image: str
    state: ContainerState = "created"


@dataclass
class Belief:
    """The fold of a tape. `fold` changes it in place."""

    opened: bool = False
    lost: bool = False
    """The engine went away, and the tape does not say yet that it is back."""
    last_build: int = 0
    builds: set[int] = field(default_factory=set)
    """Builds that have not ended."""
    last_transfer: int = 0
    transfers: set[int] = field(default_factory=set)
    """Pushes and pulls that have not ended."""
    images: dict[str, set[str]] = field(default_factory=dict)
    """Digest to tags."""
    entered: set[str] = field(default_factory=set)
    """Images that are there only because a step was entered."""
    containers: dict[str, BelievedContainer] = field(default_factory=dict)
    execs: dict[str, str] = field(default_factory=dict)
    """Open execs, each with its container."""

    def fold(self, fact: AnyEvent) -> None:
        """Take one event in."""
        match fact:
            case event.LabOpened():
                self.opened = True
            case event.EngineLost():
                self.lost = True
            case event.EngineRestored():
                self.lost = False
            case event.BuildQueued() | event.BuildStarted():
                self.builds.add(fact.build)
                self.last_build = max(self.last_build, fact.build)
            case event.BuildFailed() | event.BuildCancelled():
                self.builds.discard(fact.build)
            case event.TransferStarted():
                self.transfers.add(fact.transfer)
                self.last_transfer = max(self.last_transfer, fact.transfer)
            case event.ImagePushed() | event.TransferFailed():
                self.transfers.discard(fact.transfer)
            case event.ExecStarted():
                self.execs[fact.exec] = fact.container
            case event.ExecExited():
                self.execs.pop(fact.exec, None)
            case _:
                self._fold_image(fact)
                self._fold_container(fact)

    def running(self) -> list[str]:
        """Containers that have a process, paused ones too."""
        return [
            container
            for container, believed in self.containers.items()
            if believed.state in ("running", "paused")
        ]

    def is_quiet(self) -> bool:
        """Nothing runs, so the engine can let go without anybody losing anything."""
        return not (self.builds or self.transfers or self.execs or self.running())

    def _fold_image(self, fact: AnyEvent) -> None:
        match fact:
            case event.ImageBuilt():
                self.builds.discard(fact.build)
                self._point(fact.image, fact.tags)
            case event.StepEntered():
                if fact.image not in self.images:
                    self.images[fact.image] = set()
                    self.entered.add(fact.image)
            case event.ImageCommitted():
                self._point(fact.image, fact.tags)
            case event.ImagePulled():
                self.transfers.discard(fact.transfer)
                self._point(fact.image, fact.tags)
            case event.ImageTagged():
                self._point(fact.image, [fact.tag])
            case event.ImageUntagged():
                self.images.get(fact.image, set()).discard(fact.tag)
            case event.ImageRemoved():
                self.images.pop(fact.image, None)
                self.entered.discard(fact.image)

    def _point(self, image: str, tags: list[str]) -> None:
        for others in self.images.values():
            others.difference_update(tags)
        self.images.setdefault(image, set()).update(tags)
        self.entered.discard(image)

    def _fold_container(self, fact: AnyEvent) -> None:
        if isinstance(fact, event.ContainerCreated):
            self.containers[fact.container] = BelievedContainer(fact.name, fact.image)
            return
        container = self.containers.get(getattr(fact, "container", ""))
        if container is None:
            return
        match fact:
            case event.ContainerStarted() | event.ContainerResumed():
                container.state = "running"
            case event.ContainerPaused():
                container.state = "paused"
            case event.ContainerExited():
                container.state = "exited"
            case event.ContainerRenamed():
                container.name = fact.name
            case event.ContainerRemoved():
                del self.containers[fact.container]
