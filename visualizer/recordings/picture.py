"""What a still shows of a tape: the image in focus, its layers, and the containers on it.

A small sibling of the browser's reducer (`static/src/scene/`), for where there is no browser. Both
are held to the same facts, `tests/tapes/facts/`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from visualizer.events import types as events
from visualizer.events.types import AnyEvent, EngineInfo, PlannedStep
from visualizer.recordings.chain import chain

MOST_BUILDS = 60
"""Builds that the browser's scene keeps; what an older one named is told by its layers."""


@dataclass
class Layer:
    """A read-only layer, and the instruction that made it first; empty when it is not known."""

    digest: str
    size: int = 0
    instruction: str = ""
    text: str = ""


@dataclass
class Image:
    """An image as the lab holds it."""

    digest: str
    tags: list[str]
    layers: list[str]
    """Digests, the base first."""
    build: int | None
    seq: int


@dataclass
class Build:
    """One build: `queued`, `running`, `built`, `failed` or `cancelled`."""

    build: int
    state: str = "queued"
    tag: str = ""
    steps: list[PlannedStep] = field(default_factory=list)
    made: dict[int, list[str]] = field(default_factory=dict)
    """Digests of layers, by the step that gave them."""
    image: str | None = None
    ended_seq: int = 0


@dataclass
class Container:
    """A container: `created`, `running`, `paused` or `exited`."""

    id: str
    name: str
    image: str
    state: str = "created"
    writable_size: int = 0
    changes: int = 0
    exit_code: int | None = None


@dataclass
class Picture:
    """A moment of a lab. Lists are in the order in which things came into being."""

    engine: EngineInfo | None = None
    images: list[Image] = field(default_factory=list)
    layers: dict[str, Layer] = field(default_factory=dict)
    builds: dict[int, Build] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)

    def focus(self) -> Image | None:
        """The image that was built or committed last."""
        return max(self.images, key=self._newness, default=None)

    def latest_build(self) -> Build | None:
        """The newest build, whatever became of it."""
        return self.builds[max(self.builds)] if self.builds else None

    def stack(self, image: Image) -> list[Layer]:
        """The image's layers, the base first, with the instructions of the build that made it."""
        build = self.builds.get(image.build or 0) or self.builder(image.digest)
        return [self._told_by(build, digest) for digest in image.layers]

    def so_far(self, build: Build) -> list[Layer]:
        """The layers that a build has made, in the order of its steps."""
        steps = [step for step in build.steps if not step.skipped]
        digests = dict.fromkeys(d for step in steps for d in build.made.get(step.step, []))
        return [self._told_by(build, digest) for digest in digests]

    def _newness(self, image: Image) -> int:
        build = self.builds.get(image.build or 0)
        # A build that came wholly from the cache gives an image that was there: the newest again.
        return max(image.seq, build.ended_seq if build else 0)

    def builder(self, digest: str) -> Build | None:
        made = [build for number, build in sorted(self.builds.items()) if build.image == digest]
        return made[-1] if made else None

    def _told_by(self, build: Build | None, digest: str) -> Layer:
        layer = self.layers.get(digest) or Layer(digest)
        for step in build.steps if build else ():
            if build and digest in build.made.get(step.step, []):
                return Layer(digest, layer.size, step.instruction, step.text)
        return layer


def fold(tape: Iterable[AnyEvent]) -> Picture:
    """The picture after all these events. An event that does not fit changes nothing."""
    picture = Picture()
    for event in tape:
        if apply := HANDLERS.get(type(event)):
            apply(picture, event)
    return picture


def _opened(picture: Picture, event: events.LabOpened) -> None:
    picture.engine = event.engine


def _queued(picture: Picture, event: events.BuildQueued) -> None:
    if event.build not in picture.builds:
        _add(picture, Build(event.build))


def _started(picture: Picture, event: events.BuildStarted) -> None:
    known = picture.builds.get(event.build)
    if known is None or known.state == "queued":
        _add(picture, Build(event.build, "running", event.tag))


def _add(picture: Picture, build: Build) -> None:
    picture.builds[build.build] = build
    for number in sorted(picture.builds)[:-MOST_BUILDS]:
        del picture.builds[number]


def _planned(picture: Picture, event: events.BuildPlanned) -> None:
    build = picture.builds.get(event.build)
    if build is None or build.state != "running":
        return
    before = {(step.step, step.text) for step in build.steps}
    steps: dict[int, PlannedStep] = {}
    for step in event.steps:
        steps.setdefault(step.step, step)
    build.steps = list(steps.values())
    kept = {step.step for step in build.steps if (step.step, step.text) in before}
    build.made = {step: made for step, made in build.made.items() if step in kept}


def _layer_created(picture: Picture, event: events.LayerCreated) -> None:
    build = picture.builds.get(event.build)
    steps = [step for step in build.steps if step.step == event.step] if build else []
    if build is None or not steps:
        return
    known = picture.layers.get(event.layer)
    # A layer is named by its content: whoever makes it again has made the same one.
    if known is None or not known.instruction:
        made = Layer(event.layer, event.size, steps[0].instruction, steps[0].text)
        picture.layers[event.layer] = made
    digests = build.made.setdefault(event.step, [])
    if event.layer not in digests:
        digests.append(event.layer)


def _built(picture: Picture, event: events.ImageBuilt) -> None:
    build = picture.builds.get(event.build)
    if build is not None and build.state in ("queued", "running"):
        build.state, build.image, build.ended_seq = "built", event.image, event.seq
    image = Image(event.image, event.tags, event.layers, event.build, event.seq)
    _put(picture, image)


