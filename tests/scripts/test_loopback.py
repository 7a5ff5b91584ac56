"""The browser tests' network: loopback works, and nothing else is there."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.checks import loopback

ROOT = Path(__file__).resolve().parents[2]
LOOK = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname(), timeout=5).close()
print("interfaces:", *sorted(name for _, name in socket.if_nameindex()))
"""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.checks.loopback", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_the_command_can_use_loopback() -> None:
    answer = run(sys.executable, "-c", LOOK)

    assert answer.returncode == 0, answer.stderr
    assert "lo" in answer.stdout


def test_where_it_says_so_nothing_but_loopback_is_there() -> None:
    answer = run(sys.executable, "-c", LOOK)

    if "no network but loopback" in answer.stdout:
        assert "interfaces: lo\n" in answer.stdout
    else:
        assert "the machine's own network" in answer.stdout


def test_the_exit_status_is_the_commands() -> None:
    assert run(sys.executable, "-c", "raise SystemExit(7)").returncode == 7


def test_a_machine_without_unshare_runs_the_command_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")

    assert loopback.isolated(["pytest", "-q"]) == ["pytest", "-q"]
