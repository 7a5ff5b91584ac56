"""A case of the corpus: a folder with a Dockerfile, its build context, and what is done with them.

`play.toml` says what is done, in words like Docker's own; a case without one is built, run, looked
at and built again.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from visualizer.engine.port import ContextFile

CASES = Path(__file__).parent / "cases"
PLAY = "play.toml"
USUAL = ("build", "run", "wait one", "diff one", "build")

Cause = Literal["engine version", "simulated userland", "no times", "told differently"]


class Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fields of some answers in which the engines are known to differ, and why."""

    at: list[int]
    """Which things done, from 1."""
    fields: list[str]
    cause: Cause
    why: str

    @property
    def places(self) -> set[tuple[int, str]]:
        """All fields that this explains."""
        return {(at, field) for at in self.at for field in self.fields}


class _Play(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    play: list[str] = []
    differs: list[Difference] = []


@dataclass(frozen=True)
class Case:
    """One folder of the corpus."""

    name: str
    play: tuple[str, ...]
    differs: tuple[Difference, ...]

    @property
    def folder(self) -> Path:
        """Where it is."""
        return CASES / self.name

    def context(self) -> dict[str, ContextFile]:
        """The build context by path. A `….py.txt` is a Python file that no tool shall read."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if path.is_file() and name != PLAY:
                name = name.replace(".py.txt", ".py")
                mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
                found[name] = ContextFile(name, path.read_bytes(), mode)
        return found

    @property
    def bases(self) -> set[str]:
        """The base images of the catalogue that the Dockerfiles begin with."""
        texts = [path.read_text() for path in self.folder.rglob("*Dockerfile*")]
        words = [line.split()[1] for text in texts for line in text.splitlines() if _begins(line)]
        return {word.partition(":")[0] for word in words}


def _begins(line: str) -> bool:
    return line.upper().startswith("FROM ") and not line.split()[1].startswith("-")


def names() -> list[str]:
    """The corpus, sorted."""
    return sorted(path.name for path in CASES.iterdir() if path.is_dir() and path.name[0] != ".")


def load(name: str) -> Case:
    """Raises msgspec.ValidationError when the play is not written as it should be."""
    path = CASES / name / PLAY
    written = msgspec.toml.decode(path.read_bytes(), type=_Play) if path.exists() else _Play()
    return Case(name, tuple(written.play) or USUAL, tuple(written.differs))