def _ended(picture: Picture, event: events.BuildFailed | events.BuildCancelled) -> None:
    build = picture.builds.get(event.build)
    if build is not None and build.state in ("queued", "running"):
        build.state = "failed" if isinstance(event, events.BuildFailed) else "cancelled"
        build.ended_seq = event.seq


def _committed(picture: Picture, event: events.ImageCommitted) -> None:
    known = picture.layers.get(event.layer)
    if known is None or not known.instruction:
        container = picture.containers.get(event.container)
        text = f"docker commit {container.name if container else event.container}"
        picture.layers[event.layer] = Layer(event.layer, event.layer_size, "COMMIT", text)
    _put(picture, Image(event.image, event.tags, event.layers, None, event.seq))


def _pulled(picture: Picture, event: events.ImagePulled) -> None:
    for told in event.layers:
        known = picture.layers.setdefault(told.layer, Layer(told.layer))
        if not known.instruction:
            known.size = told.size
    digests = [told.layer for told in event.layers]
    build = picture.builder(event.image)
    number = build.build if build else None
    _put(picture, Image(event.image, event.tags, digests, number, event.seq))


def _entered(picture: Picture, event: events.StepEntered) -> None:
    if any(image.digest == event.image for image in picture.images):
        return
    build = picture.builds.get(event.build)
    known_ones = [picture.layers.get(each.layer) for each in event.layers]
    is_news = any(layer is None or not layer.instruction for layer in known_ones)
    stands_on = chain(build.steps, event.step) if build and is_news else []
    bases = [step for step in stands_on if step.makes == "base"]
    makers = [step for step in stands_on if step.makes == "layer"]
    of_base = len(event.layers) - len(makers)
    for place, told in enumerate(event.layers):
        known = picture.layers.setdefault(told.layer, Layer(told.layer))
        made_by = bases[:1] if place < of_base else makers[place - of_base :]
        if not known.instruction:
            known.size = told.size
            if made_by:
                known.instruction, known.text = made_by[0].instruction, made_by[0].text
    digests = [told.layer for told in event.layers]
    _put(picture, Image(event.image, [], digests, None, event.seq))


def _put(picture: Picture, image: Image) -> None:
    """A new image last, one that was there in its place; a tag points at one image alone."""
    for digest in image.layers:
        picture.layers.setdefault(digest, Layer(digest))
    known = next((each for each in picture.images if each.digest == image.digest), None)
    tags, image.tags = list(dict.fromkeys(image.tags)), []
    if known is None:
        picture.images.append(image)
    elif image.build is not None:
        known.build = image.build
    _tag(picture, image.digest, tags)


def _tag(picture: Picture, digest: str, tags: list[str]) -> None:
    for image in picture.images:
        image.tags = [tag for tag in image.tags if tag not in tags]
        if image.digest == digest:
            image.tags += tags


def _tagged(picture: Picture, event: events.ImageTagged) -> None:
    if any(image.digest == event.image for image in picture.images):
        _tag(picture, event.image, [event.tag])


def _untagged(picture: Picture, event: events.ImageUntagged) -> None:
    for image in picture.images:
        if image.digest == event.image and event.tag in image.tags:
            image.tags.remove(event.tag)


def _removed(picture: Picture, event: events.ImageRemoved) -> None:
    picture.images = [image for image in picture.images if image.digest != event.image]


def _created(picture: Picture, event: events.ContainerCreated) -> None:
    made = Container(event.container, event.name, event.image)
    picture.containers.setdefault(event.container, made)


def _container_removed(picture: Picture, event: events.ContainerRemoved) -> None:
    picture.containers.pop(event.container, None)


def _on_container(change: Callable[[Container, Any], None]) -> Callable[[Picture, Any], None]:
    """A handler that changes the event's container, when there is one."""

    def handle(picture: Picture, event: Any) -> None:
        container = picture.containers.get(event.container)
        if container is not None:
            change(container, event)

    return handle


def _runs(container: Container, _: events.ContainerStarted) -> None:
    container.state, container.exit_code = "running", None


def _exited(container: Container, event: events.ContainerExited) -> None:
    container.state, container.exit_code = "exited", event.exit_code


def _changed(container: Container, event: events.ContainerChanged) -> None:
    container.writable_size, container.changes = event.writable_size, len(event.changes)


def _paused(container: Container, _: events.ContainerPaused) -> None:
    container.state = "paused" if container.state == "running" else container.state


def _resumed(container: Container, _: events.ContainerResumed) -> None:
    container.state = "running" if container.state == "paused" else container.state


def _renamed(container: Container, event: events.ContainerRenamed) -> None:
    container.name = event.name


HANDLERS: dict[type, Callable[[Picture, Any], None]] = {
    events.LabOpened: _opened,
    events.BuildQueued: _queued,
    events.BuildStarted: _started,
    events.BuildPlanned: _planned,
    events.LayerCreated: _layer_created,
    events.ImageBuilt: _built,
    events.BuildFailed: _ended,
    events.BuildCancelled: _ended,
    events.ImageTagged: _tagged,
    events.ImageUntagged: _untagged,
    events.ImageRemoved: _removed,
    events.ImageCommitted: _committed,
    events.ImagePulled: _pulled,
    events.StepEntered: _entered,
    events.ContainerCreated: _created,
    events.ContainerStarted: _on_container(_runs),
    events.ContainerChanged: _on_container(_changed),
    events.ContainerPaused: _on_container(_paused),
    events.ContainerResumed: _on_container(_resumed),
    events.ContainerRenamed: _on_container(_renamed),
    events.ContainerExited: _on_container(_exited),
    events.ContainerRemoved: _container_removed,
}
