"""Signals for shells: what lets `trap 'echo bye; exit' TERM` work when a container is stopped.

bashkit runs a trap when the shell signals itself. So scripts that set traps get three functions
around them: `trap` tells us which signals are trapped, and `sleep` and `wait` ask, when they are
done, whether one has come. That is when a real shell runs its traps, too: after the command in
the foreground, and at once while it waits.
"""

from visualizer.engine.embedded.userland.control import SIGNALS, Control
from visualizer.engine.embedded.userland.worker.remote import Called, RemoteInterpreter

_NAP_SECONDS = 0.25

WRAPPERS = (
    "layercake_signal() { local n=0; layercake-pending; n=$?; "
    'if [ "$n" -ne 0 ]; then builtin kill -"$n" $$; fi; }; '
    'trap() { builtin trap "$@"; set -- $?; layercake-traps "$(builtin trap -p)"; return $1; }; '
    'sleep() { command sleep "$@"; set -- $?; layercake_signal; return $1; }; '
    'wait() { while [ -n "$(jobs -r)" ]; do layercake-nap || { layercake_signal; return 143; }; '
    'done; builtin wait "$@"; };'
)
"""Shell functions, on one line so that line numbers stay."""


def register_traps(bash: RemoteInterpreter, control: Control) -> None:
    """Give a shell the commands that the functions above need."""

    async def traps(context: Called) -> int:
        listing = " ".join(context.argv)
        control.trap({name for name in SIGNALS if f" {name}" in listing and name != "SIGKILL"})
        return 0

    async def pending(context: Called) -> int:
        await control.gate()
        name = control.take_pending()
        return SIGNALS[name] if name else 0

    async def nap(context: Called) -> int:
        return 1 if await control.wait_for_signal(_NAP_SECONDS) else 0

    bash.add_command("layercake-traps", traps)
    bash.add_command("layercake-pending", pending)
    bash.add_command("layercake-nap", nap)
