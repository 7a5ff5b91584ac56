"""One step of a build as it goes on: where it stands, and what it has told already."""

from typing import Literal

from visualizer.dockerfile.steps import Step
from visualizer.engine.docker.frames import Output
from visualizer.engine.limits import Limits
from visualizer.engine.port import Emit
from visualizer.engine.step_events import StepEvents
from visualizer.events.types import Diagnosis, Stream

Phase = Literal["waiting", "running", "cached", "finished", "failed"]


class StepState(StepEvents):
    """A step's events, each emitted once, its output within the limit."""

    def __init__(self, build: int, step: Step, limits: Limits, emit: Emit) -> None:
        super().__init__(build, step, emit)
        self.phase: Phase = "waiting"
        self._limit = limits.output_bytes
        self._output = Output(limits.output_bytes, self.output)
        self._told_truncated = False

    @property
    def done(self) -> bool:
        """Whether what comes after it may begin."""
        return self.phase in ("cached", "finished")

    def cached(self) -> None:
        """The result was in the build cache."""
        self.phase = "cached"
        super().cached()

    def started(self) -> None:
        """The step runs now."""
        self.phase = "running"
        super().started()

    def written(self, stream: Stream, data: bytes) -> None:
        """Its command wrote something."""
        self._output.feed(stream, data)
        if self._output.truncated and not self._told_truncated:
            self._told_truncated = True
            self.truncated(self._limit)

    def finished(self, seconds: float | None = None) -> None:
        """The step that ran is done."""
        self._output.end()
        self.phase = "finished"
        super().finished(seconds)

    def failed(self, message: str, exit_code: int | None, diagnosis: Diagnosis | None) -> None:
        """The step could not be done."""
        self._output.end()
        self.phase = "failed"
        super().failed(message, exit_code, diagnosis)
