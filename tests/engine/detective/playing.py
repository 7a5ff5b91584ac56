"""Plays a story on an engine, and keeps of its tape what the cache detective goes by."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.engine.detective.stories import Order
from tests.engine.recording import Bench, Tape
from visualizer.engine.limits import Limits
from visualizer.engine.port import Engine
from visualizer.events.codec import decode_lines, encode_lines
from visualizer.events.types import AnyEvent, StepOutput

TAPES = Path(__file__).parents[2] / "frontend" / "tapes" / "detective"


async def play(engine: Engine, story: Sequence[Order]) -> list[AnyEvent]:
    """The builds of the story in a lab of its own; what it told, numbered."""
    tape = Tape()
    lab = await engine.open_lab("lab", tape, Limits())
    bench = Bench(lab, tape)
    for order in story:
        await bench.build(
            order.dockerfile,
            dict(order.files),
            tag=order.tag,
            args=dict(order.args),
            no_cache=order.no_cache,
        )
    kept = [event for event in tape.events if not isinstance(event, StepOutput)]
    return [msgspec.structs.replace(event, seq=at) for at, event in enumerate(kept, start=1)]


def write(kind: str, name: str, events: Sequence[AnyEvent]) -> None:
    """Keep a tape for the front end's tests."""
    path = TAPES / kind / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(encode_lines(events)))


def read(kind: str, name: str) -> list[AnyEvent]:
    """A tape that was kept. Raises FileNotFoundError."""
    return list(decode_lines((TAPES / kind / f"{name}.jsonl").read_bytes().splitlines()))
