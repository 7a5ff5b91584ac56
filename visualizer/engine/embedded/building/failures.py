"""What can stop a build in the embedded engine, beside what the Dockerfile itself says wrongly."""

import msgspec

from visualizer.dockerfile.diagnosis import Lines, Message, Place, Topic
from visualizer.events.types import Diagnosis

TOPIC = Topic("While the embedded engine builds")

STEP_TIMEOUT = TOPIC.message(
    "step-timeout",
    "error",
    "The step ran for longer than {limit} seconds and was stopped.",
    "A build ends when each of its commands has ended. A server or an endless loop never does.",
    "Start what shall keep running with CMD, not with RUN.",
)
BUILD_TIMEOUT = TOPIC.message(
    "build-timeout",
    "error",
    "The build took longer than {limit} seconds and was stopped.",
    "Every lab shares this machine with others, so a build has a limit.",
    "Do less in the build, or use your own Docker.",
)
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
IMAGE_SIZE = TOPIC.message(
    "image-too-large",
    "error",
    "The image became larger than {limit} bytes.",
    "The disk of a lab is small, and every layer is kept, also when a later one deletes its files.",
    "Write less, or use a second stage that copies only what is needed.",
)
INVALID_TAG = TOPIC.message(
    "invalid-image-tag",
    "error",
    "The image cannot be named `{tag}`.",
    "An image is named `repository:tag`: small letters, digits, and `.`, `_`, `-` or `/` between "
    "them.",
    "Use a name such as `my-app:1.0`.",
)
BAD_PATH = TOPIC.message(
    "path-not-storable",
    "error",
    "The path `{path}` cannot be stored: {reason}.",
    "Names are at most 255 bytes long, paths at most 100 levels deep, and hold no control "
    "characters, which could make them look like other names.",
    "Give the file another name or place.",
)
NO_DIRECTORY = TOPIC.message(
    "not-a-directory",
    "error",
    "`{path}` cannot be made there: {reason}.",
    "A directory cannot take the place of a file, nor a file that of a directory.",
    "Choose another destination, or end it with `/` if it shall be a directory.",
)
UNKNOWN_OWNER = TOPIC.message(
    "chown-unknown-user",
    "error",
    "There is no {kind} `{name}` in the image to give the files to.",
    "--chown looks names up in the image's own /etc/passwd and /etc/group, as they are at this "
    "point of the build.",
    "Create it first, or write a number, for example `--chown=1000:1000`.",
)
BAD_ARCHIVE = TOPIC.message(
    "add-bad-archive",
    "error",
    "The archive `{source}` cannot be unpacked: {reason}.",
    "ADD unpacks a local tar archive. Entries that would end up outside the destination are "
    "refused, because an archive from a stranger could overwrite what it likes.",
    "Pack it again with `tar -czf archive.tar.gz -C folder .`, or use COPY, which does not unpack.",
)
LARGE_ARCHIVE = TOPIC.message(
    "add-large-archive",
    "error",
    "The archive `{source}` is larger than allowed when it is unpacked.",
    "At most {limit} bytes and {files} entries are unpacked: a small archive can hide a very large "
    "one.",
    "Put less into the archive.",
)
BAD_MODE = TOPIC.message(
    "chmod-not-understood",
    "error",
    "`--chmod={mode}` is not understood.",
    "The mode is octal digits or the symbolic form of the chmod command.",
    "Write for example `--chmod=755`.",
)
TOO_MANY_IMAGES = TOPIC.message(
    "too-many-images",
    "error",
    "This lab already has {limit} images, as many as it may.",
    "Images with a tag or with a container are never deleted by themselves.",
    "Remove an image that you do not need any more, then build again.",
)
CANNOT_START = TOPIC.message(
    "command-cannot-start",
    "error",
    "The command could not be started: {message}.",
    "The program has to be a file in the image, executable, and found through PATH. A shell-form "
    "instruction needs a shell in the image too.",
    "Check the spelling, or choose a base image that has the program.",
)
NO_DOCKERFILE = TOPIC.message(
    "no-dockerfile",
    "error",
    "There is no file `{path}` to build from.",
    "A build reads its instructions from a Dockerfile in the build context.",
    "Add a file called `Dockerfile`, with a capital D and no ending.",
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


def whole_build() -> Place:
    """The place of a failure that no line is to blame for."""
    return Lines(1, 1)


_LIMITS = {
    "step_seconds": STEP_TIMEOUT,
    "build_seconds": BUILD_TIMEOUT,
    "memory_bytes": MEMORY,
    "commands": COMMANDS,
    "disk_bytes": DISK,
    "files": FILES,
}
