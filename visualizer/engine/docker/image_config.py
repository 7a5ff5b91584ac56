"""What an image or container is, out of the engine's words for it."""

from collections.abc import Mapping
from typing import Any

from visualizer.engine.docker.names import OWN_LABELS

CONFIG_KEYS = (
    "User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Healthcheck", "Volumes", "WorkingDir",
    "Labels", "StopSignal", "Shell", "OnBuild",
)  # fmt: skip
"""The keys of an image's config that an instruction sets; older engines list more, all unused."""


def plain_config(config: Mapping[str, Any] | None) -> dict[str, Any]:
    """An image's config: what is set, sorted; nothing of ours, and nothing that is empty."""
    found = {key: (config or {}).get(key) for key in sorted(CONFIG_KEYS)}
    if found["Labels"]:
        found["Labels"] = without_own(found["Labels"])
    return {key: value for key, value in found.items() if value}


def without_own(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels without those that mark things as a lab's."""
    return {name: value for name, value in labels.items() if name not in OWN_LABELS}
