"""Looks through the archives that ADD would unpack, before the engine does: a small one can hide
one that fills the disk, and nothing but the disk's end stops the engine in the middle of it."""

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from typing import IO, BinaryIO, cast

from visualizer.dockerfile.copying import clean, select
from visualizer.dockerfile.operations import Copy
from visualizer.dockerfile.steps import Plan, Step
from visualizer.engine.build_failures import LARGE_ARCHIVE, BuildStopped
from visualizer.engine.limits import Limits
from visualizer.engine.port import ContextFile

MOST_MEMORY = 64 * 1024 * 1024
"""Bytes that unpacking an xz archive may need; the archive says how many those are."""
PIECE = 64 * 1024
BROKEN = (tarfile.TarError, OSError, EOFError, lzma.LZMAError, zlib.error, ValueError)


class _TooLarge(Exception):
    """More would come out of the archive than may."""


class _Allowance:
    """What all archives of a build may hold together."""

    def __init__(self, limits: Limits) -> None:
        self._bytes = limits.image_bytes
        self._entries = limits.image_files
        # Headers and padding are in the archive, and nowhere afterwards.
        self._read = limits.image_bytes + 1024 * limits.image_files

    def entry(self, size: int) -> None:
        """One more file, which may say that it is larger than the archive."""
        self._entries -= 1
        self._bytes -= size
        if self._entries < 0 or self._bytes < 0:
            raise _TooLarge

    def read(self, count: int) -> None:
        """So many further bytes were unpacked."""
        self._read -= count
        if self._read < 0:
            raise _TooLarge


class _Reader:
    """An archive's bytes, unpacked and counted."""

    def __init__(self, source: IO[bytes], allowance: _Allowance) -> None:
        self._source = source
        self._allowance = allowance

    def read(self, size: int = PIECE) -> bytes:
        """As of a file. Raises _TooLarge."""
        data = self._source.read(size)
        self._allowance.read(len(data))
        return data


class _Xz(io.RawIOBase):
    """As `lzma.LZMAFile`, which has no limit on memory; the first stream of the file."""

    def __init__(self, content: bytes) -> None:
        self._unpacking = lzma.LZMADecompressor(memlimit=MOST_MEMORY)
        self._rest = content

    def read(self, size: int = PIECE) -> bytes:
        if self._unpacking.eof:
            return b""
        data, self._rest = self._unpacking.decompress(self._rest, max(1, size)), b""
        return data


def check_added_archives(planned: Plan, files: Iterable[ContextFile], limits: Limits) -> None:
    """Blocking, for seconds at worst. Raises BuildStopped when more would be unpacked than fits."""
    contents = {file.path: file.content for file in files}
    allowance = _Allowance(limits)
    for step in planned.steps:
        operation = step.operation
        if step.skipped or not isinstance(operation, Copy):
            continue
        if not operation.unpack or not operation.of_context:
            continue
        for path in named(operation, contents):
            try:
                _look_through(contents[path], allowance)
            except _TooLarge:
                raise _refused(step, path, limits) from None


def named(copy: Copy, contents: Mapping[str, bytes]) -> list[str]:
    """The files that the sources name, once for each. What lies deeper is in a directory that is
    named, and is not unpacked."""
    paths = tuple(contents)
    return [
        path
        for source in copy.sources
        for path in select(paths, source, copy.exclude)
        if path.count("/") == clean(source).count("/")
    ]


def _look_through(content: bytes, allowance: _Allowance) -> None:
    """Raises _TooLarge. What is no archive, or a broken one, is for the engine to say."""
    reader = _Reader(unpacked(content), allowance)
    try:
        with tarfile.open(fileobj=cast("BinaryIO", reader), mode="r|") as tar:
            for info in tar:
                allowance.entry(info.size)
    except BROKEN:
        return


def unpacked(content: bytes) -> IO[bytes]:
    source = io.BytesIO(content)
    if content.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=source))
    if content.startswith(b"BZh"):
        return cast("IO[bytes]", bz2.BZ2File(source))
    if content.startswith(b"\xfd7zXZ\x00"):
        return cast("IO[bytes]", _Xz(content))
    return source


def _refused(step: Step, path: str, limits: Limits) -> BuildStopped:
    diagnosis = LARGE_ARCHIVE.at(
        step, source=path, limit=limits.image_bytes, files=limits.image_files
    )
    return BuildStopped(diagnosis.title, diagnosis)
