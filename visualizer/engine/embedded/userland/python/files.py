"""What a file descriptor of the Python sandbox can be: a container's file or folder, a device, a
stream. Everything is served from the container's own file system, so a shell and a Python see
each other's writes at once, and there is no host file to get at.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bashkit import FileSystem

from visualizer.engine.embedded.userland import paths
from visualizer.engine.embedded.userland.python import abi
from visualizer.engine.embedded.userland.python.abi import WasiError, from_bashkit

_NOWHERE = FileSystem()
"""For what is in no file system."""


@dataclass
class Quota:
    """Bytes that one Python may add to the container's files."""

    left: int

    def take(self, size: int) -> None:
        """Use some of it. Raises WasiError(NOSPC) when there is not enough."""
        if size > self.left:
            raise WasiError(abi.NOSPC)
        self.left -= max(0, size)


class Descriptor:
    """What all descriptors can be asked; the answers here are those of what cannot do it."""

    file_type = abi.UNKNOWN
    rights = abi.ALL_RIGHTS
    flags = 0
    path: str | None = None

    def read(self, size: int) -> bytes:
        """The next bytes; none at the end."""
        raise WasiError(abi.BADF)

    def write(self, data: bytes) -> int:
        """Write; how many bytes were taken."""
        raise WasiError(abi.BADF)

    def read_at(self, size: int, position: int) -> bytes:
        """Bytes from a place, the position left as it is."""
        raise WasiError(abi.SPIPE)

    def write_at(self, data: bytes, position: int) -> int:
        """Write at a place, the position left as it is."""
        raise WasiError(abi.SPIPE)

    def seek(self, offset: int, whence: int) -> int:
        """Move the position; the new one."""
        raise WasiError(abi.SPIPE)

    def resize(self, size: int) -> None:
        """Cut the file off, or fill it up with zeros."""
        raise WasiError(abi.INVAL)

    def status(self) -> dict[str, Any]:
        """As bashkit's `stat`."""
        return {"file_type": "", "size": 0, "modified": 0.0}


class Stream(Descriptor):
    """Standard input, output or error."""

    def __init__(
        self,
        *,
        is_terminal: bool,
        read: Callable[[int], bytes] | None = None,
        write: Callable[[bytes], None] | None = None,
    ) -> None:
        self._read, self._write = read, write
        if is_terminal:
            # This is how wasi-libc's isatty tells a terminal.
            self.file_type = abi.CHARACTER
            self.rights = abi.ALL_RIGHTS & ~(abi.RIGHT_SEEK | abi.RIGHT_TELL)

    def read(self, size: int) -> bytes:
        """Wait for input."""
        if self._read is None:
            raise WasiError(abi.BADF)
        return self._read(size)

    def write(self, data: bytes) -> int:
        """Hand the output on."""
        if self._write is None:
            raise WasiError(abi.BADF)
        self._write(data)
        return len(data)


class Device(Descriptor):
    """/dev/null, /dev/zero, /dev/random and /dev/urandom."""

    file_type = abi.CHARACTER

    def __init__(self, name: str) -> None:
        self._name = name

    def read(self, size: int) -> bytes:
        """What the device gives."""
        if self._name == "null":
            return b""
        return bytes(size) if self._name == "zero" else os.urandom(size)

    def write(self, data: bytes) -> int:
        """Taken and forgotten."""
        return len(data)


DEVICES = {f"/dev/{name}": name for name in ("null", "zero", "random", "urandom")}


class Folder(Descriptor):
    """An open directory."""

    file_type = abi.DIRECTORY

    def __init__(self, filesystem: FileSystem, path: str) -> None:
        self._filesystem = filesystem
        self.path = path
        self.entries: list[tuple[str, int]] = []

    def scan(self) -> None:
        """Read the names anew."""
        try:
            found = self._filesystem.read_dir(self.path or "/")
        except (RuntimeError, OSError) as error:
            raise from_bashkit(error) from None
        self.entries = [(".", abi.DIRECTORY), ("..", abi.DIRECTORY)] + [
            (entry["name"], abi.FILE_TYPES.get(entry["metadata"]["file_type"], abi.UNKNOWN))
            for entry in found
        ]

    def status(self) -> dict[str, Any]:
        """The directory's own."""
        return paths.look(self._filesystem, self.path or "/") or super().status()


