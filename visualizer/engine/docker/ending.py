"""Whether a container has ended, or could not even begin, how, and why; also over a time in which
the engine was away."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from visualizer.engine.docker.api import ApiError, EngineApi
from visualizer.engine.docker.connection import Stream
from visualizer.engine.docker.engine_words import shown
from visualizer.engine.docker.running import Running
from visualizer.engine.errors import EngineUnavailable
from visualizer.events.types import ExitReason

LOST = 137
"""What a container that is gone is said to have ended with: 128 and SIGKILL's 9."""
NO_TASK = "failed to create task for container: "


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


@dataclass(frozen=True)
class StartFailure:
    """A main process that never ran, as a shell would tell it."""

    exit_code: int
    text: str


def start_failure(message: str) -> StartFailure | None:
    """What the engine's words say of a start that failed; None when it is not the command's doing.

    The codes are those of `docker run`: 126 and 127 as in a shell, 128 before there is a process.
    """
    said = shown(message).removesuffix(": unknown")
    if said.startswith(("unable to find user", "unable to find group")):
        return StartFailure(128, f"{said}\n")
    if "OCI runtime" not in said:
        return None
    is_missing = "not found" in said or "no such file" in said
    # Newer engines begin so by themselves.
    said = said.removeprefix(NO_TASK)
    text = f"{NO_TASK}{said}\n"
    return StartFailure(127 if is_missing else 126, text)


def reason_of(asked: ExitReason | None, state: Mapping[str, Any]) -> ExitReason:
    """Why: what somebody wanted (`asked`), or what the engine's `State` says."""
    if asked is not None:
        return asked
    if state.get("OOMKilled"):
        return "out-of-memory"
    return "completed" if int(state["ExitCode"]) == 0 else "failed"
