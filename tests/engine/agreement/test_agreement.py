"""The embedded engine answers as the real Docker Engine did whose answers are recorded here."""

from pathlib import Path

import pytest

from tests.engine.agreement import recorded, report
from tests.engine.agreement.case import load, names
from tests.engine.agreement.comparing import Compared, compare, outlived, unexplained
from tests.engine.agreement.sides import EmbeddedSide

CASES = names()
_compared: dict[str, list[Compared]] = {}
"""What was played already in this run: the page is made of all of it."""


async def compared_with_docker(name: str, folder: Path) -> list[Compared]:
    """One case, played on the embedded engine."""
    if name not in _compared:
        case = load(name)
        ours = await EmbeddedSide(folder).play(case)
        _compared[name] = compare(case, recorded.read(name).answers, ours)
    return _compared[name]


@pytest.mark.parametrize("name", CASES)
async def test_it_answers_as_docker_does(name: str, tmp_path: Path) -> None:
    """But for the differences that have a reason."""
    compared = await compared_with_docker(name, tmp_path)
    assert not unexplained(compared), "\n".join(str(each) for each in unexplained(compared))


@pytest.mark.parametrize("name", CASES)
async def test_a_difference_that_is_explained_is_there(name: str, tmp_path: Path) -> None:
    assert outlived(load(name), await compared_with_docker(name, tmp_path)) == []


async def test_the_page_says_what_is_so(tmp_path: Path) -> None:
    """Also that enough agrees. `scripts/conformance --record` writes the page."""
    compared = [each for name in CASES for each in await compared_with_docker(name, tmp_path)]
    assert report.share(compared) >= report.AIM
    assert report.PAGE.read_text() == report.page(compared, recorded.engine())


def test_every_case_has_been_played_on_docker_and_no_other() -> None:
    assert recorded.names() == CASES
    assert len(CASES) >= 60
