"""Entering a step on every engine: a build that the tape is not told of, a process that waits."""

from visualizer.engine.errors import Refused
from visualizer.engine.port import RunRequest
from visualizer.events.types import AnyEvent, BuildCancelled, BuildFailed

ENTERING = 0
"""The number under which it holds a lab's only build; builds are numbered from 1."""
SHELL = "/bin/sh"
WAIT = 'trap "exit 0" TERM; echo "Waiting, so that you can look around."; sleep 2147483647 & wait'
"""Waits until it is stopped. A bare `sleep` as process 1 would not hear SIGTERM."""


def looking_around(image: str, name: str) -> RunRequest:
    """The container to look around in: it only waits, whatever the image would start."""
    return RunRequest(image, name=name, entrypoint=[SHELL, "-c", WAIT], start=False)


class Unheard:
    """Takes a build's events in place of the tape, and keeps how it ended if it ended badly."""

    def __init__(self) -> None:
        self._end: BuildFailed | BuildCancelled | None = None

    def __call__(self, event: AnyEvent) -> None:
        """The port's `Emit`."""
        if isinstance(event, BuildFailed | BuildCancelled):
            self._end = event

    def refusal(self, step: int) -> Refused:
        """What is said when there is no image."""
        title = f"Step {step} could not be entered."
        match self._end:
            case BuildFailed(message=message, diagnosis=None):
                return Refused("step-not-entered", title, message)
            case BuildFailed(diagnosis=why) if why is not None:
                said = f"Its image had to be made again, and that failed: {why.title} {why.why}"
                return Refused("step-not-entered", title, said, why.try_)
            case BuildCancelled(reason=reason):
                return Refused("step-not-entered", title, reason, "Try it again.")
        return Refused("step-not-entered", title)
