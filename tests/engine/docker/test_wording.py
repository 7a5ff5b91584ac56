"""What goes to the engine and what comes of it: names, Dockerfiles, archives, its own words."""

import io
import tarfile

import pytest

from visualizer.dockerfile import ContextFiles, parse, plan
from visualizer.dockerfile.operations import BaseImage
from visualizer.dockerfile.steps import Plan
from visualizer.engine.docker.context_archive import COPY_OF_ALL, context_archive
from visualizer.engine.docker.ending import StartFailure, start_failure
from visualizer.engine.docker.engine_words import shown
from visualizer.engine.docker.names import LabNames
from visualizer.engine.docker.rewriting import Rewriting, images_of
from visualizer.engine.docker.sandbox import health_check
from visualizer.engine.docker.vertices import Vertices
from visualizer.engine.docker.words import exit_code_of, missing_source
from visualizer.engine.port import ContextFile

FILES = {"Dockerfile": b"", "app.py": b"", "src/Dockerfile": b""}


def planned(dockerfile: str, target: str | None = None) -> Plan:
    """The plan of a Dockerfile for which every image exists."""
    return plan(
        parse(dockerfile),
        context=ContextFiles.from_bytes(FILES),
        bases=lambda name: BaseImage({}, name, ""),
        target=target,
    )


def rewritten(dockerfile: str, path: str = "Dockerfile") -> str:
    """A Dockerfile as the engine would read it."""
    made = planned(dockerfile)
    names = {name: f"x.invalid/{name.replace(':', '-')}:1" for name in images_of(made)}
    return Rewriting(names, path, parse(dockerfile).escape).apply(dockerfile, made)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("FROM busybox\n", "FROM x.invalid/busybox:1\n"),
        ("from busybox:1.36 as One\n", "FROM x.invalid/busybox-1.36:1 AS one\n"),
        ("FROM \\\n  busybox\nRUN x\n", "FROM x.invalid/busybox:1\n\nRUN x\n"),
        ("ARG B=busybox\nFROM ${B}\n", "ARG B=busybox\nFROM x.invalid/busybox:1\n"),
        (
            "FROM a AS one\nFROM one\nCOPY --from=one /x /\n",
            "FROM x.invalid/a:1 AS one\nFROM one\nCOPY --from=one /x /\n",
        ),
        (
            "FROM a\nCOPY --chown=1 --from=b:2 /x /\n",
            "FROM x.invalid/a:1\nCOPY --chown=1 --from=x.invalid/b-2:1 /x /\n",
        ),
        ("FROM a\nCOPY app.py src /\n", "FROM x.invalid/a:1\nCOPY app.py src /\n"),
        (
            "FROM a\nCOPY --chown=1:2 . /x y/\n".replace("x y", "xy"),
            f'FROM x.invalid/a:1\nCOPY --chown=1:2 ["{COPY_OF_ALL}/.", "/xy/"]\n',
        ),
        (
            'FROM a\nADD ["./", "/a $x/"]\n'.replace("$x", r"\\$x"),
            f'FROM x.invalid/a:1\nADD ["{COPY_OF_ALL}/", "/a \\\\$x/"]\n',
        ),
    ],
)
def test_a_dockerfile_is_changed_only_where_it_must_be(written: str, read: str) -> None:
    assert rewritten(written) == read


def test_a_dockerfile_in_a_folder_is_taken_with_its_folder() -> None:
    assert COPY_OF_ALL in rewritten("FROM a\nCOPY src /x/\n", "src/Dockerfile")
    assert COPY_OF_ALL not in rewritten("FROM a\nCOPY app.py /x/\n", "src/Dockerfile")


