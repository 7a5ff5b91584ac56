"""Where a stage stands after a step: its layers, its config, its history and its cache key."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

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

    def with_layer(self, layer: Layer, key: str, created_by: str) -> "StageState":
        """After a step that made a layer."""
        history = (*self.history, History(created_by))
        return replace(self, stack=self.stack.push(layer), key=key, history=history)

    def with_config(self, config: Mapping[str, Any], created_by: str) -> "StageState":
        """After a step that changed the config only."""
        history = (*self.history, History(created_by, empty_layer=True))
        return replace(self, config=config, history=history)
