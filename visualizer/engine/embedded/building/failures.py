"""What can stop a build in the embedded engine only, beside what `engine/build_failures.py` has."""

import msgspec

from visualizer.dockerfile.diagnosis import Message, Place, Topic
from visualizer.engine.build_failures import BUILD_TIMEOUT, STEP_TIMEOUT
from visualizer.events.types import Diagnosis

TOPIC = Topic("While the embedded engine builds")

MEMORY = TOPIC.message(
    "step-out-of-memory",
    "error",
    "The step needed more than {limit} bytes of memory and was stopped.",
    "Each process has a limit, as a container has with `docker run --memory`.",
    "Work on less data at a time.",
)
COMMANDS = TOPIC.message(
    "step-too-many-commands",
    "error",
    "The step executed more than {limit} shell commands and was stopped.",
    "A loop that is this long is more often a loop that never ends.",
    "Look at the loop's condition.",
)
DISK = TOPIC.message(
    "step-disk-full",
    "error",
    "The step's layer became larger than {limit} bytes.",
    "The disk of a lab is small. In Docker the same would read `no space left on device`.",
    "Write less, or delete in the same RUN what is not needed afterwards.",
)
FILES = TOPIC.message(
    "step-too-many-files",
    "error",
    "The step made the image hold more than {limit} files and directories.",
    "The disk of a lab is small. In Docker the same would read `no space left on device`.",
    "Make fewer files.",
)
BAD_PATH = TOPIC.message(
    "path-not-storable",
    "error",
    "The path `{path}` cannot be stored: {reason}.",
    "Names are at most 255 bytes long, paths at most 100 levels deep, and hold no control "
    "characters, which could make them look like other names.",
    "Give the file another name or place.",
)
BAD_MODE = TOPIC.message(
    "chmod-not-understood",
    "error",
    "`--chmod={mode}` is not understood.",
    "The mode is octal digits or the symbolic form of the chmod command.",
    "Write for example `--chmod=755`.",
)
ENGINE_FAULT = TOPIC.message(
    "engine-fault",
    "error",
    "The embedded engine made a mistake of its own.",
    "This is not your Dockerfile's fault: something that the engine did not foresee happened, and "
    "it was written to the site's log.",
    "Build again. If it happens again, tell the people who run this site.",
)


class StepFailure(Exception):
    """A step that could not be done."""

    def __init__(
        self,
        message: str,
        diagnosis: Diagnosis | None = None,
        exit_code: int | None = None,
        limit: tuple[str, int] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.diagnosis = diagnosis
        self.exit_code = exit_code
        self.limit = limit
        """The limit's name and value, when one was reached."""


def failure(words: Message, place: Place | None, **values: object) -> StepFailure:
    """A step's failure in the words of a registered message."""
    diagnosis = words.at(place, None, None, **values)
    return StepFailure(diagnosis.title, diagnosis)


def limit_failure(what: str, limit: int, place: Place, message: str | None = None) -> StepFailure:
    """The failure of a step that ran into a limit."""
    words = _LIMITS[what]
    diagnosis = words.at(place, limit=limit)
    return StepFailure(message or diagnosis.title, diagnosis, limit=(what, limit))


def with_lines(diagnosis: Diagnosis, place: Place) -> Diagnosis:
    """The diagnosis with the step's lines, when it has none of its own."""
    if diagnosis.line is not None:
        return diagnosis
    return msgspec.structs.replace(diagnosis, line=place.line_start, line_end=place.line_end)


_LIMITS = {
    "step_seconds": STEP_TIMEOUT,
    "build_seconds": BUILD_TIMEOUT,
    "memory_bytes": MEMORY,
    "commands": COMMANDS,
    "disk_bytes": DISK,
    "files": FILES,
}
