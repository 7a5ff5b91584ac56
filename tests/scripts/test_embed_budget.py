"""The size budget of embeds counts all that a page loads of one, and can fail."""

import random
from pathlib import Path

import pytest

from scripts.checks import embed_budget


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "embed"
    folder.mkdir()
    for name in ("player-abc.js", "player-abc.css", "layercake-player.js"):
        (folder / name).write_text("/* small */")
    return tmp_path


def noise(size: int) -> bytes:
    """What no compression makes smaller."""
    return random.Random(4).randbytes(size)


def test_what_is_small_enough_passes(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert embed_budget.main(built) == 0
    assert "within 60 kB" in capsys.readouterr().out


def test_script_and_style_are_counted_together(built: Path) -> None:
    for suffix in ("js", "css"):
        (built / "embed" / f"player-abc.{suffix}").write_bytes(noise(31_000))
    assert embed_budget.main(built) == 1


def test_the_element_counts_as_it_is(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (built / "embed" / "layercake-player.js").write_text(" " * 2_001)
    assert embed_budget.main(built) == 1
    assert "Element: 2.0 kB, OVER 2 kB" in capsys.readouterr().out


def test_a_player_in_two_scripts_is_no_player(built: Path) -> None:
    (built / "embed" / "player-def.js").write_text("")
    assert embed_budget.main(built) == 1


def test_what_is_not_built_cannot_pass(tmp_path: Path) -> None:
    assert embed_budget.main(tmp_path) == 1
