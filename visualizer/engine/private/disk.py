"""The engine's disk: a file system of a fixed size, so that nobody fills the machine's."""

import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from visualizer.engine.private.commands import Failed, call, find
from visualizer.engine.private.configuration import Configuration
from visualizer.engine.private.errors import PrivateEngineError
from visualizer.engine.private.place import DATA_ROOT, Place

RELEASE_SECONDS = 30.0
LOOP_MAJOR = 7
"""Linux's number for loop devices."""
NO_BOUND = "The engine's disk has no bound of its own: a learner can fill this machine's disk."
FORGETS = "The engine's disk is in memory: a restart of the engine empties it."


def choose(configuration: Configuration) -> tuple[str, list[str]]:
    """The kind of disk that can be had here, and in words what it lacks.

    Raises PrivateEngineError: the one that is asked for cannot be had.
    """
    wanted = configuration.disk
    if wanted == "tmpfs":
        return "tmpfs", [FORGETS]
    if wanted == "folder":
        return "folder", [NO_BOUND]
    why = no_loop_devices()
    if not why:
        return "loop", []
    if wanted == "loop":
        raise PrivateEngineError(
            "The engine's disk cannot be made.", why, "Set LAYERCAKE_PRIVATE_DISK=folder or tmpfs."
        )
    return "folder", [f"{NO_BOUND} {why}"]


def no_loop_devices() -> str:
    """Why no file can be mounted here; empty when one can. Makes the device's node if it lacks."""
    if find("mkfs.xfs") is None and find("mkfs.ext4") is None:
        return "Neither mkfs.xfs nor mkfs.ext4 is installed."
    if find("losetup") is None or not Path("/dev/loop-control").exists():
        return "This machine has no loop devices (/dev/loop-control)."
    try:
        device = Path(call("losetup", "--find").strip())
        if not device.exists():
            # In a container, /dev has only the nodes that were there when it was started.
            number = int(device.name.removeprefix("loop"))
            os.mknod(device, stat.S_IFBLK | 0o660, os.makedev(LOOP_MAJOR, number))
        with open(device, "rb"):
            return ""
    except (Failed, OSError, ValueError) as error:
        return f"No loop device can be used here ({error})."


def prepare(place: Place, kind: str, configuration: Configuration) -> list[str]:
    """Make the file, if it is to be one, and free it of earlier uses; what is odd, in words.

    Raises PrivateEngineError.
    """
    if kind != "loop":
        return []
    if not place.image.exists():
        _make_image(place.image, configuration.disk_bytes)
    release(place)
    size = place.image.stat().st_size
    if size == configuration.disk_bytes:
        return []
    return [
        f"The engine's disk was made with {size} bytes and stays so. For another size remove "
        f"{place.image} while the engine is down; its images are lost with it."
    ]


def mount(place: Place, kind: str, configuration: Configuration) -> None:
    """Mount it, in the namespace of the calling process. Raises PrivateEngineError."""
    DATA_ROOT.mkdir()
    try:
        if kind == "loop":
            # With `discard`, what is removed in the engine gives its room back to the machine.
            call("mount", "-o", "loop,discard", str(place.image), str(DATA_ROOT))
        elif kind == "tmpfs":
            size = f"size={configuration.disk_bytes},mode=711"
            call("mount", "-t", "tmpfs", "-o", size, "tmpfs", str(DATA_ROOT))
        else:
            place.plain_data.mkdir(mode=0o711, exist_ok=True)
            call("mount", "--bind", str(place.plain_data), str(DATA_ROOT))
    except Failed as error:
        raise PrivateEngineError(
            f"The engine's disk {place.image} cannot be mounted.",
            str(error),
            "If the file is broken, remove it while the engine is down: the engine then begins "
            "with an empty disk, and `engine images` fills it.",
        ) from None


def release(place: Place) -> None:
    """Until no loop device has the file: two at once would ruin it. Raises PrivateEngineError."""
    deadline = time.monotonic() + RELEASE_SECONDS
    while devices := _devices(place.image):
        for device in devices:
            with suppress(Failed):
                # Takes effect once nothing that is mounted from it is left.
                call("losetup", "--detach", device)
        for folder in _mounts_of(devices):
            with suppress(Failed):
                call("umount", folder)
        if time.monotonic() > deadline:
            raise PrivateEngineError(
                f"The engine's disk {place.image} is in use by {', '.join(devices)}.",
                "Something else has mounted it.",
                f"Look for it with: grep {devices[0]} /proc/*/mountinfo",
            )
        time.sleep(0.05)


def _devices(image: Path) -> list[str]:
    if not image.exists() or find("losetup") is None:
        return []
    listed = call("losetup", "--noheadings", "--output", "NAME", "--associated", str(image))
    return listed.split()


def _mounts_of(devices: list[str]) -> list[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [line.split()[1] for line in lines if line.split()[0] in devices]


def _make_image(image: Path, size: int) -> None:
    """A sparse file: it takes room on the machine's disk only as it is filled."""
    room = os.statvfs(image.parent)
    if room.f_bavail * room.f_frsize < size:
        raise PrivateEngineError(
            f"There is no room for the engine's disk of {size} bytes.",
            f"{image.parent} has {room.f_bavail * room.f_frsize} bytes left.",
            "Make room, or set LAYERCAKE_PRIVATE_DISK_BYTES to less.",
        )
    part = image.with_suffix(".part")
    with open(part, "wb") as file:
        file.truncate(size)
    part.chmod(0o600)
    try:
        if find("mkfs.xfs") is not None:
            call("mkfs.xfs", "-q", str(part))
        else:
            call("mkfs.ext4", "-q", "-F", "-m", "0", str(part))
    except Failed as error:
        part.unlink()
        raise PrivateEngineError(f"The engine's disk {image} cannot be made.", str(error)) from None
    part.rename(image)
