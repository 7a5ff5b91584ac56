"""What an instruction does, as data: variables already expanded where Docker expands them, paths
absolute, command lines complete. Engines carry these out and read no Dockerfile themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEFAULT_SHELL = ("/bin/sh", "-c")
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class BaseImage:
    """An image that a stage can begin with."""

    config: Mapping[str, Any] = field(default_factory=dict)
    """In Docker's shape: `Env` a list, `Cmd`, `Entrypoint`, `WorkingDir`, `OnBuild` …"""
    name: str = ""
    digest: str = ""


@dataclass(frozen=True)
class From:
    """Begin a stage: from an image, from an earlier stage, or from nothing (`scratch`)."""

    image: str | None = None
    stage: int | None = None
    scratch: bool = False
    base: BaseImage | None = None
    platform: str | None = None


@dataclass(frozen=True)
class ShellCommand:
    """A script for the shell. `files` are to be there while it runs, and not in the layer."""

    script: str
    files: Mapping[str, str] = field(default_factory=dict)
    """Absolute path to content: a heredoc with a shebang is run as `/dev/pipes/NAME`, mode 755."""


@dataclass(frozen=True)
class ExecCommand:
    """A program with its arguments; no shell, so no variables and no `&&`."""

    argv: tuple[str, ...]


@dataclass(frozen=True)
class Mount:
    """A `RUN --mount`: there while the command runs, not in the layer."""

    type: str
    """`bind`, `cache` or `tmpfs`; policy refuses `secret` and `ssh`."""
    target: str
    source: str = "/"
    stage: int | None = None
    image: str | None = None
    read_only: bool = True
    cache_id: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class Run:
    """Run a command and keep what it changed as a layer."""

    command: ShellCommand | ExecCommand
    env: Mapping[str, str] = field(default_factory=dict)
    """The whole environment of the command: base image, ENV and ARG, the later one winning."""
    args: Mapping[str, str] = field(default_factory=dict)
    """The part of `env` that comes from ARG: it is gone from the image afterwards, and is part of
    the step's cache key."""
    workdir: str = "/"
    user: str = ""
    shell: tuple[str, ...] = DEFAULT_SHELL
    mounts: tuple[Mount, ...] = ()

    @property
    def argv(self) -> tuple[str, ...]:
        """What is executed in the end."""
        if isinstance(self.command, ExecCommand):
            return self.command.argv
        return (*self.shell, self.command.script)


@dataclass(frozen=True)
class Copy:
    """COPY or ADD. `sources` and `destination` go to `resolve_copy`; `inline` are heredocs."""

    sources: tuple[str, ...]
    destination: str
    workdir: str = "/"
    from_stage: int | None = None
    from_image: str | None = None
    chown: str | None = None
    chmod: str | None = None
    link: bool = False
    parents: bool = False
    exclude: tuple[str, ...] = ()
    inline: tuple[tuple[str, str], ...] = ()
    """File name and content, variables expanded unless the delimiter was quoted."""
    is_add: bool = False
    unpack: bool = False
    """True when a local tar archive is to be unpacked, as ADD does."""

    @property
    def of_context(self) -> bool:
        """True when the sources are files of the build context."""
        return self.from_stage is None and self.from_image is None


@dataclass(frozen=True)
class Workdir:
    """Work in this directory from now on; it is made if it is not there."""

    path: str


@dataclass(frozen=True)
class Env:
    """Set environment variables, in the image and for the steps that follow."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Arg:
    """Declare build arguments: values for the steps that follow, not for the image."""

    name: str
    value: str | None
    """The value in this build, None when it has none."""
    others: tuple[tuple[str, str | None], ...] = ()
    """Further arguments of the same instruction."""

    @property
    def pairs(self) -> tuple[tuple[str, str | None], ...]:
        return ((self.name, self.value), *self.others)


@dataclass(frozen=True)
class Cmd:
    """What a container runs unless it is told otherwise; `argv` includes the shell."""

    argv: tuple[str, ...]
    shell_form: bool = False


@dataclass(frozen=True)
class Entrypoint:
    """What a container always runs; `argv` includes the shell."""

    argv: tuple[str, ...]
    shell_form: bool = False
    resets_cmd: bool = True
    """Docker drops an inherited CMD, but not one that this stage has set before."""


@dataclass(frozen=True)
class Expose:
    """Ports that the program listens on, as `80/tcp`. A note; it publishes nothing."""

    ports: tuple[str, ...]


@dataclass(frozen=True)
class Label:
    """Notes about the image."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class User:
    """Who runs the steps that follow, and the container."""

    user: str


@dataclass(frozen=True)
class Volume:
    """Paths whose content lives outside the container's layer."""

    paths: tuple[str, ...]


@dataclass(frozen=True)
class Healthcheck:
    """How Docker finds out whether the container is well, in Docker's shape, nanoseconds."""

    check: Mapping[str, Any]


@dataclass(frozen=True)
class StopSignal:
    """The signal that `docker stop` sends."""

    signal: str


@dataclass(frozen=True)
class Shell:
    """The shell of shell-form commands from now on."""

    argv: tuple[str, ...]


@dataclass(frozen=True)
class OnBuild:
    """An instruction kept for the builds that begin with this image."""

    trigger: str


@dataclass(frozen=True)
class Maintainer:
    """The image's author. Deprecated; it is no part of the config."""

    name: str


Operation = (
    From
    | Run
    | Copy
    | Workdir
    | Env
    | Arg
    | Cmd
    | Entrypoint
    | Expose
    | Label
    | User
    | Volume
    | Healthcheck
    | StopSignal
    | Shell
    | OnBuild
    | Maintainer
)
