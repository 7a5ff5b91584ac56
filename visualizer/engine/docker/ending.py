"""Why a container has ended, and how often to look whether it has."""

from collections.abc import Iterator, Mapping
from typing import Any

from visualizer.events.types import ExitReason


def pauses() -> Iterator[float]:
    """Seconds between two looks: short when it is about to end, longer when the engine is away."""
    pause = 0.01
    while True:
        yield pause
        pause = min(pause * 1.5, 1.0)


def reason_of(asked: ExitReason | None, state: Mapping[str, Any]) -> ExitReason:
    """Why: what somebody wanted (`asked`), or what the engine's `State` says."""
    if asked is not None:
        return asked
    if state.get("OOMKilled"):
        return "out-of-memory"
    return "completed" if int(state["ExitCode"]) == 0 else "failed"
