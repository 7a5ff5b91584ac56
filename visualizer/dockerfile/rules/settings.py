"""Rules on the image's settings: CMD and its relatives, WORKDIR, USER, EXPOSE, MAINTAINER."""

import re
from collections.abc import Iterator

from visualizer.dockerfile.analysis import Analysis, StageView
from visualizer.dockerfile.diagnosis import Topic, replace_lines
from visualizer.dockerfile.operations import From
from visualizer.events.types import Diagnosis

TOPIC = Topic("Settings of the image")

SEVERAL = TOPIC.message(
    "several-of-one",
    "warning",
    "This {keyword} has no effect: another one follows in line {line}.",
    "An image has one {keyword}; the last one in the stage counts.",
    "Delete this line. To prepare something in the image use RUN; to start several programs let "
    "one script start them.",
)
RELATIVE = TOPIC.message(
    "relative-workdir",
    "warning",
    "Where `{path}` is depends on the base image.",
    "A WORKDIR without a leading `/` is taken from the current directory, which here is whatever "
    "the base image has set.",
    "Write the whole path: `WORKDIR /{path}`.",
)
MAPPING = TOPIC.message(
    "expose-with-host-port",
    "warning",
    "EXPOSE takes only the container's port; `{host}` is ignored.",
    "EXPOSE is a note on which port the program listens to. Which port of the host leads to it is "
    "said when the container is started: `docker run -p {port}`.",
    "Write `EXPOSE {container}`.",
)
PROTOCOL = TOPIC.message(
    "expose-protocol-casing",
    "warning",
    "The protocol in `{port}` is written in capitals.",
    "Docker wants `tcp`, `udp` or `sctp` in small letters and warns of others.",
    "Write `{lower}`.",
)
MAINTAINER = TOPIC.message(
    "maintainer-deprecated",
    "warning",
    "MAINTAINER is out of use.",
    "Docker still reads it but warns; a label says the same and can be searched for.",
    "Write `LABEL org.opencontainers.image.authors=…`.",
)
AS_ROOT = TOPIC.message(
    "runs-as-root",
    "hint",
    "The program in the container will run as root.",
    "No USER says otherwise. If someone takes over the program, they have all rights inside the "
    "container.",
    "Before CMD change to another user, for example `USER nobody` or one that you make with RUN.",
)
NOTHING_TO_RUN = TOPIC.message(
    "nothing-to-run",
    "hint",
    "The image says nothing about what a container is to run.",
    "It has no CMD and no ENTRYPOINT, so `docker run` works only with a command behind the image.",
    'End with a CMD, for example `CMD ["program", "argument"]`.',
)
USER_SPACE = TOPIC.message(
    "user-with-space",
    "warning",
    "`{user}` is taken for one user's name, the space included.",
    "USER takes one user, or `user:group`.",
    "Write for example `USER app:app`.",
)
_UNPRIVILEGED = re.compile(r"nonroot|unprivileged|rootless|distroless")


def several(analysis: Analysis) -> Iterator[Diagnosis]:
    for stage in analysis.stages:
        for keyword in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            found = stage.of(keyword)
            for placed in found[:-1]:
                fix = replace_lines(placed.instruction, "Delete this line", "")
                last = found[-1].instruction.line_start
                yield SEVERAL.at(placed.instruction, fix, keyword=keyword, line=last)


def relative_workdir(analysis: Analysis) -> Iterator[Diagnosis]:
    """Only the first of a stage, and not if its base stage has set one: as Docker warns."""
    for stage in analysis.stages:
        first = stage.of("WORKDIR")[:1]
        operation = stage.begin.operation
        inherits = isinstance(operation, From) and operation.stage is not None
        for placed in () if inherits else first:
            path = placed.instruction.operands
            # `$HOME/app` and `"/app"` are absolute or cannot be told.
            if re.match(r"[\w.]", path):
                better = re.sub(r"^(\./)+", "", path)
                fix = None
                if better not in (".", "..") and not better.startswith("../"):
                    text = f"{placed.instruction.written} /{better}"
                    one = placed.instruction.line_start == placed.instruction.line_end
                    fix = (
                        replace_lines(placed.instruction, f"Write /{better}", text) if one else None
                    )
                yield RELATIVE.at(placed.instruction, fix, path=better)


def expose(analysis: Analysis) -> Iterator[Diagnosis]:
    for instruction in analysis.all("EXPOSE"):
        one_line = instruction.line_start == instruction.line_end
        for port in instruction.value:
            host, colon, container = port.rpartition(":")
            if colon and "$" not in port and re.fullmatch(r"\d+(-\d+)?(/\w+)?", container):
                text = instruction.text.replace(port, container)
                fix = replace_lines(instruction, f"Write {container}", text) if one_line else None
                yield MAPPING.at(instruction, fix, host=host, port=port, container=container)
            elif re.fullmatch(r"\d+(-\d+)?/(?=.*[A-Z])(?i:tcp|udp|sctp)", port):
                text = instruction.text.replace(port, port.lower())
                fix = (
                    replace_lines(instruction, f"Write {port.lower()}", text) if one_line else None
                )
                yield PROTOCOL.at(instruction, fix, port=port, lower=port.lower())


def maintainer(analysis: Analysis) -> Iterator[Diagnosis]:
    for instruction in analysis.all("MAINTAINER"):
        name = " ".join(instruction.value).strip("\"'").replace('"', '\\"')
        text = f'LABEL org.opencontainers.image.authors="{name}"'
        one_line = instruction.line_start == instruction.line_end
        fix = replace_lines(instruction, "Write it as a label", text)
        yield MAINTAINER.at(instruction, fix if one_line and name else None)


def as_root(analysis: Analysis) -> Iterator[Diagnosis]:
    """On the line that says what to run, once it is certain enough."""
    for stage in analysis.stages:
        commands = stage.of("CMD", "ENTRYPOINT")
        if not stage.last or not commands or _unprivileged(analysis, stage):
            continue
        user = str(stage.scope.config.get("User") or "")
        if user.partition(":")[0] in ("", "root", "0"):
            yield AS_ROOT.at(commands[-1].instruction)


def _unprivileged(analysis: Analysis, stage: StageView) -> bool:
    """True for bases that are known to have a user, or to have none at all."""
    operation = stage.begin.operation
    if not isinstance(operation, From):
        return True
    if operation.stage is not None:
        return _unprivileged(analysis, analysis.stages[operation.stage])
    return operation.scratch or bool(_UNPRIVILEGED.search(operation.image or ""))


def nothing_to_run(analysis: Analysis) -> Iterator[Diagnosis]:
    for stage in analysis.stages:
        config = stage.scope.config
        if not stage.last or not stage.scope.base_known or stage.of("ONBUILD"):
            continue
        runs = config.get("Cmd") or config.get("Entrypoint") or stage.of("CMD", "ENTRYPOINT")
        if len(stage.placed) > 1 and not runs:
            yield NOTHING_TO_RUN.at(stage.placed[-1].instruction)


def user_with_space(analysis: Analysis) -> Iterator[Diagnosis]:
    for instruction in analysis.all("USER"):
        user = instruction.operands
        if re.search(r"\s", user) and "#" not in user and not user.startswith(("$", '"', "'")):
            yield USER_SPACE.at(instruction, user=user)


RULES = (several, relative_workdir, expose, maintainer, as_root, nothing_to_run, user_with_space)
