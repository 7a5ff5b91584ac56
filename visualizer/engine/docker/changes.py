"""What a container changed against its image, as `docker diff` tells it, and with sizes."""

import asyncio
import base64
import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from visualizer.engine.docker.api import DEADLINE, ApiError, EngineApi, unavailable
from visualizer.engine.docker.keeping import Disk
from visualizer.engine.docker.layers import Layers
from visualizer.engine.docker.wire import Request
from visualizer.engine.docker.writable_layer import MOUNTED, WritableLayer
from visualizer.engine.port import LayerFile
from visualizer.events.types import ChangeKind, FileChange

MOST_SIZES = 500
"""How many files are asked for their size; beyond that the engine's total is taken."""
LONGEST_LIST = 8 * 1024 * 1024
"""Bytes: beyond that there are far more files than a container may have."""
AT_ONCE = 4
REST = 20.0
"""The engine is left alone for so many times as long as its last list has taken it."""
_KINDS: Sequence[ChangeKind] = ("modified", "added", "deleted")
# Go's file modes, which the engine answers with.
_DIRECTORY, _SYMLINK = 1 << 31, 1 << 27
_NOT_A_FILE = 1 << 31 | 1 << 27 | 1 << 26 | 1 << 25 | 1 << 24


@dataclass(frozen=True)
class Changes:
    """What a container changed."""

    files: tuple[FileChange, ...] = ()
    writable_size: int = 0
    volumes_size: int = field(default=0, compare=False)
    """Bytes in its volumes, which are no part of the writable layer."""
    layer: tuple[LayerFile, ...] = field(default=(), compare=False)
    """The same files as those of a layer."""
    complete: bool = field(default=True, compare=False)
    """False when there was more than can be listed."""


class ChangesReader:
    """Looks at one container: on the engine's disk when that is this machine's and may be read,
    otherwise through the API, where a look is dear."""

    def __init__(
        self,
        api: EngineApi,
        layers: Layers,
        inspected: Mapping[str, Any],
        disk: Disk | None = None,
    ) -> None:
        """`disk` tells the sizes of volumes; without it they are not looked at."""
        self._api = api
        self._disk = disk
        mounts = inspected.get("Mounts") or ()
        self._volumes = [str(each["Name"]) for each in mounts if each.get("Type") == "volume"]
        self._layers = layers
        self._container = str(inspected["Id"])
        self._image = str(inspected["Image"])
        self._folder = _upper_folder(inspected) if api.address.is_local else None
        self._writable: WritableLayer | None = None
        self._seen: tuple[list[tuple[str, int]], int] = ([], 0)
        self._last = Changes()
        self._cost = 0.0
        self._looked = 0.0
        self._reading = asyncio.Lock()

    async def read(self, *, thorough: bool = True) -> Changes:
        """What is changed by now. Raises ApiError, EngineUnavailable.

        If not thorough, the last answer may be given again where asking is dear.
        """
        async with self._reading:
            changes = await self._read(thorough=thorough)
            if self._disk is not None and self._volumes:
                size = await self._disk.volume_bytes(self._volumes)
                changes = replace(changes, volumes_size=size)
            return changes

    async def _read(self, *, thorough: bool) -> Changes:
        if self._folder is not None and self._writable is None:
            await self._find_folder(self._folder)
        if self._writable is not None:
            try:
                files, size = await self._layers.in_thread(self._writable.read)
                layer = self._writable.layer
                return Changes(files, size, layer=layer, complete=self._writable.complete)
            except OSError:
                self._writable = self._folder = None
        return await self._ask(thorough=thorough)

    async def _find_folder(self, folder: Path) -> None:
        """Read the disk from now on, if the image's layers are known to compare with."""
        try:
            inspected = await self._api.get(f"/images/{self._image}/json")
        except ApiError:
            self._folder = None
            return
        await self._layers.read(inspected)
        image_layers = tuple(inspected["RootFS"].get("Layers") or ())
        self._writable = self._layers.writable(folder, image_layers)

    async def _ask(self, *, thorough: bool) -> Changes:
        inspected = await self._api.get(f"/containers/{self._container}/json", size="1")
        # It is -1 where the engine could not look everywhere.
        total = max(0, int(inspected.get("SizeRw") or 0))
        rested = time.monotonic() - self._looked > self._cost * REST
        if not thorough and total == self._seen[1] and not rested:
            return self._last
        began = time.monotonic()
        listed = await self._list()
        self._looked = time.monotonic()
        self._cost = self._looked - began
        if listed is None:
            self._seen = ([], total)
            self._last = Changes(self._last.files, total, complete=False)
            return self._last
        paths = _of_container((str(item["Path"]), int(item["Kind"])) for item in listed)
        if (paths, total) != self._seen:
            self._last = await self._with_sizes(paths, total)
            self._seen = (paths, total)
        return self._last

    async def _list(self) -> list[Mapping[str, Any]] | None:
        """What `docker diff` says, None when that is too long to be read, or one of its paths."""
        data = bytearray()
        request = Request("GET", f"/containers/{self._container}/changes")
        try:
            async with asyncio.timeout(DEADLINE), self._api.open(request) as answer:
                async for piece in answer.pieces():
                    data += piece
                    if len(data) > LONGEST_LIST:
                        return None
        except ApiError as error:
            if "file name too long" in error.message:
                return None
            raise
        except TimeoutError as error:
            raise unavailable(error) from error
        return json.loads(data) or []

    async def _with_sizes(self, paths: Sequence[tuple[str, int]], total: int) -> Changes:
        turns = asyncio.Semaphore(AT_ONCE)
        asked = paths[:MOST_SIZES]
        layer = await asyncio.gather(*(self._file(path, kind, turns) for path, kind in asked))
        layer += [_unsized(path, kind) for path, kind in paths[MOST_SIZES:]]
        files = tuple(
            FileChange(path=path, kind=_KINDS[kind], size=found.size)
            for (path, kind), found in zip(paths, layer, strict=True)
        )
        size = sum(found.size for found in layer) if len(paths) <= MOST_SIZES else total
        return Changes(files, size, layer=tuple(layer))

    async def _file(self, path: str, kind: int, turns: asyncio.Semaphore) -> LayerFile:
        if _KINDS[kind] == "deleted":
            return _unsized(path, kind)
        try:
            async with turns:
                told = await file_stat(self._api, self._container, path)
        except ApiError:
            # It was deleted meanwhile; the next look will say so.
            return _unsized(path, kind)
        return _layer_file(path, told)