class ListedFolder(Folder):
    """A directory of the sandbox's own, in no file system."""

    def __init__(self, path: str, names: Sequence[str]) -> None:
        super().__init__(_NOWHERE, path)
        self._names = names

    def scan(self) -> None:
        """The names are always the same."""
        self.entries = [(name, abi.REGULAR) for name in self._names]

    def status(self) -> dict[str, Any]:
        """A directory."""
        return {"file_type": "directory", "size": 0, "modified": 0.0}


class File(Descriptor):
    """An open file. Its bytes stay in the container's file system, where others may change them."""

    file_type = abi.REGULAR

    def __init__(
        self,
        filesystem: FileSystem,
        path: str | None,
        quota: Quota,
        *,
        flags: int = 0,
        readable: bool = True,
        writable: bool = False,
    ) -> None:
        self.filesystem = filesystem
        self.path = path
        self.flags = flags
        self._quota = quota
        self._readable, self._writable = readable, writable
        self._position = 0
        self._orphan: bytearray | None = None
        self._cached: tuple[tuple[float, int], bytes] = ((-1.0, -1), b"")

    def status(self) -> dict[str, Any]:
        """The file's own; an unlinked file is remembered until it is closed."""
        if self._orphan is None and self.path is not None:
            found = paths.look(self.filesystem, self.path)
            if found is not None:
                return found
            self._orphan = bytearray()
        size = len(self._orphan or b"")
        return {"file_type": "file", "size": size, "modified": 0.0}

    def orphan(self) -> None:
        """The file is about to be unlinked: keep its bytes."""
        if self._orphan is None:
            self._orphan = bytearray(self._content())

    def read(self, size: int) -> bytes:
        """From the position on."""
        data = self.read_at(size, self._position)
        self._position += len(data)
        return data

    def write(self, data: bytes) -> int:
        """At the position, or at the end of a file opened for appending."""
        if self.flags & abi.APPEND:
            self._position = self.status()["size"]
        count = self.write_at(data, self._position)
        self._position += count
        return count

    def read_at(self, size: int, position: int) -> bytes:
        """From a place."""
        if not self._readable:
            raise WasiError(abi.BADF)
        return bytes(self._content()[position : position + size])

    def write_at(self, data: bytes, position: int) -> int:
        """At a place; what is in between becomes zeros."""
        if not self._writable:
            raise WasiError(abi.BADF)
        size = self.status()["size"]
        self._quota.take(position + len(data) - size)
        if position == size and self._orphan is None and self.path is not None:
            try:
                self.filesystem.append_file(self.path, data)
            except (RuntimeError, OSError) as error:
                raise from_bashkit(error) from None
            return len(data)
        content = bytearray(self._content())
        content.extend(bytes(max(0, position - len(content))))
        content[position : position + len(data)] = data
        self._replace(content)
        return len(data)

    def seek(self, offset: int, whence: int) -> int:
        """0 from the start, 1 from here, 2 from the end."""
        base = (0, self._position, self.status()["size"] if whence == 2 else 0)[whence]
        if base + offset < 0:
            raise WasiError(abi.INVAL)
        self._position = base + offset
        return self._position

    def resize(self, size: int) -> None:
        """Cut off or fill up."""
        content = bytearray(self._content())
        self._quota.take(size - len(content))
        del content[size:]
        content.extend(bytes(size - len(content)))
        self._replace(content)

    def _content(self) -> bytes | bytearray:
        if self._orphan is not None or self.path is None:
            return self._orphan or b""
        found = self.status()
        if self._orphan is not None:
            return self._orphan
        key = (found["modified"], found["size"])
        if self._cached[0] != key:
            try:
                self._cached = (key, self.filesystem.read_file(self.path))
            except (RuntimeError, OSError) as error:
                raise from_bashkit(error) from None
        return self._cached[1]

    def _replace(self, content: bytearray) -> None:
        if self._orphan is not None or self.path is None:
            self._orphan = content
            return
        self._cached = ((-1.0, -1), b"")
        mode = self.status().get("mode")
        try:
            self.filesystem.write_file(self.path, bytes(content))
            if mode is not None:
                self.filesystem.chmod(self.path, mode)
        except (RuntimeError, OSError) as error:
            raise from_bashkit(error) from None


class Text(File):
    """A read-only file of the sandbox's own, in no file system."""

    def __init__(self, content: bytes) -> None:
        super().__init__(_NOWHERE, None, Quota(0))
        self._orphan = bytearray(content)
