"""What a step of the embedded engine tells the tape: beside the rest, the layer that it made."""

from visualizer.engine import step_events
from visualizer.engine.embedded.layer import count
from visualizer.engine.embedded.stack import Layer, Stack
from visualizer.events.types import LayerCreated


class StepEvents(step_events.StepEvents):
    """Emits one step's events."""

    def layer(self, layer: Layer, below: Stack, *, cached: bool) -> None:
        """It gave the image a layer."""
        added, modified, deleted = count(below.tree, layer.entries)
        self._emit(
            LayerCreated(
                build=self._build,
                step=self.step.step,
                layer=layer.digest,
                size=layer.size,
                added=added,
                modified=modified,
                deleted=deleted,
                cached=cached,
            )
        )
