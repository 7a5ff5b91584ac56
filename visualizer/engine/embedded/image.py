"""An image as OCI has it: a config document, which names the layers, under its sha256."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

CREATED = "1970-01-01T00:00:00Z"
"""No clock is in an image: the same Dockerfile and files give the same digest (as BuildKit does
with SOURCE_DATE_EPOCH=0)."""


@dataclass(frozen=True)
class History:
    """What made a layer, or changed only the config (`empty_layer`)."""

    created_by: str
    empty_layer: bool = False
    comment: str = "buildkit.dockerfile.v0"


@dataclass(frozen=True)
class Image:
    """An image that is in the store."""

    digest: str
    layers: tuple[str, ...]
    """Digests of the uncompressed layers (`diff_ids`), the base first."""
    config: Mapping[str, Any]
    """In Docker's shape: `Env`, `Cmd`, `Entrypoint`, `WorkingDir` …"""
    history: tuple[History, ...]


def document(config: Mapping[str, Any], layers: Sequence[str], history: Sequence[History]) -> bytes:
    """The config document of an image. OCI image-spec, config.md."""
    content = {
        "architecture": "amd64",
        "config": dict(config),
        "created": CREATED,
        "history": [_history(entry) for entry in history],
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": list(layers)},
    }
    return msgspec.json.encode(content, order="sorted")


def from_document(digest: str, content: Mapping[str, Any]) -> Image:
    """The image that a config document describes."""
    history = tuple(
        History(
            str(entry.get("created_by", "")),
            bool(entry.get("empty_layer", False)),
            str(entry.get("comment", "")),
        )
        for entry in content.get("history", [])
    )
    layers = tuple(content["rootfs"]["diff_ids"])
    return Image(digest, layers, content.get("config", {}), history)


def _history(entry: History) -> dict[str, Any]:
    written: dict[str, Any] = {"created": CREATED, "created_by": entry.created_by}
    if entry.comment:
        written["comment"] = entry.comment
    if entry.empty_layer:
        written["empty_layer"] = True
    return written
