"""Everything that can be said about a Dockerfile while it is being written: what Docker would
refuse, what this site refuses, and what the rules notice."""

from collections.abc import Sequence

from visualizer.dockerfile.analysis import analyse
from visualizer.dockerfile.bases import Bases
from visualizer.dockerfile.context import ContextFiles
from visualizer.dockerfile.parser import parse
from visualizer.dockerfile.policy import INSTRUCTIONS, policy_of, too_large
from visualizer.dockerfile.rules import RULES
from visualizer.events.types import Diagnosis

_RANK = {"error": 0, "warning": 1, "hint": 2}


def diagnose(
    source: str | bytes,
    *,
    context: ContextFiles | None = None,
    bases: Bases | None = None,
    catalogue: Sequence[str] = (),
) -> list[Diagnosis]:
    """All diagnoses, by line, the gravest first on each. Never raises; made for use while typing.

    Without a context nothing is said about missing files, without bases nothing about images.
    """
    if large := too_large(source):
        return [large]
    dockerfile = parse(source)
    if len(dockerfile.instructions) > INSTRUCTIONS:
        return policy_of(dockerfile, context)  # too many to look at between two keystrokes
    analysis = analyse(dockerfile, context, bases, catalogue)
    found = policy_of(dockerfile, context)
    refused = {(diagnosis.code, diagnosis.line) for diagnosis in found}
    found += [d for d in analysis.problems if (d.code, d.line) not in refused]
    for rule in RULES:
        found += rule(analysis)
    return sorted(_unique(found), key=lambda d: (d.line or 0, _RANK[d.severity], d.code))


def _unique(found: list[Diagnosis]) -> list[Diagnosis]:
    """One of each code on a line; the first has the better words."""
    seen: dict[tuple[str, int | None, str], Diagnosis] = {}
    for diagnosis in found:
        seen.setdefault((diagnosis.code, diagnosis.line, diagnosis.title), diagnosis)
    return list(seen.values())
