"""BuildKit's trace becomes the events of the plan's steps, however it is cut into messages."""

import pytest

from tests.dockerfile.samples import bases
from tests.engine.recording import Tape
from visualizer.dockerfile import ContextFiles, parse, plan
from visualizer.engine.docker.build_steps import BuildSteps
from visualizer.engine.docker.trace import Log, Trace, Vertex
from visualizer.engine.limits import Limits
from visualizer.events.types import StepFailed, StepFinished, StepOutput, StepStarted


@pytest.fixture
def tape() -> Tape:
    """What is told."""
    return Tape()


def steps_of(dockerfile: str, tape: Tape) -> BuildSteps:
    """The steps of a build that has begun."""
    planned = plan(parse(dockerfile), context=ContextFiles.from_bytes({}), bases=bases)
    steps = BuildSteps(1, planned, Limits(), tape, lambda key: False)
    steps.begin(lambda stage: None)
    return steps


def vertex(name: str, *, completed: float | None = None, error: str = "") -> Vertex:
    """A vertex that has started."""
    return Vertex(f"sha256:{name}", name, (), False, 1.0, completed, error)


def test_what_a_step_wrote_is_told_when_its_end_comes_in_the_same_message(tape: Tape) -> None:
    steps = steps_of("FROM busybox:1.36\nRUN cat /x\n", tape)
    words = "executor failed running [/bin/sh -c cat /x]: exit code: 1"
    failed = vertex("[2/2] RUN cat /x", completed=2.0, error=words)
    log = Log(failed.digest, 2, b"cat: can't open '/x': No such file or directory\n")
    steps.follow(Trace([failed], [log]))
    assert "No such file" in tape.one(StepOutput, step=2).text
    diagnosis = tape.one(StepFailed, step=2).diagnosis
    assert diagnosis is not None
    assert diagnosis.code == "no-such-file"


def test_a_trigger_of_a_stage_is_told_though_it_has_no_place(tape: Tape) -> None:
    dockerfile = "FROM busybox:1.36 AS a\nONBUILD RUN echo t\nRUN echo a\nFROM a\nCMD true\n"
    steps = steps_of(dockerfile, tape)
    steps.follow(Trace([vertex("[a 2/2] RUN echo a", completed=2.0)], []))
    steps.follow(Trace([vertex("RUN echo t", completed=3.0)], []))
    steps.end()
    # Steps 2 and 6, which only change the config, are told between them.
    assert tape.steps(StepStarted, 1) == [2, 3, 5, 6]
    assert tape.steps(StepFinished, 1) == [2, 3, 5, 6]
