"""What can stop a build on every engine, beside what the Dockerfile itself says wrongly."""

import json

from visualizer.dockerfile.diagnosis import Lines, Message, Place, Topic
from visualizer.events.types import Diagnosis

TOPIC = Topic("While an engine builds")

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
IMAGE_SIZE = TOPIC.message(
    "image-too-large",
    "error",
    "The image became larger than {limit} bytes.",
    "The disk of a lab is small, and every layer is kept, also when a later one deletes its files.",
    "Write less, or use a second stage that copies only what is needed.",
)
IMAGE_FILES = TOPIC.message(
    "image-too-many-files",
    "error",
    "The image has more than {limit} files and directories beside those of its base image.",
    "Every file is listed and can be looked at here, so their number has a limit.",
    "Make fewer files, or use a second stage that copies only what is needed.",
)
LAB_SIZE = TOPIC.message(
    "lab-images-too-large",
    "error",
    "With this image, the images of this lab would hold more than {limit} bytes.",
    "The disk is everybody's, so each lab has a part of it. Base images do not count.",
    "Remove an image that you do not need any more, then build again.",
)
TOO_MANY_VOLUMES = TOPIC.message(
    "too-many-volumes",
    "error",
    "The image would have {count} volumes; up to {limit} are allowed here.",
    "Each of its containers would get a directory of its own for every VOLUME.",
    "Name one directory above them all: `VOLUME /data`.",
)
INVALID_TAG = TOPIC.message(
    "invalid-image-tag",
    "error",
    "The image cannot be named `{tag}`.",
    "An image is named `repository:tag`: small letters, digits, and `.`, `_`, `-` or `/` between "
    "them.",
    "Use a name such as `my-app:1.0`.",
)
NO_SUCH_STEP = TOPIC.message(
    "no-such-step",
    "error",
    "The build has no step {step}.",
    "Its steps are the instructions of the Dockerfile, with the triggers of its base images.",
    "Look at the steps for their numbers.",
)
NO_DIRECTORY = TOPIC.message(
    "not-a-directory",
    "error",
    "`{path}` cannot be made there: {reason}.",
    "A directory cannot take the place of a file, nor a file that of a directory.",
    "Choose another destination, or end it with `/` if it shall be a directory.",
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
TOO_MANY_IMAGES = TOPIC.message(
    "too-many-images",
    "error",
    "This lab already has {limit} images, as many as it may.",
    "Images with a tag or with a container are never deleted by themselves.",
    "Remove an image that you do not need any more, then build again.",
)
NO_DOCKERFILE = TOPIC.message(
    "no-dockerfile",
    "error",
    "There is no file `{path}` to build from.",
    "A build reads its instructions from a Dockerfile in the build context.",
    "Add a file called `Dockerfile`, with a capital D and no ending.",
)


class BuildStopped(Exception):
    """A build that failed; the tape's words for it."""

    def __init__(self, message: str, diagnosis: Diagnosis | None) -> None:
        super().__init__(message)
        self.message = message
        self.diagnosis = diagnosis


def whole_build() -> Place:
    """The place of a failure that no line is to blame for."""
    return Lines(1, 1)


def stopped(words: Message, **values: object) -> BuildStopped:
    """A build's end in the words of a registered message, with no line to blame."""
    diagnosis = words.at(whole_build(), None, None, **values)
    return BuildStopped(diagnosis.title, diagnosis)


def process_failed(command: str) -> str:
    """BuildKit's words for a command of a RUN that failed; it quotes as Go does."""
    return f"process {json.dumps(command, ensure_ascii=False)} did not complete successfully"
