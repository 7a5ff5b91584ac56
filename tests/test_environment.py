"""The site's settings from the environment."""

from pathlib import Path

import pytest

from visualizer.environment import BadEnvironment, Environment, read
from visualizer.secret import secret_key


def test_nothing_set_means_the_defaults() -> None:
    assert read({}) == Environment()
    assert read({"LAYERCAKE_BUILDS": "  ", "UNRELATED": "x"}) == Environment()


def test_each_kind_of_value_is_read(tmp_path: Path) -> None:
    found = read(
        {
            "LAYERCAKE_DATA": str(tmp_path),
            "LAYERCAKE_DEBUG": "yes",
            "LAYERCAKE_HOSTS": "a.example, b.example,",
            "LAYERCAKE_BUILDS": "7",
            "LAYERCAKE_COMMANDS_PER_SECOND": "0.5",
        }
    )
    assert found.data == tmp_path.resolve()
    assert found.debug is True
    assert found.hosts == ("a.example", "b.example")
    assert (found.builds, found.commands_per_second) == (7, 0.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LAYERCAKE_DEBUG", "perhaps"),
        ("LAYERCAKE_BUILDS", "two"),
        ("LAYERCAKE_BUILDS", "-1"),
        ("LAYERCAKE_BUILDS", "1.5"),
        ("LAYERCAKE_COMMANDS_PER_SECOND", "nan"),
        ("LAYERCAKE_COMMANDS_PER_SECOND", "inf"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(BadEnvironment, match=f"{name} is '{value}'"):
        read({name: value})


def test_two_first_starts_at_once_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    assert secret_key(path) == secret_key(path)
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]
