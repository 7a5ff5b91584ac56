"""The one place that puts the site's parts together: engines, limits, registry."""

import asyncio
import secrets
from pathlib import Path
from typing import Protocol, runtime_checkable

from django.conf import settings

from visualizer.engine.docker.asking import Heard, ask
from visualizer.engine.port import Engine
from visualizer.environment import BadEnvironment, Environment
from visualizer.labs import choosing
from visualizer.labs.choosing import KINDS, Choice
from visualizer.labs.engines import Engines, Offer
from visualizer.labs.registry import Registry

EMBEDDED = "Embedded engine"
ABOUT_EMBEDDED = (
    "Ready at once, and alike everywhere. Layers and the build cache are real, commands are "
    "simulated."
)

_registry: Registry | None = None


@runtime_checkable
class WarmsUp(Protocol):
    """An engine whose first use is slow, unless it is made ready beforehand."""

    def warm_up_soon(self) -> None:
        """Begin to make it ready, and return at once."""


def environment() -> Environment:
    """The site's settings."""
    return settings.LAYERCAKE


def make_engine(
    kind: str, store: Path, docker_host: str, *, tls: str = "", registry: str = ""
) -> Engine:
    """The engine of this kind, with its store in this folder; the rest is for Docker's.

    Raises BadEnvironment.
    """
    if kind == "embedded":
        from visualizer.engine.embedded import EmbeddedEngine

        return EmbeddedEngine(root=store)
    if kind == "docker":
        return _docker_engine(store / "docker", docker_host, Path(tls) if tls else None, registry)
    raise BadEnvironment(f"LAYERCAKE_ENGINE is {kind!r}; the engines are: {', '.join(KINDS)}")


def _docker_engine(store: Path, host: str, tls: Path | None, registry: str) -> Engine:
    from visualizer.engine.docker import DockerEngine
    from visualizer.engine.docker.address import InvalidAddress

    try:
        return DockerEngine(
            host,
            cache_dir=store / "layers",
            instance=_instance(store),
            tls=tls,
            registry=registry,
        )
    except InvalidAddress as error:
        raise BadEnvironment(f"LAYERCAKE_DOCKER_HOST cannot be used: {error}") from None
    except ValueError as error:
        raise BadEnvironment(f"LAYERCAKE_REGISTRY cannot be used: {error}") from None


def _registry_beside() -> str:
    """The labs' registry that comes up with the private engine, where one is installed."""
    from visualizer.engine.private import registry as beside

    return f"{beside.HOST}:{beside.PORT}" if beside.is_installed() else ""


def _instance(store: Path) -> str:
    """What this site's things are known by on a Docker Engine: the same at every start."""
    path = store / "instance"
    if not path.exists():
        store.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_hex(6), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def _engines(choice: Choice, here: Environment) -> Engines:
    """What is on offer, each with its engine. Raises BadEnvironment."""
    store = here.data / "engine"
    offers = []
    for kind in choice.kinds:
        if kind == "docker":
            place = choice.docker or choosing.docker_place(here)
            own = place.whose == "private"
            labs = here.registry or (_registry_beside() if own else "")
            engine = make_engine(kind, store, place.host, tls=here.docker_tls, registry=labs)
            # One at a time: dockerd has no limits for one build, so they are those of the engine.
            offers.append(Offer(kind, place.title, place.about, 1, engine, own))
        else:
            engine = make_engine(kind, store, "")
            offers.append(Offer(kind, EMBEDDED, ABOUT_EMBEDDED, here.builds, engine))
    return Engines(offers, choice.why)


def set_up(listens_on: str) -> Registry:
    """Make this process's registry, for a site that listens on this address.

    Looks which engines answer, so it is not for an event loop. Raises BadEnvironment.
    """
    choosing.check_exposure(environment(), listens_on)
    return _set_up(listens_on)


def _set_up(listens_on: str | None) -> Registry:
    global _registry
    here = environment()
    _registry = Registry(_engines(choosing.choose(here, listens_on, _ask), here), here)
    return _registry


def _ask(host: str) -> Heard:
    from visualizer.engine.docker.address import InvalidAddress

    try:
        return asyncio.run(ask(host))
    except InvalidAddress as error:
        raise BadEnvironment(f"LAYERCAKE_DOCKER_HOST cannot be used: {error}") from None


def registry() -> Registry:
    """This process's registry; where nobody has set it up, one that trusts nobody."""
    if _registry is None:
        return _set_up(None)
    return _registry


def install(replacement: Registry | None) -> None:
    """Have this registry used, for a test; None makes a new one when it is next asked for."""
    global _registry
    _registry = replacement


def start() -> None:
    """The site serves from now on: look after the labs, and spare the first learner a wait."""
    here = registry()
    here.start()
    engine = here.engines.usual.engine
    if isinstance(engine, WarmsUp):
        engine.warm_up_soon()


async def shut_down() -> None:
    """Park every lab. The end of the site."""
    if _registry is not None:
        # It stays: who comes now must be refused by it, and not get a second one, which would
        # write the tapes that this one still writes.
        await _registry.close()
