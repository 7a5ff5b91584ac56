"""Takes off the engine what no lab of this site owns any more: after a crash, or of labs that were
deleted while the engine was away."""

import contextlib
import json
from collections.abc import Collection

from visualizer.engine.docker.api import ApiError, EngineApi
from visualizer.engine.docker.names import HOST, INSTANCE_LABEL, LAB_LABEL, LabNames


async def sweep(api: EngineApi, instance: str, labs: Collection[str]) -> int:
    """Remove what belongs to none of the labs; how many things went. Raises EngineUnavailable."""
    mine = json.dumps({"label": [f"{INSTANCE_LABEL}={instance}"]})
    paths = [
        f"/containers/{each['Id']}"
        for each in await api.get("/containers/json", all="1", filters=mine)
        if each["Labels"].get(LAB_LABEL) not in labs
    ]
    paths += [
        f"/networks/{each['Id']}"
        for each in await api.get("/networks", filters=mine)
        if each["Labels"].get(LAB_LABEL) not in labs
    ]
    kept = tuple(f"{LabNames(instance, lab).root}/" for lab in labs)
    paths += [
        f"/images/{tag}"
        for each in await api.get("/images/json")
        for tag in each.get("RepoTags") or []
        if tag.startswith(f"{HOST}/{instance}/") and not tag.startswith(kept)
    ]
    for path in paths:
        # What a lab has removed meanwhile is as it should be.
        with contextlib.suppress(ApiError):
            await api.delete(path, **_options(path))
    return len(paths)


def _options(path: str) -> dict[str, str]:
    if path.startswith("/containers/"):
        return {"force": "1", "v": "1"}
    return {"force": "1"} if path.startswith("/images/") else {}
