"""The Python side of the set-up: the virtual environment and the pinned packages in it."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.prepare import places, stamps, telling

RUNTIME = places.ROOT / "requirements.txt"
DEVELOPMENT = places.ROOT / "requirements-dev.txt"


def ready(*, development: bool = False) -> None:
    """Make `.venv` hold the pinned packages, with those for development when asked."""
    _make_venv()
    _install("Installing the Python packages", [RUNTIME])
    if development:
        _install("Installing the Python packages for development", [RUNTIME, DEVELOPMENT])


def _make_venv() -> None:
    if _venv_works():
        return
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise telling.SetUpFailed(
            "A virtual environment cannot be made.",
            f"This Python ({sys.executable}) came without its venv and ensurepip modules, which "
            "Debian and Ubuntu put in a package of their own.",
            f"sudo apt install python{version}-venv, then this command again. Or use a Python from "
            "python.org, which has them.",
        )
    with telling.step("Making a virtual environment in .venv"):
        shutil.rmtree(places.VENV, ignore_errors=True)
        telling.run(
            [sys.executable, "-m", "venv", places.VENV],
            log="venv",
            what="A virtual environment cannot be made.",
            why="python -m venv failed",
            try_="Look whether this folder can be written to and the disk has room. On Debian and "
            "Ubuntu: sudo apt install python3-venv.",
        )


def _venv_works() -> bool:
    """False also for one whose Python was moved or upgraded away under it."""
    python = places.venv_python()
    if not python.exists():
        return False
    command = [str(python), "-I", "-c", "import pip"]
    try:
        quiet = subprocess.DEVNULL
        return subprocess.call(command, stdin=quiet, stdout=quiet, stderr=quiet) == 0
    except OSError:
        return False


def _install(doing: str, requirements: list[Path]) -> None:
    missing = [path.name for path in requirements if not path.is_file()]
    if missing:
        raise telling.SetUpFailed(
            f"{' and '.join(missing)} cannot be found.",
            f"The set-up looks for it in {places.ROOT}.",
            "git status shows what is missing; git checkout brings it back.",
        )
    wanted = requirements[-1]
    digest = stamps.digest_of(places.ROOT, requirements, sys.version)
    stamp = places.VENV / f".layercake-{wanted.stem}"
    if stamps.is_current(stamp, digest):
        return
    with telling.step(doing):
        command: list[str | Path] = [
            places.venv_python(),
            "-m",
            "pip",
            "install",
            "--no-input",
            "--quiet",
        ]
        telling.run(
            [*command, "--disable-pip-version-check", "-r", wanted],
            log=f"pip-{wanted.stem}",
            what="The Python packages could not be installed.",
            why=f"pip install -r {wanted.name} failed",
            try_="Look whether PyPI can be reached from here (a proxy?), and run this again: "
            "what was downloaded is kept.",
        )
    stamps.write(stamp, digest)
