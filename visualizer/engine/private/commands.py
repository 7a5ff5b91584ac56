"""Programs of the system's that the private engine stands on, and how they are called."""

import shutil
import subprocess

from visualizer.engine.private.errors import PrivateEngineError

DEADLINE = 120.0
"""Seconds; making a file system on a slow disk takes the longest."""


class Failed(Exception):
    """A program ended with an error; the message has its last words."""


def find(name: str) -> str | None:
    """Where a program is, looked for where root's are too."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin")


def call(*command: str) -> str:
    """What it writes. Raises Failed, PrivateEngineError (it is not installed)."""
    program = find(command[0])
    if program is None:
        raise PrivateEngineError(
            f"The program {command[0]} is not installed.",
            "The private engine needs it.",
            "Type: python manage.py engine install",
        )
    try:
        done = subprocess.run(
            [program, *command[1:]], capture_output=True, text=True, timeout=DEADLINE
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"{command[0]} did not end within {DEADLINE:.0f} seconds") from None
    if done.returncode:
        raise Failed(" ".join((done.stderr or done.stdout).split())[-400:])
    return done.stdout
