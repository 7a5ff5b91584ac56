"""Reads the examples beside the tests: Dockerfiles that trigger a diagnosis, and ones that must not
trigger it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from visualizer.dockerfile import BaseImage, ContextFiles, diagnose
from visualizer.events.types import Diagnosis, Fix

HERE = Path(__file__).parent
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CONFIGS: dict[str, dict[str, Any]] = {
    "alpine:3.20": {"Env": [PATH], "Cmd": ["/bin/sh"]},
    "busybox:1.36": {"Cmd": ["sh"]},
    "debian:12": {"Env": [PATH], "Cmd": ["bash"]},
    "ubuntu:24.04": {"Env": [PATH], "Cmd": ["/bin/bash"]},
    "nginx:1.27": {
        "Env": [PATH, "NGINX_VERSION=1.27.0"],
        "Entrypoint": ["/docker-entrypoint.sh"],
        "Cmd": ["nginx", "-g", "daemon off;"],
        "ExposedPorts": {"80/tcp": {}},
        "StopSignal": "SIGQUIT",
    },
    **{
        f"python:3.{minor}": {"Env": [PATH, f"PYTHON_VERSION=3.{minor}.1"], "Cmd": ["python3"]}
        for minor in range(9, 14)
    },
    "onbuild:1": {
        "Env": [PATH],
        "Cmd": ["sh"],
        "OnBuild": ["WORKDIR /onbuild", "COPY app.py ./", "RUN echo triggered"],
    },
}
CATALOGUE = list(CONFIGS)
FILES = {
    "app.py": b"print('hello')\n",
    "requirements.txt": b"flask\n",
    "src/a.py": b"",
    "src/deep/b.py": b"",
}


def bases(name: str) -> BaseImage | None:
    """The images that the examples know."""
    repository, _, tag = name.partition(":")
    if tag in ("", "latest"):
        name = next((known for known in CONFIGS if known.startswith(f"{repository}:")), name)
    config = CONFIGS.get(name)
    return BaseImage(config, name, "sha256:" + "0" * 64) if config is not None else None


@dataclass
class Example:
    """A Dockerfile with the files beside it."""

    code: str
    triggers: bool
    number: int
    source: str = ""
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.code}-{'triggers' if self.triggers else 'fine'}-{self.number}"

    def context(self) -> ContextFiles:
        return ContextFiles.from_bytes(FILES | self.files)

    def diagnose(self) -> list[Diagnosis]:
        return diagnose(self.source, context=self.context(), bases=bases, catalogue=CATALOGUE)


def examples() -> list[Example]:
    """All of them, from the files of `diagnoses/`."""
    return [e for path in sorted((HERE / "diagnoses").glob("*.txt")) for e in _read(path)]


def _read(path: Path) -> Iterator[Example]:
    code, example, target = "", None, None
    number = 0
    for line in [*path.read_text().split("\n"), "@@ end"]:
        if match := re.fullmatch(r"(@@|--) (.*)", line):
            word = match[2]
            if match[1] == "--" and word.startswith("file "):
                target = word.removeprefix("file ")
                continue
            if example:
                example.source = example.source.rstrip("\n") + "\n"
                yield example
                example = None
            if match[1] == "@@":
                code, number = word, 0
            else:
                number += 1
                example = Example(code, word == "triggers", number)
            target = None
        elif example and target:
            example.files[target] = example.files.get(target, b"") + line.encode() + b"\n"
        elif example:
            example.source += line + "\n"


def apply_fix(source: str, fix: Fix) -> str:
    """The source after the click, as the editor does it."""
    lines = source.split("\n")
    new = fix.text.split("\n") if fix.text else []
    lines[fix.line_start - 1 : fix.line_end] = new
    return "\n".join(lines)
