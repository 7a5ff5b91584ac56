"""Brings a tape in line with what its engine really holds, after the two were apart.

Pure: it compares and says what to write and what to discard; the runner does it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from visualizer.engine.port import HeldContainer, Holdings
from visualizer.events import types as event
from visualizer.events.types import AnyEvent
from visualizer.labs.belief import Belief, BelievedContainer

LOST_EXIT_CODE = 137
"""What a process that was killed from outside ends with: 128 and SIGKILL's 9."""

WENT_AWAY = (
    "The site stopped without warning, so everything that ran in this lab stopped with it. "
    "Images and stopped containers were kept."
)
WENT_MISSING = (
    "Some of this lab's things are not on the engine any more: somebody removed them there, or the "
    "engine was changed or needed the room, which it takes from the labs unused for longest."
)
IS_BACK = "The engine is back. The tape and the engine agree on what is there."
TRANSFER_LOST = "The site or its engine stopped in the middle of it. Try again."
BUILD_LOST = "The site was stopped while this build ran. Build again: finished steps are cached."


@dataclass
class Corrections:
    """What makes the tape true again."""

    facts: list[AnyEvent] = field(default_factory=list)
    """To be written, in this order."""
    strange_containers: list[str] = field(default_factory=list)
    """The engine holds them and the tape knows nothing of them: to be removed."""
    strange_images: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """Containers whose files may be older than the tape says: to be looked at again."""


def corrections(belief: Belief, holdings: Holdings) -> Corrections:
    """What to do so that the tape and the engine agree. Nothing when they do already."""
    held = {container.container: container for container in holdings.containers}
    result = Corrections(
        strange_containers=[name for name in held if name not in belief.containers],
        strange_images=[image for image in holdings.images if image not in belief.images],
        changed=[name for name in belief.running() if name in held],
    )
    facts = [
        *ended(belief, BUILD_LOST, still_running=_running(held)),
        *(fact for name in belief.containers for fact in _container(name, belief, held.get(name))),
        *_images(belief, holdings),
    ]
    if facts and not belief.lost:
        ran = belief.running() or belief.builds or belief.execs
        facts.insert(0, event.EngineLost(message=WENT_AWAY if ran else WENT_MISSING))
    if facts or belief.lost:
        facts.append(event.EngineRestored(message=IS_BACK))
    result.facts = facts
    return result


def ended(
    belief: Belief, build_reason: str, still_running: frozenset[str] = frozenset()
) -> list[AnyEvent]:
    """The ends of all that the tape believes to run, but for the containers that still do."""
    running = [name for name in belief.running() if name not in still_running]
    return [
        *(
            event.BuildCancelled(build=build, reason=build_reason)
            for build in sorted(belief.builds)
        ),
        *(
            event.TransferFailed(transfer=transfer, message=TRANSFER_LOST)
            for transfer in sorted(belief.transfers)
        ),
        *(
            event.ExecExited(container=container, exec=exec_id, exit_code=LOST_EXIT_CODE)
            for exec_id, container in belief.execs.items()
        ),
        *(
            event.ContainerExited(container=name, exit_code=LOST_EXIT_CODE, reason="lost")
            for name in running
        ),
    ]


def _running(held: dict[str, HeldContainer]) -> frozenset[str]:
    return frozenset(name for name, one in held.items() if one.state in ("running", "paused"))


def _container(name: str, belief: Belief, held: HeldContainer | None) -> Iterator[AnyEvent]:
    believed = belief.containers[name]
    if held is None:
        yield event.ContainerRemoved(container=name)
        return
    if held.name != believed.name:
        yield event.ContainerRenamed(container=name, name=held.name)
    yield from _state(name, believed, held)


def _state(name: str, believed: BelievedContainer, held: HeldContainer) -> Iterator[AnyEvent]:
    runs = believed.state in ("running", "paused")
    if held.state in ("running", "paused") and not runs:
        yield event.ContainerStarted(container=name)
    if held.state == "paused" and believed.state != "paused":
        yield event.ContainerPaused(container=name)
    if held.state == "running" and believed.state == "paused":
        yield event.ContainerResumed(container=name)
    if held.state == "exited" and believed.state == "created":
        # It was started and ended before either reached the tape.
        code = LOST_EXIT_CODE if held.exit_code is None else held.exit_code
        yield event.ContainerExited(container=name, exit_code=code, reason="lost")


def _images(belief: Belief, holdings: Holdings) -> Iterator[AnyEvent]:
    for image, tags in belief.images.items():
        if image not in holdings.images:
            yield event.ImageRemoved(image=image)
            continue
        held = set(holdings.images[image])
        for tag in sorted(tags - held):
            yield event.ImageUntagged(image=image, tag=tag)
        for tag in sorted(held - tags):
            yield event.ImageTagged(image=image, tag=tag)