def _unsized(path: str, kind: int) -> LayerFile:
    return LayerFile(path, "whiteout" if _KINDS[kind] == "deleted" else "file", 0, 0)


def _layer_file(path: str, told: Mapping[str, Any]) -> LayerFile:
    mode = int(told["mode"])
    if mode & _DIRECTORY:
        # Whose it is, the engine does not say.
        return LayerFile(path, "directory", 0, _permissions(mode), owner="")
    if mode & _SYMLINK:
        return LayerFile(path, "symlink", 0, 0o777, str(told["linkTarget"]))
    size = 0 if mode & _NOT_A_FILE else int(told["size"])
    return LayerFile(path, "file", size, _permissions(mode))


def _permissions(mode: int) -> int:
    """Unix's of Go's."""
    special = ((1 << 23, 0o4000), (1 << 22, 0o2000), (1 << 20, 0o1000))
    return mode & 0o777 | sum(unix for go, unix in special if mode & go)


async def file_stat(api: EngineApi, container: str, path: str) -> Mapping[str, Any]:
    """What is at a path of a container: name, size, mode, linkTarget. Raises ApiError."""
    headers = await api.head(f"/containers/{container}/archive", path=path)
    told: dict[str, Any] = json.loads(base64.b64decode(headers["x-docker-container-path-stat"]))
    return told


def _of_container(paths: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Sorted, and without the places where the engine mounts its own files."""
    found = sorted(paths)
    own = [each for each in found if each[0] not in MOUNTED]
    if len(own) < len(found) and not any(path.startswith("/etc/") for path, _ in own):
        own = [each for each in own if each[0] != "/etc"]
    return own


def _upper_folder(inspected: Mapping[str, Any]) -> Path | None:
    """Where overlayfs keeps a container's writable layer, None when that cannot be read."""
    driver = inspected.get("GraphDriver") or {}
    folder = (driver.get("Data") or {}).get("UpperDir")
    if driver.get("Name") != "overlay2" or not folder:
        return None
    return Path(folder) if os.access(folder, os.R_OK | os.X_OK) else None
