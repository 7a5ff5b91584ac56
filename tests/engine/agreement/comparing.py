"""Two engines' answers to one case, field by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.engine.agreement.case import Case, Difference

Answers = Sequence[Mapping[str, Any]]
BY_ONE = frozenset({"history", "config itself", "itself", "refused itself"})
"""What the witness tells of some things only."""
ABSENT = "(nothing)"


@dataclass(frozen=True)
class Compared:
    """One field of one answer."""

    case: str
    at: int
    """Which thing done, from 1."""
    do: str
    field: str
    docker: Any
    embedded: Any
    known: Difference | None
    """Why they differ, when that is known."""

    @property
    def agrees(self) -> bool:
        """Whether the engines say the same."""
        return bool(self.docker == self.embedded)

    def __str__(self) -> str:
        return (
            f"{self.case}, {self.at}: `{self.do}`, {self.field}\n"
            f"  Docker:   {self.docker!r}\n  embedded: {self.embedded!r}"
        )


def compare(case: Case, docker: Answers, embedded: Answers) -> list[Compared]:
    """Every field of every answer. Raises ValueError when the answers are to another play."""
    if [each["do"] for each in docker] != list(case.play):
        raise ValueError(f"{case.name}: Docker's answers are to another play; record them anew")
    known = {place: each for each in case.differs for place in each.places}
    return [
        Compared(
            case.name,
            at,
            case.play[at - 1],
            field,
            theirs.get(field, ABSENT),
            ours.get(field, ABSENT),
            known.get((at, field)),
        )
        for at, (theirs, ours) in enumerate(zip(docker, embedded, strict=True), start=1)
        for field in dict.fromkeys([*theirs, *ours])
        if field != "do" and not (field in BY_ONE and not (field in theirs and field in ours))
    ]


def unexplained(compared: Sequence[Compared]) -> list[Compared]:
    """Where the engines differ, and no reason is written down."""
    return [each for each in compared if not each.agrees and each.known is None]


def outlived(case: Case, compared: Sequence[Compared]) -> list[str]:
    """Where a reason is written down, and nothing differs any more."""
    found = {(each.at, each.field) for each in compared if not each.agrees}
    return [
        f"{case.name}, {at}: {field}"
        for each in case.differs
        for at, field in sorted(each.places - found)
    ]
