"""Trials of the bounds on memory, and of who is killed when one is reached."""

from visualizer.engine.limits import Limits
from visualizer.engine.private.configuration import MIB
from visualizer.engine.private.doctor.finding import Finding, found
from visualizer.engine.private.doctor.patient import Outcome, Patient

BEYOND = 64 * MIB


def hog(size: int) -> str:
    """`tail` keeps all that it was asked for: memory of its own, filled and not only asked for."""
    count = size // MIB
    return f"dd if=/dev/zero bs=1M count={count} 2>/dev/null | tail -c {size} | wc -c; echo alive"


async def in_a_step(patient: Patient) -> Finding:
    """More than all steps may have together."""
    bound = patient.configuration.build_memory_bytes
    return _hungry("memory of a RUN step", await patient.step(hog(bound + BEYOND)), bound)


async def in_a_container(patient: Patient) -> Finding:
    """More than a lab's container may have."""
    bound = Limits().memory_bytes
    seen = await patient.container(hog(bound + BEYOND))
    return _hungry("memory of a container", seen, bound)


def _hungry(protection: str, seen: Outcome, bound: int) -> Finding:
    counts = [int(line) for line in seen.lines if line.isdigit()]
    got = max(counts, default=0)
    evidence = f"asked for {(bound + BEYOND) // MIB} MiB of {bound // MIB} allowed: "
    evidence += f"got {got // MIB} MiB" if got > bound else "the process was killed"
    return found(protection, got < bound, evidence)


async def of_others(patient: Patient) -> Finding:
    """A hungry step must cost neither a neighbour's container nor dockerd its life."""
    neighbour = await patient.start("dd if=/dev/zero bs=1M count=30 | tail -c 31457280 | sleep 600")
    dockerd = patient.dockerd()
    bound = patient.configuration.build_memory_bytes
    await patient.step(hog(bound + BEYOND))
    alive = await patient.is_running(neighbour)
    same = patient.dockerd() == dockerd
    await patient.remove(neighbour)
    evidence = (
        f"beside a hungry RUN step the neighbour's container {'lives' if alive else 'was killed'}, "
        f"dockerd {'too' if same else 'was killed'}"
    )
    return found("memory of others", alive and same, evidence)
