"""The private Docker Engine as a part of the set-up: `scripts/run --with-docker`.

Root installs what is missing, starts the engine and gives it its base images. Who called it through
sudo owns everything else: the set-up runs as that person, and so does the site.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from scripts.prepare import entry, places, site, telling
from visualizer.engine.provisioning import installing
from visualizer.engine.provisioning.errors import ProvisioningFailed

STARTER, PULL = "starter", "pull"
VENV = installing.Package("python3-venv")


@dataclass(frozen=True)
class Owner:
    """Whom the folder belongs to, and who may use the engine beside root."""

    name: str
    group: str
    uid: int
    gid: int
    home: str


def can_be_had() -> bool:
    """Whether this machine and this user can have a private engine without further ado."""
    return sys.platform == "linux" and installing.is_root() and _installable()


def told_by_hand() -> int:
    """Print what to type instead; the exit status."""
    for line in installing.by_hand():
        telling.say(line)
    return 1


def install() -> None:
    """Install the packages that are missing. Raises SetUpFailed."""
    missing = installing.lacking()
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        missing.append(VENV.name)
    try:
        installing.install(missing, lambda text: telling.say(f"  {text}"))
    except ProvisioningFailed as failure:
        raise telling.SetUpFailed(failure.what, failure.why, failure.try_) from failure


def set_up() -> None:
    """The whole set-up of the site, as the folder's owner. Raises SetUpFailed."""
    owner = caller()
    if owner is None:
        entry.set_up()
        return
    code = subprocess.call(
        [sys.executable, "-m", "scripts.prepare"],
        cwd=places.ROOT,
        user=owner.uid,
        group=owner.gid,
        extra_groups=os.getgrouplist(owner.name, owner.gid),
        env={**os.environ, "HOME": owner.home, "USER": owner.name, "LOGNAME": owner.name},
    )
    if code:
        raise telling.SetUpFailed(
            "The site could not be set up.",
            f"The set-up, run as {owner.name}, says why, above.",
            "Mend that, and run the command again.",
        )


def ready(images: str, host: str) -> None:
    """Have the engine up, with its base images, and proved where others reach the site.

    `images` is `starter`, `pull` or the path of a bundle. Raises SetUpFailed.
    """
    # One that is named would be used instead of the private one.
    os.environ.pop("LAYERCAKE_DOCKER_HOST", None)
    owner = caller()
    if owner is not None:
        os.environ.setdefault("LAYERCAKE_PRIVATE_GROUP", owner.group)
    with telling.step("Starting the private engine"):
        telling.run(
            [places.venv_python(), site.MANAGE, "engine", "up"],
            log="engine-up",
            what="The private Docker Engine could not be started.",
            why="manage.py engine up failed",
            try_="The end of the log says what it lacks. The site runs without it too: scripts/run",
        )
    ways = {STARTER: ["--starter"], PULL: []}
    _engine("images", *ways.get(images, ["--bundle", str(Path(images).absolute())]))
    if owner is not None:
        _give_back(owner)
    if not _is_loopback(host):
        telling.say("  Others can reach the site: trying out whether the engine holds …")
        _engine("doctor")


def become_owner() -> None:
    """Give root's rights up for good, when somebody else called: the site needs none of them."""
    owner = caller()
    if owner is None:
        telling.say("  The site runs as root. For a server, see compose.yaml.")
        return
    os.initgroups(owner.name, owner.gid)
    os.setgid(owner.gid)
    os.setuid(owner.uid)
    os.environ.update({"HOME": owner.home, "USER": owner.name, "LOGNAME": owner.name})


def caller(variables: Mapping[str, str] = os.environ) -> Owner | None:
    """Who typed `sudo`, None when root is at it without."""
    import grp
    import pwd

    told = variables.get("SUDO_UID", "")
    if not told.isdigit() or int(told) == 0:
        return None
    try:
        found = pwd.getpwuid(int(told))
        group = grp.getgrgid(found.pw_gid).gr_name
    except KeyError:
        return None
    return Owner(found.pw_name, group, found.pw_uid, found.pw_gid, found.pw_dir)


def _installable() -> bool:
    return installing.is_debian() or not installing.lacking()


def _engine(*words: str) -> None:
    """One of `manage.py engine`'s actions, heard while it works. Raises SetUpFailed."""
    code = subprocess.call(
        [str(places.venv_python()), str(site.MANAGE), "engine", *words],
        cwd=places.ROOT,
        env=places.clean_environment(),
        stdin=subprocess.DEVNULL,
    )
    if code:
        raise telling.SetUpFailed(
            "The private engine is not ready.",
            f"manage.py engine {' '.join(words)} says why, above.",
            "Mend that, and run the command again: what is done is kept.",
        )


def _give_back(owner: Owner) -> None:
    """What root has kept and logged in the folder is the owner's, who goes on without root."""
    for path in [places.WORKSHOP, *places.WORKSHOP.rglob("*")]:
        if path.lstat().st_uid == 0:
            os.chown(path, owner.uid, owner.gid, follow_symlinks=False)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
