"""Every check of the project, in the order in which they are run: quick ones first."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from scripts.prepare import places
from scripts.prepare.node import Node

Group = Literal["python", "engines", "frontend", "browser"]
GROUPS: tuple[Group, ...] = ("python", "engines", "frontend", "browser")
SCRIPTS = (
    "scripts/base-images",
    "scripts/run",
    "scripts/test",
    "scripts/bench",
    "scripts/conformance",
)
CODE = ("manage.py", "visualizer", "tests", "bench", "scripts", *SCRIPTS)
ON_ENGINES = ("tests/engine/docker", "tests/scripts/test_with_docker.py")
"""Tests that use a real Docker Engine, and bring a site up with one."""
OF_ENGINES = ("tests/engine/private", "tests/engine/hostile")
"""Tests that bring up, fill, attack and break private engines of their own."""

# A site that is really deployed: https in front, its own host and no debug pages.
DEPLOYED = {
    "LAYERCAKE_HOSTS": "layercake.example.org",
    "LAYERCAKE_ORIGINS": "https://layercake.example.org",
    "LAYERCAKE_BEHIND_PROXY": "1",
    "LAYERCAKE_DEBUG": "0",
}


@dataclass(frozen=True)
class Check:
    """One command. `report` names the JUnit file that it writes, None when it has no tests.

    One that is `beside` runs while the others do: it mostly waits, for engines and their limits.
    `again` are words that have the command run what failed the last time (none: everything), for a
    second try in CI; None when there is no second try.
    """

    name: str
    group: Group
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    report: Path | None = None
    beside: bool = False
    again: tuple[str, ...] | None = None


def every(node: Node, *, fast: bool, only: str | None, pytest: Sequence[str]) -> list[Check]:
    """The checks asked for. `fast` leaves out the browser, real engines and tests marked slow."""
    checks = [*_engines(pytest), *_python(fast, pytest), *_frontend(node), *_browser(pytest)]
    groups = {only} if only else set(GROUPS)
    if fast:
        groups -= {"browser", "engines"}
    return [check for check in checks if check.group in groups]


def _tool(name: str, *words: str) -> tuple[str, ...]:
    suffix = ".exe" if sys.platform == "win32" else ""
    return (str(places.venv_python().with_name(name + suffix)), *words)


def _manage(*words: str) -> tuple[str, ...]:
    return (str(places.venv_python()), str(places.ROOT / "manage.py"), *words)


def _python(fast: bool, pytest: Sequence[str]) -> list[Check]:
    apart = ("tests/browser", *ON_ENGINES, *OF_ENGINES)
    elsewhere = [f"--ignore={path}" for path in apart]
    return [
        Check("ruff format", "python", _tool("ruff", "format", "--check", *CODE)),
        Check("ruff check", "python", _tool("ruff", "check", *CODE)),
        Check("import rules", "python", _tool("lint-imports")),
        Check("vocabulary is generated", "python", _manage("vocabulary", "--check")),
        Check("migrations are made", "python", _manage("makemigrations", "--check", "--dry-run")),
        Check(
            "deployment settings",
            "python",
            _manage("check", "--deploy", "--fail-level", "WARNING"),
            environment=DEPLOYED,
        ),
        Check(
            "mypy",
            "python",
            _tool("mypy", "-p", "visualizer", "-p", "tests", "-p", "bench", "-p", "scripts"),
        ),
        _pytest("pytest", "python", "tests", *elsewhere, fast=fast, words=pytest),
    ]


def _engines(pytest: Sequence[str]) -> list[Check]:
    on = _pytest("pytest on real engines", "engines", *ON_ENGINES, fast=False, words=pytest)
    of = _pytest("pytest of private engines", "engines", *OF_ENGINES, fast=False, words=pytest)
    # They run at the same time, and so on engines of their own, whatever engine was named. Their
    # disks are files that attacks fill: not where temporary files are kept in memory.
    own = {"LAYERCAKE_TEST_ENGINE": "", "TMPDIR": ""}
    apart = replace(of, environment={**of.environment, **own})
    return [replace(check, beside=True) for check in (on, apart)]


def _frontend(node: Node) -> list[Check]:
    report = _report("vitest")
    # As many workers as cores: by itself vitest leaves one to others, which is half of two.
    ways = (
        "--maxWorkers=100%",
        "--reporter=default",
        "--reporter=junit",
        f"--outputFile.junit={report}",
    )
    budget, embeds = (
        (str(places.venv_python()), "-m", f"scripts.checks.{name}", str(places.BUILT))
        for name in ("budget", "embed_budget")
    )
    checks = [
        ("prettier", ("run", "--silent", "format:check"), None),
        ("eslint", ("run", "--silent", "lint"), None),
        ("svelte-check and tsc", ("run", "--silent", "check"), None),
        ("vitest", ("run", "--silent", "test", "--", *ways), report),
    ]
    environment = {"PATH": node.environment()["PATH"]}
    return [
        *(
            Check(
                name,
                "frontend",
                (*node.npm, *words),
                environment,
                report,
                again=() if report else None,
            )
            for name, words, report in checks
        ),
        Check("size of the first load", "frontend", budget),
        Check("size of an embed", "frontend", embeds),
    ]


def _browser(pytest: Sequence[str]) -> list[Check]:
    # Two at a time: they mostly wait, for pages to be drawn and engines to answer.
    words = ("-n", "2", "--dist", "loadfile", *pytest)
    check = _pytest("pytest in a browser", "browser", "tests/browser", fast=False, words=words)
    if sys.platform != "linux":
        return [check]
    alone = (str(places.venv_python()), "-m", "scripts.checks.loopback")
    return [replace(check, command=(*alone, *check.command))]


def _pytest(name: str, group: Group, *paths: str, fast: bool, words: Sequence[str]) -> Check:
    report = _report(name.replace(" ", "-"))
    marks = ("-m", "not slow") if fast else ()
    # What failed is remembered, each check's apart: several run at the same time.
    memory = f"cache_dir={places.workshop() / 'pytest' / report.stem}"
    command = (str(places.venv_python()), "-m", "pytest", *paths, *marks, f"--junitxml={report}")
    return Check(
        name, group, (*command, "-o", memory, *words), report=report, again=("--lf", "--lfnf=none")
    )


def _report(name: str) -> Path:
    return places.workshop() / "reports" / f"{name}.xml"
