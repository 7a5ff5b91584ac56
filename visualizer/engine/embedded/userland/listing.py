"""`ls` and `stat`, which show owners, links and columns as a container's do.

bashkit's own leave them out. Owners are root's throughout: the file system keeps none.
"""

import asyncio
import posixpath
import stat as modes
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from visualizer.engine.embedded.userland import paths
from visualizer.engine.embedded.userland.contract import Call
from visualizer.engine.embedded.userland.width import in_columns

_KNOWN = frozenset("lahAR1rtSdFnsigoCpxkQNLHUGX")
_TYPES = {"file": modes.S_IFREG, "directory": modes.S_IFDIR, "symlink": modes.S_IFLNK}
_WORDS = {"file": "regular file", "directory": "directory", "symlink": "symbolic link"}
_BLOCK = 4096
_RECENT_SECONDS = 182 * 86400
_AT_A_TIME = 200
"""Names between two turns of the event loop, which has others to serve."""


@dataclass(frozen=True)
class Shown:
    """One name that is listed, and what is at it."""

    name: str
    path: str
    status: dict[str, Any]

    @property
    def is_folder(self) -> bool:
        """Whether it is a directory itself."""
        return bool(self.status["file_type"] == "directory")


async def ls(call: Call) -> int:
    """`ls [-laAhRrtSdFn1…] [PATH]…`."""
    flags, names = set[str](), list[str]()
    for word in call.argv[1:]:
        if word.startswith("--"):
            flags |= {
                "--all": {"a"},
                "--almost-all": {"A"},
                "--recursive": {"R"},
                "--human-readable": {"h"},
                "--directory": {"d"},
            }.get(word, set())
        elif word.startswith("-") and len(word) > 1:
            unknown = set(word[1:]) - _KNOWN
            if unknown:
                await call.complain(f"ls: invalid option -- '{min(unknown)}'\n")
                return 2
            flags |= set(word[1:])
        else:
            names.append(word)
    return await Listing(call, flags).show(names or ["."])


class Listing:
    """One call of `ls`."""

    def __init__(self, call: Call, flags: set[str]) -> None:
        self._call = call
        self._flags = flags | ({"l"} if flags & {"n", "g", "o"} else set())
        self._filesystem = call.system.filesystem
        self._any = False
        self._missing_code = 1 if paths.look(self._filesystem, "/bin/busybox") else 2

    async def show(self, names: Sequence[str]) -> int:
        """List all names; the exit code."""
        code = 0
        files: list[Shown] = []
        folders: list[Shown] = []
        for name in names:
            found = self._look(name)
            if found is None:
                await self._call.complain(
                    f"ls: cannot access '{name}': No such file or directory\n"
                )
                code = self._missing_code
            elif self._opens(found):
                folders.append(found)
            else:
                files.append(found)
        await self._lines(self._sorted(files))
        for folder in self._sorted(folders):
            await self._folder(folder, titled=len(names) > 1 or "R" in self._flags)
        return code

    def _look(self, name: str) -> Shown | None:
        path = paths.join(self._call.cwd, name)
        status = paths.stat(self._filesystem, path) if name.endswith("/") else None
        try:
            here = paths.real(self._filesystem, path, follow_last=False)
        except paths.Loop:
            return None
        status = status or paths.look(self._filesystem, here)
        return Shown(name, here, status) if status is not None else None

    def _opens(self, found: Shown) -> bool:
        if "d" in self._flags:
            return False
        if found.status["file_type"] == "symlink" and "l" not in self._flags:
            target = paths.stat(self._filesystem, found.path)
            return target is not None and target["file_type"] == "directory"
        return found.is_folder

    async def _folder(self, folder: Shown, *, titled: bool) -> None:
        if titled:
            await self._call.say(("\n" if self._any else "") + f"{folder.name}:\n")
            self._any = True
        entries = self._entries(folder.path)
        if "l" in self._flags:
            await self._call.say(f"total {sum(map(_kilobytes, entries))}\n")
        await self._lines(entries)
        if "R" in self._flags:
            for entry in entries:
                if entry.is_folder and entry.name not in (".", ".."):
                    name = posixpath.join(folder.name, entry.name)
                    await self._folder(Shown(name, entry.path, entry.status), titled=True)

    def _entries(self, path: str) -> list[Shown]:
        real = paths.real(self._filesystem, path)
        found = [
            Shown(entry["name"], posixpath.join(real, entry["name"]), entry["metadata"])
            for entry in self._filesystem.read_dir(real)
            if self._flags & {"a", "A"} or not entry["name"].startswith(".")
        ]
        if "a" in self._flags:
            for name in (".", ".."):
                where = paths.join(real, name)
                status = paths.look(self._filesystem, where)
                if status is not None:
                    found.append(Shown(name, where, status))
        return self._sorted(found)

    def _sorted(self, shown: list[Shown]) -> list[Shown]:
        keys: dict[str, Callable[[Shown], Any]] = {
            "t": lambda one: -float(one.status["modified"]),
            "S": lambda one: -int(one.status["size"]),
        }
        ordered = sorted(shown, key=lambda one: one.name)
        for flag, key in keys.items():
            if flag in self._flags:
                ordered.sort(key=key)
        return ordered[::-1] if "r" in self._flags else ordered

    async def _lines(self, shown: list[Shown]) -> None:
        if not shown:
            return
        self._any = True
        names = []
        for index, one in enumerate(shown, start=1):
            names.append(self._name(one))
            if index % _AT_A_TIME == 0:
                await asyncio.sleep(0)
        if "l" in self._flags:
            sizes = [self._size(one) for one in shown]
            widest = max(map(len, sizes))
            rows = list(zip(shown, sizes, names, strict=True))
            for start in range(0, len(rows), _AT_A_TIME):
                lines = [
                    f"{self._left(one)} {size:>{widest}} {_date(one.status['modified'])} {name}\n"
                    for one, size, name in rows[start : start + _AT_A_TIME]
                ]
                await self._call.say("".join(lines))
                await asyncio.sleep(0)
        elif self._call.columns is not None and "1" not in self._flags:
            await self._call.say(in_columns(names, self._call.columns))
        else:
            await self._call.say("".join(f"{name}\n" for name in names))

    def _left(self, one: Shown) -> str:
        owner = "0 0" if "n" in self._flags else "root root"
        return f"{_mode(one.status)} {2 if one.is_folder else 1} {owner}"

    def _size(self, one: Shown) -> str:
        size = _BLOCK if one.is_folder else int(one.status["size"])
        return _human(size) if "h" in self._flags else str(size)

    def _name(self, one: Shown) -> str:
        name = one.name + self._mark(one)
        if "l" in self._flags and one.status["file_type"] == "symlink":
            return f"{name} -> {self._filesystem.read_link(one.path)}"
        return name

    def _mark(self, one: Shown) -> str:
        if one.is_folder and self._flags & {"F", "p"}:
            return "/"
        if "F" not in self._flags:
            return ""
        if one.status["file_type"] == "symlink":
            return "" if "l" in self._flags else "@"
        return "*" if one.status["mode"] & 0o111 else ""


