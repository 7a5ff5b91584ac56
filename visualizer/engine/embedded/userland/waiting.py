"""Commands that mostly wait: sleep, tail (with -f) and the nginx stand-in."""

import asyncio
import re

from visualizer.engine.embedded.userland import paths
from visualizer.engine.embedded.userland.contract import Call

_POLL_SECONDS = 0.25
_FOREVER = float(365 * 24 * 3600)
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+\.?\d*|\.\d+)([smhd]?)")


async def sleep(call: Call) -> int:
    """`sleep NUMBER[smhd]…` or `sleep infinity`."""
    if len(call.argv) < 2:
        await call.complain("sleep: missing operand\n")
        return 1
    total = 0.0
    for word in call.argv[1:]:
        match = _DURATION.fullmatch(word)
        if word in ("inf", "infinity"):
            total = _FOREVER
        elif match is None:
            await call.complain(f"sleep: invalid time interval '{word}'\n")
            return 1
        else:
            total += float(match[1]) * _UNITS[match[2]]
    await call.control.sleep(min(total, _FOREVER))
    return 0


async def nginx(call: Call) -> int:
    """A stand-in for a server: says what it is, then waits for the signal that ends it."""
    if any(word in ("-v", "-V") for word in call.argv[1:]):
        await call.complain("nginx version: nginx (simulated: it waits, and serves nothing)\n")
        return 0
    if "-t" in call.argv[1:]:
        await call.complain("nginx: this stand-in reads no configuration\n")
        return 0
    ended = asyncio.Event()
    names = ("SIGQUIT", "SIGTERM", "SIGINT")
    for name in names:
        call.control.handle(name, ended.set)
    await call.complain(
        "nginx: simulated: this process waits for a signal as nginx would, "
        "but there is no network here to serve on\n"
    )
    try:
        await ended.wait()
        await call.control.gate()
    finally:
        for name in names:
            call.control.release(name)
    return 0


async def tail(call: Call) -> int:
    """`tail [-f|-F] [-n LINES|-c BYTES] [FILE]…`."""
    follow, lines, count, names = False, True, "10", list[str]()
    words = list(call.argv[1:])
    while words:
        word = words.pop(0)
        if word in ("-f", "-F", "--follow"):
            follow = True
        elif match := re.fullmatch(r"-([fFqv]*)([nc]?)(\+?\d+)", word):
            follow = follow or "f" in match[1].lower()
            lines, count = match[2] != "c", match[3]
        elif match := re.fullmatch(r"-([fFqv]*)([nc])", word):
            follow = follow or "f" in match[1].lower()
            lines, count = match[2] == "n", words.pop(0) if words else ""
        elif match := re.fullmatch(r"--(lines|bytes)=(\+?\d+)", word):
            lines, count = match[1] == "lines", match[2]
        elif word.startswith("-") and word != "-":
            await call.complain(f"tail: invalid option -- '{word.lstrip('-')}'\n")
            return 1
        else:
            names.append(word)
    if not re.fullmatch(r"[+-]?\d+", count):
        await call.complain(f"tail: invalid number '{count}'\n")
        return 1
    return await _show_ends(call, names or ["-"], follow, lines, count)


def _end(content: bytes, lines: bool, count: str) -> bytes:
    """The last so many lines or bytes; with a plus sign, all from that one on."""
    number = int(count.lstrip("+-"))
    if count.startswith("+"):
        start = _after(content, number - 1) if lines else max(number - 1, 0)
    else:
        start = _before(content, number) if lines else max(len(content) - number, 0)
    return content[start:]


def _after(content: bytes, lines: int) -> int:
    """Where the text begins that comes after so many lines."""
    position = 0
    for _ in range(lines):
        position = content.find(b"\n", position) + 1
        if not position:
            return len(content)
    return position


def _before(content: bytes, lines: int) -> int:
    """Where the last so many lines begin."""
    position = len(content) - content.endswith(b"\n")
    if not lines:
        return len(content)
    for _ in range(lines):
        position = content.rfind(b"\n", 0, position)
        if position < 0:
            return 0
    return position + 1


async def _show_ends(call: Call, names: list[str], follow: bool, lines: bool, count: str) -> int:
    code = 0
    positions: dict[str, int] = {}
    for index, name in enumerate(names):
        content = await _content(call, name)
        if content is None:
            await call.complain(
                f"tail: cannot open '{name}' for reading: No such file or directory\n"
            )
            code = 1
            continue
        if len(names) > 1:
            await call.say(("\n" if index else "") + f"==> {name} <==\n")
        positions[name] = len(content)
        # In a thread, since a large file can have millions of lines.
        loop = asyncio.get_running_loop()
        end = await loop.run_in_executor(call.system.executor, _end, content, lines, count)
        if end:
            await call.stdout.write(end)
    if follow and positions:
        await _follow(call, positions)
    return code


async def _follow(call: Call, positions: dict[str, int]) -> None:
    while True:
        await call.control.sleep(_POLL_SECONDS)
        for name, position in positions.items():
            if name in ("-", "/dev/null"):
                continue
            found = paths.stat(call.system.filesystem, paths.join(call.cwd, name))
            if found is None or found["size"] == position:
                continue
            content = await _content(call, name) or b""
            if len(content) != position:
                positions[name] = len(content)
                await call.stdout.write(content[position:] if len(content) > position else content)


async def _content(call: Call, name: str) -> bytes | None:
    if name == "/dev/null":
        return b""
    if name != "-":
        return paths.read(call.system.filesystem, paths.join(call.cwd, name))
    collected = bytearray()
    while (chunk := await call.stdin.read_chunk()) is not None:
        collected += chunk
    return bytes(collected)
