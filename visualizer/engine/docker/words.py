"""What this engine refuses, in the words of every engine; and its own words made fit to be shown.

The words are those of the embedded engine's refusals, so that a learner reads the same on both.
"""

import re
from typing import Protocol, cast

from visualizer.dockerfile.diagnosis import Place, Topic
from visualizer.engine.docker.api import ApiError
from visualizer.engine.docker.context_archive import COPY_OF_ALL
from visualizer.engine.embedded import refusals
from visualizer.engine.embedded.building.failures import NO_DIRECTORY
from visualizer.engine.embedded.state import ContainerRecord
from visualizer.engine.errors import Conflict, EngineError, EngineUnavailable, NotFound, Refused
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
MISSING_SOURCE = TOPIC.message(
    "copy-source-not-in-image",
    "error",
    "`{path}` does not exist where this step copies from.",
    "`COPY --from` takes files of another stage or image, as they are at its end.",
    "Check the path: it begins at that stage's root, and its WORKDIR does not count.",
)

_OLD_FAILURE = re.compile(r"executor failed running \[(.*)\]: exit code: (\d+)", re.DOTALL)
_EXIT_CODE = re.compile(r"did not complete successfully: exit code: (\d+)")
_HOST_PATH = re.compile(
    r"/\S*?/(?:overlay2|buildkit|snapshots|fuse-overlayfs)/\S*?/(?:merged|fs)(?=/)"
)
_INTERNAL_NAME = re.compile(r"(?:docker\.io/)?layercake\.invalid/[a-z0-9]+/[0-9a-f]+/(?:named/)?")
_MISSING = re.compile(
    r'(?:lstat|stat) (/\S+): no such file|"(/[^"]+)": not found|: "?(/[^":]+)"?: not found'
)
_OTHER_KIND = (
    (re.compile(r"cannot replace to directory (\S+) with file"), "it is a directory"),
    (re.compile(r"cannot (?:copy|replace) to non-directory:? (\S+)"), "it is no directory"),
    (re.compile(r"mkdir (\S+): not a directory"), "what is above it is no directory"),
)


class Named(Protocol):
    """A container, as far as a refusal speaks of it."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


def not_running(container: Named, doing: str) -> Conflict:
    return refusals.not_running(_record(container), doing)


def is_paused(container: Named, doing: str) -> Conflict:
    return refusals.is_paused(_record(container), doing)


def not_paused(container: Named) -> Conflict:
    return refusals.not_paused(_record(container))


def remove_running(container: Named) -> Conflict:
    return refusals.remove_running(_record(container))


def no_shell(container: Named) -> Refused:
    return refusals.no_shell(_record(container))


def _record(container: Named) -> ContainerRecord:
    # Those functions read the name and the id, and nothing else.
    return cast("ContainerRecord", container)


def shown(words: str) -> str:
    """The engine's words without names and paths that are this site's own affair.

    Engines before 23 have other words for a command that failed; they are put as today's.
    """
    words = _OLD_FAILURE.sub(
        r'process "\1" did not complete successfully: exit code: \2', words.strip()
    )
    words = _HOST_PATH.sub("", words)
    words = _INTERNAL_NAME.sub("", words).replace(f"{COPY_OF_ALL}/", "")
    return words.removeprefix("failed to solve: ")


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
    path = missing_source(words)
    if path is not None:
        return MISSING_SOURCE.at(place, path=path)
    for pattern, reason in _OTHER_KIND:
        if found := pattern.search(words):
            return NO_DIRECTORY.at(place, path=found[1], reason=reason)
    return None


def refused(error: ApiError) -> EngineError:
    """The error of a call for which nothing better is known than the engine's own words."""
    words = shown(error.message)
    kinds: dict[int, type[EngineError]] = {400: Refused, 403: Refused, 404: NotFound, 409: Conflict}
    kind = kinds.get(error.status, EngineUnavailable)
    return kind(
        "engine-refused",
        "The Docker Engine refused this.",
        f"It said: {words}",
        "Look at the engine's words.",
        words,
    )
