"""Files of containers and images, read through the engine's archives and cut at a limit."""

import asyncio
import io
import tarfile

from visualizer.engine.docker.api import ApiError, EngineApi
from visualizer.engine.docker.changes import file_stat
from visualizer.engine.docker.names import A_MEANS, PURPOSE_LABEL, LabNames
from visualizer.engine.docker.wire import Request
from visualizer.engine.refusals import no_such_file

SECONDS = 30.0
_DIRECTORY, _SYMLINK = 1 << 31, 1 << 27


async def read_file(api: EngineApi, container: str, path: str, limit: int) -> bytes:
    """A file of a container, running or not. Raises NotFound, EngineUnavailable."""
    try:
        async with asyncio.timeout(SECONDS):
            told = await file_stat(api, container, path)
            if int(told["mode"]) & _SYMLINK:
                # The engine has followed the link inside the container already.
                path = str(told["linkTarget"])
                told = await file_stat(api, container, path)
            if int(told["mode"]) & _DIRECTORY:
                raise no_such_file(path)
            return await _first_file(api, container, path, limit)
    except (ApiError, TimeoutError):
        raise no_such_file(path) from None


async def _first_file(api: EngineApi, container: str, path: str, limit: int) -> bytes:
    """The beginning of the only file of the archive that the engine makes of a path."""
    data = bytearray()
    request = Request("GET", f"/containers/{container}/archive", {"path": path})
    async with api.open(request) as answer:
        async for piece in answer.pieces():
            data += piece
            start = _content_start(bytes(data))
            if start is not None and len(data) >= start[0] + min(limit, start[1]):
                return bytes(data[start[0] : start[0] + min(limit, start[1])])
    raise no_such_file(path)


def _content_start(data: bytes) -> tuple[int, int] | None:
    """Where the first file's content begins and how long it is, None when that is still to come.

    Long names and times take headers of their own before the file's.
    """
    with io.BytesIO(data) as source:
        try:
            with tarfile.open(fileobj=source, mode="r:") as tar:
                info = tar.next()
        except tarfile.TarError:
            return None
        if info is None or not info.isreg():
            return None
        return info.offset_data, info.size


async def read_image_file(
    api: EngineApi, names: LabNames, image: str, path: str, limit: int
) -> bytes:
    """A file of an image, through a container that is never started. Raises NotFound."""
    content = {
        "Image": image,
        "Cmd": ["-"],
        "Labels": {**names.labels, PURPOSE_LABEL: A_MEANS},
        "HostConfig": {"NetworkMode": "none"},
    }
    container = (await api.post("/containers/create", content))["Id"]
    try:
        return await read_file(api, container, path, limit)
    finally:
        await asyncio.shield(api.delete(f"/containers/{container}", force="1", v="1"))
