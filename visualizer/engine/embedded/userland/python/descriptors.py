"""The WASI calls on open descriptors: fd_read, fd_write, fd_readdir and their kin."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from visualizer.engine.embedded.userland.python import abi
from visualizer.engine.embedded.userland.python.abi import WasiError
from visualizer.engine.embedded.userland.python.files import Descriptor, File, Folder
from visualizer.engine.embedded.userland.python.memory import SandboxMemory

Reader = Callable[[int, int], bytes]
_CHUNK = 1024 * 1024
_MOST_OPEN = 512


class DescriptorCalls:
    """Each method is the WASI call of its name; its arguments are those of the witx file."""

    memory: SandboxMemory
    descriptors: dict[int, Descriptor]
    preopened: Mapping[int, bytes]

    def get(self, fd: int) -> Descriptor:
        """The descriptor of a number. Raises WasiError(BADF)."""
        found = self.descriptors.get(fd)
        if found is None:
            raise WasiError(abi.BADF)
        return found

    def add(self, descriptor: Descriptor) -> int:
        """Give a descriptor the lowest free number."""
        fd = max(self.preopened) + 1
        while fd in self.descriptors:
            fd += 1
        if len(self.descriptors) > _MOST_OPEN:
            raise WasiError(abi.MFILE)
        self.descriptors[fd] = descriptor
        return fd

    def fd_advise(self, fd: int, offset: int, length: int, advice: int) -> None:
        self.get(fd)

    def fd_allocate(self, fd: int, offset: int, length: int) -> None:
        file = self.get(fd)
        if file.status()["size"] < offset + length:
            file.resize(offset + length)

    def fd_close(self, fd: int) -> None:
        self.get(fd)
        del self.descriptors[fd]

    def fd_datasync(self, fd: int) -> None:
        self.get(fd)

    def fd_sync(self, fd: int) -> None:
        self.get(fd)

    def fd_fdstat_get(self, fd: int, out: int) -> None:
        found = self.get(fd)
        rights = found.rights
        self.memory.pack(abi.FDSTAT, out, found.file_type, found.flags, rights, abi.ALL_RIGHTS)

    def fd_fdstat_set_flags(self, fd: int, flags: int) -> None:
        self.get(fd).flags = flags

    def fd_filestat_get(self, fd: int, out: int) -> None:
        found = self.get(fd)
        self.put_status(out, found.file_type, found.path, found.status())

    def fd_filestat_set_size(self, fd: int, size: int) -> None:
        self.get(fd).resize(size)

    def fd_filestat_set_times(self, fd: int, atime: int, mtime: int, flags: int) -> None:
        # The container's file system keeps no time that one could set.
        self.get(fd)

    def fd_read(self, fd: int, vectors: int, count: int, out: int) -> None:
        found = self.get(fd)
        self._scatter(vectors, count, out, lambda size, done: found.read(size))

    def fd_pread(self, fd: int, vectors: int, count: int, offset: int, out: int) -> None:
        found = self.get(fd)
        self._scatter(vectors, count, out, lambda size, done: found.read_at(size, offset + done))

    def _scatter(self, vectors: int, count: int, out: int, read: Reader) -> None:
        done = 0
        for address, size in self.memory.vectors(vectors, count):
            if not size:
                continue
            data = read(min(size, _CHUNK), done)
            self.memory.write(address, data)
            done += len(data)
            if len(data) < size:
                break
        self.memory.u32(out, done)

    def fd_write(self, fd: int, vectors: int, count: int, out: int) -> None:
        self.memory.u32(out, self.get(fd).write(self.memory.gather(vectors, count)))

    def fd_pwrite(self, fd: int, vectors: int, count: int, offset: int, out: int) -> None:
        data = self.memory.gather(vectors, count)
        self.memory.u32(out, self.get(fd).write_at(data, offset))

    def fd_seek(self, fd: int, offset: int, whence: int, out: int) -> None:
        if whence not in (0, 1, 2):
            raise WasiError(abi.INVAL)
        self.memory.u64(out, self.get(fd).seek(offset, whence))

    def fd_tell(self, fd: int, out: int) -> None:
        self.memory.u64(out, self.get(fd).seek(0, 1))

    def fd_prestat_get(self, fd: int, out: int) -> None:
        if fd not in self.preopened:
            raise WasiError(abi.BADF)
        self.memory.pack(abi.PRESTAT, out, 0, len(self.preopened[fd]))

    def fd_prestat_dir_name(self, fd: int, out: int, size: int) -> None:
        if fd not in self.preopened:
            raise WasiError(abi.BADF)
        self.memory.write(out, self.preopened[fd][:size])

    def fd_readdir(self, fd: int, buffer: int, size: int, cookie: int, out: int) -> None:
        folder = self.get(fd)
        if not isinstance(folder, Folder):
            raise WasiError(abi.NOTDIR)
        if cookie == 0:
            folder.scan()
        packed = bytearray()
        for index in range(cookie, len(folder.entries)):
            name, file_type = folder.entries[index]
            encoded = name.encode()
            inode = number_of(f"{folder.path}/{name}")
            packed += abi.DIRENT.pack(index + 1, inode, len(encoded), file_type) + encoded
            if len(packed) >= size:
                break
        self.memory.write(buffer, bytes(packed[:size]))
        self.memory.u32(out, min(size, len(packed)))

    def put_status(
        self, out: int, file_type: int, path: str | None, status: Mapping[str, Any]
    ) -> None:
        """Write a filestat."""
        time = int(float(status["modified"]) * 1e9)
        self.memory.pack(
            abi.FILESTAT, out, 1, number_of(path or ""), file_type, 1, status["size"],
            time, time, time,
        )  # fmt: skip

    def opened(self, path: str) -> list[File]:
        """The open files at a path."""
        return [
            found
            for found in self.descriptors.values()
            if isinstance(found, File) and found.path == path
        ]


def number_of(path: str) -> int:
    """An inode number for a path: the same for the same path, and never 0."""
    return int.from_bytes(hashlib.blake2b(path.encode(), digest_size=7).digest(), "little") + 1
