"""The programs that a private engine needs, and the Debian and Ubuntu packages that have them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from visualizer.engine.provisioning.errors import ProvisioningFailed

OS_RELEASE = Path("/etc/os-release")
LOCK_SECONDS = 300
"""How long another installation on this machine is waited for."""
# Root's own programs are not on everyone's PATH.
_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


@dataclass(frozen=True)
class Package:
    """A package, what shows that it is there, and what it is for."""

    name: str
    programs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    service: str = ""
    """Of the system's, that comes with it and that nobody here wants to run."""

    def is_there(self) -> bool:
        """Whether all that it is wanted for is on this machine, wherever it came from."""
        return all(shutil.which(program, path=_PATH) for program in self.programs) and all(
            Path(file).exists() for file in self.files
        )


ENGINE = (
    Package("docker.io", ("dockerd", "containerd", "runc")),
    Package("iptables", ("iptables",)),
    Package("iproute2", ("ip",)),
    Package("util-linux", ("unshare", "setpriv")),
    Package("mount", ("mount", "losetup")),
    Package("e2fsprogs", ("mkfs.ext4",)),
    Package("xfsprogs", ("mkfs.xfs",)),
    # The labs' registry, for lessons that push; it runs in the engine's own network.
    Package("docker-registry", ("docker-registry",), service="docker-registry"),
)
"""To run it."""
IMAGES = (
    Package("mmdebstrap", ("mmdebstrap",)),
    Package("gpg", ("gpg",)),
    Package("debian-archive-keyring", files=("/usr/share/keyrings/debian-archive-keyring.gpg",)),
    Package("skopeo", ("skopeo",)),
)
"""To make base images for it, or to pull them."""


def lacking(packages: Sequence[Package] = (*ENGINE, *IMAGES)) -> list[str]:
    """The names of the packages that this machine lacks."""
    return [package.name for package in packages if not package.is_there()]


def is_debian() -> bool:
    """Whether this is Debian, Ubuntu or a child of theirs."""
    try:
        lines = OS_RELEASE.read_text("utf-8").splitlines()
    except OSError:
        return False
    told = dict(line.split("=", 1) for line in lines if "=" in line)
    names = f"{told.get('ID', '')} {told.get('ID_LIKE', '')}".replace('"', " ").split()
    return bool({"debian", "ubuntu"} & {*names}) and shutil.which("apt-get", path=_PATH) is not None


def is_root() -> bool:
    """Whether this process may do everything here."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def install(packages: Sequence[str], tell: Callable[[str], None]) -> None:
    """Install these packages, telling of each step. Raises ProvisioningFailed."""
    if not packages:
        return
    _check(packages)
    wait = f"DPkg::Lock::Timeout={LOCK_SECONDS}"
    tell("Asking the distribution for its list of packages …")
    _apt("-o", wait, "update", tell=tell)
    tell(f"Installing {', '.join(packages)} …")
    _apt("-o", wait, "install", "--yes", "--no-install-recommends", *packages, tell=tell)
    for package in (*ENGINE, *IMAGES):
        if package.name in packages and package.service:
            _disable(package.service)
    still = [name for name in packages if name in lacking()]
    if still:
        raise ProvisioningFailed(
            f"Not everything could be installed: {', '.join(still)}.",
            "The packages were installed, but the programs are not where programs are.",
            f"Look at what they hold: dpkg --listfiles {still[0]}",
        )


def by_hand(command: str = "scripts/run --with-docker") -> list[str]:
    """What a person types, who is not root or not on Debian, line by line."""
    if is_debian():
        return [
            "The private engine needs root. Type:",
            "",
            f"    sudo {command}",
            "",
            "or, for yourself alone, use the Docker Engine of this computer, if it has one:",
            "",
            "    LAYERCAKE_ENGINE=docker scripts/run",
        ]
    if sys.platform == "linux":
        first = "On this Linux, install Docker (docs.docker.com/engine/install). Then, for a class:"
    else:
        first = "The private engine needs Linux. With Docker Desktop installed, for a class:"
    return [
        first,
        "",
        "    docker compose up --build --detach",
        "    docker compose run --rm images",
        "",
        "or, for yourself alone, on the Docker Engine of this computer:",
        "",
        "    docker pull python:3.12-slim",
        "    LAYERCAKE_ENGINE=docker scripts/run"
        if sys.platform != "win32"
        else "    set LAYERCAKE_ENGINE=docker && python scripts/run",
    ]


def _check(packages: Sequence[str]) -> None:
    if not is_debian():
        raise ProvisioningFailed(
            "Nothing can be installed here.",
            "Packages are taken from Debian or Ubuntu, and this is neither.",
            f"Install what has these programs by your system's own means: {', '.join(packages)}.",
        )
    if not is_root():
        raise ProvisioningFailed(
            "Nothing can be installed.",
            "Only root may.",
            f"sudo apt-get install {' '.join(packages)}",
        )


def _disable(service: str) -> None:
    """It would listen for everybody. Nobody used it: it was not installed a minute ago."""
    if shutil.which("systemctl", path=_PATH):
        quiet = subprocess.DEVNULL
        subprocess.call(["systemctl", "disable", "--now", service], stdout=quiet, stderr=quiet)


def _apt(*words: str, tell: Callable[[str], None]) -> None:
    process = subprocess.Popen(
        ["apt-get", "-q", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
    )
    assert process.stdout is not None
    lines: list[str] = []
    with process.stdout:
        for line in process.stdout:
            lines.append(line.rstrip())
            if line.startswith(("Fetched ", "Setting up ")):
                tell(line.strip().rstrip("."))
    if process.wait() != 0:
        wrong = [line for line in lines if line.startswith("E:")] or lines[-3:]
        raise ProvisioningFailed(
            "Packages could not be installed.",
            f"apt-get says: {' '.join(wrong)[:500]}",
            "Look whether the distribution's packages can be reached from here (a proxy?), and "
            "run the command again.",
        )
