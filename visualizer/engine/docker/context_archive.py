"""The build context as the engine takes it: a tar of what `.dockerignore` lets through."""

import io
import tarfile
from collections.abc import Iterable, Mapping

from visualizer.engine.port import ContextFile

COPY_OF_ALL = ".layercake-context"
"""Where the context lies a second time, as the learner wrote it: see `rewriting`."""


def context_archive(
    files: Iterable[ContextFile], dockerfile: tuple[str, str], *, with_copy: bool
) -> bytes:
    """The context with the Dockerfile (path, text) that the engine shall read.

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
            tar.addfile(info)
        for name in sorted(contents):
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(contents[name].content), contents[name].mode & 0o7777
            tar.addfile(info, io.BytesIO(contents[name].content))
    return out.getvalue()


def _folders(paths: Mapping[str, ContextFile], *, with_copy: bool) -> list[str]:
    found = {COPY_OF_ALL} if with_copy else set()
    for path in paths:
        parts = path.split("/")[:-1]
        found.update("/".join(parts[: count + 1]) for count in range(len(parts)))
    return sorted(found)
