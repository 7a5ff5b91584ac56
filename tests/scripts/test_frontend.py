"""The front end is built beside the one that is there, and takes its place when it is whole."""

import sys
from pathlib import Path

import pytest

from scripts.prepare import frontend, places
from scripts.prepare.node import Node
from scripts.prepare.telling import SetUpFailed

BUILD = """
import os, pathlib, sys
into = pathlib.Path(os.environ["LAYERCAKE_BUILD_INTO"])
there = pathlib.Path({there!r})
into.mkdir(exist_ok=True)
(into / "half").write_text("")
assert there.read_text() == "the old one", "it was taken away before the new one was made"
{then}
"""


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A front end built from other sources."""
    monkeypatch.setattr(places, "WORKSHOP", tmp_path / "setup")
    monkeypatch.setattr(places, "LOGS", tmp_path / "setup" / "logs")
    monkeypatch.setattr(places, "BUILT", tmp_path / "static" / "dist")
    folder = tmp_path / "static" / "dist"
    folder.mkdir(parents=True)
    (folder / "page").write_text("the old one")
    return folder


def npm(built: Path, then: str) -> Node:
    """A node whose `npm run build` makes half of it, and then does this."""
    code = BUILD.format(there=str(built / "page"), then=then)
    return Node((sys.executable, "-c", code), Path(sys.executable).parent, "v22.20.0")


def test_a_build_takes_the_place_of_the_old_one_when_it_is_whole(built: Path) -> None:
    frontend.build(npm(built, "(into / 'page').write_text('the new one')"))

    assert (built / "page").read_text() == "the new one"
    assert [folder.name for folder in built.parent.iterdir()] == ["dist"]


def test_a_build_that_fails_leaves_the_old_one(built: Path) -> None:
    with pytest.raises(SetUpFailed):
        frontend.build(npm(built, "sys.exit('no such import')"))

    assert (built / "page").read_text() == "the old one"


def test_what_was_built_from_just_these_sources_is_not_built_again(built: Path) -> None:
    frontend.build(npm(built, "(into / 'page').write_text('the new one')"))
    frontend.build(npm(built, "sys.exit('it was built again')"))

    assert (built / "page").read_text() == "the new one"


def test_the_first_build_has_nothing_to_replace(built: Path) -> None:
    (built / "page").unlink()
    built.rmdir()
    into = "import os, pathlib; pathlib.Path(os.environ['LAYERCAKE_BUILD_INTO']).mkdir()"

    frontend.build(Node((sys.executable, "-c", into), Path(sys.executable).parent, "v22.20.0"))

    assert built.is_dir()
