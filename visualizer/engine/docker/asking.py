"""Asks which engine answers at an address and what it has to build on, before it is used."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from visualizer.engine.catalogue import load_catalogue
from visualizer.engine.docker.api import ApiError, EngineApi, unavailable
from visualizer.engine.docker.base_images import BaseImages
from visualizer.engine.errors import EngineUnavailable

PATIENCE = 5.0
"""Seconds for the answers: an engine that is there gives them at once."""


@dataclass(frozen=True)
class Heard:
    """What an engine told of itself."""

    version: str
    bases: tuple[str, ...]
    """The base images of the catalogue that it has; `scratch` needs none and is not among them."""


async def ask(host: str, tls: Path | None = None, seconds: float = PATIENCE) -> Heard:
    """Ask the engine at this address, which is as of DOCKER_HOST.

    Raises EngineUnavailable (its cause is the OSError) and address.InvalidAddress.
    """
    api = EngineApi(host, tls)
    try:
        async with asyncio.timeout(seconds):
            version = str((await api.get("/version"))["Version"])
            names = await BaseImages(api, load_catalogue()).names()
    except TimeoutError as error:
        raise unavailable(error) from error
    except (ApiError, LookupError, TypeError, ValueError) as error:
        raise EngineUnavailable(
            "engine-unavailable",
            "What answers there is no Docker Engine.",
            engine_words=str(error),
        ) from error
    finally:
        api.close()
    return Heard(version, tuple(name for name in names if ":" in name))
