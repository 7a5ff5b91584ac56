"""`manage.py engine`: what it prints and how it exits."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.engine.private import engines, remains
from tests.engine.private.engines import PrivateEngine
from visualizer.engine.private import Place, status

PROJECT = Path(__file__).resolve().parents[3]


def _variables(place: Place) -> dict[str, str]:
    small = engines.small()
    return {
        **os.environ,
        "LAYERCAKE_DATA": str(place.folder.parent.parent),
        "LAYERCAKE_PRIVATE_DISK": small.disk,
        "LAYERCAKE_PRIVATE_DISK_BYTES": str(small.disk_bytes),
        "LAYERCAKE_PRIVATE_MEMORY_BYTES": str(small.memory_bytes),
    }


def _engine(place: Place, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, PROJECT / "manage.py", "engine", *words],
        env={**_variables(place), **more},
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_it_goes_up_and_down_by_command(place: Place) -> None:
    went_up = _engine(place, "up")
    assert (went_up.returncode, went_up.stderr) == (0, "")
    assert went_up.stdout.startswith(f"The engine is up, at {place.host}.")
    told = _engine(place, "status")
    assert told.returncode == 0
    assert "The private engine is up" in told.stdout
    assert "started again 0 times" in told.stdout
    content = json.loads(_engine(place, "status", "--json").stdout)
    assert (content["running"], content["host"]) == (True, place.host)
    went_down = _engine(place, "down")
    assert (went_down.returncode, went_down.stdout) == (0, "The engine is down.\n")
    assert remains.of(place) == remains.Remains()


def test_the_status_of_an_engine_that_is_down_can_be_told_by_the_exit_code(place: Place) -> None:
    told = _engine(place, "status")
    assert (told.returncode, told.stdout) == (3, "The private engine is down.\n")
    told = _engine(place, "status", "--json")
    assert (told.returncode, json.loads(told.stdout)["phase"]) == (3, "down")


def test_there_is_nothing_to_examine_while_it_is_down(place: Place) -> None:
    told = _engine(place, "doctor")
    assert told.returncode == 1
    assert "python manage.py engine up" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_kind_of_disk_that_is_none_is_refused(place: Place) -> None:
    told = _engine(place, "up", LAYERCAKE_PRIVATE_DISK="floppy")
    assert told.returncode == 1
    assert "Set it to one of: auto, loop, tmpfs, folder." in told.stderr
    assert "Traceback" not in told.stderr


def test_who_is_not_root_is_told_what_to_type(place: Place) -> None:
    code = (
        "import os, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "from pathlib import Path; from visualizer.engine.private import *\n"
        "sys.argv = ['manage.py', 'engine', 'up']\n"
        "try: up(Place.below(Path('/tmp/x')), Configuration())\n"
        "except PrivateEngineError as error: print(error)"
    )
    # Loaded as root, so that nobody needs to be able to read this project's folder.
    code = "import visualizer.engine.private.process\n" + code
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"LAYERCAKE_PRIVATE_PIDS": "900", "PATH": os.environ["PATH"]},
        cwd=PROJECT, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert told.stdout.startswith("Only root can do this.")
    assert "sudo LAYERCAKE_PRIVATE_PIDS=900" in told.stdout
    assert told.stdout.strip().endswith("manage.py engine up")


def test_who_may_not_use_it_is_told_so(own_engine: PrivateEngine) -> None:
    data = own_engine.place.folder.parent.parent
    data.chmod(0o755)
    code = (
        "import os, sys; from pathlib import Path\n"
        "from visualizer.engine.private import Place, status\n"
        # As root once: whatever is imported late cannot be read by nobody.
        "assert status(Place.below(Path(sys.argv[1]))).running\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "print(status(Place.below(Path(sys.argv[1]))).phase)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(data)],
        cwd=PROJECT, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert told.stdout == "closed to this user\n"


def test_it_can_be_looked_after_in_the_foreground(place: Place) -> None:
    """As a container or a system's own supervisor does it; SIGTERM ends it in order."""
    process = subprocess.Popen(
        [sys.executable, PROJECT / "manage.py", "engine", "up", "--foreground"],
        env=_variables(place),
    )
    engines.wait_until(lambda: status(place).running)
    process.terminate()
    assert process.wait(240) == 0
    assert remains.of(place) == remains.Remains()
