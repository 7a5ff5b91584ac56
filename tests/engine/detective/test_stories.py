"""The tapes that the front end's tests go by are what the engines tell today."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from tests.engine.detective import playing
from tests.engine.detective.stories import STORIES
from visualizer.engine.embedded import EmbeddedEngine
from visualizer.events.types import (
    AnyEvent,
    BuildPlanned,
    BuildStarted,
    StepCached,
    StepFailed,
    StepFinished,
)

CAUSES = (BuildStarted, BuildPlanned, StepCached, StepFinished, StepFailed)
"""What the cache detective goes by."""


def told(events: Sequence[AnyEvent]) -> list[AnyEvent]:
    """What counts, in an order that does not hang on which stage was faster; without times."""
    plain = []
    for event in events:
        if isinstance(event, StepFinished):
            event = msgspec.structs.replace(event, duration_ms=0)
        if isinstance(event, StepFailed):
            event = StepFailed(build=event.build, step=event.step, message="")
        if isinstance(event, CAUSES):
            plain.append(msgspec.structs.replace(event, seq=0))
    return sorted(plain, key=_order)


def _order(event: AnyEvent) -> tuple[int, int, str]:
    kind = str(event.__struct_config__.tag)
    return getattr(event, "build", 0), getattr(event, "step", 0), kind


@pytest.mark.parametrize("story", STORIES)
async def test_the_embedded_engine_tells_what_its_tape_tells(story: str, tmp_path: Path) -> None:
    """`python -m tests.engine.detective` records them anew."""
    engine = EmbeddedEngine(tmp_path)
    try:
        events = await playing.play(engine, STORIES[story])
    finally:
        await engine.close()
    assert told(events) == told(playing.read("embedded", story))


@pytest.mark.parametrize("story", STORIES)
def test_both_engines_told_the_same(story: str) -> None:
    assert told(playing.read("docker", story)) == told(playing.read("embedded", story))


def test_no_tape_is_left_of_a_story_that_is_gone() -> None:
    for kind in ("embedded", "docker"):
        assert {path.stem for path in (playing.TAPES / kind).glob("*.jsonl")} == set(STORIES)
