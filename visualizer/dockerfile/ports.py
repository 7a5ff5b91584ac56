"""The ports of EXPOSE, as BuildKit's `convert_expose.go` reads them."""

import re

from visualizer.dockerfile.diagnosis import Problem
from visualizer.dockerfile.flags import TOPIC
from visualizer.dockerfile.parser import Instruction

INVALID_PORT = TOPIC.message(
    "invalid-port",
    "error",
    "`{port}` is not a port.",
    "A port is a number from 0 to 65535 or a range such as 8000-8010, with `/tcp`, `/udp` or "
    "`/sctp` behind it if need be.",
    "Write for example `EXPOSE 8000`.",
)
TOO_MANY_PORTS = TOPIC.message(
    "too-many-ports",
    "error",
    "This EXPOSE names more than {limit} ports.",
    "Docker would write each of them into the image. Here images stay small enough to look at.",
    "Name only the ports that your program really listens on.",
)
HIGHEST = 65535
MOST_PORTS = 1000


def parse_port(instruction: Instruction, given: str) -> list[str]:
    """The ports of one word as `80/tcp`; the host's side of `8080:80` is dropped."""
    host, _, container = given.rpartition(":")
    ports, _, protocol = container.partition("/")
    protocol = protocol.lower() or "tcp"
    found = _range(ports)
    host_ports = host.rpartition(":")[2]
    if found is None or protocol not in ("tcp", "udp", "sctp"):
        raise Problem(INVALID_PORT.at(instruction, port=given))
    if host_ports and _range(host_ports) is None:
        raise Problem(INVALID_PORT.at(instruction, port=given))
    return [f"{port}/{protocol}" for port in found[: MOST_PORTS + 1]]


def _range(ports: str) -> range | None:
    match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", ports)
    if not match:
        return None
    first, last = int(match[1]), int(match[2] or match[1])
    return range(first, last + 1) if first <= last <= HIGHEST else None
