"""Plays the corpus on both engines and says how far they agree: what `scripts/conformance` runs."""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.engine.agreement import recorded, report
from tests.engine.agreement.case import Case, load, names
from tests.engine.agreement.comparing import Compared, compare, outlived, unexplained
from tests.engine.agreement.sides import PYTHON, DockerSide, EmbeddedSide, Side, bases
from tests.engine.docker import daemon
from visualizer.engine.docker.api import EngineApi

AT_ONCE = 2
"""Cases that are played side by side on one engine."""


def main() -> int:
    """Read the options and play; 1 when less agrees than shall, or a difference has no reason."""
    options = _options()
    cases = [load(name) for name in options.case or names()]
    with tempfile.TemporaryDirectory(prefix="layercake-conformance-") as folder:
        if options.replay:
            docker = {case.name: recorded.read(case.name).answers for case in cases}
        else:
            with _engine() as host:
                docker = asyncio.run(_docker(host, Path(folder), cases, record=options.record))
        ours = asyncio.run(_all(EmbeddedSide(Path(folder) / "embedded"), cases))
    compared = [
        each for case in cases for each in compare(case, docker[case.name], ours[case.name])
    ]
    if not options.case and (options.record or options.replay):
        report.PAGE.write_text(report.page(compared, recorded.engine()))
    return told(cases, compared)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/conformance",
        description="Play the corpus on a Docker Engine and on the embedded engine, and compare "
        "field by field. The engine is the one that LAYERCAKE_DOCKER_HOST names, else one that is "
        "started for this and ended again (as root).",
    )
    parser.add_argument("case", nargs="*", help="cases to play; all without")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--record",
        action="store_true",
        help="keep Docker's answers for the tests; of the whole corpus, write docs/conformance.md",
    )
    how.add_argument(
        "--replay",
        action="store_true",
        help="take Docker's answers as they were kept; of the whole corpus, write the page",
    )
    return parser.parse_args()


@contextmanager
def _engine() -> Iterator[str]:
    """The engine that is named, else a private one."""
    named = os.environ.get("LAYERCAKE_DOCKER_HOST", "")
    if named:
        yield named
        return
    reason = daemon.missing()
    if reason:
        sys.exit(
            f"No Docker Engine to compare with: LAYERCAKE_DOCKER_HOST names none, and {reason}."
        )
    with daemon.empty_engine() as host:
        yield host


async def _docker(
    host: str, folder: Path, cases: Sequence[Case], *, record: bool
) -> dict[str, list[dict[str, object]]]:
    side = DockerSide(host, folder / "layers")
    async with bases(host, folder / "bases"):
        if any("python" in case.bases for case in cases):
            await _see_to_python(host)
        answers = await _all(side, cases)
    if record:
        version = await side.version()
        for case in cases:
            recorded.write(case.name, recorded.Recorded(version, answers[case.name]))
    return answers


async def _see_to_python(host: str) -> None:
    """An engine that has a Python image keeps it."""
    api = EngineApi(host)
    try:
        images = await api.get("/images/json")
    finally:
        api.close()
    if not any(PYTHON in (image["RepoTags"] or ()) for image in images):
        await asyncio.to_thread(daemon.load_python, host)


async def _all(side: Side, cases: Sequence[Case]) -> dict[str, list[dict[str, object]]]:
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> list[dict[str, object]]:
        async with turn:
            try:
                return await side.play(case)
            except BaseException as error:
                error.add_note(f"while {case.name} was played")
                raise

    return dict(
        zip(
            [case.name for case in cases],
            await asyncio.gather(*(one(case) for case in cases)),
            strict=True,
        )
    )


def told(cases: Sequence[Case], compared: Sequence[Compared]) -> int:
    """Print what came out; the exit code."""
    print(report.table(compared))
    new = unexplained(compared)
    old = [
        place
        for case in cases
        for place in outlived(case, [each for each in compared if each.case == case.name])
    ]
    if new:
        print("\nDifferences without a reason:")
        for difference in new:
            print(f"\n{difference}")
    for place in old:
        print(f"\nNothing differs any more in {place}; take its reason out.")
    share = report.share(compared)
    print(f"\n{share:.1f} of 100 fields agree; at least {report.AIM} shall.")
    return 1 if new or old or share < report.AIM else 0


if __name__ == "__main__":
    sys.exit(main())
