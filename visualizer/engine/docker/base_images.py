"""What a lab builds FROM: catalogue images that are on the engine, each in an edition of the lab's.

BuildKit's cache is one for the whole engine, so a learner would find steps cached that somebody
else has run. A lab therefore begins with its own edition of a base image: the same layers and one
more that holds nothing but a random number, so that nothing built on it has a key in common with
another lab's. That layer is never shown.
"""

import asyncio
import hashlib
import io
import json
import re
import secrets
import tarfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from visualizer.dockerfile import DEFAULT_PATH
from visualizer.engine.catalogue import Catalogue
from visualizer.engine.docker.api import ApiError, EngineApi
from visualizer.engine.docker.image_config import plain_config
from visualizer.engine.docker.names import HOST, LabNames
from visualizer.engine.docker.rewriting import SCRATCH
from visualizer.engine.docker.wire import Request

_EPOCH = "1970-01-01T00:00:00Z"
_PREFIX = re.compile(r"^(?:(?:index\.)?docker\.io/)?(?:library/)?")
_EMPTY: Mapping[str, Any] = {
    "Id": SCRATCH,
    "Architecture": "amd64",
    "Config": {"Env": [f"PATH={DEFAULT_PATH}"], "WorkingDir": "/"},
    "RootFS": {"Layers": []},
}


@dataclass(frozen=True)
class Base:
    """A base image in a lab's edition."""

    tag: str
    """What the engine knows the edition by."""
    digest: str
    """Of the image itself; `scratch` for the empty one."""
    config: Mapping[str, Any]
    layers: tuple[str, ...]
    """Of the image itself, the lowest first."""


class BaseImages:
    """The catalogue's images on one engine."""

    def __init__(self, api: EngineApi, catalogue: Catalogue) -> None:
        self._api = api
        self._names = frozenset(catalogue.names())

    async def names(self) -> Sequence[str]:
        """What can be built FROM: in the catalogue, and on the engine."""
        images = await self._api.get("/images/json")
        held = {tag for image in images for tag in image.get("RepoTags") or []}
        return sorted(({*held} & self._names) | ({SCRATCH} & self._names))

    async def find(self, reference: str) -> Mapping[str, Any] | None:
        """The engine's words for a catalogue image, None when there is none of that name."""
        if reference == SCRATCH:
            return _EMPTY
        name = _PREFIX.sub("", reference.strip())
        if ":" not in name:
            name += ":latest"
        if name not in self._names or name.startswith(HOST):
            return None
        found: Mapping[str, Any] | None = await self._api.find(f"/images/{name}/json")
        return found


class LabBases:
    """The editions of one lab."""

    def __init__(self, api: EngineApi, images: BaseImages, names: LabNames) -> None:
        self._api = api
        self._images = images
        self._names = names
        self._making = asyncio.Lock()
        self._editions: dict[str, str] = {}
        """Their tags, and the layer that marks each."""
        self._sizes: dict[str, int] = {}
        """Bytes of the base images, by the layer that marks the edition."""
        self.layers: set[str] = set()
        """Of the base images themselves."""

    async def load(self, tags: Sequence[str]) -> None:
        """Learn the editions that are on the engine already."""
        for tag in tags:
            if self._names.is_base(tag):
                self._note(tag, await self._api.get(f"/images/{tag}/json"))

    async def find(self, reference: str) -> Base | None:
        """The lab's edition of a catalogue image, made when it is asked for first."""
        original = await self._images.find(reference)
        if original is None:
            return None
        tag = self._names.base(original["Id"])
        async with self._making:
            if tag not in self._editions:
                await self._learn(original, tag)
        layers = tuple(original["RootFS"]["Layers"] or ())
        config = plain_config(original["Config"])
        return Base(tag, original["Id"], config, layers)

    async def _learn(self, original: Mapping[str, Any], tag: str) -> None:
        """See that the engine has the edition, and which layer marks it."""
        try:
            edition = await self._api.get(f"/images/{tag}/json")
        except ApiError as error:
            if error.status != 404:
                raise
            await self._make(original, tag)
            edition = await self._api.get(f"/images/{tag}/json")
        self._note(tag, edition)

    def _note(self, tag: str, edition: Mapping[str, Any]) -> None:
        *layers, mark = edition["RootFS"]["Layers"]
        self._editions[tag] = mark
        self._sizes[mark] = int(edition["Size"])
        self.layers.update(layers)

    @property
    def hidden(self) -> Collection[str]:
        """The layers that mark images as this lab's; they are never shown."""
        return self._sizes.keys()

    def size_of_base(self, layers: Sequence[str]) -> int:
        """Bytes of the base image that an image of these layers was built from."""
        return next((self._sizes[layer] for layer in layers if layer in self._sizes), 0)

    async def _make(self, original: Mapping[str, Any], tag: str) -> None:
        mark = _marking_layer(secrets.token_hex(16))
        await self._load(_edition(original, mark, tag, self._names))

    async def without_triggers(self, digest: str) -> str:
        """The tag of an edition of one of the lab's images that has no ONBUILD triggers."""
        tag = self._names.plain(digest)
        original = await self._api.get(f"/images/{digest}/json")
        await self._load(_edition(original, None, tag, self._names))
        return tag

    async def _load(self, archive: bytes) -> None:
        request = Request("POST", "/images/load", {"quiet": "1"}, archive, "application/x-tar")
        for line in (await self._api.call(request)).splitlines():
            # The answer has begun with 200 by the time that something goes wrong.
            if line.strip() and "error" in (told := json.loads(line)):
                raise ApiError(500, str(told["error"]))


def _marking_layer(number: str) -> bytes:
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


def _edition(original: Mapping[str, Any], layer: bytes | None, tag: str, names: LabNames) -> bytes:
    """An archive for `docker load`: the image without its triggers, and one more layer on top.

    Layers that the engine has need not be in it.
    """
    layers = list(original["RootFS"]["Layers"] or ())
    paths = ["already-there.tar"] * len(layers)
    if layer is not None:
        layers.append(f"sha256:{hashlib.sha256(layer).hexdigest()}")
        paths.append("layer.tar")
    labels = {**(original["Config"].get("Labels") or {}), **names.labels}
    history = [{"created": _EPOCH, "created_by": f"layer of {original['Id']}"} for _ in layers]
    config = json.dumps(
        {
            "architecture": original.get("Architecture", "amd64"),
            "os": "linux",
            "created": _EPOCH,
            "config": {**original["Config"], "OnBuild": None, "Labels": labels},
            "rootfs": {"type": "layers", "diff_ids": layers},
            "history": history,
        }
    ).encode()
    name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = json.dumps([{"Config": name, "RepoTags": [tag], "Layers": paths}]).encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        files = {name: config, "layer.tar": layer or b"", "manifest.json": manifest}
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()
