"""In a worker: the container's files, which live in the site, as bashkit's interop interface.

bashkit takes a file system from outside as a C handle with a table of functions
(`bashkit.FileSystem.v1`, crates/bashkit/src/interop/fs.rs). Each function here asks the site and
waits for the answer.
"""

import ctypes
import socket
import threading
from collections.abc import Callable
from ctypes import (
    POINTER,
    Structure,
    c_bool,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any

from bashkit import FileSystem

from .wire import Message, receive, send

_ABI_VERSION = 1
_FILE_TYPES = {"file": 0, "directory": 1, "symlink": 2, "fifo": 3}
_CAPSULE_NAME = b"bashkit.FileSystem.v1"


class Text(Structure):
    """Bytes of the caller's."""

    _fields_ = [("ptr", c_void_p), ("len", c_size_t)]


class Owned(Structure):
    """Bytes of ours, given back through `free_bytes`."""

    _fields_ = [("ptr", c_void_p), ("len", c_size_t)]


class Error(Structure):
    """What went wrong."""

    _fields_ = [("kind", c_uint32), ("message", Owned)]


class Metadata(Structure):
    """What `stat` says."""

    _fields_ = [
        ("file_type", c_uint8), ("reserved", c_uint8 * 7), ("size", c_uint64), ("mode", c_uint32),
        ("modified_secs", c_int64), ("modified_nanos", c_uint32),
        ("created_secs", c_int64), ("created_nanos", c_uint32),
    ]  # fmt: skip


class Entry(Structure):
    """One name of a directory."""

    _fields_ = [("name", Owned), ("metadata", Metadata)]


class Entries(Structure):
    """A directory's names, given back through `free_dir_entries`."""

    _fields_ = [("ptr", c_void_p), ("len", c_size_t)]


_STATUS = c_uint32
_READ = ctypes.CFUNCTYPE(_STATUS, c_void_p, Text, POINTER(Owned), POINTER(Error))
_TWO = ctypes.CFUNCTYPE(_STATUS, c_void_p, Text, Text, POINTER(Error))
_FLAG = ctypes.CFUNCTYPE(_STATUS, c_void_p, Text, c_bool, POINTER(Error))
_STAT = ctypes.CFUNCTYPE(_STATUS, c_void_p, Text, POINTER(Metadata), POINTER(Error))
_LIST = ctypes.CFUNCTYPE(_STATUS, c_void_p, Text, POINTER(Entries), POINTER(Error))
_EXISTS = ctypes.CFUNCTYPE(_STATUS, c_void_p, Text, POINTER(c_bool), POINTER(Error))
_MODE = ctypes.CFUNCTYPE(_STATUS, c_void_p, Text, c_uint32, POINTER(Error))
_FREE_BYTES = ctypes.CFUNCTYPE(None, c_void_p, Owned)
_FREE_ENTRIES = ctypes.CFUNCTYPE(None, c_void_p, Entries)
_COUNT = ctypes.CFUNCTYPE(None, c_void_p)


class Table(Structure):
    """The functions, in the interface's order."""

    _fields_ = [
        ("read_file", _READ), ("write_file", _TWO), ("append_file", _TWO), ("mkdir", _FLAG),
        ("remove", _FLAG), ("stat", _STAT), ("read_dir", _LIST), ("exists", _EXISTS),
        ("rename", _TWO), ("copy", _TWO), ("symlink", _TWO), ("read_link", _READ),
        ("chmod", _MODE), ("free_bytes", _FREE_BYTES), ("free_dir_entries", _FREE_ENTRIES),
    ]  # fmt: skip


class Handle(Structure):
    """The file system as it is handed over."""

    _fields_ = [
        ("abi_version", c_uint32), ("reserved", c_uint32), ("instance", c_void_p),
        ("retain", _COUNT), ("release", _COUNT), ("table", POINTER(Table)),
    ]  # fmt: skip


class Refused(Exception):
    """The site's answer was an error."""

    def __init__(self, kind: int, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class RemoteFiles:
    """The site's file system behind one connection. Keep it for as long as bashkit uses it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._kept: dict[int, object] = {}
        self._table = Table(
            _READ(self._giving_bytes("read_file")), _TWO(self._writing("write_file")),
            _TWO(self._writing("append_file")), _FLAG(self._flagged("mkdir")),
            _FLAG(self._flagged("remove")), _STAT(self._stat), _LIST(self._read_dir),
            _EXISTS(self._exists), _TWO(self._naming("rename")), _TWO(self._naming("copy")),
            _TWO(self._naming("symlink")), _READ(self._giving_bytes("read_link")),
            _MODE(self._chmod), _FREE_BYTES(self._free), _FREE_ENTRIES(self._free),
        )  # fmt: skip
        nothing = _COUNT(lambda instance: None)
        self._handle = Handle(_ABI_VERSION, 0, 1, nothing, nothing, ctypes.pointer(self._table))
        self._capsule = _capsule(ctypes.addressof(self._handle))

    def filesystem(self) -> FileSystem:
        """As bashkit takes it."""
        return FileSystem.from_capsule(self._capsule)

    def _ask(self, *question: Any) -> Any:
        with self._lock:
            send(self._connection, list(question))
            answer: Message = receive(self._connection)
        if answer[0] == 0:
            return answer[1]
        raise Refused(answer[1], answer[2])

    def _guarded(self, error: Any, act: Callable[[], None]) -> int:
        try:
            act()
        except Refused as refused:
            error[0].kind = refused.kind
            error[0].message = self._owned(str(refused).encode())
            return 1
        except BaseException as failure:
            error[0].message = self._owned(str(failure).encode())
            return 1
        return 0

    def _owned(self, data: bytes) -> Owned:
        if not data:
            return Owned(None, 0)
        buffer = ctypes.create_string_buffer(data, len(data))
        address = ctypes.addressof(buffer)
        self._kept[address] = buffer
        return Owned(address, len(data))

    def _free(self, instance: int, owned: Any) -> None:
        self._kept.pop(owned.ptr or 0, None)

    def _giving_bytes(self, name: str) -> Callable[..., int]:
        def call(instance: int, path: Text, out: Any, error: Any) -> int:
            def act() -> None:
                data = self._ask(name, _text(path))
                out[0] = self._owned(data.encode() if isinstance(data, str) else data)

            return self._guarded(error, act)

        return call

    def _writing(self, name: str) -> Callable[..., int]:
        def call(instance: int, path: Text, content: Text, error: Any) -> int:
            return self._guarded(error, lambda: self._ask(name, _text(path), _bytes(content)))

        return call

    def _naming(self, name: str) -> Callable[..., int]:
        def call(instance: int, first: Text, second: Text, error: Any) -> int:
            return self._guarded(error, lambda: self._ask(name, _text(first), _text(second)))

        return call

    def _flagged(self, name: str) -> Callable[..., int]:
        def call(instance: int, path: Text, flag: bool, error: Any) -> int:
            return self._guarded(error, lambda: self._ask(name, _text(path), bool(flag)))

        return call

    def _chmod(self, instance: int, path: Text, mode: int, error: Any) -> int:
        return self._guarded(error, lambda: self._ask("chmod", _text(path), mode))

    def _exists(self, instance: int, path: Text, out: Any, error: Any) -> int:
        def act() -> None:
            out[0] = self._ask("exists", _text(path))

        return self._guarded(error, act)

    def _stat(self, instance: int, path: Text, out: Any, error: Any) -> int:
        def act() -> None:
            out[0] = _metadata(self._ask("stat", _text(path)))

        return self._guarded(error, act)

    def _read_dir(self, instance: int, path: Text, out: Any, error: Any) -> int:
        def act() -> None:
            found = self._ask("read_dir", _text(path))
            names = [ctypes.create_string_buffer(name.encode()) for name, _ in found]
            entries = (Entry * len(found))()
            for entry, buffer, (_, status) in zip(entries, names, found, strict=True):
                entry.name = Owned(ctypes.addressof(buffer), len(buffer) - 1)
                entry.metadata = _metadata(status)
            address = ctypes.addressof(entries) if found else 0
            if found:
                self._kept[address] = (entries, names)
            out[0] = Entries(address or None, len(found))

        return self._guarded(error, act)


def _metadata(status: Message) -> Metadata:
    kind, size, mode, modified, created = status
    return Metadata(
        _FILE_TYPES.get(kind, 0), (c_uint8 * 7)(), size, mode,
        int(modified), int(modified % 1 * 1e9), int(created), int(created % 1 * 1e9),
    )  # fmt: skip


def _bytes(text: Text) -> bytes:
    return ctypes.string_at(text.ptr, text.len) if text.len else b""


def _text(text: Text) -> str:
    return _bytes(text).decode("utf-8", "replace")


def _capsule(address: int) -> object:
    make = ctypes.pythonapi.PyCapsule_New
    make.restype = ctypes.py_object
    make.argtypes = [c_void_p, ctypes.c_char_p, c_void_p]
    capsule: object = make(address, _CAPSULE_NAME, None)
    return capsule
