"""A front end built anew under a site that runs: pages name the files that are there now."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import AsyncClient
from django_vite.core.asset_loader import DjangoViteAssetLoader

from visualizer.labs.registry import Registry


@pytest.fixture
def folder(tmp_path: Path, settings: LazySettings) -> Iterator[Path]:
    """Where the front end is built; nothing is there yet. The settings are the site's own."""
    config = settings.DJANGO_VITE["default"]
    settings.BUILT_FRONT_END = tmp_path
    settings.DJANGO_VITE = {"default": {**config, "manifest_path": tmp_path / "manifest.json"}}
    DjangoViteAssetLoader._instance = None
    DjangoViteAssetLoader.instance()
    yield tmp_path
    DjangoViteAssetLoader._instance = None


def build(folder: Path, version: str) -> None:
    script, style = f"assets/front-{version}.js", f"assets/front-{version}.css"
    entry = {"file": script, "css": [style], "isEntry": True}
    (folder / "manifest.json").write_text(json.dumps({"static/src/front.ts": entry}))


async def names() -> tuple[int, set[str]]:
    """The front page's status, and which build the files are from that it names."""
    page = await AsyncClient().get("/")
    text = page.content.decode()
    return page.status_code, {word for word in ("one", "two", "three") if f"front-{word}." in text}


@pytest.fixture(autouse=True)
def _site(registry: Registry) -> None:
    """The site at work."""


async def test_a_page_names_the_files_of_the_newest_build(folder: Path) -> None:
    build(folder, "one")
    assert await names() == (200, {"one"})
    assert await names() == (200, {"one"})
    build(folder, "two")
    assert await names() == (200, {"two"})
    build(folder, "three")
    assert await names() == (200, {"three"})


async def test_a_site_that_was_started_before_the_first_build_finds_it(folder: Path) -> None:
    assert await names() == (503, set())
    build(folder, "one")
    assert await names() == (200, {"one"})


@pytest.mark.parametrize("half", ["", '{"static/src/fro', "[]", "{}"])
async def test_while_it_is_built_the_site_says_so(folder: Path, half: str) -> None:
    (folder / "manifest.json").write_text(half)
    assert await names() == (503, set())
    build(folder, "one")
    assert await names() == (200, {"one"})
    (folder / "manifest.json").write_text(half)
    assert await names() == (503, set())
    (folder / "manifest.json").unlink()
    assert await names() == (503, set())
    build(folder, "two")
    assert await names() == (200, {"two"})
