"""Containers in the engine's words: what state they are in, and what of it is shown."""

from collections.abc import Mapping
from typing import Any

from visualizer.engine.docker.names import NAME_LABEL, OWN_LABELS
from visualizer.engine.port import ContainerState
from visualizer.events.types import ContainerStarted


def state_of(inspected: Mapping[str, Any]) -> tuple[ContainerState, int | None]:
    """The state and exit code, in the words of the port."""
    told = inspected["State"]
    if told["Status"] == "created":
        # One that could not be started is `created` still, with the reason's exit code.
        return ("exited", told["ExitCode"]) if told["ExitCode"] else ("created", None)
    if told["Running"]:
        return ("paused" if told["Paused"] else "running"), None
    return "exited", int(told["ExitCode"])


def shown_container(inspected: Mapping[str, Any], name: str) -> dict[str, Any]:
    """`docker inspect` of a container without what is this site's own affair."""
    shown = {
        key: value
        for key, value in inspected.items()
        if not key.endswith("Path") and key not in ("GraphDriver", "HostConfig", "MountLabel")
    }
    config = dict(inspected["Config"])
    labels = config.get("Labels") or {}
    config["Labels"] = {key: value for key, value in labels.items() if key not in OWN_LABELS}
    config["Image"] = labels.get(NAME_LABEL, inspected["Image"])
    shown |= {"Name": f"/{name}", "Config": config, "Path": inspected["Path"]}
    networks = (inspected.get("NetworkSettings") or {}).get("Networks") or {}
    address = next((each.get("IPAddress", "") for each in networks.values()), "")
    shown["NetworkSettings"] = {"Networks": {"lab": {"IPAddress": address}}}
    return shown


def started(container: str, inspected: Mapping[str, Any]) -> ContainerStarted:
    """What is told when a container has been started."""
    networks = inspected["NetworkSettings"].get("Networks") or {}
    address = next((each.get("IPAddress") for each in networks.values()), None)
    pid = int(inspected["State"].get("Pid") or 0)
    return ContainerStarted(container=container, pid=pid or None, ip=address or None)
