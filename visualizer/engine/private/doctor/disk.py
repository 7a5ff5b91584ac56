"""Trials of the bound on the engine's disk."""

import asyncio

from visualizer.engine.private.configuration import MIB
from visualizer.engine.private.doctor.finding import Finding, found, shortened
from visualizer.engine.private.doctor.patient import Outcome, Patient

FULL = "No space left on device"
NEXT = "the next one works"
TRIES = 60
TRY_PAUSE = 0.5
"""Seconds between two tries of the next build. What a step has written in vain is deleted after its
end, and until then nobody can build; a busy machine takes its time for it."""


def fill(disk_bytes: int) -> str:
    """Room is reserved in big pieces, so that it is quick; the last of it is really written."""
    piece = max(disk_bytes // 64, 16 * MIB)
    return (
        f"i=0; while [ $i -lt 80 ] && fallocate -l {piece} /big$i 2>/dev/null; do i=$((i+1)); done;"
        " echo reserved $i; dd if=/dev/zero of=/rest bs=1M count=4000 && echo never full"
    )


async def in_a_step(patient: Patient) -> Finding:
    """The step fails, and once its files are deleted the next build works."""
    return await _filled(patient, "disk, filled by a RUN step", in_step=True)


async def in_a_container(patient: Patient) -> Finding:
    """The container's writing fails, and the next build works once it is removed."""
    return await _filled(patient, "disk, filled by a container", in_step=False)


async def _filled(patient: Patient, protection: str, *, in_step: bool) -> Finding:
    if patient.known.disk not in ("loop", "tmpfs"):
        return found(protection, False, "its disk is a folder of this machine's: it was not tried")
    script = fill(patient.configuration.disk_bytes)
    seen = await (patient.step(script) if in_step else patient.container(script))
    after = await _next_build(patient)
    worked = _works(after)
    full = FULL in seen.output or FULL.lower() in seen.words.lower()
    # A disk in memory counts as memory of who fills it, and that may be bounded by less.
    full = full or patient.known.disk == "tmpfs"
    evidence = (
        f"{_last(seen)}; then the next build {'works' if worked else f'fails: {after.words}'}"
    )
    return found(protection, full and not seen.ended_well and worked, evidence)


async def _next_build(patient: Patient) -> Outcome:
    for _ in range(TRIES):
        outcome = await patient.step(f"echo {NEXT} > /file && cat /file")
        if _works(outcome):
            break
        await asyncio.sleep(TRY_PAUSE)
    return outcome


def _works(outcome: Outcome) -> bool:
    return outcome.ended_well and NEXT in outcome.output


def _last(seen: Outcome) -> str:
    told = [line for line in seen.lines if FULL in line or "never full" in line]
    return shortened((told or [seen.words])[-1], 80)
