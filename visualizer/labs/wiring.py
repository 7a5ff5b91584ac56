"""The one place that puts the site's parts together: engine, limits, registry."""

from pathlib import Path
from typing import Protocol, runtime_checkable

from django.conf import settings

from visualizer.engine.port import Engine
from visualizer.environment import BadEnvironment, Environment
from visualizer.labs.registry import Registry

_registry: Registry | None = None


@runtime_checkable
class WarmsUp(Protocol):
    """An engine whose first use is slow, unless it is made ready beforehand."""

    def warm_up_soon(self) -> None:
        """Begin to make it ready, and return at once."""


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


def start() -> None:
    """The site serves from now on: look after the labs, and spare the first learner a wait."""
    here = registry()
    here.start()
    if isinstance(here.engine, WarmsUp):
        here.engine.warm_up_soon()


async def shut_down() -> None:
    """Park every lab. The end of the site."""
    if _registry is not None:
        # It stays: who comes now must be refused by it, and not get a second one, which would
        # write the tapes that this one still writes.
        await _registry.close()
