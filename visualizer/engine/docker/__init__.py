"""Labs on a real Docker Engine, through its HTTP API and BuildKit."""

from visualizer.engine.docker.engine import DockerEngine

__all__ = ["DockerEngine"]
