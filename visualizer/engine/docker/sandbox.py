"""What a container of a learner may do: its limits and rights, in the API's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from visualizer.engine.limits import Limits
from visualizer.engine.port import RunRequest

CAPABILITIES = (
    "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "NET_RAW",
    "SETGID", "SETUID",
)  # fmt: skip
"""What is left of root's rights. Lessons give files away, change users, listen on port 80, send
signals and `ping` (which is a raw packet; a lab's network leads nowhere, and steps of builds may do
that in any case). They make no devices and mount nothing."""

BIGGEST_FILE = 2
"""As a multiple of what a container may write in all. It is ended when it has written too much, but
that is seen only when it is looked at; a single file cannot fill the disk until then."""

SHORTEST_CHECK = 5 * 10**9
"""Nanoseconds between two health checks."""
_PERIODS = ("Interval", "StartInterval")


@dataclass(frozen=True)
class Sandbox:
    """What every container gets, beside the lab's limits."""

    cpus: float = 1.0
    processes: int = 128
    shared_memory_bytes: int = 16 * 1024 * 1024


def health_check(check: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A health check that the engine is not kept busy with: every few seconds at the most."""
    if not check:
        return None
    rare = {name: max(int(check[name]), SHORTEST_CHECK) for name in _PERIODS if check.get(name)}
    return {**check, **rare}


def container_request(
    image: str,
    config: Mapping[str, Any],
    request: RunRequest,
    limits: Limits,
    sandbox: Sandbox,
    labels: Mapping[str, str],
) -> dict[str, Any]:
    """The body of `POST /containers/create`, but for the network. `config` is the image's.

    No init process: see docs/decisions/0012-no-init-process.md.
    """
    biggest_file = BIGGEST_FILE * limits.disk_bytes
    content: dict[str, Any] = {
        "Image": image,
        "Env": [f"{name}={value}" for name, value in request.env.items()],
        "Labels": dict(labels),
        "HostConfig": {
            "Memory": limits.memory_bytes,
            "MemorySwap": limits.memory_bytes,
            "NanoCpus": int(sandbox.cpus * 1e9),
            "PidsLimit": sandbox.processes,
            "ShmSize": sandbox.shared_memory_bytes,
            "CapDrop": ["ALL"],
            "CapAdd": list(CAPABILITIES),
            "SecurityOpt": ["no-new-privileges"],
            "Ulimits": [
                {"Name": "fsize", "Soft": biggest_file, "Hard": biggest_file},
                {"Name": "core", "Soft": 0, "Hard": 0},
            ],
            # Names of other labs and of the world are asked for in vain: be quick about it.
            "DnsOptions": ["timeout:1", "attempts:2"],
            # The names of the engine's own cgroups are none of a learner's business.
            "CgroupnsMode": "private",
            # The tape is the log. A log of the engine's would fill its disk.
            "LogConfig": {"Type": "none"},
        },
    }
    check = health_check(config.get("Healthcheck"))
    if check is not None:
        content["Healthcheck"] = check
    if request.command:
        content["Cmd"] = list(request.command)
    if request.entrypoint:
        content["Entrypoint"] = list(request.entrypoint)
    return content
