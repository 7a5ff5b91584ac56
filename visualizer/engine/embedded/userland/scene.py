"""What a command finds around it when it starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from visualizer.engine.embedded.userland import paths
from visualizer.engine.embedded.userland.contract import Call, Sink, Source, System
from visualizer.engine.embedded.userland.control import Control
from visualizer.engine.embedded.userland.identity import User


@dataclass(frozen=True)
class Scene:
    """System, environment, user, streams: everything but the command's own arguments."""

    system: System
    env: Mapping[str, str]
    cwd: str
    user: User
    control: Control
    stdout: Sink
    stderr: Sink
    stdin: Source
    columns: int | None = None
    depth: int = 0
    """How many shells it is in."""

    def call(self, argv: Sequence[str]) -> Call:
        """The call of one of our own commands in this scene."""
        return Call(
            self.system, argv, self.env, self.cwd, self.user, self.control,
            self.stdin, self.stdout, self.stderr, self.columns,
        )  # fmt: skip


SHELL_NAMES = {"bash": "bash", "dash": "sh", "busybox": "sh"}
"""What a shell of each flavour calls itself."""

_SIGNS = (("busybox", "/bin/busybox"), ("dash", "/bin/dash"), ("dash", "/usr/bin/dash"))


def flavour(scene: Scene) -> str:
    """Whose words the image's shell uses: `busybox`, `dash` or `bash`."""
    for name, where in _SIGNS:
        if paths.stat(scene.system.filesystem, where) is not None:
            return name
    return "bash"
