"""What the output of a failed RUN says to a learner."""

import pytest

from tests.dockerfile.samples import bases
from visualizer.dockerfile import ContextFiles, diagnose_failure, parse, plan
from visualizer.dockerfile.reference import messages
from visualizer.dockerfile.steps import Step

CASES: list[tuple[str, str, int | None, str, bool]] = [
    # code, RUN, exit code, output, simulated
    ("no-package-manager", "pip install flask", 127, "bash: pip: command not found\n", True),
    ("no-package-manager", "apt-get update && ls", 127, "sh: apt-get: not found", True),
    ("no-package-manager", "npm install", 127, "", True),
    ("no-package-manager", "apk add git", 1, "ERROR: unable to select packages:\n", True),
    ("no-package-manager", "apt-get install -y x", 100, "E: Unable to locate package x", True),
    ("no-network", "curl https://x", 127, "bash: curl: command not found", True),
    ("no-network", "curl https://x", 6, "curl: (6) Could not resolve host: x", False),
    ("no-network", "pip install x", 1, "Failed to establish a new connection: [Errno -3]", False),
    ("command-not-found", "ech hello", 127, "/bin/sh: ech: not found", False),
    ("command-not-found", "ech hello", 127, "/bin/sh: 1: ech: not found", False),
    ("command-not-found", "ech hello", 127, "bash: line 1: ech: command not found", False),
    (
        "command-not-found",
        "x",
        127,
        'OCI runtime exec failed: exec: "nope": executable file not found in $PATH',
        False,
    ),
    (
        "command-cannot-start",
        '["nope"]',
        1,
        'runc run failed: unable to start container process: exec: "nope": executable file not '
        "found in $PATH",
        False,
    ),
    (
        "command-cannot-start",
        "id",
        None,
        " unable to find user ghost: no matching entries in passwd file",
        False,
    ),
    ("command-not-simulated", "gcc main.c", 127, "bash: gcc: command not found", True),
    ("list-run-as-command", "[echo, hi]", 127, "/bin/sh: [echo,: not found", False),
    ("not-executable", "./run.sh", 126, "/bin/sh: ./run.sh: Permission denied", False),
    ("no-such-file", "cat nothing", 1, "cat: nothing: No such file or directory", True),
    (
        "no-such-file",
        "ls nothing",
        2,
        "ls: cannot access 'nothing': No such file or directory",
        False,
    ),
    (
        "no-such-file",
        "python app.py",
        2,
        "python: can't open file '/app/app.py': [Errno 2] No such file or directory",
        False,
    ),
    ("permission-denied", "touch /x", 1, "touch: cannot touch '/x': Permission denied", False),
    (
        "python-module-missing",
        "python app.py",
        1,
        'Traceback (most recent call last):\n  File "app.py", line 1\n'
        "ModuleNotFoundError: No module named 'flask'",
        False,
    ),
    ("python-module-missing", "python -m pip install x", 1, "python: No module named pip", True),
    (
        "python-syntax-error",
        "python app.py",
        1,
        "  File \"app.py\", line 1\n    print(\n         ^\nSyntaxError: '(' was never closed",
        True,
    ),
    (
        "python-error",
        "python app.py",
        1,
        'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: no',
        True,
    ),
    ("shell-syntax-error", "if true", 2, "/bin/sh: syntax error: unexpected end of file", False),
    ("disk-full", "dd if=/dev/zero of=/x", 1, "dd: writing '/x': No space left on device", False),
    ("too-many-processes", "bomb", 2, "/bin/sh: can't fork: Resource temporarily", False),
    ("step-killed", "sleep 1000", 137, "", False),
    ("run-failed", "false", 1, "", True),
    ("run-failed", "grep x y", None, "", True),
]
NOT = {
    "no-package-manager": ("pip install x", 1, "ERROR: no such option: --x", True),
    "no-network": ("cat x", 1, "cat: x: No such file or directory", True),
    "command-not-found": ("grep found x", 1, "not found here", False),
    "command-cannot-start": ("false", 1, "unable to find user ghost", False),
    "command-not-simulated": ("ls", 2, "ls: unknown option", True),
    "list-run-as-command": ("[ -f x ]", 1, "", False),
    "not-executable": ("false", 1, "", False),
    "no-such-file": ("false", 1, "", False),
    "permission-denied": ("false", 1, "", False),
    "python-module-missing": ("python a.py", 1, "Traceback\nValueError: x", False),
    "python-syntax-error": ("false", 1, "", False),
    "python-error": ("echo", 1, "it ended with ValueError: x", False),
    "shell-syntax-error": ("python a.py", 1, 'File "a.py"\nSyntaxError: invalid syntax', False),
    "disk-full": ("false", 1, "", False),
    "too-many-processes": ("false", 1, "cat: Resource temporarily unavailable", False),
    "step-killed": ("false", 1, "", False),
    "run-failed": ("sleep 9", 137, "", False),
}


def step(command: str, before: str = "") -> Step:
    source = f"FROM alpine:3.20\n{before}RUN {command}\n"
    return plan(parse(source), context=ContextFiles(), bases=bases).steps[-1]


@pytest.mark.parametrize(("code", "command", "exit_code", "output", "simulated"), CASES)
def test_a_failure_is_explained(
    code: str, command: str, exit_code: int | None, output: str, simulated: bool
) -> None:
    found = diagnose_failure(step(command), exit_code, output, simulated=simulated)
    assert found is not None
    assert (found.code, found.severity, found.line) == (code, "error", 2)


@pytest.mark.parametrize("code", NOT)
def test_another_failure_is_not_mistaken_for_it(code: str) -> None:
    command, exit_code, output, simulated = NOT[code]
    found = diagnose_failure(step(command), exit_code, output, simulated=simulated)
    assert found is not None
    assert found.code != code


def test_every_failure_has_a_pair_here() -> None:
    codes = {message.code for message in messages() if message.topic == "A RUN that failed"}
    assert {case[0] for case in CASES} == codes
    assert set(NOT) == codes


def test_the_embedded_engine_names_the_docker_engine_as_the_place_to_install() -> None:
    found = diagnose_failure(
        step("pip install flask"), 127, "pip: command not found", simulated=True
    )
    assert found is not None
    assert "Docker engine" in found.try_


def test_the_directory_and_the_user_are_named() -> None:
    made = step("cat x", "WORKDIR /srv\nUSER ada\n")
    missing = diagnose_failure(made, 1, "cat: x: No such file or directory", simulated=True)
    assert missing is not None
    assert "/srv" in missing.why
    denied = diagnose_failure(made, 1, "sh: x: Permission denied", simulated=True)
    assert denied is not None
    assert "`ada`" in denied.why


def test_a_step_that_is_no_command_has_no_explanation() -> None:
    source = "FROM alpine:3.20\nENV A=1\n"
    last = plan(parse(source), context=ContextFiles(), bases=bases).steps[-1]
    assert diagnose_failure(last, 1, "x", simulated=True) is None
    assert diagnose_failure(step("ls"), 0, "", simulated=True) is None
