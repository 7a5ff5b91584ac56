"""How much of a kind a tape may hold at a time: far more than any lab has.

Whoever draws a moment looks at all that is there for every event, so a stranger's tape of fifty
thousand images would keep a browser, and the site's own pen, busy for hours.
"""

from collections.abc import Sequence

from visualizer.events import types as event
from visualizer.events.types import AnyEvent
from visualizer.recordings.lines import BadLine

STEPS = 1000
"""Of one build."""
IMAGES = 200
CONTAINERS = 200
TAGS = 1000
"""Of all images together."""
IMAGE_LAYERS = 500
"""Of one image; Docker itself has 127."""
LAYERS = 5000
"""Of the whole tape: what is told of a layer is kept for as long as somebody plays it."""
REFERENCES = 1000
"""Names that images were pushed or pulled by."""
BLOBS = 1000
"""Of one push or pull."""


def check(events: Sequence[AnyEvent]) -> None:
    """Raises BadLine for a tape that holds too much of a kind."""
    crowd = _Crowd()
    for fact in events:
        crowd.take(fact)
        for what, count, most in crowd.counts():
            if count > most:
                raise BadLine(f"at event {fact.seq} there are more than {most:,} {what}")


class _Crowd:
    """What is there after the events that were taken."""

    def __init__(self) -> None:
        self._images: dict[str, set[str]] = {}
        """Tags by the image's digest."""
        self._owners: dict[str, str] = {}
        """The image that a tag points at."""
        self._containers: set[str] = set()
        self._layers: set[str] = set()
        self._references: set[str] = set()
        self._blobs: dict[int, set[str]] = {}
        self._steps = self._tall = self._most_blobs = 0

    def counts(self) -> Sequence[tuple[str, int, int]]:
        """What, how many there are, and how many there may be."""
        return (
            ("steps in a build", self._steps, STEPS),
            ("images", len(self._images), IMAGES),
            ("containers", len(self._containers), CONTAINERS),
            ("tags", len(self._owners), TAGS),
            ("layers in an image", self._tall, IMAGE_LAYERS),
            ("layers", len(self._layers), LAYERS),
            ("names in the registry", len(self._references), REFERENCES),
            ("parts of a push or pull", self._most_blobs, BLOBS),
        )

    def take(self, fact: AnyEvent) -> None:
        """One more event."""
        match fact:
            case event.BuildPlanned():
                self._steps = max(self._steps, len(fact.steps))
            case event.LayerCreated():
                self._layers.add(fact.layer)
            case event.ImageBuilt() | event.ImageCommitted():
                self._put(fact.image, fact.tags, fact.layers)
            case event.ImagePulled():
                self._references.add(fact.reference)
                self._put(fact.image, fact.tags, [told.layer for told in fact.layers])
            case event.StepEntered():
                self._put(fact.image, [], [told.layer for told in fact.layers])
            case event.ImagePushed():
                self._references.add(fact.reference)
            case event.ImageTagged():
                if fact.image in self._images:
                    self._tag(fact.image, fact.tag)
            case event.ImageUntagged():
                if self._owners.get(fact.tag) == fact.image:
                    self._untag(fact.tag)
            case event.ImageRemoved():
                for tag in self._images.pop(fact.image, set()):
                    del self._owners[tag]
            case event.ContainerCreated():
                self._containers.add(fact.container)
            case event.ContainerRemoved():
                self._containers.discard(fact.container)
            case event.TransferStarted():
                self._blobs[fact.transfer] = set()
            case event.TransferProgressed():
                blobs = self._blobs.setdefault(fact.transfer, set())
                blobs.add(fact.blob)
                self._most_blobs = max(self._most_blobs, len(blobs))

    def _put(self, image: str, tags: Sequence[str], layers: Sequence[str]) -> None:
        self._tall = max(self._tall, len(layers))
        self._layers.update(layers)
        self._images.setdefault(image, set())
        for tag in tags:
            self._tag(image, tag)

    def _tag(self, image: str, tag: str) -> None:
        """A tag points at one image alone."""
        self._untag(tag)
        self._owners[tag] = image
        self._images[image].add(tag)

    def _untag(self, tag: str) -> None:
        owner = self._owners.pop(tag, None)
        if owner is not None:
            self._images[owner].discard(tag)
