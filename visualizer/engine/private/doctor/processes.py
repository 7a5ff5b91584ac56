"""Trials of the bounds on processes and cores."""

import asyncio
import time

from visualizer.engine.private.doctor.finding import Finding, found
from visualizer.engine.private.doctor.patient import Outcome, Patient

FORKS = 300
FORK = f"i=0; while [ $i -lt {FORKS} ]; do sleep 60 & i=$((i+1)); echo $i; done"
BUSY_SECONDS = 4
SLACK = 1.25
"""What a group may use above its bound within so short a time."""


async def forks_in_a_step(patient: Patient) -> Finding:
    """As a fork bomb in a Dockerfile."""
    return _forks("processes of a RUN step", await patient.step(FORK))


async def forks_in_a_container(patient: Patient) -> Finding:
    """As a fork bomb in a terminal."""
    return _forks("processes of a container", await patient.container(FORK))


def _forks(protection: str, seen: Outcome) -> Finding:
    count = max((int(line) for line in seen.lines if line.isdigit()), default=0)
    refused = "can't fork" in seen.output
    evidence = f"{count} of {FORKS} processes" + (", then: can't fork" if refused else "")
    return found(protection, refused and 0 < count < FORKS, evidence)


async def cores(patient: Patient) -> Finding:
    """A busy loop for every core of the machine, and one more."""
    protection = "cores of all labs together"
    bound = patient.cgroups.cpu_bound()
    before, began = patient.cgroups.cpu_seconds(), time.monotonic()
    loops = f"for i in $(seq $(($(nproc) + 1))); do timeout {BUSY_SECONDS} yes >/dev/null & done"
    await asyncio.gather(patient.step(f"{loops}; wait"), patient.container(f"{loops}; wait"))
    after, lasted = patient.cgroups.cpu_seconds(), time.monotonic() - began
    if bound is None or before is None or after is None:
        return found(protection, False, "this machine's cores are not bounded for it")
    used = (after - before) / lasted
    return found(protection, used <= bound * SLACK, f"used {used:.2f} cores of {bound:g} allowed")
