"""What the person who runs the site may set: the `LAYERCAKE_*` variables, typed, in one place."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent


class BadEnvironment(ValueError):
    """A variable holds something that cannot be used; the message names it and says what can."""


@dataclass(frozen=True)
class Environment:
    """Seconds, bytes and counts. A field `idle_seconds` is read from `LAYERCAKE_IDLE_SECONDS`."""

    data: Path = PROJECT / "var"
    """Holds the database, the secret key and the engine's store."""
    debug: bool = False
    """Django's debug pages. Never where others can reach the site."""
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    """Host names that the site answers to, beside these."""
    origins: tuple[str, ...] = ()
    """Origins (`https://example.org`) whose pages may open a socket; empty means the site's own."""
    behind_proxy: bool = False
    """Believe `X-Forwarded-For` and `X-Forwarded-Proto`, which only a proxy of ours may set."""
    engine: str = "auto"
    """Which engine builds and runs: `embedded`, `docker`, or `auto`. That is, where nobody else can
    reach the site, the Docker Engine that is named or answers on this machine; elsewhere the
    private one if `manage.py engine doctor` has passed on it. The embedded one is beside it, and
    alone where there is none of them."""
    docker_host: str = ""
    """Where the Docker Engine is, as of DOCKER_HOST; empty for the site's private one or this
    machine's own."""
    docker_tls: str = ""
    """A folder with `ca.pem`, `cert.pem` and `key.pem`, as of DOCKER_CERT_PATH, for an engine at
    `tcp://`."""
    registry: str = ""
    """The labs' registry as the Docker Engine reaches it (`host:port`); empty for the one beside
    the site's private engine, where `docker-registry` is installed, and else for none."""
    image_mirror: str = ""
    """The registry that `manage.py engine images` pulls base images from: `host:port/path`, with
    `http://` before it when it has no TLS; empty for Docker's own."""
    private_disk_bytes: int = 10 * 1024**3
    """The disk of the private engine (`manage.py engine up`), when it is made."""
    private_disk: str = "auto"
    """What it is: `loop` (a file system in a file), `tmpfs` (in memory), `folder` (no bound), or
    `auto`, which is `loop` where this machine can have it and else `folder`."""
    private_memory_bytes: int = 0
    """All that the private engine runs, together; 0 is half of this machine's."""
    private_cpus: float = 0.0
    """The same in cores; 0 is three quarters of this machine's."""
    private_pids: int = 2048
    """The same in processes."""
    private_group: str = ""
    """Who may use the private engine's socket beside root. Whoever may is as good as root."""
    idle_seconds: int = 15 * 60
    """A lab that nobody watches for so long is parked."""
    idle_remove_hours: int = 24
    """A lab that nobody has watched for so long loses its containers on the Docker Engine; its
    images stay. 0 keeps them."""
    engine_sweep_seconds: int = 60
    """How often what no lab owns is taken off the Docker Engine; 0 for never."""
    keep_days: int = 30
    """A lab that nobody opened for so long is deleted."""
    sweep_seconds: int = 6 * 60 * 60
    """How often the running site looks for labs to delete; 0 leaves it to `manage.py sweep`."""
    builds: int = 2
    """Builds at the same time, over all labs."""
    tape_events: int = 50_000
    """The longest that a lab's tape may get."""
    tape_bytes: int = 64 * 1024 * 1024
    """The same in bytes."""
    kept_files: int = 1000
    """Files of builds whose contents a lab keeps, so that its builds can be compared."""
    kept_bytes: int = 8 * 1024 * 1024
    """The same in bytes."""
    watchers_per_lab: int = 300
    """Sockets open on one lab; its owner is let in beyond them."""
    sockets_per_address: int = 1000
    """Sockets open from one address. Generous: a class of 200 may sit behind it."""
    labs_per_minute: int = 300
    """Labs opened from one address."""
    diagnoses_per_minute: int = 12_000
    """Calls of `/api/diagnose` from one address."""
    live_embeds: bool = True
    """Whether other sites' pages may hold labs (`/embed/lab`), on the embedded engine."""
    labs_per_owner: int = 50
    """Labs that one browser may have."""
    recordings_per_minute: int = 600
    """Recordings looked at before they are made, made and imported, from one address."""
    recordings_per_owner: int = 100
    """Recordings that one browser may have."""
    recording_bytes_per_owner: int = 64 * 1024 * 1024
    """What they may take together, compressed."""
    recording_bytes: int = 4 * 1024**3
    """The same of everybody's recordings."""
    commands_per_second: float = 20.0
    """What one socket may send in the long run, keys typed into a shell apart."""
    commands_burst: int = 80
    """What one socket may send at once."""
    keys_per_second: float = 100.0
    """Keys typed into shells, in the long run."""
    keys_burst: int = 400
    """Keys typed into shells at once."""
    log_level: str = "INFO"
    """`DEBUG`, `INFO`, `WARNING` or `ERROR`."""


def read(variables: Mapping[str, str] = os.environ) -> Environment:
    """The site's settings from these variables. Raises BadEnvironment."""
    given: dict[str, Any] = {}
    for name, default in vars(Environment()).items():
        text = variables.get(f"LAYERCAKE_{name.upper()}", "").strip()
        if text:
            given[name] = _parse(f"LAYERCAKE_{name.upper()}", text, default)
    return Environment(**given)


def _parse(name: str, text: str, like: Any) -> Any:
    if isinstance(like, bool):
        if text.lower() not in {"0", "1", "true", "false", "yes", "no"}:
            raise BadEnvironment(f"{name} is {text!r}; set it to 1 or 0")
        return text.lower() in {"1", "true", "yes"}
    if isinstance(like, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if isinstance(like, Path):
        return Path(text).expanduser().resolve()
    if isinstance(like, str):
        return text
    try:
        number = type(like)(text)
    except ValueError:
        raise BadEnvironment(f"{name} is {text!r}; set it to a number") from None
    if not 0 <= number < 1e12:
        raise BadEnvironment(f"{name} is {text!r}; set it to a number from 0 on")
    return number
