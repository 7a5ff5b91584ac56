"""A Dockerfile that Docker reads today, on an engine that is too old for it."""

import pytest

from tests.engine.recording import Bench
from visualizer.dockerfile import parse
from visualizer.engine.docker import DockerEngine
from visualizer.engine.docker.engine_words import shown
from visualizer.engine.docker.newer_syntax import needs_newer_engine
from visualizer.events.types import BuildFailed, Diagnosis

SHELL = "FROM busybox\nRUN <<EOF\necho one\necho two\nEOF\n"
FILE = "FROM busybox\nUSER root\nCOPY <<note /note\nhello\nnote\n"
LINK = "FROM busybox\nCOPY --link app.py /\n"
UNKNOWN = "unknown instruction: ECHO"


def said(line: int, words: str, dockerfile: str, on: str = "") -> Diagnosis | None:
    """What a learner is told when Engine 20.10 says this of a line."""
    refusal = f"dockerfile parse error {on}line {line}: {words}"
    return needs_newer_engine(refusal, parse(dockerfile), "20.10.24")


@pytest.mark.parametrize("on", ["", "on "])
def test_a_heredoc_of_commands_is_told_with_both_ways_out(on: str) -> None:
    told = said(3, UNKNOWN, SHELL, on)
    assert told is not None
    assert (told.code, told.line, told.line_end) == ("heredoc-needs-newer-engine", 2, 5)
    assert "20.10.24" in told.why
    assert "&&" in told.try_
    assert "Docker Engine 23" in told.try_


def test_a_heredoc_of_a_file_is_told_to_be_one() -> None:
    told = said(4, "unknown instruction: HELLO", FILE)
    assert told is not None
    assert (told.code, told.line) == ("heredoc-needs-newer-engine", 3)
    assert "COPY" in told.try_
    assert "&&" not in told.try_


def test_a_flag_is_told_by_its_name() -> None:
    told = said(2, "Unknown flag: link", LINK)
    assert told is not None
    assert (told.code, told.line) == ("flag-needs-newer-engine", 2)
    assert "COPY --link" in told.title


@pytest.mark.parametrize(
    "refusal",
    [
        "dockerfile parse error line 2: unexpected key 'size' in 'size=1m'",
        f"dockerfile parse error line 99: {UNKNOWN}",
        "the engine made no image",
    ],
)
def test_what_the_engines_age_does_not_explain_is_left_to_its_own_words(refusal: str) -> None:
    assert needs_newer_engine(refusal, parse(LINK), "20.10.24") is None


async def test_an_engine_builds_a_heredoc_or_says_why_not(
    engine: DockerEngine, bench: Bench
) -> None:
    is_old = int((await engine.info()).version.split(".")[0]) < 23
    built = await bench.build(SHELL)
    failed = bench.tape.all(BuildFailed)
    assert (built is None) == is_old
    assert [each.diagnosis.code for each in failed if each.diagnosis] == (
        ["heredoc-needs-newer-engine"] if is_old else []
    )


def test_an_engine_too_old_for_its_image_store_is_told_as_that() -> None:
    words = (
        "failed to read downloaded context: failed to load cache key: "
        'Get "http://build-context-bnmptg8w3ixv": dial tcp: lookup build-context-bnmptg8w3ixv: '
        "network is unreachable"
    )
    told = needs_newer_engine(shown(words), parse("FROM busybox\n"), "26.1.5")
    assert told is not None
    assert (told.code, told.line) == ("image-store-needs-newer-engine", None)
    assert "26.1.5" in told.why
    assert '{"containerd-snapshotter": false}' in told.try_
    assert "embedded engine" in told.try_
