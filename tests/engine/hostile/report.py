"""The table of attacks and what became of them, kept by a run of the tests; `docs/hostile.md`."""

import json
from dataclasses import dataclass
from pathlib import Path

from scripts.prepare import places

PAGE = Path(__file__).parents[3] / "docs" / "hostile.md"
KEPT = places.workshop() / "reports" / "hostile.json"
HEAD = """# Hostile input

What strangers try on the private engine, and what becomes of it. Each row is a test of
`tests/engine/hostile/`, on an engine of 1 GiB of memory and disk. After each attack a bystander's
lab builds (from the start, and out of the cache) and runs, a neighbour's container still does, and
nothing of the attack is left on the engine: no container, network, image, volume, mount or process.
What it costs the bystander in time is measured by `scripts/bench --only hostile`.

This page is made by `.venv/bin/python -m tests.engine.hostile`, which runs them.
"""


@dataclass(frozen=True)
class Row:
    """One attack and what its learner is told."""

    place: str
    attack: str
    told: str


def keep(rows: list[Row]) -> None:
    """Write what a run has found."""
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps([vars(row) for row in sorted(rows, key=vars_key)], indent=1))


def vars_key(row: Row) -> tuple[str, str]:
    """The order of the table."""
    return row.place, row.attack


def page() -> str:
    """The page, out of what was kept."""
    rows = [Row(**row) for row in json.loads(KEPT.read_text())]
    lines = [HEAD]
    for place in dict.fromkeys(row.place for row in rows):
        lines += [f"## {place}", "", "| attack | what its learner is told |", "|---|---|"]
        lines += [f"| {r.attack} | {_cell(r.told)} |" for r in rows if r.place == place]
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
