"""The tape and the engine, apart and together again."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualizer.engine.port import ContainerState, HeldContainer, Holdings
from visualizer.events import types as event
from visualizer.events.types import AnyEvent
from visualizer.labs.belief import FOLDED, Belief
from visualizer.labs.reconcile import BUILD_LOST, corrections

BOX = "a" * 64
OTHER = "b" * 64
SHELL = "e" * 32
IMAGE = "sha256:" + "1" * 64
NEWER = "sha256:" + "2" * 64

CREATED = event.ContainerCreated(
    container=BOX, name="box", image=IMAGE, command=["sh"], hostname=BOX[:12]
)
BUILT = event.ImageBuilt(
    build=1, image=IMAGE, tags=["app:latest"], layers=[], size=0, config={}, duration_ms=1
)
STARTED = event.ContainerStarted(container=BOX)
HELD = HeldContainer(BOX, "box", IMAGE, "exited", 137)
HOLDINGS = Holdings({IMAGE: ["app:latest"]}, [HELD])


def believe(*facts: AnyEvent) -> Belief:
    belief = Belief()
    for fact in facts:
        belief.fold(fact)
    return belief


def kinds(facts: list[AnyEvent]) -> list[str]:
    return [str(fact.__struct_config__.tag) for fact in facts]


def test_nothing_is_said_when_the_two_agree() -> None:
    belief = believe(BUILT, CREATED, STARTED)
    belief.containers[BOX].state = "exited"
    found = corrections(belief, HOLDINGS)
    assert (found.facts, found.strange_containers, found.strange_images) == ([], [], [])


def test_a_container_that_ran_is_said_to_be_lost() -> None:
    found = corrections(believe(BUILT, CREATED, STARTED), HOLDINGS)
    assert kinds(found.facts) == ["engine.lost", "container.exited", "engine.restored"]
    ended = found.facts[1]
    assert isinstance(ended, event.ContainerExited)
    assert (ended.reason, ended.exit_code) == ("lost", 137)
    assert found.changed == [BOX]


def test_a_container_that_still_runs_is_left_alone() -> None:
    still = Holdings(HOLDINGS.images, [replace(HELD, state="running")])
    assert corrections(believe(BUILT, CREATED, STARTED), still).facts == []


def test_open_shells_are_said_to_be_closed_even_if_the_container_runs() -> None:
    shell = event.ExecStarted(container=BOX, exec=SHELL, command=["sh"], terminal=True)
    still = Holdings(HOLDINGS.images, [replace(HELD, state="running")])
    found = corrections(believe(BUILT, CREATED, STARTED, shell), still)
    assert kinds(found.facts) == ["engine.lost", "exec.exited", "engine.restored"]


@pytest.mark.parametrize(
    "begun",
    [
        event.BuildQueued(build=1, position=1),
        event.BuildStarted(build=1, tag="app", dockerfile="", files=[]),
    ],
)
def test_a_build_in_the_middle_is_said_to_be_cancelled(begun: AnyEvent) -> None:
    found = corrections(believe(begun), Holdings({}, []))
    assert kinds(found.facts) == ["engine.lost", "build.cancelled", "engine.restored"]
    assert found.facts[1] == event.BuildCancelled(build=1, reason=BUILD_LOST)


def test_what_the_engine_does_not_have_any_more_is_said_to_be_removed() -> None:
    found = corrections(believe(BUILT, CREATED), Holdings({}, []))
    assert kinds(found.facts)[1:-1] == ["container.removed", "image.removed"]


def test_what_the_tape_knows_nothing_of_is_to_be_discarded() -> None:
    found = corrections(believe(), HOLDINGS)
    assert (found.strange_containers, found.strange_images) == ([BOX], [IMAGE])
    assert found.facts == []


def test_tags_that_moved_unseen_are_told() -> None:
    holdings = Holdings({IMAGE: ["app:2"], NEWER: []}, [])
    found = corrections(believe(BUILT), holdings)
    assert found.facts[1:-1] == [
        event.ImageUntagged(image=IMAGE, tag="app:latest"),
        event.ImageTagged(image=IMAGE, tag="app:2"),
    ]


def test_after_an_orderly_stop_only_the_return_is_told() -> None:
    parked = believe(
        BUILT,
        CREATED,
        STARTED,
        event.EngineLost(message="parked"),
        event.ContainerExited(container=BOX, exit_code=137, reason="lost"),
    )
    assert kinds(corrections(parked, HOLDINGS).facts) == ["engine.restored"]


STATES: list[ContainerState] = ["created", "running", "paused", "exited"]


@given(st.sampled_from(STATES), st.none() | st.sampled_from(STATES), st.booleans())
def test_after_the_corrections_the_tape_says_what_the_engine_holds(
    believed: ContainerState, held: ContainerState | None, renamed: bool
) -> None:
    belief = believe(BUILT, CREATED)
    belief.containers[BOX].state = believed
    box = HeldContainer(BOX, "new" if renamed else "box", IMAGE, held or "created", None)
    if held == "created" and believed != "created":
        return  # No engine makes a started container one that never was.
    holdings = Holdings({IMAGE: ["app:latest"]}, [box] if held else [])
    for fact in corrections(belief, holdings).facts:
        belief.fold(fact)
    if held is None:
        assert belief.containers == {}
    else:
        assert (belief.containers[BOX].state, belief.containers[BOX].name) == (held, box.name)
    assert corrections(belief, holdings).facts == []


def test_every_type_that_changes_the_belief_is_read_from_the_journal() -> None:
    unread: list[AnyEvent] = [
        event.StepStarted(build=1, step=1),
        event.ContainerOutput(container=BOX, stream="stdout", text="x"),
        event.LimitReached(what="files", limit=1, subject="build:1"),
    ]
    belief = believe(BUILT, CREATED, STARTED)
    for fact in unread:
        assert fact.__struct_config__.tag not in FOLDED
        belief.fold(fact)
    assert belief == believe(BUILT, CREATED, STARTED)
