"""Gives an engine its base images in one of three ways, and says what it has and what it lacks."""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from visualizer.engine.provisioning import pulling
from visualizer.engine.provisioning.errors import ProvisioningFailed
from visualizer.engine.provisioning.images import EngineImages

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "base-images"


@dataclass(frozen=True)
class Offer:
    """What the catalogue says of a Docker Engine's images."""

    known: frozenset[str]
    """Every reference that a lab may build FROM."""
    pulled: tuple[str, ...]
    starters: Mapping[str, Sequence[str]]


def pull(
    images: EngineImages,
    offer: Offer,
    names: Sequence[str],
    *,
    mirror: str,
    fresh: bool,
    tell: Callable[[str], None],
) -> None:
    """Pull these references, or those that the catalogue names; what is there is left alone.

    `fresh` pulls it again. All are tried; raises ProvisioningFailed when one could not be had.
    """
    strangers = [name for name in names if name not in offer.known]
    if strangers:
        raise ProvisioningFailed(
            f"{', '.join(strangers)} cannot be pulled.",
            "The catalogue does not have it, so no lab could build FROM it.",
            "Write the name with its tag (python:3.12-slim), or add it to content/catalogue.",
        )
    held = images.held()
    failures: list[ProvisioningFailed] = []
    for reference in names or offer.pulled:
        if reference in held and not fresh:
            tell(f"{reference} is there")
            continue
        tell(f"Pulling {reference} …")
        try:
            pulling.pull(reference, images, mirror=mirror, tell=lambda text: tell(f"  {text}"))
        except ProvisioningFailed as failure:
            failures.append(failure)
            tell(f"  {failure.what} {failure.why}")
    if failures:
        raise failures[-1]


def load(images: EngineImages, bundle: Path, tell: Callable[[str], None]) -> None:
    """Load a file that `docker save` or `scripts/base-images` wrote. Raises ProvisioningFailed."""
    before = images.held()
    tell(f"Loading {bundle} …")
    images.load_file(bundle)
    new = sorted(name for name, digest in images.held().items() if before.get(name) != digest)
    tell(f"New: {', '.join(new)}" if new else "All of it was there already.")


def start(images: EngineImages, names: Sequence[str], *, fresh: bool) -> None:
    """Make starter images out of Debian's packages, and load them. Raises ProvisioningFailed."""
    if not SCRIPT.is_file():
        raise ProvisioningFailed(
            "Starter images cannot be made here.",
            f"{SCRIPT} is not part of this installation.",
            "Make a bundle where Layercake's source is: scripts/base-images --bundle FILE, and "
            "load it: python manage.py engine images --bundle FILE",
        )
    more = ["--fresh"] if fresh else []
    done = subprocess.run([sys.executable, SCRIPT, *names, "--socket", images.path, *more])
    if done.returncode:
        raise ProvisioningFailed(
            "The starter images are not all there.",
            "scripts/base-images says why, above.",
            "Mend that, and run the command again: what is made is kept.",
        )


def listing(images: EngineImages, offer: Offer) -> list[str]:
    """A line for each image that the engine has, or that the catalogue would give it."""
    held = images.held()
    played = {name for names in offer.starters.values() for name in names}
    usable = {*held} & offer.known
    lines = [
        f"{reference:<28} {digest.removeprefix('sha256:')[:12]}"
        for reference, digest in sorted(held.items())
        if reference in usable
    ]
    for reference in sorted({*offer.pulled, *played} - usable):
        ways = (
            "pull" if reference in offer.pulled else "",
            "starter" if reference in played else "",
        )
        lines.append(f"{reference:<28} lacks ({', '.join(way for way in ways if way)})")
    lines.append(f"A lab may build FROM {len(usable)} names on this engine.")
    return lines
