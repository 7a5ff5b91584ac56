"""Output as it was written: an engine's chunks end anywhere, also in the middle of a word."""

from collections.abc import Sequence

from visualizer.events import types as event
from visualizer.events.types import AnyEvent

OUTPUT = (event.StepOutput, event.ContainerOutput, event.ExecOutput)


class Stream:
    """What one process wrote to one stream, over all its chunks."""

    def __init__(self, name: str) -> None:
        self.name = name
        """For people: `the output of step 3`."""
        self.places: list[int] = []
        """Indexes of the chunks' events."""
        self.starts: list[int] = []
        """Where each chunk begins in the text."""
        self._parts: list[str] = []
        self._length = 0

    @property
    def text(self) -> str:
        """All chunks together."""
        return "".join(self._parts)

    def add(self, place: int, text: str) -> None:
        """A further chunk."""
        self.places.append(place)
        self.starts.append(self._length)
        self._parts.append(text)
        self._length += len(text)


def streams_of(events: Sequence[AnyEvent]) -> list[Stream]:
    """The streams of a tape, in the order in which they began."""
    found: dict[tuple[object, ...], Stream] = {}
    for place, fact in enumerate(events):
        if isinstance(fact, event.StepOutput):
            key: tuple[object, ...] = ("step", fact.build, fact.step, fact.stream)
            name = f"the output of step {fact.step} of build {fact.build}"
        elif isinstance(fact, event.ContainerOutput):
            key = ("container", fact.container, fact.stream)
            name = f"the output of container {fact.container[:12]}"
        elif isinstance(fact, event.ExecOutput):
            key = ("exec", fact.exec, fact.stream)
            name = f"the output of a command in container {fact.container[:12]}"
        else:
            continue
        found.setdefault(key, Stream(name)).add(place, fact.text)
    return list(found.values())
