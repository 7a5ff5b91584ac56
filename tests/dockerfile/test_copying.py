"""What COPY copies and where it lands, by Docker's rules for slashes, folders and wildcards."""

import pytest

from visualizer.dockerfile import CopyError, resolve_copy, select

FILES = ["app.py", "b.txt", "src/a.py", "src/deep/c.py", "src2/d.py", "we[i]rd.txt"]
IMAGE = ["etc/", "etc/passwd", "empty/", "made/", "made/x", "tool"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("app.py", ["app.py"]),
        ("./app.py", ["app.py"]),
        ("/app.py", ["app.py"]),
        ("src/../app.py", ["app.py"]),
        ("../app.py", ["app.py"]),
        ("src", ["src/a.py", "src/deep/c.py"]),
        ("src/", ["src/a.py", "src/deep/c.py"]),
        (".", sorted(FILES)),
        ("*.py", ["app.py"]),
        ("src*", ["src/a.py", "src/deep/c.py", "src2/d.py"]),
        ("*/*.py", ["src/a.py", "src2/d.py"]),
        ("src/?.py", ["src/a.py"]),
        ("[ab]*", ["app.py", "b.txt"]),
        ("we[[]i]rd.txt", ["we[i]rd.txt"]),
        ("nothing", []),
        ("App.py", []),
        ("*.java", []),
    ],
)
def test_a_source_selects_files(source: str, expected: list[str]) -> None:
    assert select(FILES, source) == expected


@pytest.mark.parametrize(
    ("sources", "destination", "workdir", "expected"),
    [
        (["app.py"], "/app/", "/", {"app.py": "/app/app.py"}),
        (["app.py"], "/app", "/", {"app.py": "/app"}),
        (["app.py"], ".", "/srv", {"app.py": "/srv/app.py"}),
        (["app.py"], "./", "/srv", {"app.py": "/srv/app.py"}),
        (["app.py"], "sub/", "/srv", {"app.py": "/srv/sub/app.py"}),
        (["app.py"], "main.py", "/srv", {"app.py": "/srv/main.py"}),
        (["app.py"], "/a/../b/", "/", {"app.py": "/b/app.py"}),
        (["app.py"], "/x/.", "/", {"app.py": "/x/app.py"}),
        (["app.py"], "/", "/", {"app.py": "/app.py"}),
        (["src/a.py"], "/x/", "/", {"src/a.py": "/x/a.py"}),
        (["src"], "/x", "/", {"src/a.py": "/x/a.py", "src/deep/c.py": "/x/deep/c.py"}),
        (["src"], "/x/", "/", {"src/a.py": "/x/a.py", "src/deep/c.py": "/x/deep/c.py"}),
        (["app.py", "b.txt"], "/x/", "/", {"app.py": "/x/app.py", "b.txt": "/x/b.txt"}),
        (["*.py", "*.txt"], "./", "/x", {"app.py": "/x/app.py", "b.txt": "/x/b.txt"}),
        (["src*"], "/x/", "/", {"src/a.py": "/x/a.py", "src2/d.py": "/x/d.py"}),
        (["*.py"], "/only.py", "/", {"app.py": "/only.py"}),
        (["*.java"], "/x/", "/", {}),
    ],
)
def test_files_land_where_docker_puts_them(
    sources: list[str], destination: str, workdir: str, expected: dict[str, str]
) -> None:
    pairs = dict(resolve_copy(FILES, sources, destination, workdir))
    files = {source: target for source, target in pairs.items() if not source.endswith("/")}
    assert expected.items() <= files.items()


def test_a_file_goes_into_the_target_if_that_is_a_directory() -> None:
    into = resolve_copy(FILES, ["app.py"], "/app", "/", target_is_directory={"/app"}.__contains__)
    assert into == [("app.py", "/app/app.py")]


def test_parents_come_before_what_is_in_them() -> None:
    pairs = resolve_copy(FILES, ["src"], "/x", "/")
    assert pairs == [
        ("src/", "/x/"),
        ("src/a.py", "/x/a.py"),
        ("src/deep/", "/x/deep/"),
        ("src/deep/c.py", "/x/deep/c.py"),
    ]


def test_directories_of_another_stage_are_copied_even_when_they_are_empty() -> None:
    assert resolve_copy(IMAGE, ["/empty"], "/e", "/", from_stage=True) == [("empty/", "/e/")]
    assert resolve_copy(IMAGE, ["made", "tool"], "/x", "/") == [
        ("made/", "/x/"),
        ("made/x", "/x/x"),
        ("tool", "/x/tool"),
    ]


def test_the_whole_of_another_stage_can_be_copied() -> None:
    pairs = resolve_copy(IMAGE, ["/"], "/", "/", from_stage=True)
    assert ("etc/passwd", "/etc/passwd") in pairs
    assert pairs[0] == ("/", "/")


def test_several_files_need_a_slash() -> None:
    for sources in (["app.py", "b.txt"], ["*.py", "*.txt"], ["app.py", "src"]):
        with pytest.raises(CopyError) as error:
            resolve_copy(FILES, sources, "/x", "/")
        assert error.value.diagnosis.code == "copy-several-needs-slash"


def test_a_missing_source_is_an_error_and_a_wildcard_without_match_is_not() -> None:
    with pytest.raises(CopyError) as error:
        resolve_copy(FILES, ["nothing"], "/x/", "/")
    assert error.value.diagnosis.code == "copy-source-missing"
    with pytest.raises(CopyError) as error:
        resolve_copy(IMAGE, ["/nothing"], "/x/", "/", from_stage=True)
    assert error.value.diagnosis.code == "copy-source-missing-in-stage"


def test_patterns_can_be_excluded() -> None:
    pairs = dict(resolve_copy(FILES, ["."], "/x/", "/", exclude=["**/*.py", "deep"]))
    assert [source for source in pairs if not source.endswith("/")] == ["b.txt", "we[i]rd.txt"]


def test_parents_keep_the_directories_of_the_source() -> None:
    def copy(source: str) -> list[str]:
        return [target for _, target in resolve_copy(FILES, [source], "/x/", "/", parents=True)]

    assert copy("src/deep/c.py") == ["/x/src/deep/c.py"]
    assert copy("src/./deep/c.py") == ["/x/deep/c.py"]
