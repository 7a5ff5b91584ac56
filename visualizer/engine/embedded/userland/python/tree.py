"""The WASI calls on paths: path_open, path_filestat_get and their kin."""

from collections.abc import Callable
from typing import Any

from bashkit import FileSystem

from visualizer.engine.embedded.userland import paths
from visualizer.engine.embedded.userland.python import abi
from visualizer.engine.embedded.userland.python.abi import WasiError, from_bashkit
from visualizer.engine.embedded.userland.python.descriptors import DescriptorCalls
from visualizer.engine.embedded.userland.python.files import (
    DEVICES,
    Descriptor,
    Device,
    File,
    Folder,
    ListedFolder,
    Quota,
    Text,
)
from visualizer.engine.embedded.userland.python.inside import FOLDER, Inside

STREAMS = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}


class PathCalls(DescriptorCalls):
    """Each method is the WASI call of its name. A path never leaves the container's own tree."""

    filesystem: FileSystem
    quota: Quota
    inside: Inside

    def _where(self, fd: int, address: int, size: int, *, follow: bool = True) -> str:
        path = self.memory.text(address, size)
        folder = self.get(fd)
        if "\0" in path or folder.path is None:
            raise WasiError(abi.INVAL)
        joined = f"{folder.path}/{path}"
        if folder.path == FOLDER:
            return joined
        try:
            return paths.real(self.filesystem, joined, follow_last=follow)
        except paths.Loop:
            raise WasiError(abi.LOOP) from None

    def path_open(
        self, fd: int, lookup: int, address: int, size: int, flags: int,
        rights: int, inherited: int, fd_flags: int, out: int,
    ) -> None:  # fmt: skip
        where = self._where(fd, address, size, follow=bool(lookup & abi.FOLLOW))
        opened = self._open(where, flags, rights, fd_flags)
        self.memory.u32(out, self.add(opened))

    def _open(self, where: str, flags: int, rights: int, fd_flags: int) -> Descriptor:
        if where.rstrip("/.") == FOLDER:
            return ListedFolder(FOLDER, ["sitecustomize.py"])
        if where.startswith(FOLDER):
            return Text(self.inside.read(where))
        if where in DEVICES:
            return Device(DEVICES[where])
        if where in STREAMS:
            return self.get(STREAMS[where])
        found = paths.look(self.filesystem, where)
        if found is not None and found["file_type"] == "directory":
            if flags & (abi.CREATE | abi.EXCLUSIVE | abi.TRUNCATE):
                raise WasiError(abi.EXIST if flags & abi.EXCLUSIVE else abi.ISDIR)
            return Folder(self.filesystem, where)
        return self._open_file(where, found, flags, rights, fd_flags)

    def _open_file(
        self, where: str, found: dict[str, Any] | None, flags: int, rights: int, fd_flags: int
    ) -> File:
        if found is None:
            if flags & abi.MUST_BE_DIRECTORY or not flags & abi.CREATE:
                raise WasiError(abi.NOENT)
            self._create(where)
        elif flags & abi.MUST_BE_DIRECTORY:
            raise WasiError(abi.NOTDIR)
        elif flags & abi.EXCLUSIVE:
            raise WasiError(abi.EXIST)
        elif found["file_type"] == "symlink":
            raise WasiError(abi.LOOP)
        file = File(
            self.filesystem,
            where,
            self.quota,
            flags=fd_flags,
            readable=bool(rights & abi.RIGHT_READ),
            writable=bool(rights & abi.RIGHT_WRITE),
        )
        if found is not None and flags & abi.TRUNCATE and found["size"]:
            file.resize(0)
        return file

    def _create(self, where: str) -> None:
        parent = paths.look(self.filesystem, where.rsplit("/", 1)[0] or "/")
        if parent is None or parent["file_type"] != "directory":
            raise WasiError(abi.NOENT if parent is None else abi.NOTDIR)
        self._do(self.filesystem.write_file, where, b"")

    def _do(self, act: Callable[..., object], *words: object) -> None:
        try:
            act(*words)
        except (RuntimeError, OSError) as error:
            raise from_bashkit(error) from None

    def path_filestat_get(self, fd: int, lookup: int, address: int, size: int, out: int) -> None:
        where = self._where(fd, address, size, follow=bool(lookup & abi.FOLLOW))
        if where.startswith(FOLDER):
            file_type, length = self.inside.status(where)
            self.put_status(out, file_type, where, {"size": length, "modified": 0.0})
        elif where in DEVICES or where in STREAMS:
            self.put_status(out, abi.CHARACTER, where, {"size": 0, "modified": 0.0})
        else:
            found = paths.look(self.filesystem, where)
            if found is None:
                raise WasiError(abi.NOENT)
            file_type = abi.FILE_TYPES.get(found["file_type"], abi.UNKNOWN)
            self.put_status(out, file_type, where, found)

    def path_filestat_set_times(
        self, fd: int, lookup: int, address: int, size: int, atime: int, mtime: int, flags: int
    ) -> None:
        if paths.look(self.filesystem, self._where(fd, address, size)) is None:
            raise WasiError(abi.NOENT)

    def path_create_directory(self, fd: int, address: int, size: int) -> None:
        where = self._where(fd, address, size, follow=False)
        if where.startswith(FOLDER):
            self.inside.tell(where)
        elif paths.look(self.filesystem, where) is not None:
            raise WasiError(abi.EXIST)
        else:
            self._do(self.filesystem.mkdir, where)

    def path_readlink(
        self, fd: int, address: int, size: int, buffer: int, room: int, out: int
    ) -> None:
        where = self._where(fd, address, size, follow=False)
        if where.startswith(FOLDER):
            target: str | None = self.inside.ask(where)
        else:
            target = paths.link_target(self.filesystem, where)
            if target is None:
                raise WasiError(abi.INVAL if paths.look(self.filesystem, where) else abi.NOENT)
        data = (target or "").encode()[:room]
        self.memory.write(buffer, data)
        self.memory.u32(out, len(data))

    def path_symlink(self, target: int, target_size: int, fd: int, address: int, size: int) -> None:
        where = self._where(fd, address, size, follow=False)
        if paths.look(self.filesystem, where) is not None:
            raise WasiError(abi.EXIST)
        self._do(self.filesystem.symlink, self.memory.text(target, target_size), where)

    def path_link(
        self, fd: int, lookup: int, address: int, size: int, new_fd: int, new: int, new_size: int
    ) -> None:
        # bashkit has no hard links.
        raise WasiError(abi.NOTSUP)

    def path_unlink_file(self, fd: int, address: int, size: int) -> None:
        where = self._where(fd, address, size, follow=False)
        found = paths.look(self.filesystem, where)
        if found is None:
            raise WasiError(abi.NOENT)
        if found["file_type"] == "directory":
            raise WasiError(abi.ISDIR)
        for file in self.opened(where):
            file.orphan()
        self._do(self.filesystem.remove, where)

    def path_remove_directory(self, fd: int, address: int, size: int) -> None:
        where = self._where(fd, address, size, follow=False)
        found = paths.look(self.filesystem, where)
        if found is None or found["file_type"] != "directory":
            raise WasiError(abi.NOTDIR if found else abi.NOENT)
        self._do(self.filesystem.remove, where)

    def path_rename(
        self, fd: int, address: int, size: int, new_fd: int, new: int, new_size: int
    ) -> None:
        source = self._where(fd, address, size, follow=False)
        target = self._where(new_fd, new, new_size, follow=False)
        if target == source:
            return
        for file in self.opened(target):
            file.orphan()
        self._do(self.filesystem.rename, source, target)
        for file in self.opened(source):
            file.path = target