def test_vertices_are_found_by_stage_and_place() -> None:
    made = planned(
        "FROM a AS builder\nENV A=1\nWORKDIR /x\nRUN one\n"
        "FROM builder\nRUN two\n"
        "FROM scratch\nCOPY --from=0 /x /\n"
    )
    found = Vertices(made)
    places = {
        "[builder 2/3] WORKDIR /x": 3,
        "[builder 3/3] RUN one": 4,
        "[stage-1 1/1] RUN two": 6,
        # An empty base is an image as well for the engine.
        "[stage-2 2/2] COPY --from=0 /x /": 8,
        "[linux/amd64 builder 3/3] RUN one": 4,
    }
    for name, step in places.items():
        told = found.step(name)
        assert told is not None
        assert told.step == step
    for name in ("[internal] load build context", "exporting to image", "[builder 1/3] FROM a"):
        assert found.step(name) is None


def test_a_single_stage_has_no_name() -> None:
    told = Vertices(planned("FROM a\nRUN one\n")).step("[2/2] RUN one")
    assert told is not None
    assert told.step == 2


def test_the_context_is_the_same_archive_for_the_same_files() -> None:
    files = [ContextFile("b/c.txt", b"c", 0o755), ContextFile("a.txt", b"a")]
    made = context_archive(files, ("Dockerfile", "FROM x"), with_copy=False)
    assert made == context_archive(reversed(files), ("Dockerfile", "FROM x"), with_copy=False)
    with tarfile.open(fileobj=io.BytesIO(made)) as tar:
        assert [(info.name, info.mode) for info in tar] == [
            ("b", 0o755),
            ("Dockerfile", 0o644),
            ("a.txt", 0o644),
            ("b/c.txt", 0o755),
        ]


def test_a_long_path_does_not_make_the_archive_one_that_buildkit_misreads() -> None:
    made = context_archive([ContextFile("x" * 200, b"")], ("Dockerfile", "FROM x"), with_copy=False)
    assert made[:10] == b"Dockerfile"


@pytest.mark.parametrize("tag", ["app:latest", "a/b_c/d-e:1.0", "localhost:5000/app:x"])
def test_a_tag_comes_back_as_it_was_given(tag: str) -> None:
    names = LabNames("site", "Some_Lab")
    assert names.learners_tag(names.image(tag)) == tag
    assert names.image(tag).count(":") == 1
    assert LabNames("site", "other").learners_tag(names.image(tag)) is None
    assert LabNames("other", "Some_Lab").learners_tag(names.image(tag)) is None


def test_the_words_of_old_engines_are_put_as_todays() -> None:
    old = "executor failed running [/bin/sh -c exit 3]: exit code: 3"
    new = 'process "/bin/sh -c exit 3" did not complete successfully: exit code: 3'
    assert shown(old) == shown(new) == new
    assert exit_code_of(shown(old)) == 3
    quoting = 'executor failed running [/bin/sh -c echo "x]: exit code: 2'
    assert shown(quoting) == (
        r'process "/bin/sh -c echo \"x" did not complete successfully: exit code: 2'
    )
    frontend = "failed to solve with frontend dockerfile.v0: failed to create LLB definition: "
    assert shown(f"{frontend}no stage") == shown("failed to solve: no stage") == "no stage"


@pytest.mark.parametrize("engines", ["", "failed to create task for container: "])
def test_a_start_that_fails_is_told_alike_by_old_and_new_engines(engines: str) -> None:
    words = 'OCI runtime create failed: exec: "x": executable file not found in $PATH'
    failure = start_failure(f"{engines}{words}: unknown")
    assert failure == StartFailure(127, f"failed to create task for container: {words}\n")


def test_words_tell_nothing_of_the_host() -> None:
    words = "lstat /var/lib/docker/overlay2/0a1b/merged/nope: no such file or directory"
    assert shown(words) == "lstat /nope: no such file or directory"
    assert missing_source(shown(words)) == "/nope"
    assert missing_source('failed to compute cache key: "/nope": not found') == "/nope"
    assert missing_source("something else") is None


def test_health_checks_are_made_rare() -> None:
    check = {"Test": ["CMD", "true"], "Interval": 1_000_000, "Timeout": 10}
    assert health_check(check) == {**check, "Interval": 5_000_000_000}
    assert health_check({"Test": ["NONE"]}) == {"Test": ["NONE"]}
    assert health_check(None) is None
