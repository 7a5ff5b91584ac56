"""The vocabulary of the tape: every fact that an engine's work is turned into.

Each class below is one event. Its docstring is its public documentation: the JSON Schema, the
TypeScript types and the reference page are all generated from this file (`manage.py vocabulary`).

Facts are in the past tense and carry no presentation. Sizes are bytes, durations milliseconds.
`build`, `step` are integers from 1; `image` and `layer` are `sha256:` digests; `container` is 64
hexadecimal digits; `exec` is 32.
"""

from typing import Annotated, Any, Literal

import msgspec

VERSION = 1
"""The vocabulary's version, written into every event as `v`."""

Natural = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Digest = Annotated[str, msgspec.Meta(pattern="^sha256:[0-9a-f]{64}$")]
ContainerId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
ExecId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
Stream = Literal["stdout", "stderr"]
ChangeKind = Literal["added", "modified", "deleted"]
Makes = Literal["base", "layer", "config"]
Severity = Literal["error", "warning", "hint"]
Direction = Literal["push", "pull"]
BlobState = Literal["waiting", "moving", "exists", "done"]
ExitReason = Literal["completed", "failed", "stopped", "killed", "out-of-memory", "timeout", "lost"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an event is made of; never on the tape by itself."""


class EngineInfo(Part):
    """The engine that a lab works on, as its badge says it."""

    kind: Literal["embedded", "docker"]
    name: str
    version: str
    simulated: bool
    """True when commands run in a simulated userland, not on a kernel."""


class FileEntry(Part):
    """One file of a build context."""

    path: str
    """Relative to the context's root, with `/` between the parts."""
    size: Natural
    sha256: str


class FileChange(Part):
    """One path that a container or a layer changed, as `docker diff` tells it."""

    path: str
    kind: ChangeKind
    size: Natural
    """Size of the file now; 0 for a directory or a deleted path."""


class Fix(Part):
    """A replacement of whole lines that mends what a diagnosis is about."""

    title: str
    """What the button says, for example `Quote the words`."""
    line_start: Positive
    line_end: Natural
    """Last line replaced; `line_start - 1` inserts before `line_start`."""
    text: str
    """The new lines without a final newline; empty deletes them."""


class Diagnosis(Part, kw_only=True, rename={"try_": "try"}):
    """What went wrong, why, and what to try, in words for a learner."""

    code: str
    """Stable and kebab-case, for example `comment-after-instruction`."""
    severity: Severity = "error"
    title: str
    """What happened, one sentence."""
    why: str
    try_: str
    """What to do now, one or two sentences."""
    line: int | None = None
    line_end: int | None = None
    fix: Fix | None = None


class PlannedStep(Part):
    """An instruction's place in one build."""

    step: Positive
    stage: Natural
    stage_name: str | None
    instruction: str
    """The keyword in capitals, for example `COPY`."""
    text: str
    """The instruction as written, continuation lines joined."""
    line_start: Positive
    line_end: Positive
    makes: Makes
    needs: list[int]
    """Steps that must be done before: the one before it in the stage, and those it copies from."""
    reads: list[str]
    """Paths of the build context that the step copies, sorted; they are part of its cache key."""
    skipped: bool = False
    """True when no stage that the target needs contains the step, so it is not executed."""


class ImageLayer(Part):
    """A layer of an image that no build on this tape made, with what `layer.created` tells."""

    layer: Digest
    size: Natural
    """Bytes of the files that the layer adds or modifies; whiteouts are not counted."""
    added: Natural
    modified: Natural
    deleted: Natural


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The envelope. The journal fills in `seq` and `at_ms`; engines leave them at 0."""

    v: int = VERSION
    seq: Natural = 0
    """Position on the lab's tape: 1, 2, 3 … without gaps."""
    at_ms: Natural = 0
    """Milliseconds since the lab was opened."""


class LabOpened(Event, tag="lab.opened"):
    """The lab came into being on an engine, with these limits."""

    engine: EngineInfo
    limits: dict[str, int]


class BuildQueued(Event, tag="build.queued"):
    """A build waits for its turn; position 1 is the next."""

    build: Positive
    position: Positive


class BuildStarted(Event, tag="build.started"):
    """A build began, with this Dockerfile and these files as its context."""

    build: Positive
    tag: str
    dockerfile: str
    files: list[FileEntry]
    args: dict[str, str] = {}
    """Build arguments given from outside (`--build-arg`)."""
    target: str | None = None
    """The stage asked for (`--target`), None for the last."""
    no_cache: bool = False


class BuildPlanned(Event, tag="build.planned"):
    """The Dockerfile was read and turned into steps."""

    build: Positive
    steps: list[PlannedStep]


class StepStarted(Event, tag="step.started"):
    """A step began to run; it did not come from the cache."""

    build: Positive
    step: Positive


class StepCached(Event, tag="step.cached"):
    """A step's result was in the build cache, so it was not run."""

    build: Positive
    step: Positive


class StepOutput(Event, tag="step.output"):
    """A step's command wrote this."""

    build: Positive
    step: Positive
    stream: Stream
    text: str


class StepFinished(Event, tag="step.finished"):
    """A step that ran is done."""

    build: Positive
    step: Positive
    duration_ms: Natural


class StepFailed(Event, tag="step.failed"):
    """A step could not be done; the build stops here."""

    build: Positive
    step: Positive
    message: str
    exit_code: int | None = None
    diagnosis: Diagnosis | None = None


class LayerCreated(Event, tag="layer.created"):
    """A step gave the image a layer: a difference between two file systems.

    A base image has one event for each of its layers, all of the same FROM step.
    """

    build: Positive
    step: Positive
    layer: Digest
    size: Natural
    """Bytes of the files that the layer adds or modifies; whiteouts are not counted."""
    added: Natural
    modified: Natural
    deleted: Natural
    cached: bool


class ConfigChanged(Event, tag="config.changed"):
    """A step changed the image's config and made no layer."""

    build: Positive
    step: Positive
    field: str
    """The config's key in Docker's spelling, for example `Env`."""
    value: Any
    """The whole new value of that key."""


class ImageBuilt(Event, tag="image.built"):
    """A build ended well; the image is in the lab."""

    build: Positive
    image: Digest
    tags: list[str]
    layers: list[str]
    """Digests, the base first."""
    size: Natural
    config: dict[str, Any]
    """The image's config in Docker's own shape: `Env`, `Cmd`, `Entrypoint`, `WorkingDir` …"""
    duration_ms: Natural


class StepEntered(Event, tag="step.entered"):
    """A finished step was entered: the image as it was after it is in the lab, without a tag.

    A container to look around in is made of it next. The build may have failed at a later step.
    """

    build: Positive
    step: Positive
    image: Digest
    layers: list[ImageLayer]
    """The base first: those of the base image, then one of each step of the stage so far."""
    size: Natural
    """Bytes of the files of all its layers."""
    config: dict[str, Any]
    """The image's config as the step left it."""


class BuildFailed(Event, tag="build.failed"):
    """A build ended without an image."""

    build: Positive
    message: str
    diagnosis: Diagnosis | None = None


class BuildCancelled(Event, tag="build.cancelled"):
    """A build was called off before it ended."""

    build: Positive
    reason: str


class ImageTagged(Event, tag="image.tagged"):
    """A tag now points at the image; it was taken from any other image."""

    image: Digest
    tag: str


class ImageUntagged(Event, tag="image.untagged"):
    """A tag no longer points at the image."""

    image: Digest
    tag: str


class ImageRemoved(Event, tag="image.removed"):
    """The image is gone from the lab."""

    image: Digest


class ImageCommitted(Event, tag="image.committed"):
    """A container's writable layer became the top layer of a new image."""

    image: Digest
    container: ContainerId
    layer: Digest
    layer_size: Natural
    tags: list[str]
    layers: list[str]
    size: Natural
    config: dict[str, Any]


class TransferStarted(Event, tag="transfer.started"):
    """An image began to go to the lab's registry, or to come from there."""

    transfer: Positive
    """From 1 in each lab, pushes and pulls together."""
    direction: Direction
    reference: str
    """As the learner names it, for example `registry.lab/my-app:1.0`."""


class TransferProgressed(Event, tag="transfer.progressed"):
    """How far one blob of a transfer is. Its first and its last state are always told."""

    transfer: Positive
    blob: str
    """The short id that the engine prints for it: twelve hexadecimal digits."""
    state: BlobState
    """`exists` means that it was there already and was not sent; `done` that it was sent."""
    layer: Digest | None = None
    """The layer that the blob is, packed; None when it is not known, or is no layer."""
    current: Natural = 0
    """Bytes that have gone over, while it is `moving`."""
    total: Natural | None = None
    """Bytes of the whole blob, None while nobody knows."""


class ImagePushed(Event, tag="image.pushed"):
    """The lab's registry has the image now, under this reference; the lab has it still."""

    image: Digest
    transfer: Positive
    reference: str
    digest: Digest
    """Of the manifest, which lists the image's config and layers: what the registry knows it by."""
    size: Natural
    """Bytes of the files of all its layers."""


class ImagePulled(Event, tag="image.pulled"):
    """The lab has the image now that the registry has under this reference."""

    image: Digest
    transfer: Positive
    reference: str
    tags: list[str]
    layers: list[ImageLayer]
    """The base first."""
    size: Natural
    """Bytes of the files of all its layers."""
    config: dict[str, Any]
    digest: Digest
    """Of the manifest."""


class TransferFailed(Event, tag="transfer.failed"):
    """A push or pull ended without its image; what had gone over before may stay where it is."""

    transfer: Positive
    message: str
    diagnosis: Diagnosis | None = None


class ContainerCreated(Event, tag="container.created"):
    """A container was made from an image: the same layers and one thin writable one."""

    container: ContainerId
    name: str
    image: Digest
    command: list[str]
    """Entrypoint and command together, as they will be executed."""
    hostname: str


class ContainerStarted(Event, tag="container.started"):
    """The container's main process was started."""

    container: ContainerId
    pid: int | None = None
    ip: str | None = None


class ContainerOutput(Event, tag="container.output"):
    """The container's main process wrote this."""

    container: ContainerId
    stream: Stream
    text: str


class ContainerChanged(Event, tag="container.changed"):
    """What the container's writable layer holds now, against its image: the whole list."""

    container: ContainerId
    changes: list[FileChange]
    writable_size: Natural
    truncated: bool = False
    """True when there are more changes than the event lists."""


class ContainerMeasured(Event, tag="container.measured"):
    """What the container's processes use together at this moment, as `docker stats` tells it.

    Told when it has visibly changed, at most every two seconds; never by the embedded engine,
    whose processes are simulated.
    """

    container: ContainerId
    cpu_percent: Annotated[float, msgspec.Meta(ge=0)]
    """Of one core: 100 is one core kept busy, 200 two."""
    memory: Natural
    """Bytes, without files that the kernel keeps in memory and may drop."""
    memory_limit: Natural | None
    """What the container may use before it is ended; None when nothing limits it."""
    pids: Natural
    """Processes and their threads."""


class ContainerPaused(Event, tag="container.paused"):
    """The container's processes are frozen."""

    container: ContainerId


class ContainerResumed(Event, tag="container.resumed"):
    """The container's processes go on."""

    container: ContainerId


class ContainerRenamed(Event, tag="container.renamed"):
    """The container has another name."""

    container: ContainerId
    name: str


class ContainerExited(Event, tag="container.exited"):
    """The container's main process ended; its files stay until it is removed."""

    container: ContainerId
    exit_code: int
    reason: ExitReason
    """`lost` means that the engine or the site went away under it."""


class ContainerRemoved(Event, tag="container.removed"):
    """The container is gone, and its writable layer with it."""

    container: ContainerId


class ExecStarted(Event, tag="exec.started"):
    """A further process was started in a running container."""

    container: ContainerId
    exec: ExecId
    command: list[str]
    terminal: bool
    """True for an interactive shell, whose output carries a terminal's control sequences."""


class ExecOutput(Event, tag="exec.output"):
    """A further process wrote this."""

    container: ContainerId
    exec: ExecId
    stream: Stream
    text: str


class ExecExited(Event, tag="exec.exited"):
    """A further process ended."""

    container: ContainerId
    exec: ExecId
    exit_code: int


class LimitReached(Event, tag="limit.reached"):
    """Something was stopped or refused because a limit was reached."""

    what: str
    """The limit's name, a key of `lab.opened.limits`."""
    limit: int
    subject: str
    """What ran into it: `build:1`, `container:<id>`, `exec:<id>` or `lab`."""


class OutputTruncated(Event, tag="output.truncated"):
    """Output beyond the limit was dropped; what was running went on."""

    what: str
    limit: int
    subject: str


class EngineLost(Event, tag="engine.lost"):
    """The engine went away; what ran on it has stopped."""

    message: str


class EngineRestored(Event, tag="engine.restored"):
    """The engine is back, and the tape agrees with what it holds."""

    message: str


AnyEvent = (
    LabOpened
    | BuildQueued
    | BuildStarted
    | BuildPlanned
    | StepStarted
    | StepCached
    | StepOutput
    | StepFinished
    | StepFailed
    | LayerCreated
    | ConfigChanged
    | ImageBuilt
    | StepEntered
    | BuildFailed
    | BuildCancelled
    | ImageTagged
    | ImageUntagged
    | ImageRemoved
    | ImageCommitted
    | TransferStarted
    | TransferProgressed
    | ImagePushed
    | ImagePulled
    | TransferFailed
    | ContainerCreated
    | ContainerStarted
    | ContainerOutput
    | ContainerChanged
    | ContainerMeasured
    | ContainerPaused
    | ContainerResumed
    | ContainerRenamed
    | ContainerExited
    | ContainerRemoved
    | ExecStarted
    | ExecOutput
    | ExecExited
    | LimitReached
    | OutputTruncated
    | EngineLost
    | EngineRestored
)
