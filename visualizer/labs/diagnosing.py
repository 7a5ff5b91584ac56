"""What is wrong with a Dockerfile that is being typed, and the steps that it would have.

Stateless: it knows the names and sizes of the files, and reads none of them.
"""

from collections.abc import Sequence
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

Path = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Name = Annotated[str, msgspec.Meta(max_length=255)]


class NamedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of the build context, without its content."""

    path: Path
    size: Annotated[int, msgspec.Meta(ge=0, le=1 << 40)] = 0


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Dockerfile and what lies beside it."""

    dockerfile: Annotated[str, msgspec.Meta(max_length=256 * 1024)]
    files: Annotated[list[NamedFile], msgspec.Meta(max_length=1000)] = []
    dockerignore: Annotated[str, msgspec.Meta(max_length=64 * 1024)] | None = None
    images: Annotated[list[Name], msgspec.Meta(max_length=100)] = []
    """Tags of the lab's own images, which it may build FROM too."""


class Answer(msgspec.Struct, frozen=True):
    """All that can be said about it."""

    diagnoses: list[Diagnosis]
    plan: list[PlannedStep] | None
    """None when it cannot be built as it is."""


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
