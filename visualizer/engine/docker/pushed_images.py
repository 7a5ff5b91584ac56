"""What a lab has pushed, on the site's own disk: the registry cannot be asked by the site, which
may not even reach it. Losing it loses no image: only what is counted, and names for blobs."""

import logging
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)


class PushedImage(msgspec.Struct, frozen=True):
    """An image in the registry."""

    image: str
    layers: list[str]
    """All of them, the lowest first, with those that the learner never sees."""


class PushedImages:
    """By reference. Its methods block."""

    def __init__(self, folder: Path, lab: str) -> None:
        """`lab` may be used as a file's name."""
        self._path = folder / f"pushed-{lab}.json"

    def load(self) -> dict[str, PushedImage]:
        """All that the lab has pushed."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, PushedImage])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError):
            log.exception("what a lab has pushed cannot be read")
            return {}

    def put(self, reference: str, pushed: PushedImage) -> None:
        """Remember one. Raises OSError."""
        known = {**self.load(), reference: pushed}
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(known))
        fresh.replace(self._path)

    def forget(self) -> None:
        """The lab is no more."""
        self._path.unlink(missing_ok=True)
