"""From the tape to the socket: how long after an event was written do its watchers have it?"""

import asyncio
import sqlite3
from datetime import UTC, datetime

from bench import figures
from bench.builds import build
from bench.figures import Table
from bench.lab import Lab, enter, open_lab
from tests.browser.site import Site

FILES = [{"path": "Dockerfile", "text": 'FROM busybox\nCMD ["sh"]\n'}]


async def measure(site: Site, quick: bool) -> list[Table]:
    """One table: 1, 10 and 100 watchers."""
    events = 40 if quick else 200
    rows = []
    for watchers in (1, 10, 100):
        late = await _latencies(site, watchers, events)
        cells = [figures.ms(figures.percentile(late, share)) for share in (0.5, 0.95, 0.99)]
        rows.append((f"{watchers} watcher{'s' * (watchers > 1)}", *cells))
    return [
        Table(
            "Event to socket",
            ("", "p50", "p95", "p99"),
            tuple(rows),
            f"{events} events, one every 20 ms, each to every watcher; from the event's own time "
            "(`at_ms`, whole milliseconds) to its receipt over loopback. All watchers share one "
            "Python client process, whose own work is in the figure.",
        )
    ]


async def _latencies(site: Site, watchers: int, events: int) -> list[float]:
    owner = await open_lab(site)
    await build(owner, FILES)
    others = [await enter(site, owner.id) for _ in range(watchers - 1)]
    everyone = [owner, *others]
    before = [len(lab.received) for lab in everyone]
    for number in range(events):
        await owner.ask("image.tag", image="my-app:latest", tag=f"my-app:v{number}")
        # Not a wait for anything: the pace at which events come.
        await asyncio.sleep(0.02)
    last = f"my-app:v{events - 1}"
    await asyncio.gather(*(lab.event(lambda event: event.get("tag") == last) for lab in everyone))
    opened = await asyncio.to_thread(_opened_at, site, owner.id)
    late = [
        (came - opened) * 1000 - event["at_ms"]
        for lab, start in zip(everyone, before, strict=True)
        for came, event in lab.received[start:]
        if event["type"] == "image.tagged"
    ]
    await _leave(everyone)
    return late


def _opened_at(site: Site, lab: str) -> float:
    """When the lab was opened, the moment that `at_ms` counts from."""
    with sqlite3.connect(site.data / "db.sqlite3") as database:
        (text,) = database.execute(
            "select opened_at from visualizer_lab where id = ?", (lab,)
        ).fetchone()
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


async def _leave(labs: list[Lab]) -> None:
    await asyncio.gather(*(lab.close() for lab in labs))
