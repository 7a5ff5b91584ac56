"""What the doctor finds of one protection, and the table of all of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

WIDE = 38
"""Characters of the longest protection's name."""

Outcome = Literal["held", "does not hold", "not applicable"]


@dataclass(frozen=True)
class Finding:
    """One protection: whether it held, and what was seen."""

    protection: str
    outcome: Outcome
    evidence: str

    @property
    def is_broken(self) -> bool:
        """Whether it was tried and did not hold."""
        return self.outcome == "does not hold"


def found(protection: str, held: bool, evidence: str) -> Finding:
    """A protection that was tried."""
    return Finding(protection, "held" if held else "does not hold", shortened(evidence))


def passed(findings: Iterable[Finding]) -> bool:
    """Whether nothing is broken, and something was tried at all."""
    seen = list(findings)
    return bool(seen) and not any(finding.is_broken for finding in seen)


def in_a_line(finding: Finding) -> str:
    """A line of the table."""
    return f"{finding.protection:{WIDE}}  {finding.outcome:14}  {finding.evidence}"


def summary(findings: Iterable[Finding]) -> str:
    """What the lines of the table come to."""
    outcomes = [finding.outcome for finding in findings]
    words: tuple[Outcome, ...] = ("held", "does not hold", "not applicable")
    return ", ".join(f"{outcomes.count(word)} {word}" for word in words)


def shortened(text: str, most: int = 160) -> str:
    """One line, of a length that a terminal shows."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= most else line[: most - 1] + "…"
