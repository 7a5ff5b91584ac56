"""The set-up skips what is current, leaks nothing, and says what went wrong."""

import shutil
import socket
import sys
from pathlib import Path

import pytest

from scripts.prepare import node, places, python, site, stamps, telling


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Logs go to a folder of the test's own."""
    monkeypatch.setattr(places, "WORKSHOP", tmp_path / "setup")
    monkeypatch.setattr(places, "LOGS", tmp_path / "setup" / "logs")
    return tmp_path / "setup"


def test_a_sum_is_the_same_wherever_the_folder_lies(tmp_path: Path) -> None:
    for name in ("one", "another place"):
        (tmp_path / name / "src").mkdir(parents=True)
        (tmp_path / name / "src" / "lab.ts").write_text("export {};")

    one, other = tmp_path / "one", tmp_path / "another place"

    assert stamps.digest_of(one, stamps.files_under(one)) == stamps.digest_of(
        other, stamps.files_under(other)
    )


@pytest.mark.parametrize("change", ["edit", "add", "rename", "remove"])
def test_a_sum_changes_with_any_source(tmp_path: Path, change: str) -> None:
    source = tmp_path / "lab.ts"
    source.write_text("export {};")
    before = stamps.digest_of(tmp_path, stamps.files_under(tmp_path))

    if change == "edit":
        source.write_text("export { };")
    elif change == "add":
        (tmp_path / "front.ts").write_text("")
    elif change == "rename":
        shutil.move(source, tmp_path / "front.ts")
    else:
        source.unlink()

    assert stamps.digest_of(tmp_path, stamps.files_under(tmp_path)) != before


def test_what_python_compiles_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "models.cpython-311.pyc").write_bytes(b"")
    (tmp_path / "models.py").write_text("")

    assert stamps.files_under(tmp_path) == [tmp_path / "models.py"]


def test_a_thing_without_its_stamp_is_made_again(tmp_path: Path) -> None:
    stamp = tmp_path / "dist" / ".stamp"
    stamps.write(stamp, "abc")
    assert stamps.is_current(stamp, "abc")

    shutil.rmtree(tmp_path / "dist")

    assert not stamps.is_current(stamp, "abc")


@pytest.mark.parametrize("version", ["v20.19.0", "v20.20.2", "v22.12.0", "v24.1.0", "22.20.0"])
def test_a_node_that_vite_runs_on_is_fit(version: str) -> None:
    assert node.is_fit(version)


@pytest.mark.parametrize("version", ["v18.20.4", "v20.18.1", "v21.7.0", "v22.11.0", "", "nonsense"])
def test_an_older_node_is_not_fit(version: str) -> None:
    assert not node.is_fit(version)


def test_no_other_projects_settings_leak_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in places.LEAKS:
        monkeypatch.setenv(name, "/somewhere/else")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org")

    environment = places.clean_environment()

    assert not set(places.LEAKS) & set(environment)
    assert environment["HTTPS_PROXY"] == "http://proxy.example.org"


def test_a_home_that_cannot_be_written_to_is_left_alone(
    workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "not there"))
    monkeypatch.delenv("LAYERCAKE_CACHE", raising=False)
    monkeypatch.delenv("npm_config_cache", raising=False)

    environment = places.clean_environment()

    assert environment["LAYERCAKE_CACHE"] == str(workshop / "cache")
    assert environment["npm_config_cache"] == str(workshop / "npm-cache")


def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "VENV", Path("/nowhere/.venv"))
    monkeypatch.setitem(sys.modules, "ensurepip", None)

    with pytest.raises(telling.SetUpFailed) as failure:
        python.ready()

    assert "sudo apt install python3" in failure.value.told()


def test_a_failure_shows_the_end_of_its_log(workshop: Path) -> None:
    script = "for n in range(90): print('line', n)\nraise SystemExit(3)"

    with pytest.raises(telling.SetUpFailed) as failure:
        telling.run(
            [sys.executable, "-c", script], log="try", what="It broke.", why="W", try_="Again."
        )

    told = failure.value.told()
    assert "What happened: It broke." in told
    assert "exit status 3" in told
    assert "line 89" in told
    assert "line 1\n" not in told
    assert (workshop / "logs" / "try.log").read_text().startswith("line 0")


def test_a_command_that_is_not_there_is_a_failure_in_words(workshop: Path) -> None:
    with pytest.raises(telling.SetUpFailed) as failure:
        telling.run([workshop / "nothing"], log="try", what="It broke.", why="W", try_="Again.")

    assert "could not be started" in failure.value.told()


def test_a_port_in_use_names_another() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(telling.SetUpFailed) as failure:
            site.check_port("127.0.0.1", port)

    assert f"scripts/run --port {port + 1}" in failure.value.told()