async def stat(call: Call) -> int:
    """`stat [-L] [-c FORMAT] FILE…`."""
    template: str | None = None
    follow, names = False, list[str]()
    words = list(call.argv[1:])
    while words:
        word = words.pop(0)
        if word in ("-c", "--format") and words:
            template = words.pop(0)
        elif word.startswith(("--format=", "--printf=")):
            template = word.partition("=")[2]
        elif word in ("-L", "--dereference"):
            follow = True
        elif not word.startswith("-"):
            names.append(word)
    code = 0 if names else 1
    for name in names:
        path = paths.join(call.cwd, name)
        filesystem = call.system.filesystem
        where = paths.real(filesystem, path, follow_last=follow)
        status = paths.look(filesystem, where)
        if status is None:
            await call.complain(f"stat: cannot statx '{name}': No such file or directory\n")
            code = 1
        else:
            await call.say(_formatted(template, name, status) if template else _full(name, status))
    return code


def _formatted(template: str, name: str, status: dict[str, Any]) -> str:
    values = {
        "n": name, "N": f"'{name}'", "s": status["size"], "a": f"{status['mode']:o}",
        "A": _mode(status), "F": _WORDS.get(status["file_type"], "file"), "u": 0, "g": 0,
        "U": "root", "G": "root", "h": 1, "Y": int(status["modified"]),
        "y": _full_date(status["modified"]), "X": int(status["modified"]),
        "b": _kilobytes(Shown("", "", status)) * 2, "i": 0, "%": "%",
    }  # fmt: skip
    out, rest = "", template
    while "%" in rest:
        before, _, rest = rest.partition("%")
        out += before + str(values.get(rest[:1], "?"))
        rest = rest[1:]
    return out + rest + "\n"


def _full(name: str, status: dict[str, Any]) -> str:
    when = _full_date(status["modified"])
    return (
        f"  File: {name}\n  Size: {status['size']:<15} Blocks: "
        f"{_kilobytes(Shown('', '', status)) * 2:<10} IO Block: {_BLOCK}   "
        f"{_WORDS.get(status['file_type'], 'file')}\n"
        f"Access: ({status['mode']:04o}/{_mode(status)})  Uid: (    0/    root)   "
        f"Gid: (    0/    root)\nAccess: {when}\nModify: {when}\nChange: {when}\n Birth: -\n"
    )


def _mode(status: dict[str, Any]) -> str:
    return modes.filemode(_TYPES.get(status["file_type"], modes.S_IFREG) | int(status["mode"]))


def _kilobytes(one: Shown) -> int:
    size = _BLOCK if one.is_folder else int(one.status["size"])
    return -(-size // _BLOCK) * (_BLOCK // 1024)


def _human(size: int) -> str:
    amount, unit = float(size), ""
    for unit in ("", "K", "M", "G"):
        if amount < 1024 or unit == "G":
            break
        amount /= 1024
    return f"{amount:.1f}{unit}" if unit and amount < 10 else f"{amount:.0f}{unit}"


def _date(seconds: float) -> str:
    moment = time.gmtime(seconds)
    recent = abs(time.time() - seconds) < _RECENT_SECONDS
    clock = time.strftime("%H:%M", moment) if recent else f" {moment.tm_year}"
    return f"{time.strftime('%b', moment)} {moment.tm_mday:>2} {clock}"


def _full_date(seconds: float) -> str:
    nanoseconds = int(seconds % 1 * 1e9)
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds)) + f".{nanoseconds:09} +0000"
