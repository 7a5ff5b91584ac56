"""The two engines that the corpus is played on, each with its base images and its witness.

The base images have one content. The embedded engine's come out of the catalogue; those of the
Docker Engine are made of the same layers, files and config, with one change without which nothing
would run: a file that stands for a command is the static BusyBox, linked hard under each name.
"""

import asyncio
import hashlib
import io
import json
import tarfile
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any, Protocol

from tests.engine.agreement.case import Case
from tests.engine.agreement.play import Fields, Player
from tests.engine.agreement.witness import DockerWitness, EmbeddedWitness
from tests.engine.docker.daemon import BUSYBOX
from tests.engine.docker.engines import Engines
from tests.engine.recording import Tape
from visualizer.engine.catalogue import load_catalogue
from visualizer.engine.docker.api import ApiError, EngineApi
from visualizer.engine.docker.wire import Request
from visualizer.engine.embedded import EmbeddedEngine
from visualizer.engine.embedded.base_images import BaseImages
from visualizer.engine.embedded.image import Image
from visualizer.engine.embedded.stack import Layer
from visualizer.engine.embedded.store import Store
from visualizer.engine.embedded.userland import COMMANDS
from visualizer.engine.embedded.userland.contract import STUB
from visualizer.engine.limits import Limits

SAME_CONTENT = ("busybox:latest", "busybox:1.36", "alpine:latest", "alpine:3.20")
"""The images that are made of the catalogue's files."""
PYTHON = "python:3.12-slim"
"""The one that is not: see this folder's README."""
_DATE = "2024-01-01T00:00:00Z"


class Side(Protocol):
    """An engine that cases are played on."""

    async def play(self, case: Case) -> list[Fields]:
        """The answers to a case, in a lab of its own."""


class EmbeddedSide:
    """The embedded engine on an empty folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def play(self, case: Case) -> list[Fields]:
        """The answers to a case, in a lab of its own."""
        engine, tape = EmbeddedEngine(self._folder / case.name), Tape()
        try:
            lab = await engine.open_lab("lab", tape, Limits())
            return await Player(case, lab, tape, EmbeddedWitness()).play()
        finally:
            await engine.close()


class DockerSide:
    """A real engine, which has the base images already (`bases`)."""

    def __init__(self, host: str, folder: Path) -> None:
        self._host = host
        self._folder = folder

    async def play(self, case: Case) -> list[Fields]:
        """The answers to a case, in a lab of its own; nothing of it is left."""
        engines = Engines(self._host, self._folder, token_hex(6))
        api, tape = EngineApi(self._host), Tape()
        try:
            lab = await engines.make().open_lab("lab", tape, Limits())
            return await Player(case, lab, tape, DockerWitness(api)).play()
        finally:
            api.close()
            await engines.clean_up()

    async def version(self) -> str:
        """What the engine calls itself."""
        api = EngineApi(self._host)
        try:
            return f"Docker Engine {(await api.get('/version'))['Version']}, BuildKit"
        finally:
            api.close()


@asynccontextmanager
async def bases(host: str, folder: Path) -> AsyncIterator[None]:
    """Give an engine the base images that the embedded engine has; then what it had before."""
    archive = await asyncio.to_thread(_archive, folder)
    api = EngineApi(host)
    try:
        before = {name: await _image(api, name) for name in SAME_CONTENT}
        await api.call(
            Request("POST", "/images/load", {"quiet": "1"}, archive, "application/x-tar")
        )
        loaded = {name: await _image(api, name) for name in SAME_CONTENT}
        try:
            yield
        finally:
            for name, image in before.items():
                await _put_back(api, name, image)
            for image in {*loaded.values()} - {None, *before.values()}:
                # The engine keeps what another image of its own still stands on.
                with suppress(ApiError):
                    await api.delete(f"/images/{image}")
    finally:
        api.close()


async def _image(api: EngineApi, name: str) -> str | None:
    try:
        return str((await api.get(f"/images/{name}/json"))["Id"])
    except ApiError:
        return None


async def _put_back(api: EngineApi, name: str, image: str | None) -> None:
    if image is None:
        await api.delete(f"/images/{name}")
    else:
        repository, _, tag = name.partition(":")
        await api.post(f"/images/{image}/tag", repo=repository, tag=tag)


def _archive(folder: Path) -> bytes:
    """All of SAME_CONTENT as `docker load` takes them."""
    store = Store(folder)
    bases = BaseImages(load_catalogue(), store, COMMANDS)
    blobs: dict[str, bytes] = {}
    manifest = []
    for name in SAME_CONTENT:
        image = bases.find(name)
        assert image is not None, f"the catalogue has no {name}"
        layers = [_layer(layer) for layer in store.stack(image.layers).layers]
        config = _config(image, layers)
        blobs |= {f"{_sha(layer)}.tar": layer for layer in layers}
        blobs[f"{_sha(config)}.json"] = config
        manifest.append(
            {
                "Config": f"{_sha(config)}.json",
                "RepoTags": [name],
                "Layers": [f"{_sha(layer)}.tar" for layer in layers],
            }
        )
    blobs["manifest.json"] = json.dumps(manifest).encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, content in blobs.items():
            _add(tar, tarfile.TarInfo(path), content)
    return out.getvalue()


def _config(image: Image, layers: Collection[bytes]) -> bytes:
    content: dict[str, Any] = {
        "architecture": "amd64",
        "os": "linux",
        "created": _DATE,
        "config": dict(image.config),
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{_sha(layer)}" for layer in layers]},
        "history": [{"created": _DATE, "created_by": "base image"} for _ in layers],
    }
    return json.dumps(content, sort_keys=True).encode()


def _layer(layer: Layer) -> bytes:
    """A layer's tar, in which what stands for a command is the real BusyBox."""
    out = io.BytesIO()
    first = ""
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for entry in layer.entries:
            node = entry.node
            assert node is not None, "base images delete nothing"
            info = tarfile.TarInfo(entry.path.lstrip("/"))
            info.mode, info.uid, info.gid = node.mode, node.uid, node.gid
            content = layer.read(entry.path) if node.kind == "file" else b""
            if node.kind == "directory":
                info.type = tarfile.DIRTYPE
            elif node.kind == "symlink":
                info.type, info.linkname = tarfile.SYMTYPE, node.target
            elif content.startswith(STUB) and first:
                info.type, info.linkname = tarfile.LNKTYPE, first
                content = b""
            elif content.startswith(STUB):
                first, content = info.name, BUSYBOX.read_bytes()
            _add(tar, info, content)
    return out.getvalue()


def _add(tar: tarfile.TarFile, info: tarfile.TarInfo, content: bytes) -> None:
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
