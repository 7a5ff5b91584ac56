"""`which`: where PATH finds a program. bashkit's own goes by the names it knows."""

from visualizer.engine.embedded.userland import paths
from visualizer.engine.embedded.userland.contract import Call
from visualizer.engine.embedded.userland.resolve import search


async def which(call: Call) -> int:
    """1 when one of the names is not found, as BusyBox and Debian have it."""
    words = [word for word in call.argv[1:] if not word.startswith("-")]
    found = [_where(call, word) for word in words]
    await call.say("".join(f"{path}\n" for path in found if path is not None))
    return 0 if found and None not in found else 1


def _where(call: Call, name: str) -> str | None:
    if "/" not in name:
        return search(call.system.filesystem, name, call.env, call.cwd)
    state = paths.stat(call.system.filesystem, paths.join(call.cwd, name))
    executable = state is not None and state["file_type"] == "file" and state["mode"] & 0o111
    return name if executable else None
