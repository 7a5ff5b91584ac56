"""From the engine's event to the browser's socket: how late does a learner hear of it?"""

import asyncio
import json
import time
from functools import partial

from bench import figures
from bench.builds import build
from bench.figures import Table
from bench.lab import Event, Lab, open_lab
from tests.browser.site import Site
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.wire import Request

SLEEPER = [{"path": "Dockerfile", "text": 'FROM busybox\nCMD ["sleep", "1000"]\n'}]
TOLD = {"start": "container.started", "die": "container.exited"}
"""The engine's word for what happened, and the tape's."""


async def measure(site: Site, api: EngineApi, quick: bool) -> list[Table]:
    """One table: a container's start and its end, one at a time."""
    rounds = 10 if quick else 50
    lab = await open_lab(site)
    await build(lab, SLEEPER)
    container = (await lab.ask("container.run", image="my-app:latest"))["container"]
    since = int(time.time())
    for _ in range(rounds):
        await _end_and_start(lab, container)
    late = await _latencies(lab, api, container, since)
    await lab.ask("container.remove", container=container, force=True)
    await lab.close()
    return [
        Table(
            "engine's event to the browser's socket",
            ("", "p50", "p95"),
            tuple((name, *_cells(values)) for name, values in late.items()),
            f"One container killed and started {rounds} times; from the engine's own `timeNano` "
            "to the event's receipt on the socket, over loopback.",
        )
    ]


def _cells(values: list[float]) -> tuple[str, str]:
    return figures.ms(figures.median(values)), figures.ms(figures.percentile(values, 0.95))


async def _end_and_start(lab: Lab, container: str) -> None:
    for command, action in (("container.kill", "die"), ("container.start", "start")):
        before = len(lab.received)
        await lab.ask(command, container=container)
        told = TOLD[action]
        await lab.event(partial(_is, told), before)


def _is(told: str, event: Event) -> bool:
    return bool(event["type"] == told)


async def _latencies(
    lab: Lab, api: EngineApi, container: str, since: int
) -> dict[str, list[float]]:
    happened = await _happened(api, container, since)
    late: dict[str, list[float]] = {}
    for action, told in TOLD.items():
        came = [when for when, event in lab.received if event["type"] == told]
        # The first start came before `since`; both lists end with the same one.
        pairs = zip(reversed(came), reversed(happened[action]), strict=False)
        late[told] = [(arrived - at / 1e9) * 1000 for arrived, at in pairs]
    return late


async def _happened(api: EngineApi, container: str, since: int) -> dict[str, list[int]]:
    """Nanoseconds at which each thing happened to the container, by the engine's own clock."""
    # An end in the past would end the answer before its last events.
    query = {
        "since": str(since),
        "until": str(int(time.time()) + 1),
        "filters": json.dumps({"container": [container], "event": list(TOLD)}),
    }
    found: dict[str, list[int]] = {action: [] for action in TOLD}
    async with asyncio.timeout(30), api.open(Request("GET", "/events", query)) as answer:
        async for event in answer.json_lines():
            found[event["Action"]].append(int(event["timeNano"]))
    return found
