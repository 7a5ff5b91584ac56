"""The layers of images: read once a digest, in a thread of their own, then looked up."""

import asyncio
import logging
import socket
import tarfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.hidden_files import read_in_export, read_in_folder
from visualizer.engine.docker.layer_index import Counts, LayerIndex
from visualizer.engine.docker.layer_sources import (
    Room,
    folder_entries,
    index_export,
    layer_folders,
)
from visualizer.engine.docker.wire import Request
from visualizer.engine.docker.writable_layer import WritableLayer
from visualizer.engine.port import LayerFile
from visualizer.events.types import ImageLayer

PIECE = 256 * 1024

log = logging.getLogger(__name__)
T = TypeVar("T")


class Layers:
    """What the layers of one engine hold."""

    def __init__(self, api: EngineApi, folder: Path) -> None:
        self._api = api
        self._index = LayerIndex(folder)
        self._folder = folder
        self._thread = ThreadPoolExecutor(2, thread_name_prefix="docker-layers")
        self._reading = asyncio.Lock()
        self._closed = False

    async def read(self, inspected: Mapping[str, Any], most: int | None = None) -> None:
        """See that every layer of an image has been read.

        Raises TooManyFiles when those that were not have more than `most` files together.
        """
        layers: Sequence[str] = inspected["RootFS"].get("Layers") or ()
        if not await self.missing(layers):
            return
        async with self._reading:
            new, room = await self.missing(layers), Room(most)
            folders = layer_folders(inspected) if self._api.address.is_local else {}
            for layer in await self.missing(layers):
                if layer in folders:
                    await self.in_thread(self._read_folder, layer, folders[layer], room)
            if await self.missing(layers):
                # The export has the others too.
                room.more(await self.entries(layers))
                image = str(inspected["Id"])
                await self.read_export(image, lambda out: index_export(out, self._index, room))
            await self.in_thread(self._index.spell_out, layers, new)

    async def entries(self, layers: Sequence[str]) -> int:
        """Files and directories of the layers, as far as they have been read."""
        return await self.in_thread(self._index.entries, layers)

    async def sizes(self, layers: Sequence[str]) -> list[int]:
        """Bytes of the files of each layer."""
        return await self.in_thread(lambda: [self._index.size(layer) for layer in layers])

    async def counts(self, layer: str, below: Sequence[str]) -> tuple[int, Counts]:
        """A layer's bytes, and what it does to the layers below it, the lowest first."""
        return await self.in_thread(
            lambda: (self._index.size(layer), self._index.counts(layer, below))
        )

    async def described(self, layers: Sequence[str]) -> list[ImageLayer]:
        """What each layer of an image holds, the lowest first, as the tape tells it."""
        found = []
        for place, layer in enumerate(layers):
            size, counts = await self.counts(layer, layers[:place])
            added, modified, deleted = counts.added, counts.modified, counts.deleted
            found.append(
                ImageLayer(layer=layer, size=size, added=added, modified=modified, deleted=deleted)
            )
        return found

    async def page(self, layer: str, after: str, limit: int) -> Sequence[LayerFile]:
        """A layer's paths in order."""
        return await self.in_thread(self._index.page, layer, after, limit)

    async def find(self, layer: str, path: str) -> LayerFile | None:
        """One path of a layer."""
        return await self.in_thread(self._index.find, layer, path)

    def writable(self, folder: Path, image_layers: Sequence[str]) -> WritableLayer:
        """A container's writable layer on this machine's disk."""
        return WritableLayer(folder, image_layers, self._index)

    async def is_touched(self, layers: Sequence[str], path: str) -> bool:
        """Whether one of the layers changes or hides what is at a path below them."""
        return await self.in_thread(self._index.is_touched, layers, path)

    async def known_steps(self, lab: str, keys: Sequence[str]) -> set[str]:
        """Those of the keys whose steps a lab has done before."""
        return await self.in_thread(lambda: {key for key in keys if self._index.has_step(lab, key)})

    async def put_steps(self, lab: str, keys: Sequence[str]) -> None:
        """Remember such steps."""
        await self.in_thread(self._index.put_steps, lab, keys)

    async def forget_lab(self, lab: str) -> None:
        """Forget them all."""
        await self.in_thread(self._index.forget_lab, lab)

    async def close(self) -> None:
        """Let go of the thread and the file."""
        if not self._closed:
            self._closed = True
            await self.in_thread(self._index.close)
            self._thread.shutdown(wait=False)

    async def in_thread(self, function: Callable[..., T], *args: Any) -> T:
        """Do what blocks, one thing after another."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *args)

    async def missing(self, layers: Sequence[str]) -> list[str]:
        """Those that have not been read yet."""
        return await self.in_thread(
            lambda: [layer for layer in layers if not self._index.has(layer)]
        )

    def _read_folder(self, layer: str, folder: Path, room: Room) -> None:
        try:
            self._index.put(layer, room.take(folder_entries(folder)))
        except OSError:
            # The export has it as well.
            log.info("a layer's directory could not be read", exc_info=True)

    async def read_file(
        self, inspected: Mapping[str, Any], layer: str, path: str, limit: int
    ) -> bytes | None:
        """A file of a layer of an image, whatever the layers above do to it; None when it is none.

        Raises EngineUnavailable.
        """
        folders = layer_folders(inspected) if self._api.address.is_local else {}
        try:
            if layer in folders:
                return await self.in_thread(read_in_folder, folders[layer], path, limit)
            return await self.read_export(
                str(inspected["Id"]), lambda out: read_in_export(out, layer, path, limit)
            )
        except (OSError, tarfile.TarError):
            log.info("a file of a layer could not be read", exc_info=True)
            return None

    async def read_export(self, image: str, read: Callable[[BinaryIO], T]) -> T:
        """Read an exported image as it comes, so that none of it has to be kept.

        Raises what `read` raises, EngineUnavailable.
        """
        receiving, sending = socket.socketpair()
        reading: asyncio.Future[T] = asyncio.ensure_future(
            self.in_thread(_read_stream, receiving, read)
        )
        _, writer = await asyncio.open_connection(sock=sending)
        try:
            async with self._api.open(Request("GET", f"/images/{image}/get")) as answer:
                async for piece in answer.pieces():
                    writer.write(piece)
                    await writer.drain()
        except ConnectionError:
            log.warning("an exported image was not read to its end")
        finally:
            writer.close()
            await asyncio.wait([reading])
        return reading.result()


def _read_stream(receiving: socket.socket, read: Callable[[BinaryIO], T]) -> T:
    with receiving, receiving.makefile("rb", buffering=PIECE) as export:
        found = read(cast("BinaryIO", export))
        while export.read(PIECE):
            pass
        return found
