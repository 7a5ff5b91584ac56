"""Nothing that anyone can type brings the package down."""

import contextlib
import re

import dockerfile as docker_parser
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dockerfile.samples import FILES, bases, examples
from visualizer.dockerfile import (
    ContextFiles,
    ExpansionError,
    PlanError,
    apply_config,
    check_policy,
    diagnose,
    expand,
    ignored,
    parse,
    plan,
    select,
)
from visualizer.dockerfile.steps import Unresolved

CONTEXT = ContextFiles.from_bytes(FILES)
KEYWORDS = (
    "FROM RUN COPY ADD CMD ENTRYPOINT ENV ARG LABEL EXPOSE USER VOLUME WORKDIR HEALTHCHECK SHELL "
    "STOPSIGNAL ONBUILD MAINTAINER from ruN FOO # ONBUILD\tRUN"
)
PIECES = [
    "alpine:3.20", "AS", "b", "--from=b", "--from=0", "--mount=type=cache,target=/x", "$A",
    "${A}", "${A:-x}", "${A", "A=1", 'A="1 2"', "'", '"', "\\", "\\\n", "\n\n", "# c", "[", "]",
    '["a"]', "['a']", "<<EOF", "<<-'E F'", "EOF", "\nEOF\n", ".", "./", "/app", "app.py",
    "*.py", "src", "80", "80/tcp", "&&", "cd", "apt-get", "install", "\t", "\u00a0", "\u202e",
    "\u0000", "\ufeff", "\r\n", "\u00e9", "CMD", "NONE", "--interval=1s", "~", "=", "https://x",
    "`", "# escape=`\n", "scratch", "\u001c",
]  # fmt: skip
line = st.builds(
    lambda keyword, words, gap: keyword + gap + gap.join(words),
    st.sampled_from(KEYWORDS.split(" ")),
    st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=6),
    st.sampled_from([" ", "  ", "\t"]),
)
files = st.lists(line, max_size=8).map("\n".join) | st.text(max_size=200)


@settings(max_examples=400, deadline=None)
@given(files | st.binary(max_size=120))
def test_any_text_can_be_diagnosed_and_checked(source: str | bytes) -> None:
    found = diagnose(source, context=CONTEXT, bases=bases, catalogue=["alpine:3.20"])
    for diagnosis in [*found, *diagnose(source), *check_policy(source, CONTEXT)]:
        assert diagnosis.title


@settings(max_examples=400, deadline=None)
@given(files.map(lambda text: "FROM alpine:3.20 AS b\n" + text) | files)
def test_any_text_can_be_planned_or_is_refused_with_a_reason(source: str) -> None:
    try:
        made = plan(parse(source), context=CONTEXT, bases=bases)
    except PlanError:
        return
    for number, step in enumerate(made.steps, 1):
        assert step.step == number
        assert all(need < number for need in step.needs)
        assert list(step.reads) == sorted(step.reads)
        assert not isinstance(step.operation, Unresolved) or step.skipped
        step.planned()


@settings(max_examples=300, deadline=None)
@given(files)
def test_a_plan_that_exists_means_that_no_error_is_diagnosed(source: str) -> None:
    if check_policy(source) and any(d.severity == "error" for d in check_policy(source)):
        return
    try:
        plan(parse(source), context=CONTEXT, bases=bases)
    except PlanError:
        found = diagnose(source, context=CONTEXT, bases=bases)
        assert any(diagnosis.severity == "error" for diagnosis in found)
    else:
        found = diagnose(source, context=CONTEXT, bases=bases)
        unexpected = [d for d in found if d.severity == "error"]
        # A comment behind an instruction is an error to us where Docker takes it for words.
        assert {d.code for d in unexpected} <= {"comment-after-instruction"}


@settings(max_examples=400, deadline=None)
@given(files)
def test_instructions_lie_on_the_lines_that_dockers_parser_gives_them(source: str) -> None:
    if "\0" in source or re.search(r"<<-?\s", source):
        return  # BuildKit has learnt `<< EOF` since the binding was made
    read = parse(source)
    with contextlib.suppress(docker_parser.GoParseError, UnicodeDecodeError):
        commands = docker_parser.parse_string(read.source)
        ours = [(i.line_start, i.line_end, i.written) for i in read.instructions]
        assert ours == [(c.start_line, c.end_line, c.cmd or "") for c in commands]
        bodies = [[h.content for h in i.heredocs] for i in read.instructions]
        theirs = [[h.content for h in c.heredocs] for c in commands]
        # For an ONBUILD the binding leaves the bodies out.
        for mine, docker, command in zip(bodies, theirs, commands, strict=True):
            assert mine == docker or (command.cmd or "").upper() == "ONBUILD"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.dictionaries(st.sampled_from("ABC"), st.text(max_size=5)))
def test_expansion_gives_a_text_or_a_reason(word: str, env: dict[str, str]) -> None:
    with contextlib.suppress(ExpansionError):
        assert isinstance(expand(word, env), str)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab/*?[]!-^\\.# \n", max_size=20))
def test_any_pattern_can_be_matched(patterns: str) -> None:
    paths = ["a", "b/a", "a/b/a"]
    assert ignored(patterns, paths) <= set(paths)
    assert set(select(paths, patterns)) <= set(paths)


def test_applying_an_operation_does_not_change_the_config_that_it_is_given() -> None:
    for example in examples():
        with contextlib.suppress(PlanError):
            made = plan(parse(example.source), context=example.context(), bases=bases)
            for step in made.steps:
                if not isinstance(step.operation, Unresolved):
                    config = {
                        "Env": ["A=1"],
                        "Labels": {"a": "b"},
                        "Cmd": ["x"],
                        "OnBuild": ["RUN y"],
                    }
                    before = repr(config)
                    apply_config(config, step.operation)
                    assert repr(config) == before
