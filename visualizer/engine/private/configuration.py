"""What the private engine may use, and what dockerd is told of it."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from visualizer.engine.private.place import DATA_ROOT, Place

GIB = 1024**3
MIB = 1024**2

LEAST_DISK = 512 * MIB
LEAST_MEMORY = 512 * MIB
LEAST_PIDS = 512
ADDRESSES = "10.213.0.0/16"
"""Of the labs' networks. The engine is alone in its network namespace, so nothing else has them."""
SHUTDOWN_SECONDS = 10
"""What containers get to end when the engine is stopped."""

DISKS = ("auto", "loop", "tmpfs", "folder")


@dataclass(frozen=True)
class Configuration:
    """Bytes, cores and counts; 0 takes a share of the machine's."""

    disk_bytes: int = 10 * GIB
    """The engine's file system: images, containers and the build cache."""
    memory_bytes: int = 0
    """All of the engine's processes, containers and steps together; 0 is half the machine's."""
    cpus: float = 0.0
    """The same in cores; 0 is three quarters of the machine's."""
    pids: int = 2048
    """Processes and threads of all containers and steps together."""
    build_pids: int = 256
    """Of the steps alone: dockerd has no limit for one step."""
    group: str = ""
    """Who may use the socket beside root; empty is nobody."""
    disk: str = "auto"
    """One of DISKS. `loop` is a file system in a file, `tmpfs` one in memory that a restart
    empties, `folder` has no bound. `auto` takes `loop` where this machine has it, else `folder`."""
    userns: bool = True
    """Whether root in a container is nobody outside. Only tests take it away."""
    bounded: bool = True
    """Whether memory, cores and processes are bounded. Only tests take it away."""

    def resolved(self) -> Self:
        """With this machine's shares in place of 0."""
        return replace(
            self,
            memory_bytes=self.memory_bytes or _machine_memory() // 2,
            cpus=self.cpus or (os.cpu_count() or 1) * 0.75,
        )

    def without_userns(self) -> Self:
        """For a machine that has no user namespaces."""
        return replace(self, userns=False)

    @property
    def reserve_bytes(self) -> int:
        """Memory that dockerd has for itself, so that it is not what a memory hog gets killed."""
        return max(256 * MIB, self.memory_bytes // 4)

    @property
    def labs_memory_bytes(self) -> int:
        """Memory of all containers and steps together."""
        return self.memory_bytes - self.reserve_bytes

    @property
    def build_memory_bytes(self) -> int:
        """Memory of all steps together: a hungry one leaves the containers theirs."""
        return self.labs_memory_bytes // 2

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def fingerprint(configuration: Configuration, told: dict[str, Any]) -> str:
    """Differs whenever the engine was brought up in another way."""
    content = json.dumps([configuration.as_dict(), told], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def daemon_settings(
    place: Place, configuration: Configuration, cgroup_parent: str, remap: str
) -> dict[str, Any]:
    """The content of dockerd's configuration file. `remap` is a user's name, or empty."""
    content: dict[str, Any] = {
        "hosts": [place.host],
        "group": configuration.group or "root",
        "data-root": str(DATA_ROOT),
        # Its own /run is mounted there: other engines of this machine are not seen, and the
        # sockets of its parts have short paths.
        "exec-root": "/run/layercake",
        "pidfile": "/run/layercake.pid",
        "storage-driver": "overlay2",
        "bridge": "none",
        "icc": False,
        "ip-forward": False,
        "ip-masq": False,
        "dns": ["127.0.0.1"],
        "default-address-pools": [{"base": ADDRESSES, "size": 26}],
        # Not systemd: it would move what runs out of the engine's own cgroup.
        "exec-opts": ["native.cgroupdriver=cgroupfs"],
        "cgroup-parent": cgroup_parent,
        "no-new-privileges": True,
        "live-restore": False,
        "shutdown-timeout": SHUTDOWN_SECONDS,
        "log-level": "warn",
        "log-driver": "json-file",
        "log-opts": {"max-size": "1m", "max-file": "2"},
        "default-ulimits": {
            "core": {"Name": "core", "Soft": 0, "Hard": 0},
            "nofile": {"Name": "nofile", "Soft": 1024, "Hard": 4096},
        },
        "features": {"buildkit": True, "containerd-snapshotter": False},
        "builder": {
            "gc": {"enabled": True, "defaultKeepStorage": f"{configuration.disk_bytes // 4}"}
        },
    }
    if remap:
        content["userns-remap"] = remap
    return content


def _machine_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
