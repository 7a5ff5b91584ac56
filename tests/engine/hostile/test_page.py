"""The page of what became of the attacks is that of today's attacks."""

from tests.engine.hostile import report
from tests.engine.hostile.attacks import IN_BUILDS, IN_CONTAINERS

MAKE = "run `.venv/bin/python -m tests.engine.hostile`"


def test_the_page_names_every_attack() -> None:
    text = report.PAGE.read_text() if report.PAGE.exists() else ""
    missing = [each.name for each in (*IN_BUILDS, *IN_CONTAINERS) if f"| {each.name} |" not in text]
    assert missing == [], MAKE


def test_the_page_names_no_attack_twice_in_one_place() -> None:
    for attacks in (IN_BUILDS, IN_CONTAINERS):
        names = [each.name for each in attacks]
        assert len(names) == len({*names})
