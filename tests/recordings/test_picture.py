"""The still's reducer and the browser's give the same facts of the same tape."""

import json
from pathlib import Path
from typing import Any

import pytest

from visualizer.environment import PROJECT
from visualizer.events import codec
from visualizer.events.types import AnyEvent
from visualizer.recordings.picture import Picture, fold

TAPES = PROJECT / "tests" / "tapes"
KEPT = sorted((TAPES / "facts").glob("*.json"))


def tape(path: Path) -> list[AnyEvent]:
    lines = path.read_bytes().splitlines()
    if lines[0].startswith(b'{"layercake"'):
        lines = lines[1:]
    return list(codec.decode_lines(lines))


def facts_of(picture: Picture, at: int) -> dict[str, Any]:
    """As `tests/frontend/scene/facts.ts` has them."""
    focus, build = picture.focus(), picture.latest_build()
    return {
        "at": at,
        "focus": focus.digest if focus else None,
        "build": {"build": build.build, "state": build.state} if build else None,
        "images": [
            {
                "digest": image.digest,
                "tags": image.tags,
                "layers": [
                    {
                        "digest": layer.digest,
                        "instruction": layer.instruction,
                        "text": layer.text,
                        "size": layer.size,
                    }
                    for layer in picture.stack(image)
                ],
            }
            for image in picture.images
        ],
        "containers": [vars(container) for container in picture.containers.values()],
    }


def test_every_golden_tape_has_its_facts() -> None:
    assert {path.stem for path in KEPT} == {path.stem for path in TAPES.glob("*.jsonl")}


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_the_facts_are_those_of_the_browsers_reducer(path: Path) -> None:
    events = tape(TAPES / f"{path.stem}.jsonl")
    expected = json.loads(path.read_text())
    found = [facts_of(fold(events[: each["at"]]), each["at"]) for each in expected]
    assert found == expected


def test_an_event_that_does_not_fit_changes_nothing() -> None:
    events = tape(TAPES / "story.jsonl")
    strays = [
        event for event in events if str(event.__struct_config__.tag).startswith("container.")
    ]
    assert fold(e for e in strays if "created" not in str(e.__struct_config__.tag)) == Picture()
