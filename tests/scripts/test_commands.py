"""`scripts/run` and `scripts/test` as they are typed, without setting anything up."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def typed(name: str, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPTS / name), *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.parametrize("name", ["run", "test", "bench", "base-images"])
def test_every_script_explains_itself_from_any_folder(name: str, tmp_path: Path) -> None:
    answer = typed(name, "--help", cwd=tmp_path)

    assert answer.returncode == 0
    assert f"scripts/{name}" in answer.stdout


@pytest.mark.parametrize("name", ["run", "test", "bench", "base-images"])
def test_every_script_can_be_started_by_its_name(name: str) -> None:
    script = SCRIPTS / name

    assert script.stat().st_mode & 0o111
    assert script.read_text().startswith("#!/usr/bin/env python3\n")


def test_a_port_that_cannot_be_is_bad_usage(tmp_path: Path) -> None:
    answer = typed("run", "--port", "70000", cwd=tmp_path)

    assert answer.returncode == 2
    assert "from 1 to 65535" in answer.stderr


def test_an_unknown_group_of_checks_is_bad_usage(tmp_path: Path) -> None:
    answer = typed("test", "--only", "everything", cwd=tmp_path)

    assert answer.returncode == 2
    assert "frontend" in answer.stderr
