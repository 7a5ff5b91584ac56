"""A Debian root as an archive, made by mmdebstrap, the same from the same packages."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from scripts.base_images.recipes import Recipe
from scripts.prepare import places, telling

EPOCH = 1_686_355_200
"""Seconds. The newest time that a file of an image can have: the day of Debian 12's release."""
# As in Debian's own slim images: what nobody reads in a container.
_LEFT_OUT = ("doc", "info", "locale", "man")

_WORTH_TELLING = re.compile(r"I: ((?:downloading|extracting|installing|running apt).*?)\.\.\.")


def make(recipe: Recipe, target: Path, tell: Callable[[str], None]) -> None:
    """Write the root of a recipe to `target`, a tar. Raises SetUpFailed."""
    if shutil.which("mmdebstrap") is None:
        raise telling.SetUpFailed(
            f"The starter image {recipe.name} cannot be made.",
            "mmdebstrap, which puts it together out of Debian's packages, is not installed.",
            "As root: apt-get install mmdebstrap (on Ubuntu debian-archive-keyring too). On a "
            "machine that has no Debian packages, make a bundle on another one: "
            "scripts/base-images --bundle FILE",
        )
    log = places.workshop() / "logs" / f"base-image-{recipe.name}.log"
    with log.open("w", encoding="utf-8") as told:
        process = subprocess.Popen(
            _command(recipe, target),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**places.clean_environment(), "SOURCE_DATE_EPOCH": str(EPOCH)},
        )
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                told.write(line)
                if match := _WORTH_TELLING.match(line):
                    tell(match[1])
    if process.wait() != 0:
        tail = "\n".join(log.read_text("utf-8").splitlines()[-telling.TAIL_LINES :])
        raise telling.SetUpFailed(
            f"The starter image {recipe.name} could not be made.",
            f"mmdebstrap could not put it together (exit status {process.returncode}).",
            "Look whether Debian's packages can be reached from here (a proxy?), and run the "
            "command again. It needs root, or a user that may make namespaces.",
            tail,
            log,
        )


def _command(recipe: Recipe, target: Path) -> list[str]:
    left_out = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _LEFT_OUT]
    return [
        "mmdebstrap",
        f"--variant={recipe.variant}",
        *(left_out if recipe.variant != "extract" else ()),
        *([f"--include={','.join(recipe.packages)}"] if recipe.packages else ()),
        recipe.suite,
        str(target),
    ]
