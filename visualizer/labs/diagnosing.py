"""What is wrong with a Dockerfile that is being typed, and the steps that it would have.

Stateless: it knows the names and sizes of the files, and reads none of them.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import msgspec

from visualizer.dockerfile import (
    BaseImage,
    Bases,
    ContextFile,
    ContextFiles,
    PlanError,
    diagnose,
    parse,
    plan,
)
from visualizer.engine.catalogue import load_catalogue
from visualizer.events.types import Diagnosis, PlannedStep
from visualizer.labs.errors import TooMuch
from visualizer.labs.workspace import DEEPEST, check_dockerignore

AT_ONCE = 2
"""Dockerfiles that are read at the same time; reading is work for the processor alone."""
WAITING = 200
"""A whole class that types at once."""

Path = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=255, pattern=rf"^[^/]*(/[^/]*){{0,{DEEPEST}}}\Z"),
]
Name = Annotated[str, msgspec.Meta(max_length=255)]


class NamedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of the build context, without its content."""

    path: Path
    size: Annotated[int, msgspec.Meta(ge=0, le=1 << 40)] = 0


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Dockerfile and what lies beside it."""

    dockerfile: Annotated[str, msgspec.Meta(max_length=256 * 1024)]
    files: Annotated[list[NamedFile], msgspec.Meta(max_length=400)] = []
    dockerignore: Annotated[str, msgspec.Meta(max_length=64 * 1024)] | None = None
    images: Annotated[list[Name], msgspec.Meta(max_length=100)] = []
    """Tags of the lab's own images, which it may build FROM too."""


class Answer(msgspec.Struct, frozen=True):
    """All that can be said about it."""

    diagnoses: list[Diagnosis]
    plan: list[PlannedStep] | None
    """None when it cannot be built as it is."""


class Desk:
    """Reads Dockerfiles off the event loop, in threads of its own, with a queue that has an end."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="diagnosing")
        self._taken = 0

    async def answer(self, question: Question) -> Answer:
        """As `answer`. Raises TooMuch, also when too many wait already."""
        check_dockerignore((question.dockerignore or "").count("\n"))
        if self._taken >= AT_ONCE + WAITING:
            raise TooMuch(
                "too-busy",
                "The site is busy reading other Dockerfiles.",
                "It reads a few at a time, and many wait already.",
                "Wait a moment: the editor asks again when you type on. Building still works.",
            )
        self._taken += 1
        work = asyncio.get_running_loop().run_in_executor(self._threads, answer, question)
        # Counted off when the thread is done, also when nobody waits for the answer any more.
        work.add_done_callback(self._done)
        return await asyncio.shield(work)

    def _done(self, work: "asyncio.Future[Answer]") -> None:
        self._taken -= 1
        if not work.cancelled():
            work.exception()


def answer(question: Question) -> Answer:
    """Read the Dockerfile. Takes milliseconds, so not for the event loop."""
    catalogue = load_catalogue()
    names = catalogue.names()
    own = {_tagged(image) for image in question.images}

    def bases(reference: str) -> BaseImage | None:
        image = catalogue.find(reference)
        if image is not None:
            return BaseImage(config=image.config, name=reference)
        if _tagged(reference) in own:
            return BaseImage(name=reference)
        return None

    context = ContextFiles(
        {file.path: ContextFile(file.size, "") for file in question.files}, question.dockerignore
    )
    found = diagnose(question.dockerfile, context=context, bases=bases, catalogue=names)
    return Answer(found, _planned(question.dockerfile, context, bases, names))


def _planned(
    source: str, context: ContextFiles, bases: Bases, names: Sequence[str]
) -> list[PlannedStep] | None:
    try:
        return plan(parse(source), context=context, bases=bases, catalogue=names).planned()
    except PlanError:
        return None


def _tagged(image: str) -> str:
    return image if ":" in image.rsplit("/", 1)[-1] else f"{image}:latest"
