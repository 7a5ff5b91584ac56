"""The one place that puts the site's parts together: engine, limits, registry."""

import secrets
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol, runtime_checkable

from django.conf import settings

from visualizer.engine.port import Engine
from visualizer.environment import BadEnvironment, Environment
from visualizer.labs.registry import Registry

ENGINES = ("embedded", "docker")

_registry: Registry | None = None


@runtime_checkable
class WarmsUp(Protocol):
    """An engine whose first use is slow, unless it is made ready beforehand."""

    def warm_up_soon(self) -> None:
        """Begin to make it ready, and return at once."""


def environment() -> Environment:
    """The site's settings."""
    return settings.LAYERCAKE


def make_engine(kind: str, store: Path, docker_host: str) -> Engine:
    """The engine of this kind, with its store in this folder. Raises BadEnvironment."""
    if kind == "embedded":
        from visualizer.engine.embedded import EmbeddedEngine

        return EmbeddedEngine(root=store)
    if kind == "docker":
        return _docker_engine(store / "docker", docker_host)
    raise BadEnvironment(f"LAYERCAKE_ENGINE is {kind!r}; the engines are: {', '.join(ENGINES)}")


def _docker_engine(store: Path, host: str) -> Engine:
    from visualizer.engine.docker import DockerEngine
    from visualizer.engine.docker.connection import InvalidAddress

    try:
        return DockerEngine(host, cache_dir=store / "layers", instance=_instance(store))
    except InvalidAddress as error:
        raise BadEnvironment(f"LAYERCAKE_DOCKER_HOST cannot be used: {error}") from None


def _instance(store: Path) -> str:
    """What this site's things are known by on a Docker Engine: the same at every start."""
    path = store / "instance"
    if not path.exists():
        store.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_hex(6), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def check_exposure(here: Environment, host: str) -> None:
    """Whether the site may listen on this address with this engine. Raises BadEnvironment.

    A Docker Engine that is not sandboxed runs Dockerfiles with the rights of this machine's root.
    """
    if here.engine != "docker":
        return
    names = [host, *here.hosts]
    elsewhere = [name for name in names if not _is_loopback(name)]
    if here.behind_proxy or here.origins or elsewhere:
        raise BadEnvironment(
            "With LAYERCAKE_ENGINE=docker the site serves this machine alone: the Docker Engine is "
            "not sandboxed for other people's Dockerfiles. Listen on 127.0.0.1 and leave "
            "LAYERCAKE_HOSTS, LAYERCAKE_ORIGINS and LAYERCAKE_BEHIND_PROXY unset, or use "
            "LAYERCAKE_ENGINE=embedded."
        )


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost"


def registry() -> Registry:
    """This process's registry, made when it is first asked for."""
    global _registry
    if _registry is None:
        here = environment()
        engine = make_engine(here.engine, here.data / "engine", here.docker_host)
        _registry = Registry(engine, here)
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
