"""What the engine's own words mean, and what only this engine's builds can fail of."""

import re

from visualizer.dockerfile.copying import STAGE_SOURCE_MISSING
from visualizer.dockerfile.diagnosis import Place, Topic
from visualizer.engine.build_failures import BAD_ARCHIVE, NO_DIRECTORY
from visualizer.engine.docker.api import ApiError
from visualizer.engine.errors import Conflict, EngineError, NotFound, Refused
from visualizer.events.types import Diagnosis

TOPIC = Topic("While the Docker engine builds")

ENGINE_FAULT = TOPIC.message(
    "docker-engine-fault",
    "error",
    "The Docker Engine could not carry this build out.",
    "It said: {words}.",
    "Read the engine's words. If they do not speak of your Dockerfile, build again, and tell the "
    "people who run this site when it happens once more.",
)
ENGINE_GONE = TOPIC.message(
    "docker-engine-gone",
    "error",
    "The Docker Engine went away during this build.",
    "It was stopped or restarted, so everything that it was doing has ended.",
    "Wait until it is back, then build again: finished steps are cached.",
)

DISK_FULL = TOPIC.message(
    "docker-engine-full",
    "error",
    "The engine's disk is full.",
    "All labs share it, and this build, or something else at the same time, has filled it. What "
    "was written in vain is being deleted.",
    "Write less, and delete in the same RUN what is not needed afterwards. If it was not you, "
    "build again in a minute.",
)
NO_ROOM = "no space left on device"

_EXIT_CODE = re.compile(r"did not complete successfully: exit code: (\d+)")
_MISSING = re.compile(
    r'(?:lstat|stat) (/\S+): no such file|"(/[^"]+)":? not found|: "?(/[^":]+)"?: not found'
)
_BAD_ARCHIVE = re.compile(r"Error processing tar file\(.*?\): (.*)")
_OTHER_KIND = (
    (re.compile(r"cannot replace to directory (\S+) with file"), "it is a directory"),
    (re.compile(r"cannot (?:copy|replace) to non-directory:? (\S+)"), "it is no directory"),
    (re.compile(r"mkdir (\S+): not a directory"), "what is above it is no directory"),
)


def exit_code_of(words: str) -> int | None:
    """The exit code that a failed step's words tell."""
    found = _EXIT_CODE.search(words)
    return int(found[1]) if found else None


def missing_source(words: str) -> str | None:
    """The path that a COPY did not find, when that is what the words say."""
    found = _MISSING.search(words)
    return next((group for group in found.groups() if group), None) if found else None


def diagnose_copy(place: Place, words: str) -> Diagnosis | None:
    """What is said to a learner about a COPY or ADD that failed with these words."""
    if NO_ROOM in words:
        return DISK_FULL.at(place)
    if found := _BAD_ARCHIVE.search(words):
        return BAD_ARCHIVE.at(place, source="tar", reason=found[1])
    path = missing_source(words)
    if path is not None:
        return STAGE_SOURCE_MISSING.at(place, source=path, nearest="")
    for pattern, reason in _OTHER_KIND:
        if found := pattern.search(words):
            return NO_DIRECTORY.at(place, path=found[1], reason=reason)
    return None


def refused(error: ApiError) -> EngineError:
    """The error of a call for which nothing better is known, as the kind that the port has."""
    kinds: dict[int, type[EngineError]] = {400: Refused, 403: Refused, 404: NotFound, 409: Conflict}
    kind = kinds.get(error.status, EngineError)
    return kind(error.code, error.title, error.why, error.try_, error.engine_words)
