"""What the site refuses: sizes, bytes that are no text, and what check_policy leaves alone."""

import pytest

from tests.dockerfile.samples import CATALOGUE, bases
from visualizer.dockerfile import (
    ContextFile,
    ContextFiles,
    PlanError,
    check_policy,
    diagnose,
    parse,
    plan,
)
from visualizer.dockerfile.policy import (
    CONTEXT_BYTES,
    CONTEXT_FILES,
    DOCKERFILE_BYTES,
    INSTRUCTIONS,
)

FINE = 'FROM alpine:3.20\nCMD ["sh"]\n'


def codes(source: str | bytes, context: ContextFiles | None = None) -> list[str]:
    return [diagnosis.code for diagnosis in check_policy(source, context)]


def files(count: int, size: int) -> ContextFiles:
    return ContextFiles({f"{n:04}": ContextFile(size, "0" * 64) for n in range(count)})


def test_an_ordinary_file_passes() -> None:
    assert codes(FINE, files(3, 100)) == []
    assert codes(FINE.encode()) == []


def test_crlf_and_a_bom_pass_as_they_do_in_docker() -> None:
    assert codes(b"\xef\xbb\xbf" + FINE.replace("\n", "\r\n").encode()) == []
    read = parse(b"\xef\xbb\xbf" + FINE.replace("\n", "\r\n").encode())
    assert read.source == FINE
    assert [i.keyword for i in read.instructions] == ["FROM", "CMD"]


def test_a_large_file_is_refused_without_being_read() -> None:
    large = FINE + "#" * DOCKERFILE_BYTES
    assert codes(large) == ["dockerfile-too-large"]
    assert [d.code for d in diagnose(large)] == ["dockerfile-too-large"]
    assert codes(FINE + "#" * (DOCKERFILE_BYTES - len(FINE))) == []


def test_there_is_a_limit_on_instructions() -> None:
    assert codes(FINE + "ENV A=1\n" * (INSTRUCTIONS - 2)) == []
    assert codes(FINE + "ENV A=1\n" * (INSTRUCTIONS - 1)) == ["too-many-instructions"]


def test_there_are_limits_on_the_context() -> None:
    assert codes(FINE, files(CONTEXT_FILES, 1)) == []
    assert codes(FINE, files(CONTEXT_FILES + 1, 1)) == ["too-many-files"]
    assert codes(FINE, files(1, CONTEXT_BYTES)) == []
    assert codes(FINE, files(1, CONTEXT_BYTES + 1)) == ["context-too-large"]


def test_ignored_files_do_not_count() -> None:
    many = files(CONTEXT_FILES + 1, CONTEXT_BYTES)
    assert codes(FINE, ContextFiles(many.files, "*")) == []


def test_a_context_near_the_limit_gets_a_hint() -> None:
    large = diagnose(FINE, context=files(1, CONTEXT_BYTES))
    assert "big-context" in [d.code for d in large]
    assert "big-context" not in [d.code for d in diagnose(FINE, context=files(1, 1000))]


def test_a_nul_byte_is_refused_on_its_line() -> None:
    found = check_policy("FROM alpine:3.20\nRUN echo\0 x\n")
    assert [(d.code, d.line) for d in found] == [("nul-byte", 2)]
    assert "nul-byte" not in codes(FINE)


def test_what_stands_behind_a_nul_byte_is_still_read() -> None:
    found = diagnose("FROM alpine:3.20\n#\0\nRUN --network=host ls\n")
    assert {"nul-byte", "run-network"} <= {d.code for d in found}


def test_bytes_that_are_no_utf8_are_refused() -> None:
    assert codes(b"FROM alpine:3.20\nRUN echo \xff\n") == ["not-utf-8"]
    assert codes("FROM alpine:3.20\nRUN echo \ud800\n") == ["not-utf-8"]
    assert codes("FROM alpine:3.20\nRUN echo ü\n".encode()) == []


@pytest.mark.parametrize(
    "line",
    [
        "docker/dockerfile:1",
        "docker/dockerfile:1.7",
        "docker/dockerfile:1.7.1",
        "docker/dockerfile",
        "docker.io/docker/dockerfile:1",
        "docker/dockerfile:1-labs",
    ],
)
def test_dockers_own_syntax_line_is_allowed(line: str) -> None:
    assert codes(f"# syntax={line}\n{FINE}") == []


@pytest.mark.parametrize(
    "start",
    [
        "# syntax=evil/frontend",
        "#syntax = evil/frontend",
        "# SyntaX=evil/frontend",
        "# escape=\\\n# syntax=evil/frontend",
        "#!/bin/x\n# syntax=evil/frontend",
        "// syntax=evil/frontend",
        "# syntax=docker/dockerfile-upstream:master",
        "# syntax=docker/dockerfile:1@sha256:00",
        "# syntax=evil/docker/dockerfile:1",
    ],
)
def test_other_frontends_are_refused_however_they_are_spelt(start: str) -> None:
    assert "remote-frontend" in codes(f"{start}\n{FINE}")


def test_a_frontend_in_json_is_refused() -> None:
    assert "remote-frontend" in codes('{"syntax": "evil/frontend", "x": 1}')


def test_a_comment_that_only_looks_like_a_syntax_line_is_not() -> None:
    assert codes(f"# a comment\n# syntax=evil/frontend\n{FINE}") == []


@pytest.mark.parametrize(
    "line",
    [
        "RUN --mount=type=secret,id=a ls",
        "RUN --mount=id=a,type=secret ls",
        'RUN --mount="type=ssh" ls',
        "RUN --mount=TYPE=SECRET,id=a ls",
        "ARG KIND=secret\nRUN --mount=type=$KIND,id=a ls",
        "RUN --network=none ls",
        "RUN \\\n  --security=insecure ls",
        "ADD https://example.com/x /x",
        "ADD git@github.com:a/b.git /x",
        "ADD app.py ssh://git@example.com/x /x/",
        "ARG U=https://example.com/x\nADD $U /x",
        "ONBUILD ADD https://example.com/x /x",
    ],
)
def test_a_plan_refuses_by_itself_what_policy_refuses(line: str) -> None:
    context = ContextFiles.from_bytes({"app.py": b""})
    source = f"FROM alpine:3.20\n{line}\n"
    assert any(
        d.severity == "error"
        for d in diagnose(source, context=context, bases=bases, catalogue=CATALOGUE)
    )
    if "ONBUILD" not in line:
        with pytest.raises(PlanError):
            plan(parse(source), context=context, bases=bases)


def test_bidirectional_characters_are_named_with_their_column() -> None:
    found = check_policy("FROM alpine:3.20\nRUN echo \u202e x\u2066\n")
    assert [(d.severity, d.line) for d in found] == [("warning", 2)]
    assert "RIGHT-TO-LEFT OVERRIDE (U+202E) in column 10" in found[0].title
    assert "LEFT-TO-RIGHT ISOLATE (U+2066) in column 13" in found[0].title
    assert found[0].fix
    assert found[0].fix.text == "RUN echo  x"
