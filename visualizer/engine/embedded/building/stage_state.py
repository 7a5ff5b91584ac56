"""Where a stage stands after a step: its layers, its config, its history and its cache key."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from visualizer.engine.embedded.cache import next_key
from visualizer.engine.embedded.image import History
from visualizer.engine.embedded.stack import Layer, Stack


@dataclass(frozen=True)
class StageState:
    """Immutable: a step makes a new one of it."""

    stack: Stack
    config: Mapping[str, Any]
    key: str
    """The cache key of the file system; config steps leave it alone, as in BuildKit."""
    history: tuple[History, ...] = ()
    declared: tuple[str, ...] = ()
    """The ARGs so far, each as often as it was declared."""
    said: str = ""
    """The key of all that was done so far, config steps too."""

    def with_layer(self, layer: Layer, key: str, created_by: str) -> "StageState":
        """After a step that made a layer."""
        history = (*self.history, History(created_by))
        stack = self.stack.push(layer)
        return replace(self, stack=stack, key=key, history=history, said=next_key(self.said, key))

    def with_config(self, config: Mapping[str, Any], created_by: str, key: str) -> "StageState":
        """After a step that changed the config only; an empty `created_by` leaves no trace."""
        history = self.history
        if created_by:
            history = (*history, History(created_by, empty_layer=True))
        return replace(self, config=config, history=history, said=key)
