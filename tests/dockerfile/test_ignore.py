"""`.dockerignore`: the table was checked against the tests of moby/patternmatcher."""

import pytest

from visualizer.dockerfile import ContextFiles, ignored


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*", "a", True),
        ("*", "a/b", True),  # the folder is ignored, so what is in it is
        ("*.md", "x.md", True),
        ("*.md", "sub/x.md", False),
        ("**/*.md", "x.md", True),
        ("**/*.md", "a/b/x.md", True),
        ("docs", "docs/x", True),
        ("docs/", "docs/x", True),
        ("/docs", "docs/x", True),
        ("./docs", "docs/x", True),
        ("docs/**", "docs", False),
        ("docs/**", "docs/a/b", True),
        ("**/docs", "a/docs/x", True),
        ("**docs", "a/mydocs", True),
        ("a**/*.txt", "a/b/c.txt", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a[b-d]e", "ace", True),
        ("a[^b-d]e", "aze", True),
        ("a\\*b", "a*b", True),
        ("a\\*b", "axb", False),
        (".*", ".env", True),
        ("abc.def", "abcXdef", False),
        ("#a", "#a", False),  # a comment
        (" a ", "a", True),
        ("[", "[", False),  # Docker refuses the pattern; it matches nothing here
        ("..", "a", False),
        ("a/../b", "b", True),
        ("\ufeffa", "a", True),
    ],
)
def test_a_pattern_ignores_what_docker_ignores(pattern: str, path: str, expected: bool) -> None:
    assert (path in ignored(pattern, [path])) == expected


def test_the_last_pattern_that_matches_decides() -> None:
    paths = ["docs/a.md", "docs/keep.md", "a.md"]
    assert ignored("docs\n!docs/keep.md", paths) == {"docs/a.md"}
    assert ignored("!docs/keep.md\ndocs", paths) == {"docs/a.md", "docs/keep.md"}
    assert ignored("**\n!a.md", paths) == {"docs/a.md", "docs/keep.md"}
    assert ignored("*\n! a.md", paths) == {"docs/a.md", "docs/keep.md"}


def test_a_context_hides_what_is_ignored() -> None:
    context = ContextFiles.from_bytes({".dockerignore": b"*.log\n", "a.log": b"x", "b.txt": b"yy"})
    assert context.paths == (".dockerignore", "b.txt")
    assert context.ignored == {"a.log"}
    assert context.size == 6 + 2
    assert [entry.path for entry in context.entries()] == [".dockerignore", "b.txt"]


def test_a_context_without_rules_hides_nothing() -> None:
    assert ContextFiles.from_bytes({"a": b""}).paths == ("a",)
    assert ContextFiles.from_bytes({"a": b""}).mentions("x") is False
    assert ContextFiles().mentions("x") is None
