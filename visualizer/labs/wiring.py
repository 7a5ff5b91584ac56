"""The one place that puts the site's parts together: engine, limits, registry."""

from pathlib import Path

from django.conf import settings

from visualizer.engine.port import Engine
from visualizer.environment import BadEnvironment, Environment
from visualizer.labs.registry import Registry

_registry: Registry | None = None


def environment() -> Environment:
    """The site's settings."""
    return settings.LAYERCAKE


def make_engine(kind: str, store: Path) -> Engine:
    """The engine of this kind, with its store in this folder. Raises BadEnvironment."""
    if kind == "embedded":
        from visualizer.engine.embedded import EmbeddedEngine

        return EmbeddedEngine(root=store)
    raise BadEnvironment(f"LAYERCAKE_ENGINE is {kind!r}; the engines are: embedded")


def registry() -> Registry:
    """This process's registry, made when it is first asked for."""
    global _registry
    if _registry is None:
        here = environment()
        _registry = Registry(make_engine(here.engine, here.data / "engine"), here)
    return _registry


def install(replacement: Registry | None) -> None:
    """Have this registry used, for a test; None makes a new one when it is next asked for."""
    global _registry
    _registry = replacement


async def shut_down() -> None:
    """Park every lab. The end of the site."""
    global _registry
    if _registry is not None:
        ending, _registry = _registry, None
        await ending.close()
