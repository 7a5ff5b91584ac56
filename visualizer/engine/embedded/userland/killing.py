"""`kill`, between the processes of a container: bashkit knows of none but its own jobs.

In every shell of bashkit `$$` is 1, so whether `kill 1` means the shell itself or the container's
main process is told by whether its script says `$$`.
"""

from collections.abc import Sequence

from visualizer.engine.embedded.userland.contract import Call, System
from visualizer.engine.embedded.userland.control import Control, UnknownSignal, signal_name

PROBE = "0"
"""The signal that only asks whether a process is there."""
LEAVE_IT = 125
"""The exit code that leaves a call to bashkit's own `kill`."""
FUNCTION = (
    'kill() { layercake-kill "$@"; set -- $? "$@"; case $1 in 125) shift; builtin kill "$@";; '
    "*) return $1;; esac; };"
)
"""Shell text that asks us first."""


def wanted(words: Sequence[str]) -> tuple[str, list[int]] | None:
    """The signal's name and the processes of a call; None for what is no such call (`-l`, `%1`)."""
    rest = list(words)
    name = "SIGTERM"
    if rest and rest[0] in ("-s", "-n") and len(rest) > 1:
        name, rest = rest[1], rest[2:]
    elif rest and rest[0].startswith("-") and rest[0] != "--":
        name, rest = rest[0][1:], rest[1:]
    rest = rest[1:] if rest[:1] == ["--"] else rest
    if not rest or not all(word.isdigit() for word in rest):
        return None
    try:
        return name if name == PROBE else signal_name(name), [int(word) for word in rest]
    except UnknownSignal:
        return None


async def kill(call: Call) -> int:
    """`kill [-SIGNAL] PID…` as a program of its own."""
    asked = wanted(call.argv[1:])
    if asked is None:
        await call.complain("kill: usage: kill [-SIGNAL] PID...\n")
        return 1
    name, pids = asked
    code = 0
    for pid in pids:
        if not call.system.signal(pid, name):
            await call.complain(f"kill: ({pid}) - No such process\n")
            code = 1
    return code


def from_shell(system: System, control: Control, words: Sequence[str], script: str) -> int:
    """A shell's `kill`: its exit code, LEAVE_IT when it is for the shell or its jobs."""
    asked = wanted(words)
    if asked is None:
        return LEAVE_IT
    name, pids = asked
    if 1 in pids and (control.is_init or "$$" in script):
        is_ignored = control.is_init and name != PROBE and not control.has_trap(name)
        return 0 if is_ignored and pids == [1] else LEAVE_IT
    known = {listed.pid for listed in system.processes()}
    if not known.issuperset(pids):
        return LEAVE_IT
    for pid in pids:
        system.signal(pid, name)
    return 0
