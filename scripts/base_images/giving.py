"""Hands starter images over: into an engine, or into a file for a machine without network."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.base_images import bundle, starters
from scripts.base_images.starters import Image
from scripts.prepare import telling
from visualizer.engine.provisioning.errors import ProvisioningFailed
from visualizer.engine.provisioning.images import EngineImages

MEGABYTE = 1_000_000


def made(folder: Path, names: tuple[str, ...], *, fresh: bool = False) -> list[Image]:
    """The images, told as they come into being. Raises SetUpFailed."""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        return list(starters.make(folder, _tell, names, fresh=fresh))


def to_file(images: Sequence[Image], path: Path) -> None:
    """Write a bundle, whole or not at all. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as target:
            bundle.write(images, target)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    size = path.stat().st_size // MEGABYTE
    telling.say(f"{path}: {len(images)} images, {size} MB.")
    telling.say(f"Load it with: python manage.py engine images --bundle {path}")


def to_engine(images: Sequence[Image], socket: Path) -> None:
    """Load what the engine does not have. Raises SetUpFailed."""
    engine = EngineImages(socket)
    try:
        held = engine.held()
        lacking = [
            image
            for image in images
            if any(held.get(reference) != image.digest for reference in image.plays)
        ]
        for image in lacking:
            with telling.step(f"Loading {image.name} ({image.size // MEGABYTE} MB)"):
                engine.load(lambda target, image=image: bundle.write([image], target))  # type: ignore[misc]
    except ProvisioningFailed as failure:
        raise telling.SetUpFailed(failure.what, failure.why, failure.try_) from failure
    names = ", ".join(image.plays[0] for image in images)
    telling.say(f"  The engine has {names}.")


def _tell(text: str) -> None:
    telling.say(f"  {text} …" if text[0].isupper() else f"    {text} …")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two that make images into the same folder come one after the other."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
