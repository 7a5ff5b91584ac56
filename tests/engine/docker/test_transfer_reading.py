"""What dockerd says while it pushes or pulls, as one of 20.10 has said it."""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.engine.recording import Tape
from visualizer.engine.docker.transfer_reading import Shown, TransferReading, diagnose
from visualizer.engine.transfer_progress import Progress
from visualizer.engine.transfers import TransferStopped
from visualizer.events.types import TransferProgressed

BASE, MARK, OWN = (f"sha256:{digit * 64}" for digit in "abc")
DIGEST = f"sha256:{'d' * 64}"
SHOWN = Shown("10.0.0.1:5000/site/lab/", "registry.lab/app:1.0")


def read(
    lines: Iterable[dict[str, Any]], layers: list[str], *, pull: bool
) -> tuple[Tape, TransferReading]:
    tape = Tape()
    reading = TransferReading(Progress(tape, 1), layers, {MARK}, pull=pull)
    for line in lines:
        reading.take(line, SHOWN)
    return tape, reading


def told(tape: Tape) -> list[tuple[str, str, str | None]]:
    return [(each.blob, each.state, each.layer) for each in tape.all(TransferProgressed)]


def test_a_push_names_a_blob_by_its_layer() -> None:
    lines: list[dict[str, Any]] = [
        {"status": "The push refers to repository [10.0.0.1:5000/site/lab/app]"},
        {"status": "Preparing", "progressDetail": {}, "id": "c" * 12},
        {"status": "Pushing", "progressDetail": {"current": 512, "total": 3}, "id": "c" * 12},
        {"status": "Pushed", "progressDetail": {}, "id": "c" * 12},
        {"status": "Layer already exists", "progressDetail": {}, "id": "a" * 12},
        {"progressDetail": {}, "aux": {"Tag": "1.0", "Digest": DIGEST, "Size": 947}},
    ]
    tape, reading = read(lines, [BASE, MARK, OWN], pull=False)
    assert told(tape) == [
        ("c" * 12, "waiting", OWN),
        ("c" * 12, "moving", OWN),
        ("c" * 12, "done", OWN),
        ("a" * 12, "exists", BASE),
    ]
    assert reading.digest == DIGEST


def test_a_blob_that_another_repository_had_was_there_already() -> None:
    lines = [{"status": "Mounted from site/other/app", "progressDetail": {}, "id": "a" * 12}]
    tape, _ = read(lines, [BASE], pull=False)
    assert told(tape) == [("a" * 12, "exists", BASE)]


def test_a_pull_names_blobs_in_the_order_of_the_layers() -> None:
    lines: list[dict[str, Any]] = [
        {"status": "Pulling from site/lab/app", "id": "1.0"},
        {"status": "Already exists", "progressDetail": {}, "id": "1" * 12},
        {"status": "Already exists", "progressDetail": {}, "id": "2" * 12},
        {"status": "Pulling fs layer", "progressDetail": {}, "id": "3" * 12},
        {"status": "Downloading", "progressDetail": {"current": 9, "total": 9}, "id": "3" * 12},
        {"status": "Verifying Checksum", "progressDetail": {}, "id": "3" * 12},
        {"status": "Download complete", "progressDetail": {}, "id": "3" * 12},
        {"status": "Extracting", "progressDetail": {"current": 1, "total": 9}, "id": "3" * 12},
        {"status": "Pull complete", "progressDetail": {}, "id": "3" * 12},
        {"status": f"Digest: {DIGEST}"},
        {"status": "Status: Downloaded newer image for 10.0.0.1:5000/site/lab/app:1.0"},
    ]
    tape, reading = read(lines, [BASE, MARK, OWN], pull=True)
    assert told(tape) == [
        ("1" * 12, "exists", BASE),
        ("3" * 12, "waiting", OWN),
        ("3" * 12, "moving", OWN),
        ("3" * 12, "done", OWN),
    ]
    assert reading.digest == DIGEST


def test_a_pull_of_an_unknown_image_names_no_layers() -> None:
    lines = [{"status": "Already exists", "progressDetail": {}, "id": "1" * 12}]
    tape, _ = read(lines, [], pull=True)
    assert told(tape) == [("1" * 12, "exists", None)]


def test_a_failure_in_the_middle_stops_the_transfer() -> None:
    lines = [{"errorDetail": {"message": "unexpected EOF"}, "error": "unexpected EOF"}]
    with pytest.raises(TransferStopped) as stopped:
        read(lines, [BASE], pull=False)
    assert stopped.value.diagnosis.code == "registry-unreachable"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("manifest for 10.0.0.1:5000/site/lab/app:1.0 not found", "not-in-registry"),
        ("manifest unknown: manifest unknown", "not-in-registry"),
        (
            'Get "http://10.0.0.1:5000/v2/": dial tcp 10.0.0.1:5000: connect: connection refused, '
            "and so it was when it was tried for the second time",
            "registry-unreachable",
        ),
        ('Get "http://10.0.0.1:5000/v2/": context deadline: i/o timeout', "registry-unreachable"),
        ("received unexpected HTTP status: 500 Internal Server Error", "registry-refused"),
    ],
)  # fmt: skip
def test_the_registrys_words_become_a_diagnosis(words: str, code: str) -> None:
    found = diagnose(words, SHOWN)
    assert found.code == code
    said = f"{found.title} {found.why} {found.try_}"
    assert "…" not in said
    assert "10.0.0.1" not in said
    assert "site/lab" not in said
