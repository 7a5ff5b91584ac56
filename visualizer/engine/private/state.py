"""What the supervisor writes down for others: that it lives, and how the engine is."""

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Literal

from visualizer.engine.private.place import Place

Phase = Literal["starting", "ready", "restarting", "stopping", "failed"]


@dataclass(frozen=True)
class State:
    """Process ids are the machine's; times are seconds since the epoch."""

    phase: Phase
    supervisor: int
    began: float
    """When the supervisor was started."""
    started: float = 0.0
    """When the engine was, the last time."""
    init: int = 0
    """The first process in the engine's namespaces."""
    restarts: int = 0
    disk: str = ""
    version: str = ""
    """dockerd's."""
    engine_id: str = ""
    """Belongs to the engine's data."""
    fingerprint: str = ""
    """Of its settings."""
    boot: str = ""
    last_end: str = ""
    """Why it was started again the last time."""
    failure: str = ""
    notes: tuple[str, ...] = ()
    """What does not hold on this machine, in words."""
    configuration: dict[str, Any] = field(default_factory=dict)

    def but(self, **changes: Any) -> "State":
        """The same with these changes."""
        return replace(self, **changes)


class Held(Exception):
    """A supervisor is at work here."""


def hold(place: Place) -> IO[str]:
    """The supervisor's lock, held until its end however that comes. Raises Held."""
    file = open(place.lock, "a+", encoding="ascii")  # noqa: SIM115 (held on purpose)
    for _ in range(20):
        if _locked(file, exclusive=True):
            break
        # It may be held for a moment only, by who looks whether it is held.
        time.sleep(0.05)
    else:
        file.close()
        raise Held
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def supervisor_pid(place: Place) -> int | None:
    """The supervisor's process id, None when none is at work: the file alone proves nothing."""
    with suppress(OSError, ValueError), open(place.lock, encoding="ascii") as file:
        if not _locked(file, exclusive=False):
            return int(file.read() or 0) or None
    return None


def _locked(file: IO[str], *, exclusive: bool) -> bool:
    """Take the lock, if nobody has it."""
    # Here, since this module is imported on systems without it too.
    import fcntl

    try:
        fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def write(place: Place, state: State) -> None:
    """In one piece: who reads it sees the old or the new."""
    part = place.state.with_suffix(".part")
    part.write_text(json.dumps(asdict(state), indent=1), encoding="utf-8")
    part.chmod(0o644)
    part.rename(place.state)


def read(place: Place) -> State | None:
    """What was written last; None when nothing was, or nothing that can be read."""
    with suppress(OSError, ValueError, TypeError):
        content = json.loads(place.state.read_text(encoding="utf-8"))
        return State(**{**content, "notes": tuple(content["notes"])})
    return None


def boot_id() -> str:
    """Another after every start of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
