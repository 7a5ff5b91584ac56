"""What Tab completes: commands where a command stands, paths everywhere else."""

import re

from bashkit import FileSystem

from visualizer.engine.embedded.userland import paths
from visualizer.engine.embedded.userland.commands import SHELL_BUILTINS
from visualizer.engine.embedded.userland.terminal.editor import Completion

_WORD = re.compile(r"(?:[^\s;|&()<>'\"\\]|\\.)*$")
_COMMAND_BEFORE = re.compile(r"(?:^|[;|&(]|\b(?:then|do|else|sudo|exec|env))\s*$")


def complete(text: str, *, filesystem: FileSystem, cwd: str, home: str, path: str) -> Completion:
    """Complete the last word of the text before the cursor."""
    match = _WORD.search(text)
    start = match.start() if match else len(text)
    word = text[start:]
    if "/" not in word and not word.startswith("~") and _COMMAND_BEFORE.search(text[:start]):
        return _completion(start, word, sorted(_commands(filesystem, word, path)))
    return _completion(start, word, sorted(_paths(filesystem, word, cwd, home)))


def _completion(start: int, word: str, candidates: list[str]) -> Completion:
    if not candidates:
        return Completion(start, word, [])
    common = _common_start(candidates)
    if len(candidates) == 1 and not common.endswith("/"):
        common += " "
    shown = [
        candidate.rstrip("/").rsplit("/", 1)[-1] + ("/" if candidate.endswith("/") else "")
        for candidate in candidates
    ]
    return Completion(start, common if len(common) >= len(word) else word, shown)


def _common_start(candidates: list[str]) -> str:
    first, last = min(candidates), max(candidates)
    length = 0
    while length < min(len(first), len(last)) and first[length] == last[length]:
        length += 1
    return first[:length]


def _commands(filesystem: FileSystem, word: str, path: str) -> set[str]:
    found = {name for name in SHELL_BUILTINS if name.startswith(word) and name.isalpha()}
    for folder in path.split(":"):
        for name, _ in _entries(filesystem, folder):
            if name.startswith(word):
                found.add(name)
    return found if word else set()


def _paths(filesystem: FileSystem, word: str, cwd: str, home: str) -> set[str]:
    head, slash, tail = word.rpartition("/")
    base = head + slash
    folder = home + base[1:] if base.startswith("~/") else base
    found = set()
    for name, is_folder in _entries(filesystem, paths.join(cwd, folder or ".")):
        if name.startswith(tail) and (tail.startswith(".") or not name.startswith(".")):
            quoted = re.sub(r"([\s'\"\\$&;|<>()*?])", r"\\\1", name)
            found.add(base + quoted + ("/" if is_folder else ""))
    return found


def _entries(filesystem: FileSystem, folder: str) -> list[tuple[str, bool]]:
    try:
        entries = filesystem.read_dir(paths.real(filesystem, folder))
    except (RuntimeError, OSError):
        return []
    return [(entry["name"], entry["metadata"]["file_type"] == "directory") for entry in entries]
