"""A registry beside a private engine: Debian's `docker-registry`, on the loopback of the engine's
network namespace, so that the engine reaches it and nothing else does, no container either."""

import os
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from visualizer.engine.private.commands import Failed, call, find
from visualizer.engine.private.errors import PrivateEngineError

PROGRAM = "docker-registry"
HOST = "127.0.0.1"
PORT = 5000
"""The namespace is the engine's alone, so nothing else can have it."""
START_SECONDS = 30.0
STOP_SECONDS = 10.0
_LISTENING = "0A"
"""A socket's state in /proc/net/tcp."""

_CONFIG = """\
version: 0.1
log:
  level: warn
  accesslog:
    disabled: true
storage:
  filesystem:
    rootdirectory: {folder}/blobs
  delete:
    enabled: true
http:
  addr: {address}
  secret: one-process-needs-none
"""


def is_installed() -> bool:
    """Whether this machine has what a registry needs."""
    return all(find(name) for name in (PROGRAM, "nsenter", "ip"))


@dataclass(frozen=True)
class Registry:
    """One that runs."""

    address: str
    """`host:port` as the engine reaches it: what LAYERCAKE_REGISTRY is set to."""
    process: "subprocess.Popen[bytes]"

    @property
    def is_running(self) -> bool:
        """Whether its process is there still."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End it; what was pushed to it stays on the disk."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_registry(folder: Path, namespace: Path | None = None, port: int = PORT) -> Registry:
    """Start one that keeps what is pushed to it in this folder, and wait until it listens.

    `namespace` is the engine's network namespace (`/proc/<pid>/ns/net`), None for the caller's own.
    Raises PrivateEngineError, OSError.
    """
    inside = ["nsenter", f"--net={namespace}", "--"] if namespace is not None else []
    try:
        # A new network namespace has its loopback switched off.
        call(*inside, "ip", "link", "set", "lo", "up")
    except Failed as error:
        raise PrivateEngineError("The registry has no network.", f"ip said: {error}.") from None
    program = find(PROGRAM)
    if program is None:
        raise PrivateEngineError(
            "No registry can be started.",
            f"{PROGRAM} is not installed.",
            f"On Debian or Ubuntu: apt install {PROGRAM}",
        )
    address = f"{HOST}:{port}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    config, log = folder / "config.yml", folder / "log"
    config.write_text(_CONFIG.format(folder=folder, address=address), encoding="utf-8")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*inside, program, "serve", str(config)],
            # It would send telemetry to whatever these name.
            env={"PATH": os.defpath, "OTEL_TRACES_EXPORTER": "none"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    registry = Registry(address, process)
    try:
        _wait(process, port, log)
    except BaseException:
        registry.stop()
        raise
    return registry


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _listens(process.pid, port):
        if process.poll() is not None or time.monotonic() > deadline:
            words = " ".join(log.read_text(errors="replace").splitlines()[-3:])
            raise PrivateEngineError("The registry did not start.", f"It said: {words}")
        time.sleep(0.05)


def _listens(pid: int, port: int) -> bool:
    """Whether this process listens on the port; others in its network namespace do not count."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        sockets = [line.split() for line in lines]
        listening = {
            f"socket:[{each[9]}]"
            for each in sockets
            if each[1].endswith(f":{port:04X}") and each[3] == _LISTENING
        }
        held = {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}
        return not listening.isdisjoint(held)
    return False
