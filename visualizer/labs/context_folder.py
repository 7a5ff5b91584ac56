"""A folder on this machine's disk as a build context."""

import os
import stat
from pathlib import Path

from visualizer.dockerfile import ignored
from visualizer.engine.limits import Limits
from visualizer.engine.port import ContextFile


class BadFolder(Exception):
    """The folder cannot be a build context; the message says why."""


def read_folder(folder: Path, limits: Limits) -> list[ContextFile]:
    """The folder as a build context. Raises BadFolder.

    What `.dockerignore` keeps out is not read. A symlink is followed inside the folder only.
    """
    if not folder.is_dir():
        raise BadFolder(f"{folder} is not a folder.")
    if not (folder / "Dockerfile").is_file():
        raise BadFolder(f"There is no Dockerfile in {folder}.")
    root = folder.resolve()
    paths = sorted(_walk(root))
    left_out = _ignored(root, paths)
    files: list[ContextFile] = []
    size = 0
    for path in paths:
        if path in left_out and path not in ("Dockerfile", ".dockerignore"):
            continue
        file = _read(root, path, limits.context_bytes - size)
        size += len(file.content)
        files.append(file)
        if len(files) > limits.context_files:
            raise BadFolder(
                f"{folder} has more than {limits.context_files} files. "
                "List what the image does not need in .dockerignore."
            )
    return files


def _walk(root: Path) -> list[str]:
    found = []
    for folder, _, names in os.walk(root):
        found += [(Path(folder) / name).relative_to(root).as_posix() for name in names]
        if len(found) > 100_000:
            raise BadFolder(f"{root} has too many files to look through.")
    return found


def _ignored(root: Path, paths: list[str]) -> set[str]:
    rules = root / ".dockerignore"
    if not rules.is_file() or not rules.resolve().is_relative_to(root):
        return set()
    return ignored(rules.read_text(encoding="utf-8", errors="replace"), paths)


def _read(root: Path, path: str, room: int) -> ContextFile:
    real = (root / path).resolve()
    if not real.is_relative_to(root):
        raise BadFolder(f"{path} is a link that leads out of {root}.")
    try:
        status = real.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BadFolder(f"{path} is not a regular file.")
        if status.st_size > room:
            raise BadFolder(
                f"The files are larger than a build context may be; {path} does not fit any more. "
                "List what the image does not need in .dockerignore."
            )
        content = real.read_bytes()
    except OSError as error:
        raise BadFolder(f"{path} cannot be read: {error.strerror}.") from None
    return ContextFile(path, content, 0o755 if status.st_mode & 0o100 else 0o644)
