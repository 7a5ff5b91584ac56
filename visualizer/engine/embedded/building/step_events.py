"""What a step tells the tape, whatever kind of step it is."""

import time
from typing import Any

from visualizer.dockerfile.steps import Step
from visualizer.engine.embedded.layer import count
from visualizer.engine.embedded.stack import Layer, Stack
from visualizer.engine.port import Emit
from visualizer.events.types import (
    ConfigChanged,
    Diagnosis,
    LayerCreated,
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
        self._build = build
        self._step = step.step
        self._emit = emit
        self._began = time.monotonic()
        self.tail = ""

    def cached(self) -> None:
        """The result was in the build cache."""
        self._emit(StepCached(build=self._build, step=self._step))

    def started(self) -> None:
        """The step runs now."""
        self._began = time.monotonic()
        self._emit(StepStarted(build=self._build, step=self._step))

    def output(self, stream: Stream, text: str) -> None:
        """Its command wrote something."""
        self.tail = (self.tail + text)[-TAIL:]
        self._emit(StepOutput(build=self._build, step=self._step, stream=stream, text=text))

    def layer(self, layer: Layer, below: Stack, *, cached: bool) -> None:
        """It gave the image a layer."""
        added, modified, deleted = count(below.tree, layer.entries)
        self._emit(
            LayerCreated(
                build=self._build,
                step=self._step,
                layer=layer.digest,
                size=layer.size,
                added=added,
                modified=modified,
                deleted=deleted,
                cached=cached,
            )
        )

    def config(self, field: str, value: Any) -> None:
        """It changed the config."""
        self._emit(ConfigChanged(build=self._build, step=self._step, field=field, value=value))

    def finished(self) -> None:
        """The step that ran is done."""
        duration_ms = int((time.monotonic() - self._began) * 1000)
        self._emit(StepFinished(build=self._build, step=self._step, duration_ms=duration_ms))

    def failed(self, message: str, exit_code: int | None, diagnosis: Diagnosis | None) -> None:
        """The step could not be done."""
        self._emit(
            StepFailed(
                build=self._build,
                step=self._step,
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
