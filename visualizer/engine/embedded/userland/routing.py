"""Which names bashkit must not play by itself, because the image decides what they are.

bashkit knows its commands by name, whatever the file system holds, and runs every file that it is
given by path as a shell script. So a name is left to it only when PATH finds the stub of just that
tool, or a shell script; a path only when a shell script is there. All else is routed to us.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bashkit import FileSystem

from visualizer.engine.embedded.userland import paths
from visualizer.engine.embedded.userland.commands import (
    EXTERNAL,
    OWN,
    SHELL_BUILTINS,
    SHELLS,
    TOOLS,
)
from visualizer.engine.embedded.userland.identity import DEFAULT_PATH
from visualizer.engine.embedded.userland.resolve import NAMED_BY_THEIR_FILE, stub
from visualizer.engine.embedded.userland.worker.remote import Analyzed

_MOST_EXPECTED = 100
_A_NAME = re.compile(r"[\w.+-]+")
_SHELL_ENDINGS = (b"/sh", b"/bash", b"/dash", b"/ash", b" sh", b" bash")


@dataclass
class Routing:
    """Names by who plays them."""

    ours: set[str]
    native: set[str]


def by_files(filesystem: FileSystem, env: Mapping[str, str], *, tool: str | None) -> Routing:
    """The routing of all commands that the file system holds now, and of those that it lacks.

    `tool` is a name that was resolved before and is left to bashkit in any case.
    """
    native: set[str] = set()
    found: set[str] = set()
    ours: set[str] = set()
    for folder in _folders(env):
        for name in _names(filesystem, folder):
            where = f"{folder}/{name}"
            ours.add(where)
            state = paths.stat(filesystem, where) if name not in found else None
            if state is None or not state["mode"] & 0o111:
                continue
            found.add(name)
            if _is_native(name, paths.read(filesystem, where) or b""):
                native.add(name)
    ours |= (EXTERNAL | (found - SHELLS - SHELL_BUILTINS)) - native - {tool}
    return Routing(ours, native | ({tool} if tool else set()))


def _is_native(name: str, content: bytes) -> bool:
    played = stub(content)
    if played is None:
        return name not in EXTERNAL and is_shell_script(content)
    return name in TOOLS - frozenset(OWN) and (played == name or played in NAMED_BY_THEIR_FILE)


async def by_script(
    script: str,
    words: Sequence[str],
    *,
    filesystem: FileSystem,
    cwd: str,
    analyze: Callable[[str], Awaitable[Analyzed]],
) -> Routing:
    """The routing of the paths that a script or its arguments name, in its own scripts, too."""
    routing = Routing(set(), set())
    seen: set[str] = set()
    todo = [(script, list(words))]
    while todo and len(seen) < _MOST_EXPECTED:
        text, names = todo.pop()
        for name in [*names, *await _named(text, analyze)]:
            if name in seen:
                continue
            seen.add(name)
            if "/" not in name and not name.endswith(".sh"):
                # A script that changes PATH may find what `by_files` could not see.
                unknown = name not in EXTERNAL | SHELLS | SHELL_BUILTINS
                if "PATH=" in text and _A_NAME.fullmatch(name) and unknown:
                    routing.ours.add(name)
                continue
            content = paths.read(filesystem, paths.join(cwd, name))
            is_script = content is not None and is_shell_script(content)
            if "/" in name:
                (routing.native if is_script else routing.ours).add(name)
            if is_script and content is not None:
                todo.append((content.decode("utf-8", "replace"), []))
    return routing


def is_shell_script(content: bytes) -> bool:
    """Whether bashkit may run the file by itself."""
    if stub(content) is not None or b"\0" in content[:512]:
        return False
    first = content.split(b"\n", 1)[0].rstrip(b" \t")
    return not first.startswith(b"#!") or first.endswith(_SHELL_ENDINGS)


async def _named(script: str, analyze: Callable[[str], Awaitable[Analyzed]]) -> list[str]:
    commands = (await analyze(script)).commands
    return [word for name, words in commands for word in (name, *words) if word is not None]


def _folders(env: Mapping[str, str]) -> Iterator[str]:
    for folder in env.get("PATH", DEFAULT_PATH).split(":"):
        if folder.startswith("/"):
            yield folder.rstrip("/")


def _names(filesystem: FileSystem, folder: str) -> list[str]:
    try:
        entries = filesystem.read_dir(paths.real(filesystem, folder))
    except (RuntimeError, OSError):
        return []
    return [entry["name"] for entry in entries]
