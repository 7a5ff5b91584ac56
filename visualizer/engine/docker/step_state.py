"""One step of a build as it goes on: what it tells the tape, and what it has told already."""

import time
from typing import Literal

from visualizer.dockerfile.steps import Step
from visualizer.engine.docker.frames import Output
from visualizer.engine.limits import Limits
from visualizer.engine.port import Emit
from visualizer.events.types import (
    Diagnosis,
    LimitReached,
    OutputTruncated,
    StepCached,
    StepFailed,
    StepFinished,
    StepOutput,
    StepStarted,
    Stream,
)

TAIL = 8 * 1024
Phase = Literal["waiting", "running", "cached", "finished", "failed"]


class StepState:
    """Emits one step's events, each once, and keeps the end of its output for the diagnosis."""

    def __init__(self, build: int, step: Step, limits: Limits, emit: Emit) -> None:
        self.step = step
        self.phase: Phase = "waiting"
        self.tail = ""
        self.began = 0.0
        """When it was started, on the monotonic clock."""
        self._build = build
        self._limit = limits.output_bytes
        self._emit = emit
        self._output = Output(limits.output_bytes, self._write)
        self._told_truncated = False

    @property
    def done(self) -> bool:
        """Whether what comes after it may begin."""
        return self.phase in ("cached", "finished")

    def cached(self) -> None:
        """The result was in the build cache."""
        self.phase = "cached"
        self._emit(StepCached(build=self._build, step=self.step.step))

    def started(self) -> None:
        """The step runs now."""
        self.phase, self.began = "running", time.monotonic()
        self._emit(StepStarted(build=self._build, step=self.step.step))

    def output(self, stream: Stream, data: bytes) -> None:
        """Its command wrote something."""
        self._output.feed(stream, data)
        if self._output.truncated and not self._told_truncated:
            self._told_truncated = True
            subject = f"build:{self._build}"
            self._emit(OutputTruncated(what="output_bytes", limit=self._limit, subject=subject))

    def finished(self, seconds: float) -> None:
        """The step that ran is done."""
        self._output.end()
        self.phase = "finished"
        duration_ms = max(0, int(seconds * 1000))
        self._emit(StepFinished(build=self._build, step=self.step.step, duration_ms=duration_ms))

    def failed(self, message: str, exit_code: int | None, diagnosis: Diagnosis | None) -> None:
        """The step could not be done."""
        self._output.end()
        self.phase = "failed"
        self._emit(
            StepFailed(
                build=self._build,
                step=self.step.step,
                message=message,
                exit_code=exit_code,
                diagnosis=diagnosis,
            )
        )

    def limit(self, what: str, limit: int) -> None:
        """A limit stopped the step."""
        self._emit(LimitReached(what=what, limit=limit, subject=f"build:{self._build}"))

    def _write(self, stream: Stream, text: str) -> None:
        self.tail = (self.tail + text)[-TAIL:]
        self._emit(StepOutput(build=self._build, step=self.step.step, stream=stream, text=text))
