"""`manage.py record`, as a process of its own and on the embedded engine."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from visualizer.engine.limits import Limits
from visualizer.environment import PROJECT
from visualizer.events import codec
from visualizer.labs import recorder
from visualizer.labs.belief import Belief
from visualizer.labs.context_folder import BadFolder, read_folder

GOOD = 'FROM alpine:3.20\nCOPY note.txt /note.txt\nCMD ["sleep", "1000"]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that builds."""
    made = tmp_path / "app"
    made.mkdir()
    (made / "Dockerfile").write_text(GOOD)
    (made / "note.txt").write_text("hello\n")
    return made


def record(folder: Path, *words: str) -> "subprocess.CompletedProcess[bytes]":
    environment = {**os.environ, "LAYERCAKE_DATA": str(folder.parent / "data")}
    environment["DJANGO_SETTINGS_MODULE"] = "visualizer.settings"
    return subprocess.run(
        [sys.executable, str(PROJECT / "manage.py"), "record", *words],
        env=environment,
        capture_output=True,
        timeout=240,
        check=False,
    )


def events_of(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_a_good_folder_is_a_tape_on_standard_output(folder: Path) -> None:
    done = record(folder, str(folder), "--linger", "0")
    assert done.returncode == 0, done.stderr
    tape = list(codec.decode_lines(done.stdout.splitlines()))
    assert [fact.seq for fact in tape] == list(range(1, len(tape) + 1))
    belief = Belief()
    for fact in tape:
        belief.fold(fact)
    assert len(belief.images) == 1
    assert len(belief.running()) == 1
    config = next(e["config"] for e in events_of(done.stdout) if e["type"] == "image.built")
    assert config["Cmd"] == ["sleep", "1000"]


def test_commands_run_in_the_first_container_one_after_the_other(folder: Path) -> None:
    done = record(
        folder,
        str(folder),
        *("--containers", "3", "--linger", "0"),
        *("--exec", "cat /note.txt"),
        *("--exec", "cat /note.txt | wc -l"),
        *("--exec", "exit 7"),
        *("--exec", "sh -c 'exit 8'"),
    )
    assert done.returncode == 0, done.stderr
    tape = events_of(done.stdout)
    created = [event["container"] for event in tape if event["type"] == "container.created"]
    assert len(set(created)) == 3
    executed = [event for event in tape if event["type"].startswith("exec.")]
    assert {event["container"] for event in executed} == {created[0]}
    commands = [event["command"] for event in executed if event["type"] == "exec.started"]
    assert commands[:2] == [["cat", "/note.txt"], ["sh", "-c", "cat /note.txt | wc -l"]]
    assert executed[1]["text"] == "hello\n"
    for exec_id in {event["exec"] for event in executed}:
        own = [event["type"] for event in executed if event["exec"] == exec_id]
        assert (own[0], own[-1]) == ("exec.started", "exec.exited")


def test_what_a_container_writes_and_how_it_ends_is_on_the_tape(folder: Path) -> None:
    (folder / "Dockerfile").write_text("FROM alpine:3.20\nCMD echo done; exit 3\n")
    tape = events_of(record(folder, str(folder)).stdout)
    assert [e["text"] for e in tape if e["type"] == "container.output"] == ["done\n"]
    assert [e["exit_code"] for e in tape if e["type"] == "container.exited"] == [3]


def test_the_tape_can_be_written_to_a_file(folder: Path) -> None:
    out = folder.parent / "tape.jsonl"
    done = record(folder, str(folder), "--out", str(out), "--linger", "0")
    assert (done.returncode, done.stdout) == (0, b"")
    assert events_of(out.read_bytes())[0]["type"] == "lab.opened"


@pytest.mark.parametrize(
    "dockerfile", ["FROM nothing-like-it\n", "FROM alpine:3.20\nRUN exit 4\n", "RUN x\n", ""]
)
def test_a_build_that_fails_is_exit_status_1_and_still_a_tape(
    folder: Path, dockerfile: str
) -> None:
    (folder / "Dockerfile").write_text(dockerfile)
    done = record(folder, str(folder))
    assert done.returncode == 1
    assert events_of(done.stdout)[-1]["type"] == "build.failed"
    assert b"The build failed" in done.stderr


BAD_USAGE = [
    ["/nowhere"],
    [],
    ["FOLDER", "--containers", "-1"],
    ["FOLDER", "--containers", "many"],
    ["FOLDER", "--containers", "1000"],
    ["FOLDER", "--engine", "steam"],
    ["FOLDER", "--exec", ""],
    ["FOLDER", "--exec", "echo 'unclosed"],
    ["FOLDER", "--exec", "ls", "--containers", "0"],
    ["FOLDER", "--out", "/nowhere/tape"],
    ["FOLDER", "--linger", "-1"],
    ["FOLDER", "--unknown"],
]


@pytest.mark.parametrize("words", BAD_USAGE, ids=" ".join)
def test_bad_usage_is_exit_status_2_and_nothing_on_standard_output(
    folder: Path, words: list[str]
) -> None:
    done = record(folder, *(str(folder) if word == "FOLDER" else word for word in words))
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr
    assert b"Traceback" not in done.stderr


def test_a_folder_without_a_dockerfile_is_bad_usage(folder: Path) -> None:
    (folder / "Dockerfile").unlink()
    with pytest.raises(BadFolder, match="no Dockerfile"):
        read_folder(folder, Limits())


def test_a_link_out_of_the_folder_is_not_followed(folder: Path) -> None:
    (folder.parent / "secret").write_text("secret")
    (folder / "link").symlink_to("../secret")
    with pytest.raises(BadFolder, match="leads out"):
        read_folder(folder, Limits())


def test_a_link_inside_the_folder_is_followed(folder: Path) -> None:
    (folder / "link").symlink_to("note.txt")
    files = {file.path: file.content for file in read_folder(folder, Limits())}
    assert files["link"] == b"hello\n"


def test_what_is_ignored_is_not_read(folder: Path) -> None:
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "big").write_bytes(b"x" * 5_000_000)
    (folder / "node_modules" / "out").symlink_to("/etc/passwd")
    (folder / ".dockerignore").write_text("node_modules\n")
    paths = [file.path for file in read_folder(folder, Limits())]
    assert paths == [".dockerignore", "Dockerfile", "note.txt"]


