"""How much of a kind a tape may hold at a time: far more than any lab has.

Whoever draws a moment looks at all that is there for every event, so a stranger's tape of fifty
thousand images would keep a browser, and the site's own pen, busy for hours.
"""

from collections.abc import Callable, Sequence
from typing import Any

from visualizer.events import types as event
from visualizer.events.types import AnyEvent
from visualizer.recordings.lines import BadLine

STEPS = 500
"""Of one build; a lab takes Dockerfiles of 300 instructions."""
IMAGES = 200
CONTAINERS = 200
TAGS = 1000
"""Of all images together."""
IMAGE_LAYERS = 500
"""Of one image, or made by one step; Docker itself has 127."""
LAYERS = 3000
"""Of the whole tape: what is told of a layer is kept for as long as somebody plays it."""
FETCHED = 500
"""Images that were pulled and steps that were entered: each tells of layers anew."""
REFERENCES = 1000
"""Names that images were pushed or pulled by."""
BLOBS = 1000
"""Of one push or pull."""


def check(events: Sequence[AnyEvent]) -> None:
    """Raises BadLine for a tape that holds too much of a kind."""
    crowd = _Crowd()
    for fact in events:
        take = TAKERS.get(type(fact))
        if take is None:
            continue
        take(crowd, fact)
        for what, count, most in crowd.counts():
            if count > most:
                raise BadLine(f"at event {fact.seq} there are more than {most:,} {what}")


class _Crowd:
    """What is there after the events that were taken."""

    def __init__(self) -> None:
        self.images: dict[str, set[str]] = {}
        """Tags by the image's digest."""
        self.owners: dict[str, str] = {}
        """The image that a tag points at."""
        self.containers: set[str] = set()
        self.layers: set[str] = set()
        self.made: dict[tuple[int, int], set[str]] = {}
        """Layers by build and step."""
        self.references: set[str] = set()
        self.blobs: dict[int, set[str]] = {}
        self.steps = self.tallest = self.fetched = self.most_blobs = 0

    def counts(self) -> Sequence[tuple[str, int, int]]:
        """What, how many there are, and how many there may be."""
        return (
            ("steps in a build", self.steps, STEPS),
            ("images", len(self.images), IMAGES),
            ("containers", len(self.containers), CONTAINERS),
            ("tags", len(self.owners), TAGS),
            ("layers in an image or of a step", self.tallest, IMAGE_LAYERS),
            ("layers", len(self.layers), LAYERS),
            ("pulls and steps that were entered", self.fetched, FETCHED),
            ("names in the registry", len(self.references), REFERENCES),
            ("parts of a push or pull", self.most_blobs, BLOBS),
        )

    def put(self, image: str, tags: Sequence[str], layers: Sequence[str]) -> None:
        """An image, new or told of anew."""
        self.tallest = max(self.tallest, len(layers))
        self.layers.update(layers)
        self.images.setdefault(image, set())
        for tag in tags:
            self.tag(image, tag)

    def tag(self, image: str, tag: str) -> None:
        """A tag points at one image alone."""
        if image in self.images:
            self.untag(tag)
            self.owners[tag] = image
            self.images[image].add(tag)

    def untag(self, tag: str) -> None:
        """The tag points at nothing."""
        owner = self.owners.pop(tag, None)
        if owner is not None:
            self.images[owner].discard(tag)


def _planned(crowd: _Crowd, fact: event.BuildPlanned) -> None:
    crowd.steps = max(crowd.steps, len(fact.steps), *(len(step.needs) for step in fact.steps))


def _layer(crowd: _Crowd, fact: event.LayerCreated) -> None:
    crowd.layers.add(fact.layer)
    made = crowd.made.setdefault((fact.build, fact.step), set())
    made.add(fact.layer)
    crowd.tallest = max(crowd.tallest, len(made))


def _image(crowd: _Crowd, fact: event.ImageBuilt | event.ImageCommitted) -> None:
    crowd.put(fact.image, fact.tags, fact.layers)


def _pulled(crowd: _Crowd, fact: event.ImagePulled) -> None:
    crowd.fetched += 1
    crowd.references.add(fact.reference)
    crowd.put(fact.image, fact.tags, [told.layer for told in fact.layers])


def _entered(crowd: _Crowd, fact: event.StepEntered) -> None:
    crowd.fetched += 1
    crowd.put(fact.image, [], [told.layer for told in fact.layers])


def _untagged(crowd: _Crowd, fact: event.ImageUntagged) -> None:
    if crowd.owners.get(fact.tag) == fact.image:
        crowd.untag(fact.tag)


def _removed(crowd: _Crowd, fact: event.ImageRemoved) -> None:
    for tag in crowd.images.pop(fact.image, set()):
        del crowd.owners[tag]


def _transfer(crowd: _Crowd, fact: event.TransferStarted) -> None:
    crowd.blobs[fact.transfer] = set()


def _blob(crowd: _Crowd, fact: event.TransferProgressed) -> None:
    blobs = crowd.blobs.setdefault(fact.transfer, set())
    blobs.add(fact.blob)
    crowd.most_blobs = max(crowd.most_blobs, len(blobs))


TAKERS: dict[type, Callable[[_Crowd, Any], None]] = {
    event.BuildPlanned: _planned,
    event.LayerCreated: _layer,
    event.ImageBuilt: _image,
    event.ImageCommitted: _image,
    event.ImagePulled: _pulled,
    event.StepEntered: _entered,
    event.ImagePushed: lambda crowd, fact: crowd.references.add(fact.reference),
    event.ImageTagged: lambda crowd, fact: crowd.tag(fact.image, fact.tag),
    event.ImageUntagged: _untagged,
    event.ImageRemoved: _removed,
    event.ContainerCreated: lambda crowd, fact: crowd.containers.add(fact.container),
    event.ContainerRemoved: lambda crowd, fact: crowd.containers.discard(fact.container),
    event.TransferStarted: _transfer,
    event.TransferProgressed: _blob,
}
