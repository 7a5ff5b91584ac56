"""The build context as the engine takes it: a tar of what `.dockerignore` lets through."""

import io
import tarfile
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from visualizer.engine.docker.remapping import Owner
from visualizer.engine.port import ContextFile

ROOT = Owner()

COPY_OF_ALL = ".layercake-context"
"""Where the context lies a second time, as the learner wrote it: see `rewriting`."""


def context_archive(
    files: Iterable[ContextFile],
    dockerfile: tuple[str, str],
    *,
    with_copy: bool,
    owner: Owner = ROOT,
    instead: Mapping[str, bytes] = MappingProxyType({}),
) -> bytes:
    """The context with the Dockerfile (path, text) that the engine shall read; all is `owner`'s.

    `instead` has what is sent in the place of some files, by their paths; not in the second copy.

    The same for the same input. GNU format: BuildKit takes a PAX header at the start of a tar for
    a Dockerfile.
    """
    path, text = dockerfile
    listed = {file.path: file for file in files}
    contents = {**listed, path: ContextFile(path, text.encode())}
    if with_copy:
        contents |= {f"{COPY_OF_ALL}/{each}": file for each, file in listed.items()}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for folder in _folders(contents, with_copy=with_copy):
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            info.uid, info.gid = owner.uid, owner.gid
            tar.addfile(info)
        for name in sorted(contents):
            info = tarfile.TarInfo(name)
            content = instead.get(name, contents[name].content)
            info.size, info.mode = len(content), contents[name].mode & 0o7777
            info.uid, info.gid = owner.uid, owner.gid
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _folders(paths: Mapping[str, ContextFile], *, with_copy: bool) -> list[str]:
    found = {COPY_OF_ALL} if with_copy else set()
    for path in paths:
        parts = path.split("/")[:-1]
        found.update("/".join(parts[: count + 1]) for count in range(len(parts)))
    return sorted(found)
