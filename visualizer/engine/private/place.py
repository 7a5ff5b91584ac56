"""Where the private engine's things lie: one folder below the site's data folder."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from visualizer.engine.private.errors import PrivateEngineError

DATA_ROOT = Path("/run/layercake-data")
"""Where dockerd has its data: in the engine's own /run, seen by it alone. Below the site's folder
containers could not reach it, since they are nobody, and a home is often closed to others."""
LONGEST_SOCKET_PATH = 107
"""Characters; Linux's `sockaddr_un`."""


@dataclass(frozen=True)
class Place:
    """The paths of one private engine. The folder is root's; others may only read."""

    folder: Path

    @classmethod
    def below(cls, data: Path) -> "Place":
        """The place of the engine of the site with this data folder."""
        return cls(data.resolve() / "engine" / "private")

    @property
    def socket(self) -> Path:
        """Where dockerd listens."""
        return self.folder / "docker.sock"

    @property
    def host(self) -> str:
        """The same as LAYERCAKE_DOCKER_HOST has it."""
        return f"unix://{self.socket}"

    @property
    def image(self) -> Path:
        """The file that holds the engine's file system."""
        return self.folder / "disk.img"

    @property
    def plain_data(self) -> Path:
        """What stands in for that file where no file can be mounted."""
        return self.folder / "data"

    @property
    def daemon_json(self) -> Path:
        """What dockerd is told."""
        return self.folder / "daemon.json"

    @property
    def lock(self) -> Path:
        """Held by the supervisor as long as it lives; has its process id."""
        return self.folder / "supervisor.pid"

    @property
    def state(self) -> Path:
        """What the supervisor knows, for `status`."""
        return self.folder / "state.json"

    @property
    def log(self) -> Path:
        """dockerd's own words and the supervisor's; of a bounded size."""
        return self.folder / "engine.log"

    @property
    def stamp(self) -> Path:
        """What `doctor` found the last time."""
        return self.folder / "doctor.json"

    @property
    def name(self) -> str:
        """What its cgroup is called: the same at every start, so that leftovers are found."""
        return "layercake-" + hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]

    def make(self) -> None:
        """Make the folder, for root alone to write in. Raises PrivateEngineError."""
        if len(str(self.socket)) > LONGEST_SOCKET_PATH:
            raise PrivateEngineError(
                f"The engine's socket cannot be {self.socket}.",
                f"Linux takes at most {LONGEST_SOCKET_PATH} characters for the path of a socket.",
                "Set LAYERCAKE_DATA to a folder with a shorter path.",
            )
        if self.folder.is_relative_to("/run"):
            raise PrivateEngineError(
                f"The engine cannot live in {self.folder}.",
                "It has a /run of its own, so that it meets no other engine of this machine.",
                "Set LAYERCAKE_DATA to a folder elsewhere.",
            )
        _make_folders(self.folder.parent)
        self.folder.mkdir(mode=0o755, exist_ok=True)
        found = self.folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
            raise PrivateEngineError(
                f"{self.folder} cannot be trusted with the engine.",
                "It is a link, or others than root may write in it.",
                f"Look at what is in it, remove it, and try again: ls -la {self.folder}",
            )


def _make_folders(path: Path) -> None:
    """What is missing belongs to the owner of what is there: the site is not root."""
    if path.exists():
        return
    _make_folders(path.parent)
    path.mkdir()
    owner = path.parent.stat()
    os.chown(path, owner.st_uid, owner.st_gid)
