"""`touch`. bashkit's own wants to set a time, which a file system seen through a worker has not."""

import asyncio

from visualizer.engine.embedded.userland import paths
from visualizer.engine.embedded.userland.contract import Call

_AT_A_TIME = 64
"""Files between two turns of the event loop, which has others to serve."""
_WITH_A_VALUE = frozenset({"-d", "-t", "-r", "--date", "--reference"})


async def touch(call: Call) -> int:
    """`touch [-c] FILE…`: make files that are not there, and renew the time of those that are."""
    create, names = True, list[str]()
    words = list(call.argv[1:])
    while words:
        word = words.pop(0)
        if word in _WITH_A_VALUE:
            words[:1] = []
        elif word in ("-c", "--no-create"):
            create = False
        elif not word.startswith("-") or word == "-":
            names.append(word)
    if not names:
        await call.complain("touch: missing file operand\n")
        return 1
    code = 0
    for index, name in enumerate(names, start=1):
        if index % _AT_A_TIME == 0:
            await asyncio.sleep(0)
        reason = _touch(call, name, create=create)
        if reason:
            await call.complain(f"touch: cannot touch '{name}': {reason}\n")
            code = 1
    return code


def _touch(call: Call, name: str, *, create: bool) -> str:
    """Why it could not be done; nothing when it could."""
    filesystem = call.system.filesystem
    try:
        where = paths.real(filesystem, paths.join(call.cwd, name))
        found = paths.look(filesystem, where)
        if found is None and create:
            if paths.look(filesystem, where.rsplit("/", 1)[0] or "/") is None:
                return "No such file or directory"
            filesystem.write_file(where, b"")
        elif found is not None and found["file_type"] == "file":
            filesystem.append_file(where, b"")
    except paths.Loop:
        return "Too many levels of symbolic links"
    except (RuntimeError, OSError) as error:
        return str(error).removeprefix("io error: ").capitalize()
    return ""
