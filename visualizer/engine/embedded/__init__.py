"""The embedded engine: real layers, images and containers over a simulated userland."""

from visualizer.engine.embedded.engine import EmbeddedEngine

__all__ = ["EmbeddedEngine"]
