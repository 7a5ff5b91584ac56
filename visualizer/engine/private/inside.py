"""The first process in the engine's namespaces: makes them ready, starts dockerd, ends with it.

Run by the supervisor as `unshare … python -m visualizer.engine.private.inside FOLDER DISK JSON`.
When it ends, however that comes, the kernel ends all that the engine runs and undoes its mounts.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from visualizer.engine.private import disk, identity, registry
from visualizer.engine.private.cgroups import Cgroups
from visualizer.engine.private.commands import call, find
from visualizer.engine.private.configuration import Configuration
from visualizer.engine.private.errors import PrivateEngineError
from visualizer.engine.private.place import DATA_ROOT, Place

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/run/home",
    # Empty: no credential of the machine's gets into a build.
    "DOCKER_CONFIG": "/run/home/docker",
    "LANG": "C.UTF-8",
}


def prepare(place: Place, kind: str, configuration: Configuration) -> None:
    """Make what only the engine sees: its disk, its /run, its users, its loopback.

    Raises PrivateEngineError, OSError, commands.Failed.
    """
    Cgroups.on_this_machine(place.name).join()
    files = identity.files(place.folder) if configuration.userns else {}
    resolver = Path("/etc/resolv.conf").resolve()
    # Other engines of the machine have their sockets here, and systemd has its own.
    call("mount", "-t", "tmpfs", "-o", "mode=755,nosuid,nodev,size=64m", "tmpfs", "/run")
    Path(ENVIRONMENT["DOCKER_CONFIG"]).mkdir(parents=True)
    disk.mount(place, kind, configuration)
    if resolver.is_relative_to("/run"):
        resolver.parent.mkdir(parents=True, exist_ok=True)
        resolver.touch()
    for path, text in files.items():
        own = Path("/run/home") / Path(path).name
        own.write_text(text, encoding="utf-8", errors="surrogateescape")
        shutil.copymode(path, own) if Path(path).exists() else Path(path).touch()
        call("mount", "--bind", str(own), path)
    call("ip", "link", "set", "lo", "up")


def start_registry() -> None:
    """The registry that labs push to, on the engine's own disk; the engine can do without."""
    if not registry.is_installed():
        return
    try:
        registry.start_registry(DATA_ROOT / "registry")
    except (PrivateEngineError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 (the supervisor reads it)


def run(place: Place) -> int:
    """dockerd until it ends or SIGTERM comes; its exit code. Takes in what is orphaned."""
    dockerd = find("dockerd")
    assert dockerd is not None
    told = [dockerd, "--config-file", str(place.daemon_json)]
    daemon = subprocess.Popen(told, env=ENVIRONMENT)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(daemon.pid, signal.SIGTERM))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        pid, status = os.wait()
        if pid == daemon.pid:
            return os.waitstatus_to_exitcode(status)


def main(arguments: list[str]) -> int:
    """Raises what `prepare` does, for the log."""
    folder, kind, configuration = arguments
    place = Place(Path(folder))
    try:
        prepare(place, kind, Configuration(**json.loads(configuration)))
    except PrivateEngineError as error:
        print(error, file=sys.stderr)  # noqa: T201 (the supervisor reads it)
        return 1
    start_registry()
    code = run(place)
    # Shells take 128 and the signal's number.
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
