"""The table of what agrees and what does not, and the page of the docs that it is in."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from tests.engine.agreement.comparing import Compared

PAGE = Path(__file__).parents[3] / "docs" / "conformance.md"
AIM = 95
"""Of 100 fields, those that shall agree."""

_HEAD = """\
# Where the two engines agree

<!-- Made by `scripts/conformance --record`. Do not edit. -->

The embedded engine simulates what the Docker Engine does ([what is simulated](simulated.md)). How
well it does so is measured: {cases} small projects (`tests/engine/agreement/cases/`) are built,
changed, built again, run, looked into and broken on both engines, and every field of what the
engines then say is compared. Docker's side of this page is {engine}.

"""
_ABOUT = """
## What is compared

A *field* is one thing that an engine says of one thing done: the exit code of one exec, the paths
of the layers of one build.

- **Base images** have the same content on both sides: the catalogue's files, with one change
  without which nothing would run. On Docker, a file that stands for a command is a static BusyBox.
  Only `python:` images differ: CPython 3.12 for WebAssembly here, Debian's Python there.
- **steps** are what the site read out of the Dockerfile, with the same code on both engines. What
  holds it against Docker is *history*, *config itself* and *itself*: the same context built on
  Docker's bare API, with none of this site's code and with the Dockerfile as it is written.
  *itself* is whether that was built or failed, and with what exit code.
- **cached** is what was taken from the cache and what ran. **layers** are the paths that each layer
  adds, changes and deletes, with kind, permissions, size and target; **file changes** are
  `docker diff` with sizes.
- **engine words** are what Docker says when it refuses something; **refusal** and **diagnosis** are
  the codes under which a learner is told.

What is said of newer versions was seen when the corpus was played on Docker Engine 26.1.5, with
BuildKit and overlay2. Two things are as old there and were read in the source of a newer one: a
WORKDIR without its last slash, and the words for pausing what is paused.

Left out, since they are no result of what a Dockerfile says: ids, digests, times and durations; the
owners of files (commands show them, so they are compared in what is printed); the empty places that
Engine 20.10 leaves in a layer for `/proc`, `/sys`, `/dev` and `/etc`; what a Python keeps of
its own library; the base image's own layers, history and environment; the layers of stages that do
not become part of the image, which BuildKit keeps to itself.

## By yourself

    scripts/conformance            # as root with dockerd, or with LAYERCAKE_DOCKER_HOST
    scripts/conformance --record   # the same, keep what Docker answers, and write this page
    scripts/conformance --replay   # compare with the answers that are kept, and write this page

The tests compare the embedded engine with the answers that are kept, on every machine.
"""


def share(compared: Sequence[Compared]) -> float:
    """Of 100 fields, those that agree."""
    return 100 * sum(each.agrees for each in compared) / max(len(compared), 1)


def table(compared: Sequence[Compared]) -> str:
    """How much of each field agrees, and why the rest does not; in Markdown."""
    causes = sorted({_cause(each) for each in compared if not each.agrees})
    rows = [["field", "compared", "agree", *causes]]
    for field, group in _grouped(compared):
        rows.append([field, *_counts(group, causes)])
    rows.append(["**all**", *_counts(compared, causes)])
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = [_row(row, widths) for row in rows]
    lines.insert(1, _row([("-" if at == 0 else "-:") for at in range(len(widths))], widths, "-"))
    return "\n".join(lines)


def page(compared: Sequence[Compared], engine: str) -> str:
    """The page of the docs."""
    cases = len({each.case for each in compared})
    return "".join(
        [
            _HEAD.format(cases=cases, engine=engine),
            f"**{share(compared):.1f} of 100 fields agree.** ",
            "Each that does not has its reason below.\n\n",
            table(compared),
            "\n\n## What differs, and why\n",
            *_differences(compared),
            _ABOUT,
        ]
    )


def _grouped(compared: Iterable[Compared]) -> list[tuple[str, list[Compared]]]:
    fields = list(dict.fromkeys(each.field for each in compared))
    return [(field, [each for each in compared if each.field == field]) for field in fields]


def _counts(compared: Sequence[Compared], causes: Sequence[str]) -> list[str]:
    differing = [_cause(each) for each in compared if not each.agrees]
    counts = [len(compared), len(compared) - len(differing), *map(differing.count, causes)]
    return [str(count) if count or place < 2 else "" for place, count in enumerate(counts)]


def _cause(each: Compared) -> str:
    return each.known.cause if each.known else "not explained"


def _row(cells: Sequence[str], widths: Sequence[int], fill: str = " ") -> str:
    written = [
        cell.ljust(width, fill) if place == 0 else cell.rjust(width, fill)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(written)} |"


def _differences(compared: Sequence[Compared]) -> list[str]:
    known = [each for each in compared if not each.agrees and each.known]
    known.sort(key=lambda each: (_cause(each), each.known.why if each.known else ""))
    lines = []
    for cause, of_cause in groupby(known, _cause):
        lines.append(f"\n### {cause.capitalize()}\n\n")
        for why, group in groupby(of_cause, lambda each: each.known.why if each.known else ""):
            places = dict.fromkeys(f"`{each.case}` ({each.field})" for each in group)
            lines.append(f"- {why}\n  *{', '.join(places)}*\n")
    return lines
