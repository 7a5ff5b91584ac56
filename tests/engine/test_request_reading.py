"""A build's request read up to a step: where its Dockerfile is cut, and what is planned then."""

import pytest

from visualizer.dockerfile.operations import BaseImage
from visualizer.engine.build_failures import BuildStopped
from visualizer.engine.port import BuildRequest, ContextFile
from visualizer.engine.request_reading import RequestReading

PLAIN = BaseImage({"Env": []}, "busybox", "sha256:" + "1" * 64)
TRIGGERING = BaseImage({"OnBuild": ["RUN one", "RUN two"]}, "base", "sha256:" + "2" * 64)


def bases(name: str) -> BaseImage | None:
    return TRIGGERING if name == "base" else PLAIN


def cut(dockerfile: str, step: int, target: str | None = None) -> tuple[str, list[str]]:
    """The Dockerfile as far as the step, and the steps planned that are carried out."""
    files = [ContextFile("Dockerfile", dockerfile.encode()), ContextFile("a.txt", b"a")]
    reading = RequestReading(BuildRequest(build=1, files=files, tag="app", target=target), step)
    planned = reading.plan(bases, [])
    assert planned.stages[-1].last_step == step
    assert planned.target_stage == planned.stages[-1].number
    return reading.source, [each.text for each in planned.steps if not each.skipped]


HEREDOC = "FROM busybox\nRUN <<EOF\necho FROM none\nEOF\nRUN later\n"
CONTINUED = "FROM busybox\nRUN one && \\\n# a comment\n  two\nRUN later\n"
ESCAPED = "# escape=`\nFROM busybox\nRUN one && `\n  two\nRUN later\n"
WINDOWS = "FROM busybox\r\nRUN one\r\nRUN later\r\n"


@pytest.mark.parametrize(
    ("dockerfile", "step", "expected"),
    [
        pytest.param(HEREDOC, 2, "FROM busybox\nRUN <<EOF\necho FROM none\nEOF", id="a heredoc"),
        pytest.param(
            CONTINUED, 2, "FROM busybox\nRUN one && \\\n# a comment\n  two", id="a continued line"
        ),
        pytest.param(
            ESCAPED, 2, "# escape=`\nFROM busybox\nRUN one && `\n  two", id="an escape directive"
        ),
        pytest.param(WINDOWS, 2, "FROM busybox\nRUN one", id="line ends of Windows"),
        pytest.param(
            "# syntax=docker/dockerfile:1\nARG A=busybox\nFROM $A\nENV B=1\n",
            1,
            "# syntax=docker/dockerfile:1\nARG A=busybox\nFROM $A",
            id="an ARG before FROM",
        ),
    ],
)
def test_it_is_cut_after_the_steps_instruction(dockerfile: str, step: int, expected: str) -> None:
    assert cut(dockerfile, step)[0] == expected


def test_only_what_the_step_needs_is_carried_out() -> None:
    stages = (
        "FROM busybox AS a\nRUN in a\nFROM busybox AS b\nRUN in b\n"
        "FROM busybox\nCOPY --from=a /x /x\nCOPY --from=b /y /y\n"
    )
    assert cut(stages, 6)[1] == [
        "FROM busybox AS a",
        "RUN in a",
        "FROM busybox",
        "COPY --from=a /x /x",
    ]
    # Also a step of a stage below the one that the build was for.
    assert cut(stages, 4, target="b")[1] == ["FROM busybox AS b", "RUN in b"]


def test_a_trigger_of_the_base_image_can_be_the_last() -> None:
    source, steps = cut("FROM base\nRUN three\n", 2)
    assert source == "FROM base"
    assert [step.split()[:2] for step in steps] == [["FROM", "base"], ["RUN", "one"]]


def test_the_context_stays_whole() -> None:
    dockerfile = b"FROM busybox\nCOPY . /\nRUN later\n"
    request = BuildRequest(build=1, files=[ContextFile("Dockerfile", dockerfile)], tag="app")
    reading = RequestReading(request, 2)
    reading.plan(bases, [])
    assert [file.content for file in reading.seen_files()] == [dockerfile]


@pytest.mark.parametrize("step", [0, 3])
def test_a_step_that_there_is_not_is_refused(step: int) -> None:
    with pytest.raises(BuildStopped, match=f"no step {step}"):
        cut("FROM busybox\nRUN one\n", step)