def test_a_context_that_is_too_large_is_refused(folder: Path) -> None:
    (folder / "big").write_bytes(b"x" * 2_000_000)
    with pytest.raises(BadFolder, match="larger than a build context"):
        read_folder(folder, Limits())
    (folder / "big").unlink()
    with pytest.raises(BadFolder, match="more than 1 files"):
        read_folder(folder, Limits(context_files=1))


def test_the_mode_of_a_program_is_kept(folder: Path) -> None:
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o700)
    modes = {file.path: file.mode for file in read_folder(folder, Limits())}
    assert (modes["run.sh"], modes["note.txt"]) == (0o755, 0o644)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("ls -l", ["ls", "-l"]),
        ("echo 'a b'", ["echo", "a b"]),
        ("ls | wc", ["sh", "-c", "ls | wc"]),
        ("echo $HOME", ["sh", "-c", "echo $HOME"]),
        ("cat *.txt", ["sh", "-c", "cat *.txt"]),
    ],
)
def test_a_command_with_shell_syntax_goes_to_the_shell(command: str, words: list[str]) -> None:
    assert recorder.argv_of(command) == words


def test_a_docker_engine_that_is_not_there_is_said_in_words(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAYERCAKE_DOCKER_HOST", f"unix://{folder}/none.sock")
    done = record(folder, str(folder), "--engine", "docker")
    assert done.returncode == 2
    assert f"It was looked for at unix://{folder}/none.sock" in done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_a_scenario_may_be_named_by_its_folder(folder: Path) -> None:
    (folder / "scenario.toml").write_text("title = 1\n")
    done = record(folder, "--scenario", str(folder))
    assert done.returncode == 2
    assert b"is no scenario" in done.stderr
