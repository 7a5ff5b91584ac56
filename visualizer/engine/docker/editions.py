"""Archives for `docker load` of a lab's edition of an image: the image without its triggers, and if
wanted one more layer. Layers that the engine has already are named in them and not sent.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from visualizer.engine.docker.layer_sources import PIECE

MOST_JSON = 1024 * 1024
"""Bytes of a blob that may be a manifest or a config."""
_EPOCH = "1970-01-01T00:00:00Z"
_OCI = "application/vnd.oci.image"

Descriptor = Mapping[str, Any]
"""Of a layer: mediaType, digest (of the blob as it is stored, packed or not), size in bytes."""


def uses_image_store(info: Mapping[str, Any]) -> bool:
    """Whether an engine (its `/info`) keeps its images in containerd's image store."""
    return ["driver-type", "io.containerd.snapshotter.v1"] in (info.get("DriverStatus") or [])


def marking_layer(number: str) -> bytes:
    """A layer of nothing: a tar with a comment in its global header, which no one unpacks."""
    text = f" comment=layercake {number}\n"
    length = len(text) + 2
    record = f"{length}{text}".encode()
    info = tarfile.TarInfo("pax_global_header")
    info.type, info.size = tarfile.XGLTYPE, len(record)
    return (
        info.tobuf(tarfile.GNU_FORMAT)
        + record
        + bytes(-len(record) % tarfile.BLOCKSIZE)
        + bytes(2 * tarfile.BLOCKSIZE)
    )


def docker_archive(
    original: Mapping[str, Any], layer: bytes | None, tag: str, labels: Mapping[str, str]
) -> bytes:
    """The edition for an engine with a storage driver of its own, such as overlay2."""
    layers = original["RootFS"]["Layers"] or ()
    paths = ["already-there.tar"] * len(layers) + (["layer.tar"] if layer is not None else [])
    config = _config(original, layer, labels)
    name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = [{"Config": name, "RepoTags": [tag], "Layers": paths}]
    return _tar({name: config, "layer.tar": layer or b"", "manifest.json": _json(manifest)})


def oci_layout(
    original: Mapping[str, Any],
    stored: Sequence[Descriptor],
    layer: bytes | None,
    tag: str,
    labels: Mapping[str, str],
) -> bytes:
    """The edition for an engine with containerd's image store, which knows a layer by the blob that
    it is `stored` as; what a docker-archive leaves out it does not look for."""
    config = _config(original, layer, labels)
    layers = [*stored]
    if layer is not None:
        layers.append(_descriptor(f"{_OCI}.layer.v1.tar", layer))
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": f"{_OCI}.manifest.v1+json",
            "config": _descriptor(f"{_OCI}.config.v1+json", config),
            "layers": layers,
        }
    )
    named = {
        **_descriptor(f"{_OCI}.manifest.v1+json", manifest),
        "annotations": {"io.containerd.image.name": tag},
    }
    blobs = [each for each in (layer, config, manifest) if each is not None]
    return _tar(
        {
            "oci-layout": _json({"imageLayoutVersion": "1.0.0"}),
            **{f"blobs/sha256/{hashlib.sha256(blob).hexdigest()}": blob for blob in blobs},
            "index.json": _json(
                {"schemaVersion": 2, "mediaType": f"{_OCI}.index.v1+json", "manifests": [named]}
            ),
        }
    )


def stored_layers(export: BinaryIO, layers: Sequence[str]) -> list[Descriptor] | None:
    """As which blobs an exported image of these layers is stored, the lowest first; None when that
    is not in it. An export may hold several images: one for each kind of machine, and attestations.

    Raises tarfile.TarError, OSError.
    """
    found: dict[str, Any] = {}
    with tarfile.open(fileobj=export, mode="r|", bufsize=PIECE) as tar:
        for info in tar:
            source = tar.extractfile(info) if info.isreg() and info.size <= MOST_JSON else None
            content = source.read() if source is not None else b""
            if content[:1] == b"{":
                found[f"sha256:{hashlib.sha256(content).hexdigest()}"] = _object(content)
    for manifest in found.values():
        config = found.get(str((manifest.get("config") or {}).get("digest"))) or {}
        if (config.get("rootfs") or {}).get("diff_ids") == [*layers]:
            keys = ("mediaType", "digest", "size")
            return [{key: each[key] for key in keys} for each in manifest["layers"]]
    return None


def _config(original: Mapping[str, Any], layer: bytes | None, labels: Mapping[str, str]) -> bytes:
    layers = list(original["RootFS"]["Layers"] or ())
    if layer is not None:
        layers.append(_digest(layer))
    labels = {**(original["Config"].get("Labels") or {}), **labels}
    history = [{"created": _EPOCH, "created_by": f"layer of {original['Id']}"} for _ in layers]
    return _json(
        {
            "architecture": original.get("Architecture", "amd64"),
            "os": "linux",
            "created": _EPOCH,
            "config": {**original["Config"], "OnBuild": None, "Labels": labels},
            "rootfs": {"type": "layers", "diff_ids": layers},
            "history": history,
        }
    )


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": _digest(content), "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(content: object) -> bytes:
    return json.dumps(content).encode()


def _object(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _tar(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()
