"""Where an engine is, as `DOCKER_HOST` says it, and what of that is refused."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

PLAIN_PORT = 2375
TLS_PORT = 2376

# ssh and the shell at its other end read these: nothing that either could take for an option, a
# quote or a variable.
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]*", re.ASCII)
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*", re.ASCII)
_REMOTE_PATH = re.compile(r"(/[A-Za-z0-9._-]+)+", re.ASCII)


class InvalidAddress(ValueError):
    """The text does not say where an engine is, or an engine there must not be used."""


@dataclass(frozen=True)
class Address:
    """An engine's place."""

    scheme: str
    """`unix`, `tcp` or `ssh`."""
    host: str = ""
    port: int = 0
    """0 for ssh's own choice."""
    path: str = ""
    """Of the socket; for `ssh` the one on the other machine, empty for the usual one."""
    user: str = ""

    @property
    def is_local(self) -> bool:
        """Whether the engine is on this machine: it has a socket file."""
        return self.scheme == "unix"


def parse_address(text: str, *, tls: bool = False) -> Address:
    """Read `unix:///path`, `tcp://host:port` or `ssh://user@host:port/path`.

    `tls` says whether certificates are at hand: an engine that others could reach is not spoken to
    without. Raises InvalidAddress.
    """
    try:
        parts = urlsplit(text)
        port = parts.port or 0
    except ValueError:
        raise InvalidAddress(f"{text!r} has no valid host and port") from None
    if parts.query or parts.fragment or parts.password is not None:
        raise InvalidAddress(f"{parts.scheme}:// takes a place only: no password, no ? and no #")
    if parts.scheme == "unix" and parts.path and not parts.netloc:
        return Address("unix", path=parts.path)
    if parts.scheme == "tcp" and parts.hostname and parts.path in ("", "/"):
        return _tcp(parts.hostname, port, tls=tls)
    if parts.scheme == "ssh" and parts.hostname:
        return _ssh(parts, port)
    raise InvalidAddress(f"{text!r} is not unix:///path, tcp://host:port or ssh://user@host")


def _tcp(host: str, port: int, *, tls: bool) -> Address:
    if not tls and not _is_loopback(host):
        raise InvalidAddress(
            f"tcp://{host} without TLS would let anyone on the way be root on the engine's "
            "machine. Name the folder of its certificates (ca.pem, cert.pem, key.pem) in "
            "LAYERCAKE_DOCKER_TLS, or use ssh://"
        )
    return Address("tcp", host, port or (TLS_PORT if tls else PLAIN_PORT))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _ssh(parts: SplitResult, port: int) -> Address:
    host, user = parts.hostname or "", parts.username or ""
    path = parts.path.rstrip("/")
    if not _HOST.fullmatch(host) or (user and not _USER.fullmatch(user)):
        raise InvalidAddress("ssh:// takes a plain user and host, such as ssh://me@engine.example")
    if path and not _REMOTE_PATH.fullmatch(path):
        raise InvalidAddress("the path of ssh:// is that of the socket on the other machine")
    return Address("ssh", host, port, path, user)
