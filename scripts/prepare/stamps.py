"""Stamps: the sum of what a thing was made from, kept inside the thing."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def files_under(*sources: Path) -> list[Path]:
    """The files given and all files of the folders given, sorted; what is missing is left out.

    So are compiled Python files, which come into being by looking at the others.
    """
    found: set[Path] = set()
    for source in sources:
        if source.is_dir():
            found.update(path for path in source.rglob("*") if path.is_file())
        elif source.is_file():
            found.add(source)
    return sorted(path for path in found if path.suffix != ".pyc")


def digest_of(root: Path, files: Iterable[Path], *words: str) -> str:
    """One sum over names, contents and the words given, the same wherever `root` lies."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in files:
        total.update(f"\0{path.relative_to(root).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def is_current(stamp: Path, digest: str) -> bool:
    """Whether the thing that holds the stamp was made from just this."""
    try:
        return stamp.read_text(encoding="utf-8").strip() == digest
    except OSError:
        return False


def write(stamp: Path, digest: str) -> None:
    """Say what the thing was made from, once it is wholly made."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest + "\n", encoding="utf-8")
