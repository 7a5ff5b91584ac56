"""Where things lie, and the environment that every command of the set-up is given."""

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
WORKSHOP = ROOT / ".setup"
"""Logs and a node of our own. It ignores itself in git."""
LOGS = WORKSHOP / "logs"
NODE_MODULES = ROOT / "node_modules"
BUILT = ROOT / "static" / "dist"

# Each of these would make Python, pip, npm or Django look somewhere else than in this folder.
LEAKS = (
    "DJANGO_SETTINGS_MODULE",
    "NODE_ENV",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PIP_PREFIX",
    "PIP_REQUIREMENT",
    "PIP_TARGET",
    "PIP_USER",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
)


def venv_python() -> Path:
    """The Python of `.venv`, whether or not it is there yet."""
    return VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def data_folder() -> Path:
    """Where the site keeps its database: `LAYERCAKE_DATA`, or `var` beside the code."""
    return Path(os.environ.get("LAYERCAKE_DATA") or ROOT / "var").absolute()


def clean_environment() -> dict[str, str]:
    """The caller's environment without what would leak another project into this one.

    What is kept for the next time goes to `.setup` where the home folder cannot be written to.
    """
    environment = {name: value for name, value in os.environ.items() if name not in LEAKS}
    environment["PATH"] = os.pathsep.join(
        [str(venv_python().parent), environment.get("PATH", os.defpath)]
    )
    if not can_be_written(Path.home()):
        environment.setdefault("LAYERCAKE_CACHE", str(WORKSHOP / "cache"))
        environment.setdefault("npm_config_cache", str(WORKSHOP / "npm-cache"))
    return environment


def can_be_written(folder: Path) -> bool:
    """Whether a file can be made there. A read-only mount shows only when one tries."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def workshop() -> Path:
    """`.setup`, made on first use and ignored by git."""
    LOGS.mkdir(parents=True, exist_ok=True)
    ignore = WORKSHOP / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return WORKSHOP
