"""What a diagnosis is made of: a Message a code, its words beside the code that notices it, grouped
in Topics, from which `docs/diagnoses.md` is generated."""

from dataclasses import dataclass
from typing import Protocol

import msgspec

from visualizer.events.types import Diagnosis, Fix, Severity

LONGEST_VALUE = 80
LONGEST_WORDS = 400


class Words(str):
    """A value that is a sentence of our own, not a quotation: it is not cut short."""

    __slots__ = ()


class Place(Protocol):
    """Anything with lines: an instruction, a step, a chunk."""

    @property
    def line_start(self) -> int: ...
    @property
    def line_end(self) -> int: ...


@dataclass(frozen=True)
class Lines:
    """A place given by its line numbers."""

    line_start: int
    line_end: int


@dataclass(frozen=True)
class Message:
    """The words of one diagnosis; `{names}` in them are filled in by `at`."""

    code: str
    severity: Severity
    title: str
    why: str
    try_: str
    topic: str

    def at(
        self,
        place: Place | None,
        fix: Fix | None = None,
        severity: Severity | None = None,
        **values: object,
    ) -> Diagnosis:
        """This message about that place, with its placeholders filled in."""
        words = {name: shown(value) for name, value in values.items()}
        return Diagnosis(
            code=self.code,
            severity=severity or self.severity,
            title=self.title.format(**words),
            why=self.why.format(**words),
            try_=self.try_.format(**words),
            line=place.line_start if place else None,
            line_end=place.line_end if place else None,
            fix=fix,
        )


class Problem(Exception):
    """What stops a build, for a learner. Its subclasses are PlanError and CopyError."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__(diagnosis.title)
        self.diagnosis = diagnosis


_codes: set[str] = set()


class Topic:
    """A group of messages: one heading of the reference."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.messages: list[Message] = []

    def message(self, code: str, severity: Severity, title: str, why: str, try_: str) -> Message:
        """Registers the words of a new diagnosis."""
        if code in _codes:
            raise ValueError(f"two messages have the code {code}")
        _codes.add(code)
        message = Message(code, severity, title, why, try_, self.name)
        self.messages.append(message)
        return message


def shown(value: object) -> str:
    """The value as it can stand in a sentence: short, on one line, nothing invisible in it."""
    text = "".join(c if c.isprintable() else "�" if c == "\0" else " " for c in str(value))
    limit = LONGEST_WORDS if isinstance(value, Words) else LONGEST_VALUE
    return text if len(text) <= limit else text[: limit - 1] + "…"


def located(diagnosis: Diagnosis, place: Place) -> Diagnosis:
    """The same diagnosis, put on these lines; for problems that are found far from the text."""
    return msgspec.structs.replace(diagnosis, line=place.line_start, line_end=place.line_end)


def replace_lines(place: Place, title: str, text: str) -> Fix:
    """A fix that puts other text in the place of these lines."""
    return Fix(title=title, line_start=place.line_start, line_end=place.line_end, text=text)


def insert_before(line: int, title: str, text: str) -> Fix:
    """A fix that puts new lines before this one and changes nothing."""
    return Fix(title=title, line_start=line, line_end=line - 1, text=text)
