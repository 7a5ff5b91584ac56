"""Texts made to take for ever or to fill the memory do neither."""

import time

import pytest

from tests.dockerfile.samples import FILES, bases
from visualizer.dockerfile import ContextFiles, diagnose, expand, ignored, select
from visualizer.dockerfile.policy import DOCKERFILE_BYTES

CONTEXT = ContextFiles.from_bytes(FILES)
ROOM = DOCKERFILE_BYTES - 400
START = "FROM alpine:3.20\n"


def repeated(piece: str, head: str = "", tail: str = "") -> str:
    return START + head + piece * ((ROOM - len(head) - len(tail)) // len(piece.encode())) + tail


ENORMOUS = {
    "spaces": repeated(" ", "RUN a", "x"),
    "spaces in a directive": "# escape=" + " " * ROOM + "x\n" + START,
    "spaces in a heredoc": repeated(" ", "RUN cat <<", "a<b"),
    "backslashes": repeated("\\ ", "RUN a"),
    "open braces": repeated("${A:-", "WORKDIR "),
    "dollars": repeated("$", "WORKDIR "),
    "brackets": repeated("[", "CMD "),
    "quotes": repeated("\"'", "LABEL a="),
    "heredocs": repeated("<<A ", "RUN "),
    "comments": repeated("#\n"),
    "hashes in a script": repeated("#\n", "RUN <<X\n", "X\n"),
    "stars in a path": repeated("*a", "COPY ", " /x/"),
    "pairs": repeated("A=1 ", "ENV "),
    "many names": START + "ENV " + " ".join(f"N{n}=1" for n in range(7000)),
    "ports": repeated("0-65535 ", "EXPOSE "),
    "sources": repeated("*.py ", "COPY ", " /x/"),
    "continuations": repeated("RUN a \\\n"),
    "pipes": repeated("a | ", "RUN "),
    "doubling": START + "ENV A=aaaaaaaa\n" + "ENV A=$A$A\n" * 280,
    "stages": "FROM alpine:3.20 AS a\n" + "ONBUILD RUN x\n" * 140 + "FROM a\n" * 140,
    "misspelt": repeated("RUNN x\n"),
    "one long word": repeated("x"),
    "bidi": repeated("\u202e", "RUN "),
}


@pytest.mark.parametrize("name", ENORMOUS)
def test_the_largest_file_is_diagnosed_in_reasonable_time(name: str) -> None:
    begin = time.thread_time()
    diagnose(ENORMOUS[name], context=CONTEXT, bases=bases)
    assert time.thread_time() - begin < 20


def test_patterns_take_no_exponential_time() -> None:
    begin = time.thread_time()
    env = {"x": "a" * 20000}
    assert expand("${x##" + "*a" * 40 + "b}", env) == env["x"]
    assert expand("${x%%b" + "a*" * 40 + "}", env) == env["x"]
    assert expand("${x//" + "*a" * 40 + "b/c}", env) == env["x"]
    paths = ["a" * 250, "/".join("a" * 60)]
    assert select(paths, "*a" * 60 + "b") == []
    assert ignored("*a" * 60 + "b\n" + "**/a" * 4 + "/b\n" + "**/a*" * 30, paths) == set()
    assert time.thread_time() - begin < 10
