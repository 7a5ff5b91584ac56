"""Which engines a site offers, which of them is the usual one, and why: in words for its pages.

It is decided when the site starts, from its settings, from who can reach it, and from who answers.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from visualizer.engine.docker.asking import Heard
from visualizer.engine.errors import EngineUnavailable
from visualizer.environment import BadEnvironment, Environment

if TYPE_CHECKING:
    from visualizer.engine.private.place import Place

KINDS = ("embedded", "docker")
LOCAL = "unix:///var/run/docker.sock"
"""Where the Docker Engine of a machine listens, unless it was told otherwise."""

Whose = Literal["given", "private", "local"]
"""Named by LAYERCAKE_DOCKER_HOST; the site's own, sandboxed; or the one of this machine."""

Ask = Callable[[str], Heard]
"""What the engine at an address tells of itself. Raises EngineUnavailable."""


@dataclass(frozen=True)
class DockerPlace:
    """A Docker Engine that could be used."""

    host: str
    """As of DOCKER_HOST."""
    whose: Whose
    version: str = ""
    """Empty when it did not answer, or was not asked."""
    bases: tuple[str, ...] = ()
    """What it has to build FROM."""

    @property
    def title(self) -> str:
        """What it is called on a page."""
        # What a distribution adds to the version (`20.10.24+dfsg1`) says nothing to a learner.
        name = f"Docker Engine {self.version.partition('+')[0]}".rstrip()
        if self.whose == "private":
            return f"{name}, private to this site"
        if self.whose == "local":
            return f"{name}, the one of this computer"
        return name

    @property
    def about(self) -> str:
        """What it is good for, and how safe it is."""
        real = "Real processes on Linux, built by BuildKit."
        if self.whose == "private":
            return f"{real} It runs inside limits of its own, with no way out."
        if self.whose == "local":
            return f"{real} It is not sandboxed: build only what you trust."
        return f"{real} What protects its machine is up to who runs it."


@dataclass(frozen=True)
class Choice:
    """What the site works with."""

    kinds: tuple[str, ...]
    """On offer, the usual one first."""
    why: str
    docker: DockerPlace | None = None


def choose(here: Environment, listens_on: str | None, ask: Ask) -> Choice:
    """Decide. `listens_on` is the address that the site listens on, None when nobody knows.

    Raises BadEnvironment.
    """
    if here.engine == "embedded":
        return Choice(("embedded",), CHOSEN)
    if here.engine == "docker":
        place, _ = _heard(docker_place(here), ask)
        return Choice(("docker",), CHOSEN, place)
    if here.engine != "auto":
        names = ", ".join(("auto", *KINDS))
        raise BadEnvironment(f"LAYERCAKE_ENGINE is {here.engine!r}; the engines are: {names}")
    return _automatic(here, listens_on, ask)


def docker_place(here: Environment) -> DockerPlace:
    """The Docker Engine that is meant when nobody says which."""
    return _places(here)[0]


def serves_this_machine_alone(here: Environment, listens_on: str | None) -> bool:
    """Whether nobody else can reach the site."""
    names = [listens_on or "", *here.hosts]
    return not here.behind_proxy and not here.origins and all(map(_is_loopback, names))


def check_exposure(here: Environment, listens_on: str) -> None:
    """Whether the site may listen on this address with this engine. Raises BadEnvironment.

    A Docker Engine that is not sandboxed runs Dockerfiles with the rights of this machine's root.
    """
    if here.engine != "docker" or serves_this_machine_alone(here, listens_on):
        return
    if _is_proved(docker_place(here), here):
        return
    raise BadEnvironment(
        "With LAYERCAKE_ENGINE=docker the site serves this machine alone: the Docker Engine is "
        "not sandboxed for other people's Dockerfiles, or nobody has proved that it is. Bring up a "
        "private one and have it tested (python manage.py engine up, then engine doctor); or "
        "listen on 127.0.0.1 and leave LAYERCAKE_HOSTS, LAYERCAKE_ORIGINS and "
        "LAYERCAKE_BEHIND_PROXY unset; or use LAYERCAKE_ENGINE=embedded."
    )


def _automatic(here: Environment, listens_on: str | None, ask: Ask) -> Choice:
    places = _places(here)
    if not serves_this_machine_alone(here, listens_on):
        places = [place for place in places if _is_proved(place, here)]
        if not places:
            return Choice(("embedded",), OTHERS if listens_on is not None else NOBODY_KNOWS)
    failures = []
    for candidate in places:
        place, failure = _heard(candidate, ask)
        # One that was named is meant, also while it is away.
        if here.docker_host or place.bases:
            return Choice(("docker", "embedded"), TAKEN[place.whose], place)
        if place.version:
            # It can be chosen; but a first lab must not end at its first line.
            return Choice(("embedded", "docker"), NO_BASES[place.whose], place)
        failures.append(failure)
    return Choice(("embedded",), " ".join(failures))


CHOSEN = "This engine was chosen by whoever runs this site."
OTHERS = (
    "Other people can reach this site, and there is no Docker Engine here whose sandbox was tested."
)
NOBODY_KNOWS = (
    "A Docker Engine is taken only where nobody else can reach the site, and who can is known only "
    "when `manage.py serve` starts it."
)
TAKEN: dict[Whose, str] = {
    "given": "This engine was named by whoever runs this site.",
    "private": "This engine answered when the site was started.",
    "local": "This engine answered when the site was started, and nobody else can reach the site.",
}

NO_BASES: dict[Whose, str] = {
    "private": "The Docker Engine of this site had no base image when the site was started: "
    "`manage.py engine images` gets them.",
    "local": "The Docker Engine of this computer had none of the base images when the site was "
    "started: `docker pull python:3.12-slim` gets one.",
}


def _places(here: Environment) -> list[DockerPlace]:
    """Where a Docker Engine may be, the best first."""
    own = _private(here.data)
    if here.docker_host:
        is_own = own is not None and here.docker_host == own.host
        return [DockerPlace(here.docker_host, "private" if is_own else "given")]
    local = DockerPlace(LOCAL, "local")
    if own is None or not own.socket.exists():
        return [local]
    return [DockerPlace(own.host, "private"), local]


def _private(data: Path) -> "Place | None":
    """Where the site's private engine is, if it has one; None where there can be none."""
    if sys.platform != "linux":
        return None
    from visualizer.engine.private.place import Place

    return Place.below(data)


def _is_proved(place: DockerPlace, here: Environment) -> bool:
    """Whether the engine's sandbox was tested, by `manage.py engine doctor`, and held."""
    if sys.platform != "linux" or place.whose != "private":
        return False
    from visualizer.engine.private.doctor import doctor_passed

    return doctor_passed(here.data)


def _heard(place: DockerPlace, ask: Ask) -> tuple[DockerPlace, str]:
    """The place with its version if it answers; if not, why it is of no use."""
    if not place.host.startswith("unix://"):
        # Another machine: asking takes as long as a network takes, and its answer decides nothing.
        return place, ""
    try:
        heard = ask(place.host)
        return DockerPlace(place.host, place.whose, heard.version, heard.bases), ""
    except EngineUnavailable as error:
        path = place.host.removeprefix("unix://")
        if isinstance(error.__cause__, PermissionError):
            words = f"The site may not use the Docker Engine at {path}."
        else:
            words = f"No Docker Engine answered at {path} when the site was started."
        return place, words


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost"
