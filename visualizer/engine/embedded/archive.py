"""A reader for tar archives that strangers made: USTAR, GNU and PAX, every size checked first.

Python's `tarfile` reads headers with regular expressions that a hostile archive can make run for
hours (CVE-2024-6232), and it trusts sizes; this reader does neither.
"""

import bz2
import lzma
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

BLOCK = 512
LONGEST_NAME = 4096
LARGEST_EXTENSION = 64 * 1024
XZ_MEMORY = 96 * 1024 * 1024
STEP = 64 * 1024

_MAGIC = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")

MemberKind = Literal["file", "directory", "symlink", "hardlink", "other"]

_KINDS: dict[bytes, MemberKind] = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"1": "hardlink",
    b"2": "symlink",
    b"5": "directory",
}


class BadArchive(Exception):
    """The bytes are not a whole tar archive."""


class ArchiveTooLarge(Exception):
    """Unpacked, the archive would be larger than is allowed."""


@dataclass(frozen=True)
class Member:
    """One entry of an archive, its name as written in it."""

    name: str
    kind: MemberKind
    mode: int
    uid: int
    gid: int
    size: int
    target: str
    """Where a symlink or hard link points."""
    offset: int
    """Where the content starts in the archive."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def is_tar(data: bytes) -> bool:
    """Whether the bytes begin with a tar header that has its right checksum."""
    header = data[:BLOCK]
    if len(header) < BLOCK or not header.strip(b"\0"):
        return False
    try:
        return _checksum(header) == _number(header[148:156])
    except BadArchive:
        return False


def tar_of(data: bytes, largest: int) -> bytes | None:
    """The tar in these bytes, unpacked from gzip, bzip2 or xz; None when there is none.

    Raises ArchiveTooLarge as soon as it turns out larger than `largest` bytes.
    """
    if is_tar(data):
        if len(data) > largest:
            raise ArchiveTooLarge
        return data
    if not data.startswith(_MAGIC):
        return None
    try:
        head = _decompress(data, BLOCK, cut=True)
        return _decompress(data, largest) if is_tar(head) else None
    except (OSError, EOFError, lzma.LZMAError, zlib.error):
        return None


def members(tar: bytes) -> Iterator[Member]:
    """What an uncompressed archive holds, in its order. Raises BadArchive."""
    position = 0
    extended: dict[str, str] = {}
    while position + BLOCK <= len(tar):
        header = tar[position : position + BLOCK]
        position += BLOCK
        if not header.strip(b"\0"):
            return
        if _checksum(header) != _number(header[148:156]):
            raise BadArchive("a header's checksum is wrong")
        kind = header[156:157]
        size = _size(header, extended)
        if position + size > len(tar):
            raise BadArchive("the archive ends in the middle of a file")
        if kind in b"LKxg":
            _extension(kind, tar[position : position + size], extended)
        else:
            yield _member(header, extended, size, position)
            extended = {}
        position += size + -size % BLOCK


def _decompress(data: bytes, largest: int, *, cut: bool = False) -> bytes:
    result = bytearray()
    # Several streams may follow each other; padding behind the last is passed over.
    while data.startswith(_MAGIC):
        decompressor = _decompressor(data)
        chunk = data
        while not decompressor.eof:
            piece = decompressor.decompress(chunk, STEP)
            result += piece
            if len(result) > largest:
                if cut:
                    return bytes(result)
                raise ArchiveTooLarge
            chunk = getattr(decompressor, "unconsumed_tail", b"")
            if not piece and not chunk:
                break
        data = decompressor.unused_data
    return bytes(result)


def _decompressor(data: bytes) -> _Decompressor:
    if data.startswith(b"\x1f\x8b"):
        return zlib.decompressobj(wbits=31)
    if data.startswith(b"BZh"):
        return bz2.BZ2Decompressor()
    return lzma.LZMADecompressor(memlimit=XZ_MEMORY)


def _size(header: bytes, extended: dict[str, str]) -> int:
    if header[156:157] in b"123456":
        # Links, devices, directories and pipes have no content, whatever the header says.
        return 0
    text = extended.get("size") if header[156:157] not in b"LKxg" else None
    if text is None:
        return _number(header[124:136])
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        raise BadArchive("a size that is no number")
    return int(text)


def _extension(kind: bytes, content: bytes, extended: dict[str, str]) -> None:
    if len(content) > LARGEST_EXTENSION:
        raise BadArchive("a name that is too long")
    if kind == b"L":
        extended["path"] = _text(content)
    elif kind == b"K":
        extended["linkpath"] = _text(content)
    elif kind == b"x":
        extended.update(_pax(content))


def _pax(content: bytes) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(content):
        space = content.find(b" ", position, position + 8)
        digits = content[position:space]
        if space == -1 or not digits.isdigit():
            raise BadArchive("a PAX header that cannot be read")
        end = position + int(digits)
        if end <= space or end > len(content):
            raise BadArchive("a PAX header that cannot be read")
        key, _, value = content[space + 1 : end - 1].partition(b"=")
        yield key.decode("utf-8", "replace"), value.decode("utf-8", "replace")
        position = end


def _member(header: bytes, extended: dict[str, str], size: int, offset: int) -> Member:
    name = _text(header[:100])
    if header[257:262] == b"ustar" and header[263:265] == b"00":
        prefix = _text(header[345:500])
        name = f"{prefix}/{name}" if prefix else name
    name = extended.get("path", name)
    kind = _KINDS.get(header[156:157], "other")
    if kind == "file" and name.endswith("/"):
        kind = "directory"
    target = extended.get("linkpath", _text(header[157:257]))
    if len(name) > LONGEST_NAME or len(target) > LONGEST_NAME:
        raise BadArchive("a name that is too long")
    return Member(
        name=name,
        kind=kind,
        mode=_number(header[100:108]) & 0o7777,
        uid=_number(header[108:116]),
        gid=_number(header[116:124]),
        size=size if kind == "file" else 0,
        target=target,
        offset=offset,
    )


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")


def _number(field: bytes) -> int:
    if field[0] & 0x80:
        value = int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    else:
        digits = field.strip(b" \0")
        if any(digit not in b"01234567" for digit in digits):
            raise BadArchive("a number that cannot be read")
        value = int(digits, 8) if digits else 0
    if value >= 1 << 62:
        raise BadArchive("a number that is too large")
    return value


def _checksum(header: bytes) -> int:
    return sum(header[:148]) + sum(header[156:]) + 8 * 32
