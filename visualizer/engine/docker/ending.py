"""Whether a container has ended, how, and why; also over a time in which the engine was away."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from visualizer.engine.docker.api import ApiError, EngineApi
from visualizer.engine.docker.connection import Stream
from visualizer.engine.docker.running import Running
from visualizer.engine.errors import EngineUnavailable
from visualizer.events.types import ExitReason

LOST = 137
"""What a container that is gone is said to have ended with: 128 and SIGKILL's 9."""


async def end_of(
    running: Running, api: EngineApi, attached: Callable[[], Awaitable[Stream]]
) -> tuple[int, ExitReason] | None:
    """The exit code and why; None when it runs on, and only the engine was away.

    `attached` gives what the main process writes from now on.
    """
    was_away = False
    for pause in pauses():
        try:
            inspected = await api.get(f"/containers/{running.container}/json")
            state = inspected["State"]
            if not state["Running"]:
                reason = "lost" if was_away else reason_of(running.asked, state)
                return int(state["ExitCode"]), reason
            if was_away:
                running.go_on(await attached())
                return None
            if running.is_heard:
                # The engine spoke of the end before this start; that news came late.
                running.not_died()
                return None
        except ApiError:
            return LOST, "lost" if was_away else (running.asked or "killed")
        except EngineUnavailable:
            was_away = True
        await asyncio.sleep(pause)
    raise AssertionError("unreachable")


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
