"""What an engine may have left on the machine."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from visualizer.engine.private import Place
from visualizer.engine.private.cgroups import Cgroups
from visualizer.engine.private.commands import call
from visualizer.engine.private.disk import no_loop_devices


@dataclass(frozen=True)
class Remains:
    """By kinds; the default is nothing at all."""

    processes: tuple[str, ...] = ()
    cgroups: tuple[Path, ...] = ()
    mounts: tuple[str, ...] = ()
    loop_devices: tuple[str, ...] = ()
    socket: bool = False
    state: bool = False


def of(place: Place) -> Remains:
    """What is left of the engine with this place."""
    cgroups = [tree.root / place.name for tree in Cgroups.on_this_machine(place.name).trees]
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    return Remains(
        processes=tuple(_processes_with(str(place.folder))),
        cgroups=tuple(path for path in cgroups if path.exists()),
        mounts=tuple(line for line in mounts if str(place.folder) in line),
        loop_devices=tuple(_loop_devices(place)),
        socket=place.socket.exists(),
        state=place.state.exists(),
    )


def users() -> dict[str, str]:
    """The machine's files that engines with user namespaces are known to write into."""
    names = ("/etc/passwd", "/etc/group", "/etc/subuid", "/etc/subgid")
    return {name: Path(name).read_text() if Path(name).exists() else "" for name in names}


def _loop_devices(place: Place) -> list[str]:
    if no_loop_devices():
        return []
    return [line for line in call("losetup", "--all").splitlines() if str(place.image) in line]


def _processes_with(text: str) -> list[str]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            with suppress(OSError):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found += [command] if text in command else []
    return found
