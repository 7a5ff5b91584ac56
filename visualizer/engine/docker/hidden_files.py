"""Files of a layer that no image shows any more: read out of the layer itself, where the engine
keeps it on this machine's disk, or otherwise out of an exported image.
"""

import gzip
import os
import stat
import tarfile
from pathlib import Path
from typing import IO, BinaryIO, cast

from visualizer.engine.docker.layer_sources import PIECE, HashingReader, Rest


def read_in_folder(folder: Path, path: str, limit: int) -> bytes | None:
    """A file below a layer's directory, cut at `limit` bytes; None when there is no such file.

    What the layer holds was made by a stranger, so no link in it is followed. Raises OSError when
    the directory itself cannot be read.
    """
    *above, name = [part for part in path.split("/") if part] or [""]
    if not name or ".." in (*above, name):
        return None
    opened = [os.open(folder, os.O_RDONLY | os.O_DIRECTORY)]
    try:
        for part in above:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            opened.append(os.open(part, flags, dir_fd=opened[-1]))
        # A pipe would wait for who writes into it.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        opened.append(os.open(name, flags, dir_fd=opened[-1]))
        if not stat.S_ISREG(os.fstat(opened[-1]).st_mode):
            return None
        with os.fdopen(opened.pop(), "rb") as file:
            return file.read(limit)
    except OSError:
        if len(opened) == 1 and not folder.is_dir():
            raise
        return None
    finally:
        for descriptor in opened:
            os.close(descriptor)


def read_in_export(export: BinaryIO, layer: str, path: str, limit: int) -> bytes | None:
    """A file of a layer of an exported image, which is read as a stream until it is found.

    None when it is not there. Raises tarfile.TarError, OSError.
    """
    with tarfile.open(fileobj=export, mode="r|", bufsize=PIECE) as tar:
        for info in tar:
            content = tar.extractfile(info) if info.isreg() else None
            if content is None:
                continue
            head = content.read(512)
            if head[:2] == b"\x1f\x8b":
                unpacked = gzip.GzipFile(fileobj=cast("IO[bytes]", Rest(content, head)), mode="rb")
                reader = HashingReader(cast("IO[bytes]", unpacked))
            elif head[257:262] == b"ustar":
                reader = HashingReader(content, head)
            else:
                continue
            found = _read_in_tar(reader, path, limit)
            # Which layer it was is known at its end only: its name is the sha256 of its bytes.
            if found is not None and reader.digest() == layer:
                return found
    return None


def _read_in_tar(reader: HashingReader, path: str, limit: int) -> bytes | None:
    found: bytes | None = None
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", reader), mode="r|", bufsize=PIECE) as tar:
            for info in tar:
                at = "/" + info.name.removeprefix("./").strip("/")
                if at == path and info.isreg():
                    source = tar.extractfile(info)
                    found = source.read(limit) if source else b""
    except tarfile.ReadError:
        return None
    return found
