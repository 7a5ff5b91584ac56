"""The pages that state figures and the files that people build from agree with the code."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from visualizer.dockerfile import diagnose, ignored, parse
from visualizer.engine.limits import Limits
from visualizer.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
UNITS = {"GiB": 1024**3, "MiB": 1024 * 1024, "KiB": 1024, "s": 1}


def _documented() -> dict[str, int]:
    rows = re.findall(
        r"^\| `(\w+)` \| (\d+)(?: (\w+))? \|", (ROOT / "docs/limits.md").read_text(), re.MULTILINE
    )
    return {name: int(number) * UNITS.get(unit, 1) for name, number, unit in rows}


@pytest.mark.parametrize("name", [field.name for field in fields(Limits)])
def test_every_limit_of_a_lab_is_documented_with_its_value(name: str) -> None:
    assert _documented()[name] == getattr(Limits(), name)


def test_no_limit_is_documented_that_is_not_there() -> None:
    names = {field.name for field in fields(Limits)}

    unknown = {name for name in _documented() if not name.startswith("LAYERCAKE_")} - names
    assert unknown == set()


def test_contributing_names_only_files_that_are_there() -> None:
    named = re.findall(r"`([\w.-]+(?:/[\w.-]+)+/?)`", (ROOT / "CONTRIBUTING.md").read_text())

    assert named, "CONTRIBUTING.md names no file at all"
    assert [path for path in named if not (ROOT / path).exists()] == []


PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_something_that_is_there(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)\s#]*)(#[^)\s]+)?\)", page.read_text())

    lost = [path for path, _ in links if path and not (page.parent / path).exists()]
    lost += [
        path + part
        for path, part in links
        if part and (page.parent / path).is_file() and part[1:] not in _parts(page.parent / path)
    ]
    assert lost == []


def _parts(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_sites_own_dockerfile_has_nothing_that_the_site_would_warn_of() -> None:
    found = diagnose((ROOT / "Dockerfile").read_text())

    assert [each for each in found if each.severity != "hint"] == []


def test_the_sites_own_dockerfile_copies_only_what_is_there_and_not_ignored() -> None:
    rules = (ROOT / ".dockerignore").read_text()
    copied = [
        source
        for instruction in parse((ROOT / "Dockerfile").read_text()).instructions
        if instruction.keyword == "COPY" and not instruction.flags
        for source in instruction.value[:-1]
    ]

    assert copied
    assert [path for path in copied if not (ROOT / path).exists()] == []
    assert ignored(rules, copied) == set()


def test_the_context_of_the_sites_image_leaves_out_what_must_not_travel() -> None:
    rules = (ROOT / ".dockerignore").read_text()
    private = ["var/db.sqlite3", "var/secret_key", ".git/config", ".env", ".venv/pyvenv.cfg"]

    assert ignored(rules, private) == set(private)


def test_every_limit_of_the_site_is_documented_with_its_default() -> None:
    defaults = {f"LAYERCAKE_{name.upper()}": value for name, value in vars(Environment()).items()}
    documented = {name: value for name, value in _documented().items() if name in defaults}

    assert len(documented) >= 10
    assert documented == {name: defaults[name] for name in documented}
