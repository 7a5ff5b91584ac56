"""What a build's step tells the tape on every engine, whatever kind of step it is."""

import time
from typing import Any

from visualizer.dockerfile.steps import Step
from visualizer.engine.port import Emit
from visualizer.events.types import (
    ConfigChanged,
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


class StepEvents:
    """Emits one step's events, and keeps the end of its output for the diagnosis."""

    def __init__(self, build: int, step: Step, emit: Emit) -> None:
        self.step = step
        self.tail = ""
        self.began = time.monotonic()
        """When it was started, on the monotonic clock."""
        self._build = build
        self._emit = emit

    def cached(self) -> None:
        """The result was in the build cache."""
        self._emit(StepCached(build=self._build, step=self.step.step))

    def started(self) -> None:
        """The step runs now."""
        self.began = time.monotonic()
        self._emit(StepStarted(build=self._build, step=self.step.step))

    def output(self, stream: Stream, text: str) -> None:
        """Its command wrote something."""
        self.tail = (self.tail + text)[-TAIL:]
        self._emit(StepOutput(build=self._build, step=self.step.step, stream=stream, text=text))

    def config(self, field: str, value: Any) -> None:
        """It changed the config."""
        self._emit(ConfigChanged(build=self._build, step=self.step.step, field=field, value=value))

    def finished(self, seconds: float | None = None) -> None:
        """The step that ran is done; it took the time since its start, unless the engine says."""
        if seconds is None:
            seconds = time.monotonic() - self.began
        duration_ms = max(0, int(seconds * 1000))
        self._emit(StepFinished(build=self._build, step=self.step.step, duration_ms=duration_ms))

    def failed(self, message: str, exit_code: int | None, diagnosis: Diagnosis | None) -> None:
        """The step could not be done."""
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

    def truncated(self, limit: int) -> None:
        """Output beyond the limit was dropped."""
        subject = f"build:{self._build}"
        self._emit(OutputTruncated(what="output_bytes", limit=limit, subject=subject))
