"""Tapes that hold more than anybody could draw are refused; the largest that are read are drawn."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.recordings.tapes import GOLDEN, numbered, opened
from visualizer.events import types as event
from visualizer.events.types import AnyEvent, ImageLayer, PlannedStep
from visualizer.recordings import crowds
from visualizer.recordings.chain import chain
from visualizer.recordings.format import Header, NotARecording, read, write
from visualizer.recordings.still import still


def digest(number: int) -> str:
    return f"sha256:{number:064x}"


def image(number: int, tags: Sequence[str] = (), layers: Sequence[str] = ()) -> AnyEvent:
    return event.ImageBuilt(
        build=1,
        image=digest(number),
        tags=list(tags),
        layers=list(layers),
        size=0,
        config={},
        duration_ms=0,
    )


def container(number: int) -> AnyEvent:
    return event.ContainerCreated(
        container=f"{number:064x}", name="web", image=digest(1), command=[], hostname=""
    )


def stage(number: int, needs: Sequence[int] = ()) -> PlannedStep:
    """A stage of one step."""
    return PlannedStep(
        step=number,
        stage=number,
        stage_name=None,
        instruction="FROM",
        text="FROM before",
        line_start=1,
        line_end=1,
        makes="base",
        needs=list(needs),
        reads=[],
    )


def in_a_row(count: int) -> list[PlannedStep]:
    """Each stage begins with the one before it."""
    return [stage(number, [number - 1] if number > 1 else []) for number in range(1, count + 1)]


def entered(number: int) -> AnyEvent:
    told = ImageLayer(layer=digest(number), size=1, added=0, modified=0, deleted=0)
    return event.StepEntered(
        build=1, step=crowds.STEPS, image=digest(1), layers=[told], size=1, config={}
    )


def started() -> AnyEvent:
    return event.BuildStarted(build=1, tag="a", dockerfile="", files=[])


def layer(number: int) -> AnyEvent:
    return event.LayerCreated(
        build=1,
        step=1,
        layer=digest(number),
        size=0,
        added=0,
        modified=0,
        deleted=0,
        cached=False,
    )


def blob(number: int) -> AnyEvent:
    return event.TransferProgressed(
        transfer=1, blob=f"b{number}", layer=None, state="done", current=1, total=None
    )


def pushed(number: int) -> AnyEvent:
    return event.ImagePushed(
        transfer=1, image=digest(1), reference=f"r{number}", digest=digest(2), size=1
    )


CROWDS: dict[str, Sequence[AnyEvent]] = {
    "images": [image(number) for number in range(crowds.IMAGES + 1)],
    "containers": [container(number) for number in range(crowds.CONTAINERS + 1)],
    "tags": [image(1, [f"t{number}" for number in range(crowds.TAGS + 1)])],
    "layers in an image": [image(1, [], [digest(n) for n in range(crowds.IMAGE_LAYERS + 1)])],
    "or of a step": [layer(number) for number in range(crowds.IMAGE_LAYERS + 1)],
    "layers": [
        image(1, [], [digest(n) for n in range(begin, begin + 500)])
        for begin in range(0, crowds.LAYERS + 500, 500)
    ],
    "steps in a build": [event.BuildPlanned(build=1, steps=in_a_row(crowds.STEPS + 1))],
    "entered": [entered(1)] * (crowds.FETCHED + 1),
    "names in the registry": [pushed(number) for number in range(crowds.REFERENCES + 1)],
    "parts of a push": [blob(number) for number in range(crowds.BLOBS + 1)],
}


@pytest.mark.parametrize("words", CROWDS)
@pytest.mark.parametrize("with_header", [True, False])
def test_a_crowd_is_refused_with_its_event(words: str, with_header: bool) -> None:
    data = write(Header(title="x"), numbered(opened(), *CROWDS[words]))
    with pytest.raises(NotARecording, match=f"more than can be played: at event .*{words}"):
        read(data if with_header else data.partition(b"\n")[2])


def test_what_comes_and_goes_is_no_crowd() -> None:
    tape = [opened()]
    for number in range(2 * crowds.IMAGES):
        tape += [image(number, ["latest", f"t{number}"]), container(number)]
        tape += [event.ContainerRemoved(container=f"{number:064x}")]
        tape += [event.ImageUntagged(image=digest(number), tag="latest")]
        tape += [event.ImageRemoved(image=digest(number))]
    assert len(read(write(Header(), numbered(*tape))).events) == len(tape)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_no_golden_tape_is_a_crowd(path: Path) -> None:
    crowds.check(read(path.read_bytes()).events)


def test_as_many_stages_in_a_row_as_are_read_are_drawn() -> None:
    plan = event.BuildPlanned(build=1, steps=in_a_row(crowds.STEPS))
    tape = numbered(opened(), started(), plan, entered(7))
    assert "<svg" in still(read(write(Header(), tape)))


def test_a_chain_is_followed_however_long_it_is() -> None:
    assert chain(in_a_row(3000), 3000) == in_a_row(3000)


def test_steps_that_need_one_another_in_a_circle_end() -> None:
    circle = [stage(1, [2]), stage(2, [1]), stage(3, [3, -1, 2])]
    assert [step.step for step in chain(circle, 3)] == [1, 2, 3]


def test_a_file_of_nothing_but_lines_is_refused_before_they_are_all_read() -> None:
    with pytest.raises(NotARecording, match="more than 50,000 events"):
        read(b"{}\n" * 2_500_000)
