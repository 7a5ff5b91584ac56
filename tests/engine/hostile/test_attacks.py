"""Each attack: its learner is told, the others are well, and nothing of it is left."""

import pytest

from tests.engine.hostile import report
from tests.engine.hostile.arena import CALM_SECONDS, PATIENT, SMALL, Arena
from tests.engine.hostile.attacks import IN_BUILDS, IN_CONTAINERS, Attack
from tests.engine.hostile.facts import has_told, in_words
from tests.engine.recording import Bench
from tests.waiting import eventually

Rows = list[report.Row]


@pytest.mark.parametrize("attack", IN_BUILDS, ids=lambda attack: attack.name)
async def test_an_attack_in_a_build(arena: Arena, attack: Attack, rows: Rows) -> None:
    before = await arena.left()
    attacker = await arena.lab("attacker", SMALL if attack.is_ended_by_time else PATIENT)
    await attacker.build(attack.dockerfile, dict(attack.files))
    assert has_told(attacker.tape.events, attack.told), attacker.tape.events[-4:]
    await over(arena, attacker)
    await arena.calm(before)
    rows.append(report.Row("In a build", attack.name, in_words(attacker.tape.events)))


@pytest.mark.parametrize("attack", IN_CONTAINERS, ids=lambda attack: attack.name)
async def test_an_attack_in_a_container(arena: Arena, attack: Attack, rows: Rows) -> None:
    before = await arena.left()
    attacker = await arena.lab("attacker", SMALL if attack.is_ended_by_time else PATIENT)
    await attacker.image(attack.dockerfile)
    attacker.tape.events.clear()
    await attacker.run("sh", "-c", attack.command)
    await eventually(lambda: has_told(attacker.tape.events, attack.told), CALM_SECONDS)
    await over(arena, attacker)
    await arena.calm(before)
    rows.append(report.Row("In a container", attack.name, in_words(attacker.tape.events)))


async def over(arena: Arena, attacker: Bench) -> None:
    """The attack is over: the others are well while its lab is there, and it can be destroyed."""
    await arena.others_are_well()
    await attacker.lab.destroy()
