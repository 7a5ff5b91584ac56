"""What a lab refuses, in words for a learner, and how an engine's refusals become such words."""

import errno

from django.db import OperationalError

from visualizer.engine.errors import EngineError
from visualizer.labs.frames import Problem


class LabError(Exception):
    """A command or a request that was not carried out; `problem` says why."""

    def __init__(self, code: str, title: str, why: str = "", try_: str = "") -> None:
        super().__init__(title)
        self.problem = Problem(code=code, title=title, why=why, try_=try_)


class NotAllowed(LabError):
    """The lab belongs to someone else."""


class NotThere(LabError):
    """No such lab, or no such thing in it."""


class Invalid(LabError):
    """The request itself is wrong: a name, a path, a size."""


class Changed(LabError):
    """What would be done is not what was agreed to: it changed meanwhile."""


class TooMuch(LabError):
    """A limit of rate or count was reached."""


def read_only() -> NotAllowed:
    """Someone who watches sent a command."""
    return NotAllowed(
        "read-only",
        "You are watching this lab, so you cannot change it.",
        "Only the browser that opened a lab may build and run in it.",
        "Open a lab of your own to try this yourself.",
    )


def not_yours() -> NotAllowed:
    """Someone who has only the address wants to delete."""
    return NotAllowed(
        "not-your-lab",
        "This lab is not yours, so you cannot delete it.",
        "Only the browser that opened a lab may delete it.",
        "Use the browser that you opened it with.",
    )


def no_such_lab() -> NotThere:
    """The address names no lab."""
    return NotThere(
        "no-such-lab",
        "There is no lab at this address.",
        "The address may be mistyped, or the lab was not used for a long time and was deleted.",
        "Check the address, or open a new lab.",
    )


def problem_of(error: Exception) -> Problem:
    """The words for any exception. One that nobody foresaw gets honest ones, without details."""
    if isinstance(error, LabError):
        return error.problem
    if isinstance(error, EngineError):
        return Problem(
            code=error.code,
            title=str(error),
            why=error.why,
            try_=error.try_,
            engine_words=error.engine_words,
        )
    if is_storage(error):
        return Problem(
            code="storage",
            title="The site could not keep that.",
            why="Its disk is full, or its database is busy or out of reach. "
            "What was there before is still there.",
            try_="Wait a moment, then try again. If it stays so, tell who runs this site.",
        )
    return Problem(
        code="site-error",
        title="Something went wrong in the site itself.",
        why="This is a fault of Layercake, not of what you did. It has been written to the log.",
        try_="Try again; if it happens again, tell the person who runs this site.",
    )


def is_storage(error: Exception) -> bool:
    """Whether the database or the disk is the cause."""
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or isinstance(error, OperationalError)
