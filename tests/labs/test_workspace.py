"""The files of the editor: paths, contents, limits."""

import base64

import pytest

from visualizer.engine.limits import Limits
from visualizer.labs import workspace
from visualizer.labs.commands import SourceFile
from visualizer.labs.errors import Invalid, LabError, TooMuch


def checked(*files: SourceFile, limits: Limits | None = None) -> list[tuple[str, bytes]]:
    found = workspace.checked(files, limits or Limits())
    return [(file.path, file.content) for file in found]


def text(path: str, content: str = "x") -> SourceFile:
    return SourceFile(path=path, text=content)


def test_files_come_back_sorted_with_tidy_paths() -> None:
    files = checked(text("b//c.py"), text("./a.py"), text(".dockerignore"))
    assert [path for path, _ in files] == [".dockerignore", "a.py", "b/c.py"]


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../up",
        "a/../../b",
        "a/..",
        "a\x00b",
        "a\nb",
        "a\\b",
        ".",
        "./",
        "a/",
        "\x7f",
        "a\x85b",
        "a\u2028b",
        "photo\u202egpj.py",
        "a\u2066b",
        "\ud800",
    ],
)
def test_a_path_that_leaves_the_context_or_names_no_file_is_refused(path: str) -> None:
    with pytest.raises(Invalid) as caught:
        checked(text(path))
    assert caught.value.problem.code == "bad-path"
    assert caught.value.problem.why


def test_names_that_people_use_are_taken() -> None:
    names = ["Dockerfile", "ümläut.txt", "with space.txt", "..dots", "a/.hidden", "名前.py"]
    assert sorted(path for path, _ in checked(*map(text, names))) == sorted(names)


def test_two_files_of_one_name_are_refused() -> None:
    with pytest.raises(Invalid, match=r"two files named a\.py"):
        checked(text("a.py"), text("./a.py"))


def test_a_file_cannot_be_a_folder_too() -> None:
    with pytest.raises(Invalid, match="both a file and a folder"):
        checked(text("a"), text("a/b/c"))


def test_bytes_that_are_no_text_travel_as_base64() -> None:
    content = bytes(range(256))
    coded = base64.b64encode(content).decode()
    assert checked(SourceFile(path="a.bin", base64=coded)) == [("a.bin", content)]


@pytest.mark.parametrize("coded", ["not base64!", "AAA", "AA==\n", "é"])
def test_wrong_base64_is_refused(coded: str) -> None:
    with pytest.raises(LabError) as caught:
        checked(SourceFile(path="a.bin", base64=coded))
    assert caught.value.problem.code == "bad-content"


@pytest.mark.parametrize(
    "file", [SourceFile(path="a"), SourceFile(path="a", text="", base64="")], ids=["none", "both"]
)
def test_a_file_has_one_content(file: SourceFile) -> None:
    with pytest.raises(Invalid):
        checked(file)


def test_a_dockerignore_has_only_so_many_lines() -> None:
    assert checked(text(".dockerignore", "*.log\n" * workspace.IGNORE_LINES))
    for path in (".dockerignore", "Dockerfile.dockerignore"):
        with pytest.raises(TooMuch, match="501 lines"):
            checked(text(path, "*.log\n" * (workspace.IGNORE_LINES + 1)))


def test_names_in_any_script_are_taken() -> None:
    assert checked(text("größe/ملف/файл-文件 1.txt"))


def test_a_context_may_be_as_large_as_the_limit_and_no_larger() -> None:
    limits = Limits(context_bytes=10, context_files=2)
    assert checked(text("a", "12345"), text("b", "12345"), limits=limits)
    with pytest.raises(TooMuch, match="11 bytes"):
        checked(text("a", "12345"), text("b", "123456"), limits=limits)
    with pytest.raises(TooMuch, match="3 files"):
        checked(text("a"), text("b"), text("c"), limits=limits)


def test_a_new_lab_has_a_dockerfile_and_an_app() -> None:
    assert [file.path for file in workspace.starter_files()] == ["Dockerfile", "app.py"]
