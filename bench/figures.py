"""Medians, percentiles, and the Markdown that they are told in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """One table of the report. `note` says how it was measured."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str

    def markdown(self) -> str:
        """The table as Markdown, numbers to the right."""
        aligned = ["---", *("--:" for _ in self.columns[1:])]
        lines = [f"### {self.title}", "", _row(self.columns), _row(aligned)]
        return "\n".join([*lines, *map(_row, self.rows), "", self.note, ""])


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of all are not above: nearest rank, nothing interpolated."""
    if not values:
        raise ValueError("no values to take a percentile of")
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle one; of two middle ones the lower."""
    return percentile(values, 0.5)


def ms(value: float) -> str:
    """Milliseconds with three digits that count."""
    return f"{value:.0f} ms" if value >= 100 else f"{value:.1f} ms"


def kb(value: float) -> str:
    """Bytes as kB (1000 bytes)."""
    return f"{value / 1000:.1f} kB"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
