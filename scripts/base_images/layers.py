"""A layer: what a root adds, changes and deletes against the one below, as a tar that depends on
nothing but its content."""

import hashlib
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from scripts.base_images.recipes import Recipe
from scripts.base_images.roots import EPOCH

Index = Mapping[str, str]
"""Every path of a root, and a word for what is there: equal words, equal things."""

# Of the machine that made the root, or different each time that one is made. The folders stay.
_EMPTIED = ("dev/", "run/", "tmp/", "var/cache/", "var/log/", "var/lib/apt/lists/")
_NOT_OURS = {
    "etc/fstab", "etc/hostname", "etc/machine-id", "etc/resolv.conf",
    "etc/apt/apt.conf.d/99mmdebstrap", "etc/dpkg/dpkg.cfg.d/99mmdebstrap",
    "var/lib/dbus/machine-id",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One thing of a root: its header, a word for it, and where its content is."""

    info: tarfile.TarInfo
    word: str
    source: tarfile.TarInfo | None = None
    """Its header in the root's archive; None for what the recipe adds."""
    content: bytes = b""
    """Of what the recipe adds."""


def entries(root: tarfile.TarFile, recipe: Recipe) -> dict[str, Entry]:
    """All that the image holds, by path, with what the recipe adds."""
    found: dict[str, Entry] = {}
    for member in root:
        path = member.name.removeprefix("./").rstrip("/")
        if path not in ("", ".") and _belongs(path, member, recipe):
            info = _clean(member, path)
            found[path] = Entry(info, _word(info, _digest(root, member)), member)
    if recipe.applets:
        found.update(_links(_applets(root, found[recipe.applets], recipe.applets)))
    found.update(_links(recipe.links))
    for path, mode in recipe.directories.items():
        found[path] = _made(path, tarfile.DIRTYPE, mode)
    for texts, mode in ((recipe.files, 0o644), (recipe.executables, 0o755)):
        for path, text in texts.items():
            found[path] = _made(path, tarfile.REGTYPE, mode, content=text.encode())
    return found


def write(root: tarfile.TarFile, held: Mapping[str, Entry], below: Index, target: Path) -> Index:
    """Write the layer to `target`; the index of what is there with it."""
    index = {path: entry.word for path, entry in held.items()}
    changed = {path for path, word in index.items() if below.get(path) != word}
    gone = {path for path in below if path not in index}
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        for path in sorted(changed):
            entry = _standing_alone(held, changed, path)
            tar.addfile(entry.info, _content(root, entry))
        for path in sorted(gone):
            folder, _, name = path.rpartition("/")
            if folder not in gone:
                whiteout = f"{folder}/.wh.{name}".lstrip("/")
                tar.addfile(_made(whiteout, tarfile.REGTYPE, 0o644).info)
    return index


def _belongs(path: str, member: tarfile.TarInfo, recipe: Recipe) -> bool:
    if recipe.keep:
        return path in recipe.keep
    if path in _NOT_OURS or path in recipe.drop or path.endswith((".pyc", "/__pycache__")):
        return False
    return member.isdir() or not path.startswith(_EMPTIED)


def _clean(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo:
    """The header without the names and times of the machine that made it."""
    info = tarfile.TarInfo(path)
    info.type, info.mode, info.size = member.type, member.mode, member.size
    info.uid, info.gid = member.uid, member.gid
    info.linkname = member.linkname.removeprefix("./") if member.islnk() else member.linkname
    info.mtime = min(int(member.mtime), EPOCH)
    return info


def _word(info: tarfile.TarInfo, digest: str) -> str:
    parts = (info.type.decode(), oct(info.mode), info.uid, info.gid, info.linkname, digest)
    return " ".join(str(part) for part in parts)


def _digest(root: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    total = hashlib.sha256()
    content = root.extractfile(member) if member.isreg() else None
    while content is not None and (piece := content.read(1 << 20)):
        total.update(piece)
    return total.hexdigest() if content is not None else ""


def _links(targets: Mapping[str, str]) -> dict[str, Entry]:
    return {
        path: _made(path, tarfile.SYMTYPE, 0o777, link=target) for path, target in targets.items()
    }


def _applets(root: tarfile.TarFile, program: Entry, name: str) -> dict[str, str]:
    """A link for each thing that the program can be."""
    content = _content(root, program)
    assert content is not None
    with tempfile.TemporaryDirectory(prefix="layercake-") as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(content.read())
        path.chmod(0o755)
        listed = subprocess.run([path, "--list"], capture_output=True, text=True, check=True)
    folder_of, _, own = name.rpartition("/")
    return {f"{folder_of}/{applet}": own for applet in listed.stdout.split() if applet != own}


def _made(path: str, kind: bytes, mode: int, *, content: bytes = b"", link: str = "") -> Entry:
    info = tarfile.TarInfo(path)
    info.type, info.mode, info.linkname, info.size = kind, mode, link, len(content)
    info.mtime = EPOCH
    digest = hashlib.sha256(content).hexdigest() if kind == tarfile.REGTYPE else ""
    return Entry(info, _word(info, digest), content=content)


def _standing_alone(held: Mapping[str, Entry], changed: set[str], path: str) -> Entry:
    """The entry; for a hard link whose file is not before it in this layer, a file of its own."""
    entry = held[path]
    target = entry.info.linkname
    if not entry.info.islnk() or (target in changed and target < path):
        return entry
    original = held[target]
    assert original.source is not None
    return replace(original, info=_clean(original.source, path))


def _content(root: tarfile.TarFile, entry: Entry) -> IO[bytes] | None:
    if not entry.info.isreg():
        return None
    return io.BytesIO(entry.content) if entry.source is None else root.extractfile(entry.source)
