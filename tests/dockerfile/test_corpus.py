"""Whole Dockerfiles and what they are understood to mean: their steps, what each makes, needs and
reads, the config in the end, and what is said about them.

A line of an expectation is `number instruction makes <needs reads… text of interest`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.dockerfile.samples import CATALOGUE, CONFIGS, FILES, HERE, bases
from visualizer.dockerfile import ContextFiles, diagnose, parse, plan
from visualizer.dockerfile.operations import Copy, Run
from visualizer.dockerfile.steps import Step


@dataclass
class Case:
    """A Dockerfile, the files beside it, and the lines expected."""

    name: str
    source: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    expected: list[str] = field(default_factory=list)

    def context(self) -> ContextFiles:
        return ContextFiles.from_bytes(FILES | self.files)


def cases(path: Path) -> Iterator[Case]:
    """The cases of one file of `corpus/`."""
    for block in re.split(r"^@@ ", path.read_text(), flags=re.MULTILINE)[1:]:
        name, _, rest = block.partition("\n")
        parts = re.split(r"^-- (file .*|plan)\n", rest, flags=re.MULTILINE)
        case = Case(name, parts[0].rstrip("\n") + "\n")
        for kind, text in zip(parts[1::2], parts[2::2], strict=True):
            if kind == "plan":
                case.expected = text.rstrip("\n").split("\n")
            else:
                case.files[kind.removeprefix("file ")] = text.encode()
        yield case


def outcome(case: Case) -> list[str]:
    """What the package makes of a case, as the lines of an expectation."""
    source = case.source
    if "CRLF" in case.name:
        source = "\ufeff" + source.replace("\n", "\r\n")
    made = plan(parse(source), context=case.context(), bases=bases)
    base = CONFIGS.get(made.steps[0].text.split()[1], {})
    config = {key: value for key, value in made.config.items() if value != base.get(key)}
    said = diagnose(source, context=case.context(), bases=bases, catalogue=CATALOGUE)
    lines = [_step(step) for step in made.steps]
    lines += [f"config {key} {json.dumps(value)}" for key, value in sorted(config.items())]
    return lines + [f"{d.severity} {d.line} {d.code}" for d in said]


def _step(step: Step) -> str:
    words = [str(step.step), step.instruction, step.makes]
    words += ["<" + ",".join(map(str, step.needs))] if step.needs else []
    words += ["skipped"] if step.skipped else []
    words += ["reads " + ", ".join(step.reads)] if step.reads else []
    operation = step.operation
    if isinstance(operation, Run):
        words.append(f"runs {json.dumps(operation.argv)}")
        words += [f"with {json.dumps(dict(operation.args))}"] if operation.args else []
        words += [f"mounts {mount.type} {mount.target}" for mount in operation.mounts]
    elif isinstance(operation, Copy):
        words += [f"to {operation.destination}"]
        words += [f"inline {json.dumps(document)}" for document in operation.inline]
    return " ".join(words)


CASES = [case for path in sorted((HERE / "corpus").glob("*.txt")) for case in cases(path)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_dockerfile_means_what_the_corpus_says(case: Case) -> None:
    assert outcome(case) == case.expected


def test_the_corpus_is_large_and_its_names_differ() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_steps_and_lines_lie_inside_the_file(case: Case) -> None:
    made = plan(parse(case.source), context=case.context(), bases=bases)
    last = case.source.count("\n") + 1
    for step in made.steps:
        assert 1 <= step.line_start <= step.line_end <= last
