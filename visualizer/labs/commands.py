"""What a browser may ask of a lab: imperative, checked on arrival, carried out by the owner only.

One message is one command as a JSON object; `type` names it and `ref` comes back in the answer.
Unknown types and unknown fields are refused (`frames.py` has the answers).
"""

from typing import Annotated

import msgspec

Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
"""A container or an image: id, unique prefix, name or tag."""
ExecRef = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Word = Annotated[str, msgspec.Meta(max_length=4096)]
Path = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=60)]
Columns = Annotated[int, msgspec.Meta(ge=10, le=500)]
Rows = Annotated[int, msgspec.Meta(ge=2, le=300)]


class SourceFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of the editor. `base64` is for content that is not UTF-8 text."""

    path: Path
    text: str | None = None
    base64: str | None = None


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ref` is the browser's own name for the command; the answer carries it."""

    ref: Annotated[str, msgspec.Meta(max_length=64)] = ""


class SaveFiles(Command, kw_only=True, tag="files.save"):
    """Keep these as the lab's files, all of them; the editor sends it a moment after typing."""

    files: Annotated[list[SourceFile], msgspec.Meta(max_length=400)]


class Build(Command, kw_only=True, tag="build"):
    """Save the files and build an image of them (`docker build -t TAG .`)."""

    files: Annotated[list[SourceFile], msgspec.Meta(max_length=400)]
    tag: Tag = "my-app:latest"
    args: Annotated[dict[str, Word], msgspec.Meta(max_length=50)] = {}
    target: Annotated[str, msgspec.Meta(max_length=128)] | None = None
    no_cache: bool = False


class CancelBuild(Command, kw_only=True, tag="build.cancel"):
    """Call a build off, whether it runs or waits."""

    build: Annotated[int, msgspec.Meta(ge=1)]


class EnterStep(Command, kw_only=True, tag="step.enter"):
    """Start a container from the image as it was after a finished step, to look around in.

    The build may have failed later. The answer's result is `{"container": id, "started": bool,
    "same": bool}`: without a shell in the image the container is there and not started, and when a
    step had to run again, or a base image is another by now, its layers are not the same.
    """

    build: Annotated[int, msgspec.Meta(ge=1)]
    step: Annotated[int, msgspec.Meta(ge=1)]


class Run(Command, kw_only=True, tag="container.run"):
    """`docker run -d IMAGE [COMMAND]`, or `docker create` when `start` is false."""

    image: Ref
    name: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    command: Annotated[list[Word], msgspec.Meta(max_length=64)] | None = None
    env: Annotated[dict[str, Word], msgspec.Meta(max_length=50)] = {}
    start: bool = True


class Start(Command, kw_only=True, tag="container.start"):
    """`docker start`."""

    container: Ref


class Stop(Command, kw_only=True, tag="container.stop"):
    """`docker stop`: the stop signal, then after the grace SIGKILL."""

    container: Ref
    grace_seconds: Seconds = 10.0


class Kill(Command, kw_only=True, tag="container.kill"):
    """`docker kill --signal`."""

    container: Ref
    signal: Annotated[str, msgspec.Meta(pattern=r"^SIG[A-Z0-9]{2,10}\Z")] = "SIGKILL"


class Restart(Command, kw_only=True, tag="container.restart"):
    """`docker restart`."""

    container: Ref
    grace_seconds: Seconds = 10.0


class Pause(Command, kw_only=True, tag="container.pause"):
    """`docker pause`."""

    container: Ref


class Resume(Command, kw_only=True, tag="container.resume"):
    """`docker unpause`."""

    container: Ref


class Rename(Command, kw_only=True, tag="container.rename"):
    """`docker rename`."""

    container: Ref
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Remove(Command, kw_only=True, tag="container.remove"):
    """`docker rm [-f]`."""

    container: Ref
    force: bool = False


class Commit(Command, kw_only=True, tag="container.commit"):
    """`docker commit CONTAINER TAG`."""

    container: Ref
    tag: Tag


class StartExec(Command, kw_only=True, tag="exec.start"):
    """`docker exec [-it]`; an empty command with a terminal asks for the image's shell.

    The answer's result is `{"exec": id}`.
    """

    container: Ref
    command: Annotated[list[Word], msgspec.Meta(max_length=64)] = []
    terminal: bool = False
    columns: Columns = 80
    rows: Rows = 24


class TypeIntoExec(Command, kw_only=True, tag="exec.type"):
    """Keys typed into an exec's terminal."""

    exec: ExecRef
    data: Annotated[str, msgspec.Meta(max_length=8192)]


class ResizeExec(Command, kw_only=True, tag="exec.resize"):
    """The terminal has another size."""

    exec: ExecRef
    columns: Columns
    rows: Rows


class EndExec(Command, kw_only=True, tag="exec.end"):
    """The terminal was closed."""

    exec: ExecRef


class TagImage(Command, kw_only=True, tag="image.tag"):
    """`docker tag IMAGE TAG`."""

    image: Ref
    tag: Tag


class RemoveImage(Command, kw_only=True, tag="image.remove"):
    """`docker rmi [-f] IMAGE`."""

    image: Ref
    force: bool = False


class PushImage(Command, kw_only=True, tag="image.push"):
    """`docker push TAG`, to the lab's own registry; answered when it is done.

    The tag is one of an image of the lab and begins with `registry.lab/`. The answer's result is
    `{"transfer": number}`; whether it went well is on the tape.
    """

    tag: Tag


class PullImage(Command, kw_only=True, tag="image.pull"):
    """`docker pull REFERENCE`, from the lab's own registry; answered as `image.push` is."""

    reference: Tag


AnyCommand = (
    SaveFiles
    | Build
    | CancelBuild
    | EnterStep
    | Run
    | Start
    | Stop
    | Kill
    | Restart
    | Pause
    | Resume
    | Rename
    | Remove
    | Commit
    | StartExec
    | TypeIntoExec
    | ResizeExec
    | EndExec
    | TagImage
    | RemoveImage
    | PushImage
    | PullImage
)
