"""What the doctor found the last time, and whether it is still true of the engine that runs."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from visualizer.engine.private import state
from visualizer.engine.private.doctor.finding import Finding, passed
from visualizer.engine.private.place import Place
from visualizer.engine.private.state import State

SAME = ("fingerprint", "boot", "version", "engine_id")
"""The stamp is void once one of these is another: settings, machine's start, dockerd, its data."""


def write(place: Place, known: State, findings: Sequence[Finding]) -> None:
    """For the engine that was examined."""
    content = {
        "passed": passed(findings),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        **{name: getattr(known, name) for name in SAME},
        "findings": [asdict(finding) for finding in findings],
    }
    part = place.stamp.with_suffix(".part")
    part.write_text(json.dumps(content, indent=1), encoding="utf-8")
    part.chmod(0o644)
    part.rename(place.stamp)


def doctor_passed(data: Path) -> bool:
    """Whether the private engine of the site with this data folder is up, and was found safe as it
    is now: other people may then be let in."""
    place = Place.below(data)
    known, stamp = state.read(place), _read(place)
    if known is None or stamp is None or state.supervisor_pid(place) is None:
        return False
    same = all(stamp.get(name) == getattr(known, name) for name in SAME)
    return stamp.get("passed") is True and same and known.boot == state.boot_id()


def _read(place: Place) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        content = json.loads(place.stamp.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return content
    return None
