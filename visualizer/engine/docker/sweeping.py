"""Takes off the engine what no lab of this site owns any more: after a crash, or of labs that were
deleted while the engine was away. Also what a lab has there that is to go while it is closed."""

import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from visualizer.engine.docker.api import ApiError, EngineApi
from visualizer.engine.docker.keeping import delete
from visualizer.engine.docker.names import (
    INSTANCE_LABEL,
    LAB_LABEL,
    LabNames,
    is_of_site,
    is_only_a_means,
)

ABANDONED_SECONDS = 300
"""How old a container is at least that was only a means to something and is still there."""


async def sweep(
    api: EngineApi,
    instance: str,
    labs: Callable[[], Awaitable[Collection[str]]],
    at_work: Callable[[], Collection[str]],
) -> int:
    """Remove what belongs to none of `labs`, and what those that are not `at_work` do not need; how
    many things went. Raises EngineUnavailable.

    Who owns what is asked once all is listed, so that what a lab makes meanwhile is not taken for
    somebody else's.
    """
    containers = await api.get("/containers/json", all="1", filters=_mine(instance))
    networks = await api.get("/networks", filters=_mine(instance))
    images = await api.get("/images/json")
    owned, working = await labs(), at_work()
    gone = [each for each in containers if _lab(each) not in owned or _is_abandoned(each)]
    in_use = {_lab(each) for each in containers if each not in gone} | {*working}
    paths = [f"/containers/{each['Id']}" for each in gone]
    paths += [f"/networks/{each['Id']}" for each in networks if _lab(each) not in in_use]
    owners = [LabNames(instance, lab) for lab in owned]
    paths += [
        f"/images/{tag}"
        for tag in _tags(images)
        if is_of_site(tag, instance) and not any(names.is_own(tag) for names in owners)
    ]
    await _remove(api, paths)
    return len(paths) + await _sweep_nameless(api, instance)


async def clear(api: EngineApi, names: LabNames, *, images: bool) -> int:
    """Remove a closed lab's containers and network, and if wanted its images; how many things.

    Raises EngineUnavailable.
    """
    owner = json.dumps({"label": [f"{key}={value}" for key, value in names.labels.items()]})
    containers = await api.get("/containers/json", all="1", filters=owner)
    paths = [f"/containers/{each['Id']}" for each in containers]
    paths += [f"/networks/{each['Id']}" for each in await api.get("/networks", filters=owner)]
    if images:
        listed = await api.get("/images/json")
        paths += [f"/images/{tag}" for tag in _tags(listed) if names.is_own(tag)]
    await _remove(api, paths)
    return len(paths)


async def _sweep_nameless(api: EngineApi, instance: str) -> int:
    """Images that have lost all their names: their removal had failed half-way."""
    filters = {"dangling": ["true"], "label": [f"{INSTANCE_LABEL}={instance}"]}
    listed = await api.get("/images/json", filters=json.dumps(filters))
    await _remove(api, [f"/images/{each['Id']}" for each in listed])
    return len(listed)


async def _remove(api: EngineApi, paths: Sequence[str]) -> None:
    for path in paths:
        # What a lab has removed meanwhile is as it should be, and what is in use is tried again.
        with contextlib.suppress(ApiError):
            await delete(api, path, **_options(path))


def _options(path: str) -> dict[str, str]:
    if path.startswith("/containers/"):
        return {"force": "1", "v": "1"}
    return {"force": "1"} if path.startswith("/images/") else {}


def _mine(instance: str) -> str:
    return json.dumps({"label": [f"{INSTANCE_LABEL}={instance}"]})


def _lab(thing: Mapping[str, Any]) -> str:
    return str(thing["Labels"].get(LAB_LABEL))


def _is_abandoned(container: Mapping[str, Any]) -> bool:
    old = time.time() - int(container["Created"]) > ABANDONED_SECONDS
    return old and is_only_a_means(container["Labels"])


def _tags(images: Sequence[Mapping[str, Any]]) -> list[str]:
    return [tag for each in images for tag in each.get("RepoTags") or []]
