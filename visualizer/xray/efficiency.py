"""Wasted bytes and efficiency of an image, reckoned as dive does.

dive: dive/filetree/efficiency.go (`Efficiency`) and dive/image/analysis.go (`Analyze`).
"""

from typing import NamedTuple


class Figures(NamedTuple):
    """What dive says of a stack of layers."""

    wasted: int
    """Bytes of all paths that more than one layer says something of, every copy counted."""
    score: float
    """The least that these paths could take, as a share of what they take: 0 to 1."""


class _Path(NamedTuple):
    times: int
    total: int
    least: int


class Efficiency:
    """Takes in the leaves of one layer after another; `figures` may be asked after each.

    A path's bytes are added up over all layers that have it, and the smallest of them is what it
    would take at least. A file's whiteout counts as 0 bytes, a directory's as all that was in it,
    so deleting a file lowers the score and deleting a whole directory does not: that is dive's rule
    and not ours.
    """

    def __init__(self) -> None:
        self._paths: dict[str, _Path] = {}
        self._least = self._total = self._wasted = 0

    def take(self, path: str, size: int) -> None:
        """A leaf of a layer: a file with its bytes, a whiteout with what dive counts for it."""
        self._total += size
        known = self._paths.get(path)
        if known is None:
            self._paths[path] = _Path(1, size, size)
            self._least += size
            return
        times, total, least = known
        self._wasted += size if times > 1 else total + size
        if size < least:
            self._least += size - least
            least = size
        self._paths[path] = _Path(times + 1, total + size, least)

    @property
    def figures(self) -> Figures:
        """Of all layers so far; an image without a byte wastes none."""
        return Figures(self._wasted, self._least / self._total if self._total else 1.0)
