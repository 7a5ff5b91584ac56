"""What a lab builds FROM: catalogue images that are on the engine, each in an edition of the lab's.

BuildKit's cache is one for the whole engine, so a learner would find steps cached that somebody
else has run. A lab therefore begins with its own edition of a base image: the same layers and one
more that holds nothing but a random number, so that nothing built on it has a key in common with
another lab's. That layer is never shown.
"""

import asyncio
import json
import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from visualizer.dockerfile import DEFAULT_PATH
from visualizer.engine.catalogue import Catalogue
from visualizer.engine.docker.api import ApiError, EngineApi
from visualizer.engine.docker.editions import (
    Descriptor,
    docker_archive,
    marking_layer,
    oci_layout,
    stored_layers,
    uses_image_store,
)
from visualizer.engine.docker.image_config import plain_config
from visualizer.engine.docker.layers import Layers
from visualizer.engine.docker.names import HOST, LabNames
from visualizer.engine.docker.rewriting import SCRATCH
from visualizer.engine.docker.wire import Request

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

    def __init__(self, api: EngineApi, images: BaseImages, names: LabNames, layers: Layers) -> None:
        self._api = api
        self._images = images
        self._names = names
        self._layers = layers
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
        mark = marking_layer(secrets.token_hex(16))
        await self._load(await self._edition(original, mark, tag))

    async def without_triggers(self, digest: str) -> str:
        """The tag of an edition of one of the lab's images that has no ONBUILD triggers."""
        tag = self._names.plain(digest)
        original = await self._api.get(f"/images/{digest}/json")
        await self._load(await self._edition(original, None, tag))
        return tag

    async def _edition(self, original: Mapping[str, Any], layer: bytes | None, tag: str) -> bytes:
        labels = self._names.labels
        if not uses_image_store(await self._api.info()):
            return docker_archive(original, layer, tag, labels)
        return oci_layout(original, await self._stored(original), layer, tag, labels)

    async def _stored(self, original: Mapping[str, Any]) -> Sequence[Descriptor]:
        """The blobs of an image's layers, which the API tells only in its export."""
        layers = list(original["RootFS"]["Layers"] or ())
        if not layers:
            return ()
        stored = await self._layers.read_export(
            str(original["Id"]), lambda export: stored_layers(export, layers)
        )
        if stored is None:
            raise ApiError(500, "the engine's export of the image does not name its layers")
        return stored

    async def _load(self, archive: bytes) -> None:
        request = Request("POST", "/images/load", {"quiet": "1"}, archive, "application/x-tar")
        for line in (await self._api.call(request)).splitlines():
            # The answer has begun with 200 by the time that something goes wrong.
            if line.strip() and "error" in (told := json.loads(line)):
                raise ApiError(500, str(told["error"]))
