"""What attacks cost a bystander: its builds on a private engine while somebody else's attack goes
on, and right after it, against the same builds alone."""

import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

from bench import figures
from bench.figures import Table
from tests.engine.docker.engines import Engines
from tests.engine.hostile.arena import BYSTANDER, SMALL
from tests.engine.hostile.attacks import IN_BUILDS, IN_CONTAINERS, Attack
from tests.engine.private import engines as privates
from tests.engine.recording import Bench, Tape
from visualizer.engine.docker import DockerEngine
from visualizer.engine.limits import Limits

QUICK = ("a fork bomb", "a memory hog", "a disk filler", "`yes`")
FULL = (*QUICK, "millions of small files", "a line of 100 MB", "a busy loop on every core")
LIMITS = replace(SMALL, step_seconds=10, container_seconds=15)
HEAD = ("", "while it goes on", "right after it")


def measure(quick: bool) -> list[Table]:
    """The one table; none where no private engine can be had."""
    reason = privates.missing()
    if reason:
        return [Table("What attacks cost a bystander", ("not measured",), ((reason,),), "")]
    with privates.engine() as engine, tempfile.TemporaryDirectory() as folder:
        return [asyncio.run(_measured(engine.host, Path(folder), quick))]


async def _measured(host: str, folder: Path, quick: bool) -> Table:
    engines = Engines(host, folder, token_hex(6))
    engine = engines.make()
    runs = 3 if quick else 7
    try:
        alone = figures.median([await _build(engine) for _ in range(runs)])
        rows = [
            await _row(place, attack, engine, alone)
            for place, attacks in (("in a container", IN_CONTAINERS), ("in a build", IN_BUILDS))
            for attack in attacks
            if attack.name in (QUICK if quick else FULL)
        ]
    finally:
        await engines.clean_up()
    return Table(
        "What attacks cost a bystander",
        HEAD,
        (("nobody else", figures.ms(alone), figures.ms(alone)), *rows),
        f"A three-step build in a fresh lab: the median, and as a multiple of that of {runs} "
        "builds alone. On the site builds wait for each other's end, so an attack in a build costs "
        f"the bystander at most its step's limit ({LIMITS.step_seconds} s here) of waiting; here "
        "they are made at the same time nevertheless. Private engine of 1 GiB and 1.5 cores.",
    )


async def _row(place: str, attack: Attack, engine: DockerEngine, alone: float) -> tuple[str, ...]:
    attacker = Bench(await engine.open_lab("attacker", tape := Tape(), LIMITS), tape)
    going = asyncio.create_task(_play(attacker, attack))
    during: list[float] = []
    while not going.done():
        during.append(await _build(engine))
    await going
    after = [await _build(engine)]
    await attacker.lab.destroy()
    return (f"{attack.name} {place}", _ratio(during, alone), _ratio(after, alone))


async def _play(attacker: Bench, attack: Attack) -> None:
    if not attack.command:
        await attacker.build(attack.dockerfile, dict(attack.files), no_cache=True)
        return
    await attacker.image(attack.dockerfile)
    await attacker.ended(await attacker.run("sh", "-c", attack.command))


async def _build(engine: DockerEngine) -> float:
    """Milliseconds of one build in a fresh lab."""
    bench = Bench(
        await engine.open_lab(f"bystander-{token_hex(4)}", tape := Tape(), Limits()), tape
    )
    began = time.monotonic()
    made = await bench.build(BYSTANDER, {"note": "hi"})
    took = (time.monotonic() - began) * 1000
    await bench.lab.destroy()
    return took if made is not None else float("inf")


def _ratio(times: list[float], alone: float) -> str:
    failed = sum(took == float("inf") for took in times)
    well = [took for took in times if took != float("inf")]
    if not well:
        return "the build fails"
    shown = f"{figures.ms(figures.median(well))}, {figures.median(well) / alone:.1f} ×"
    return f"{shown}, {failed} of {len(times)} fail" if failed else shown
