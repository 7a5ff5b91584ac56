"""From an argument vector to the command that plays it: PATH, stubs, shebangs, permissions.

A command is there if and only if the container's own file system holds it, so that what an image
can do is what it contains.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bashkit import FileSystem

from visualizer.engine.embedded.userland import paths
from visualizer.engine.embedded.userland.contract import STUB, CannotStart
from visualizer.engine.embedded.userland.identity import DEFAULT_PATH

_MOST_INTERPRETERS = 4
"""As Linux: an interpreter that is a script itself, and so on, this many times."""
NAMED_BY_THEIR_FILE = frozenset({"busybox", "coreutils", "toybox"})
"""Programs that play whatever name they are called by."""


@dataclass(frozen=True)
class Program:
    """What to play: a builtin's name, and its arguments with its own name first."""

    builtin: str
    argv: Sequence[str]


def resolve(
    filesystem: FileSystem,
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: str,
    in_shell: bool = False,
) -> Program:
    """Find the program that `argv` names. Raises CannotStart in runc's words.

    A shell runs a text file without a shebang as a script; the kernel does not.
    """
    if not argv or not argv[0]:
        raise CannotStart(127, 'exec: "": executable file not found in $PATH')
    words = list(argv)
    where = _locate(filesystem, words[0], env, cwd)
    for _ in range(_MOST_INTERPRETERS):
        content = filesystem.read_file(paths.real(filesystem, where))
        builtin = stub(content)
        if builtin is not None:
            name = where.rsplit("/", 1)[-1]
            if builtin in NAMED_BY_THEIR_FILE:
                builtin = name
            replaced = _past_env(filesystem, builtin, words, env, cwd)
            if replaced is None:
                return Program(builtin, words)
            words, where = words[1:], replaced
            continue
        interpreter = _shebang(content)
        if interpreter is None:
            if in_shell and _is_text(content):
                return Program("sh", ["sh", words[0] if "/" in words[0] else where, *words[1:]])
            raise CannotStart(126, f"exec {argv[0]}: exec format error")
        script = words[0] if "/" in words[0] else where
        words = [*interpreter, script, *words[1:]]
        where = paths.join(cwd, words[0])
        found = paths.stat(filesystem, where)
        if found is None or found["file_type"] != "file":
            raise CannotStart(127, f"exec {argv[0]}: no such file or directory")
        if not found["mode"] & 0o111:
            raise CannotStart(126, f"exec {argv[0]}: permission denied")
    raise CannotStart(126, f"exec {argv[0]}: too many levels of symbolic links")


def stub(content: bytes) -> str | None:
    """The builtin that a file stands for, None when it is no stub."""
    if not content.startswith(STUB) or len(content) > 100:
        return None
    return content[len(STUB) :].strip().decode("ascii", "replace") or None


def search(filesystem: FileSystem, name: str, env: Mapping[str, str], cwd: str) -> str | None:
    """Where PATH finds an executable file of this name; None when it does not."""
    for folder in env.get("PATH", DEFAULT_PATH).split(":"):
        candidate = paths.join(cwd, folder) + "/" + name
        found = paths.stat(filesystem, candidate)
        if found is not None and found["file_type"] == "file" and found["mode"] & 0o111:
            return candidate.replace("//", "/")
    return None


def _locate(filesystem: FileSystem, name: str, env: Mapping[str, str], cwd: str) -> str:
    if "/" not in name:
        where = search(filesystem, name, env, cwd)
        if where is None:
            raise CannotStart(127, f'exec: "{name}": executable file not found in $PATH')
        return where
    where = paths.join(cwd, name)
    found = paths.stat(filesystem, where)
    if found is None:
        raise CannotStart(127, f'exec: "{name}": stat {name}: no such file or directory')
    if found["file_type"] == "directory":
        raise CannotStart(126, f'exec: "{name}": is a directory: permission denied')
    if not found["mode"] & 0o111:
        raise CannotStart(126, f'exec: "{name}": permission denied')
    return where


def _past_env(
    filesystem: FileSystem, builtin: str, words: list[str], env: Mapping[str, str], cwd: str
) -> str | None:
    """Where `env COMMAND …` finds its command: env becomes it, as execve does; else None."""
    if builtin != "env" or len(words) < 2 or words[1].startswith("-") or "=" in words[1]:
        return None
    try:
        return _locate(filesystem, words[1], env, cwd)
    except CannotStart:
        return None


def _shebang(content: bytes) -> list[str] | None:
    """The interpreter and its one argument; after `/usr/bin/env -S` all of them."""
    if not content.startswith(b"#!"):
        return None
    line = content[2:].split(b"\n", 1)[0].decode("utf-8", "replace").strip(" \t")
    interpreter, _, argument = line.partition(" ")
    argument = argument.strip()
    if not interpreter:
        return None
    if interpreter.endswith("/env") and argument.startswith("-S"):
        return [interpreter, *argument[2:].split()]
    return [interpreter, argument] if argument else [interpreter]


def _is_text(content: bytes) -> bool:
    return b"\0" not in content[:512]
