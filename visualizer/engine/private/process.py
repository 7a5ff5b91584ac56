"""`up` and `down`: the supervisor is started in the background, and stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from visualizer.engine.private import state
from visualizer.engine.private.commands import find
from visualizer.engine.private.configuration import (
    LEAST_DISK,
    LEAST_MEMORY,
    LEAST_PIDS,
    Configuration,
)
from visualizer.engine.private.errors import PrivateEngineError
from visualizer.engine.private.place import Place
from visualizer.engine.private.process_table import is_alive

PROGRAMS = ("dockerd", "containerd", "runc", "iptables", "ip", "unshare", "setpriv", "mount")
UP_SECONDS = 180.0
DOWN_SECONDS = 90.0
PROJECT = Path(__file__).resolve().parents[3]


def up(place: Place, configuration: Configuration) -> str:
    """Bring the engine up if it is not; what was done, in words. Raises PrivateEngineError."""
    configuration = check(configuration)
    place.make()
    if state.supervisor_pid(place) is not None:
        _wait_ready(place, None)
        found = state.read(place)
        if found is not None and _asked(found.configuration) == _asked(configuration.as_dict()):
            return f"The engine is up already, at {place.host}."
        return (
            f"The engine is up already, at {place.host}, but with other settings than these. "
            "To use these: python manage.py engine down, and then up."
        )
    content = json.dumps(configuration.as_dict())
    with open(place.log, "ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.supervisor", str(place.folder), content],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _wait_ready(place, process)
    # It lives on by itself; Python would warn of a child that nobody waited for.
    process.returncode = 0
    return f"The engine is up, at {place.host}."


def run(place: Place, configuration: Configuration) -> int:
    """The same in this process, until SIGTERM or Ctrl-C. Raises PrivateEngineError."""
    from visualizer.engine.private.supervisor import supervise

    configuration = check(configuration)
    place.make()
    try:
        code = supervise(place, configuration)
    except state.Held:
        raise PrivateEngineError(
            "The engine is up already.", "Another process looks after it.",
            "Type: python manage.py engine down",
        ) from None  # fmt: skip
    if code:
        raise _failure(place)
    return code


def down(place: Place) -> str:
    """Stop the engine and take away what it left; what was done, in words.

    Its disk stays, with the images. Raises PrivateEngineError.
    """
    _check_linux()
    _check_root()
    pid = state.supervisor_pid(place)
    if pid is None:
        was_there = place.state.exists() or place.socket.exists()
        if was_there:
            clean(place)
            return "The engine was not up; what an earlier one left is gone."
        return "The engine is not up."
    os.kill(pid, signal.SIGTERM)
    ended = _wait_end(pid)
    if not ended:
        os.kill(pid, signal.SIGKILL)
        _wait_end(pid)
    clean(place)
    return "The engine is down." if ended else "The engine did not end by itself, and was killed."


def _wait_end(pid: int) -> bool:
    """Whether the process ends in time."""
    deadline = time.monotonic() + DOWN_SECONDS
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def clean(place: Place) -> None:
    """Take away what an engine that is no more has left. Raises PrivateEngineError."""
    from visualizer.engine.private import disk
    from visualizer.engine.private.cgroups import Cgroups

    Cgroups.on_this_machine(place.name).remove()
    place.socket.unlink(missing_ok=True)
    place.state.unlink(missing_ok=True)
    disk.release(place)


def check(configuration: Configuration) -> Configuration:
    """These settings with the machine's shares, if an engine can be had here with them.

    Raises PrivateEngineError.
    """
    _check_machine()
    configuration = configuration.resolved()
    least = [
        ("LAYERCAKE_PRIVATE_DISK_BYTES", configuration.disk_bytes, LEAST_DISK),
        ("LAYERCAKE_PRIVATE_MEMORY_BYTES", configuration.memory_bytes, LEAST_MEMORY),
        ("LAYERCAKE_PRIVATE_PIDS", configuration.pids, LEAST_PIDS),
    ]
    for name, value, bound in least:
        if value < bound:
            raise PrivateEngineError(
                f"{name} is {value}.",
                "An engine cannot work with so little.",
                f"Set it to {bound} or more.",
            )
    if configuration.group and not _is_group(configuration.group):
        raise PrivateEngineError(
            f"LAYERCAKE_PRIVATE_GROUP is {configuration.group!r}.",
            "There is no such group.",
            f"Make it with: groupadd {configuration.group}",
        )
    return configuration


def _check_machine() -> None:
    _check_linux()
    _check_root()
    absent = [name for name in PROGRAMS if find(name) is None]
    if absent:
        raise PrivateEngineError(
            f"Not installed: {', '.join(absent)}.",
            "The private engine is made of them.",
            "Type: python manage.py engine install (on Debian and Ubuntu), or install Docker "
            "Engine, iptables, iproute2 and util-linux yourself.",
        )


def _check_linux() -> None:
    if sys.platform != "linux":
        raise PrivateEngineError(
            "The private engine runs on Linux alone.",
            "Containers are a thing of Linux's kernel.",
            "Use a virtual machine with Debian or Ubuntu, or leave LAYERCAKE_ENGINE=embedded.",
        )


def _check_root() -> None:
    if os.geteuid() == 0:
        return
    mine = [f"{name}={value}" for name, value in sorted(os.environ.items())
            if name.startswith("LAYERCAKE_")]  # fmt: skip
    typed = " ".join(["sudo", *mine, sys.executable, str(PROJECT / "manage.py"), *sys.argv[1:]])
    raise PrivateEngineError(
        "Only root can do this.",
        "The private engine makes namespaces, cgroups and mounts.",
        f"Type: {typed}",
    )


def _is_group(name: str) -> bool:
    import grp

    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def _asked(configuration: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in configuration.items() if name != "userns"}


def _wait_ready(place: Place, process: "subprocess.Popen[bytes] | None") -> None:
    """Until the supervisor says that the engine is up. Raises PrivateEngineError."""
    deadline = time.monotonic() + UP_SECONDS
    while True:
        holder, found = state.supervisor_pid(place), state.read(place)
        # What an earlier supervisor wrote last means nothing.
        if found is not None and found.phase == "ready" and found.supervisor == holder:
            return
        # It ends at once when another one, started at the same time, was first.
        if holder is None and (process is None or process.poll() is not None):
            raise _failure(place)
        if time.monotonic() > deadline:
            raise PrivateEngineError(
                f"The engine does not come up within {UP_SECONDS:.0f} seconds.",
                "",
                f"Look into {place.log}.",
            )
        time.sleep(0.05)


def _failure(place: Place) -> PrivateEngineError:
    found = state.read(place)
    told = found.failure if found is not None and found.phase == "failed" else ""
    last = place.log.read_text(errors="replace").splitlines()[-1:] if place.log.exists() else []
    why = told or "; ".join(["Its supervisor ended.", *last])
    return PrivateEngineError("The engine could not be started.", why, f"More is in {place.log}.")
