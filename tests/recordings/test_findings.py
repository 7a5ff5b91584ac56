"""What looks like a secret is found, with where it is; what only looks strange is not."""

from pathlib import Path

import pytest

from tests.recordings.tapes import (
    GOLDEN,
    build,
    container,
    executed,
    numbered,
    opened,
    planned,
    said,
)
from visualizer.events import types as event
from visualizer.events.types import AnyEvent
from visualizer.recordings.findings import MOST, TEXT, findings
from visualizer.recordings.format import Header, Note, Recorded, included, read

# Put together here, so that nobody takes this file for one that leaks keys.
AWS = "AKIA" + "IOSFODNN7EXAMPLE"
GITHUB = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
JWT = "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NSJ9.dozjgNryP4J3jVmNHl0w5N"


def said_in_output(*texts: str) -> list[tuple[str, str]]:
    recorded = Recorded(Header(), numbered(opened(), *container(), *said(*texts)))
    return [(found.what, found.word) for found in findings(recorded)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (f"key {AWS} ok", AWS),
        (f"remote: {GITHUB}", GITHUB),
        (f"Bearer {JWT}", JWT),
        ("postgres://shop:hunter22@db:5432/shop", "hunter22"),
        ("PASSWORD=hunter22", "hunter22"),
        ('"db_password": "hunter22"', "hunter22"),
        ("API_KEY: 'abc123xyz'", "abc123xyz"),
        ("write to ada@example.org please", "ada@example.org"),
        ("8f14e45fceea167a5a36dedd4bea2543", "8f14e45fceea167a5a36dedd4bea2543"),
        ("x9Kq2LmP7vRt4WzB8nYc3HdF6", "x9Kq2LmP7vRt4WzB8nYc3HdF6"),
    ],
)
def test_what_looks_like_a_secret_is_found(text: str, word: str) -> None:
    assert word in [found for _, found in said_in_output(text)]


def test_a_private_key_is_found_over_its_lines() -> None:
    pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nabc\n-----END RSA PRIVATE KEY-----"
    what, word = said_in_output(pem)[0]
    assert what == "a private key"
    assert "MIIEpAIBAAKCAQEA" in word


def test_a_secret_in_two_chunks_is_found() -> None:
    assert ("an access key or token", AWS) in said_in_output(AWS[:9], AWS[9:])


@pytest.mark.parametrize(
    "text",
    [
        "Hello, world",
        "sha256:" + "ab12" * 16,
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "password=$PASSWORD",
        "https://example.org:8080/path",
        "/usr/local/lib/python3.12/site-packages/pip/_internal/cli",
        "the token was refused",
        "internationalization_and_localization",
        "2026-11-23T12:00:00Z",
    ],
)
def test_what_is_usual_is_not_found(text: str) -> None:
    assert said_in_output(text) == []


def test_each_place_is_named() -> None:
    files = {"Dockerfile": b"FROM x\nENV SECRET_KEY=dockerfile1\n", ".env": b"token=envfile123"}
    recorded = Recorded(
        Header(
            title="password=title123",
            notes=[Note(at=2, text="password=note1234")],
            files=[included(content) for content in files.values()],
        ),
        numbered(
            opened(),
            build(1, files, args={"NPM_TOKEN": "argument1"}),
            planned(1, "RUN curl -u ada:x --password=planned1"),
            event.ConfigChanged(build=1, step=1, field="Env", value=["API_TOKEN=config12"]),
            *container(),
            *executed("password=output12", command="login --password=command1"),
        ),
    )
    found = {each.word: (each.where, each.at) for each in findings(recorded)}
    assert found["title123"] == ("the title", 0)
    assert found["note1234"] == ("a note", 2)
    assert found["dockerfile1"] == ("the file Dockerfile of build 1", 2)
    assert found["envfile123"] == ("the file .env of build 1", 2)
    assert found["argument1"] == ("a build argument of build 1", 2)
    assert found["planned1"] == ("the steps of a build", 3)
    assert found["config12"] == ("an image's config", 4)
    assert found["command1"] == ("a command", 7)
    assert found["output12"] == (f"the output of a command in container {'c' * 12}", 8)


def test_each_is_found_once_with_what_is_around_it() -> None:
    tape: list[AnyEvent] = numbered(opened(), *said("line\n\x1b[1mpassword=hunter22 ", "x" * 500))
    (found,) = findings(Recorded(Header(), [*tape, *tape]))
    assert "password=hunter22" in found.excerpt
    assert found.excerpt.isprintable()
    assert len(found.excerpt) <= 130


def test_not_more_are_told_than_anybody_reads() -> None:
    text = " ".join(f"user{n}@example.org" for n in range(MOST * 3))
    assert len(said_in_output(text)) == MOST


@pytest.mark.parametrize(
    "piece",
    [
        "eyJ",
        "a.",
        "-",
        "a@",
        "a@b.",
        "http://a:",
        "password=x ",
        "password",
        "-----BEGIN ",
        "A1b",
        "ghp_",
        "u@x.org ",
    ],
)
def test_no_text_keeps_the_search_busy(piece: str) -> None:
    tape = numbered(opened(), *said(piece * (TEXT // len(piece))))
    assert len(findings(Recorded(Header(), tape))) <= MOST


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_tapes_hold_no_secrets(path: Path) -> None:
    assert findings(read(path.read_bytes())) == []
