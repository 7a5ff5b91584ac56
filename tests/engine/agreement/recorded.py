"""What a real Docker Engine answered to the cases, as it is kept in `answers/`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ANSWERS = Path(__file__).parent / "answers"


@dataclass(frozen=True)
class Recorded:
    """The answers to one case."""

    engine: str
    """Who answered."""
    answers: list[dict[str, Any]]


def read(name: str) -> Recorded:
    """Raises FileNotFoundError when the case was never played on Docker."""
    content = json.loads(_path(name).read_text())
    return Recorded(content["engine"], content["answers"])


def write(name: str, recorded: Recorded) -> None:
    """Keep the answers to a case in place of those that were kept before."""
    content = {"engine": recorded.engine, "answers": recorded.answers}
    _path(name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def names() -> list[str]:
    """The cases that there are answers to, sorted."""
    return sorted(path.stem for path in ANSWERS.glob("*.json"))


def engine() -> str:
    """The engines that answered: one, unless a part was recorded later on another."""
    return ", ".join(sorted({read(name).engine for name in names()}))


def _path(name: str) -> Path:
    return ANSWERS / f"{name}.json"
