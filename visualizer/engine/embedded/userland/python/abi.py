"""Numbers and layouts of WASI preview 1 that the Python sandbox needs.

Source: the WASI preview 1 witx files (wasi_snapshot_preview1).
"""

import struct

SUCCESS, ACCES, AGAIN, BADF, EXIST, FBIG = 0, 2, 6, 8, 20, 22
INVAL, IO, ISDIR, LOOP, MFILE, NOENT, NOSPC, NOSYS = 28, 29, 31, 32, 33, 44, 51, 52
NOTDIR, NOTEMPTY, NOTSUP, PERM, PIPE, SPIPE, XDEV = 54, 55, 58, 63, 64, 70, 75
"""Error numbers."""

UNKNOWN, CHARACTER, DIRECTORY, REGULAR, SYMLINK = 0, 2, 3, 4, 7
"""File types."""

FILE_TYPES = {"file": REGULAR, "directory": DIRECTORY, "symlink": SYMLINK}

CREATE, MUST_BE_DIRECTORY, EXCLUSIVE, TRUNCATE = 1, 2, 4, 8
"""Open flags."""

APPEND = 1
"""A file descriptor's flag."""

FOLLOW = 1
"""Lookup flag: the last part of a path may be a symlink that is followed."""

RIGHT_READ, RIGHT_SEEK, RIGHT_TELL, RIGHT_WRITE = 1 << 1, 1 << 2, 1 << 5, 1 << 6
ALL_RIGHTS = (1 << 29) - 1

FDSTAT = struct.Struct("<BxHxxxxQQ")
FILESTAT = struct.Struct("<QQBxxxxxxxQQQQQ")
DIRENT = struct.Struct("<QQIBxxx")
PRESTAT = struct.Struct("<BxxxI")
IOVEC = struct.Struct("<II")
SUBSCRIPTION = struct.Struct("<QBxxxxxxxIxxxxQQHxxxxxx")
EVENT = struct.Struct("<QHBxxxxxQHxxxxxx")

CLOCK, READ, WRITE = 0, 1, 2
"""What a subscription waits for."""
ABSOLUTE = 1
"""A clock subscription's flag."""

_WORDS = (
    ("not empty", NOTEMPTY),
    ("not a directory", NOTDIR),
    ("is a directory", ISDIR),
    ("exists", EXIST),
    ("too large", FBIG),
    ("limit", NOSPC),
    ("quota", NOSPC),
    ("not found", NOENT),
)


class WasiError(Exception):
    """A call that fails with an error number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def from_bashkit(error: Exception) -> WasiError:
    """The error number for what bashkit's file system says."""
    text = str(error)
    for words, number in _WORDS:
        if words in text:
            return WasiError(number)
    return WasiError(IO)
