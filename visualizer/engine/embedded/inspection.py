"""`docker inspect` in Docker's shape, of what the embedded engine holds."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from visualizer.engine.embedded.container_config import text_of
from visualizer.engine.embedded.image import CREATED, Image
from visualizer.engine.embedded.state import ContainerRecord, ImageRecord

NEVER = "0001-01-01T00:00:00Z"


def inspect_image(image: Image, record: ImageRecord, size: int) -> dict[str, Any]:
    """An image. `Created` is the digest's time, which no clock made; `LastTagTime` is real."""
    return {
        "Id": image.digest,
        "RepoTags": list(record.tags),
        "RepoDigests": [],
        "Created": CREATED,
        "Architecture": "amd64",
        "Os": "linux",
        "Size": size,
        "Config": dict(image.config),
        "RootFS": {"Type": "layers", "Layers": list(image.layers)},
        "History": [
            {"CreatedBy": entry.created_by, "EmptyLayer": entry.empty_layer}
            for entry in image.history
        ],
        "Metadata": {"LastTagTime": _time(record.created_at)},
    }


def inspect_container(
    record: ContainerRecord, size: int, exec_ids: Sequence[str]
) -> dict[str, Any]:
    """A container. `SizeRw` is its writable layer, `SizeRootFs` that and its image."""
    running = record.state in ("running", "paused")
    return {
        "Id": record.id,
        "Created": _time(record.created_at),
        "Path": record.command[0],
        "Args": record.command[1:],
        "State": {
            "Status": record.state,
            "Running": running,
            "Paused": record.state == "paused",
            "Restarting": False,
            "OOMKilled": record.reason == "out-of-memory",
            "Dead": False,
            "ExitCode": record.exit_code or 0,
            "Error": "",
            "StartedAt": _time(record.started_at),
            "FinishedAt": _time(record.finished_at),
        },
        "Image": record.image,
        "Name": f"/{record.name}",
        "Platform": "linux",
        "ExecIDs": list(exec_ids) or None,
        "SizeRw": record.writable_size,
        "SizeRootFs": size + record.writable_size,
        "Mounts": [_volume(path) for path in _volumes(record)],
        "Config": {
            **record.config,
            "Hostname": record.hostname,
            "Image": record.image_name,
            "User": text_of(record, "User", ""),
            "WorkingDir": text_of(record, "WorkingDir", ""),
        },
        "NetworkSettings": {"Networks": {}},
    }


def _volumes(record: ContainerRecord) -> list[str]:
    volumes = record.config.get("Volumes")
    return list(volumes) if isinstance(volumes, Mapping) else []


def _volume(path: str) -> dict[str, Any]:
    return {"Type": "volume", "Destination": path, "Driver": "local", "RW": True}


def _time(seconds: float | None) -> str:
    if seconds is None:
        return NEVER
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
