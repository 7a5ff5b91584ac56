"""The size budget counts what the page loads first, and can fail."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from scripts.checks import budget

MANIFEST: dict[str, dict[str, Any]] = {
    budget.ENTRY: {
        "file": "assets/lab.js",
        "imports": ["_shared.js"],
        "dynamicImports": ["codemirror.ts", "panel.svelte"],
    },
    "_shared.js": {"file": "assets/shared.js", "imports": ["_runtime.js"]},
    "_runtime.js": {"file": "assets/runtime.js", "imports": ["_shared.js"]},
    "codemirror.ts": {
        "file": "assets/codemirror.js",
        "name": "codemirror",
        "imports": ["_runtime.js"],
    },
    "panel.svelte": {
        "file": "assets/panel.js",
        "name": "Panel",
        "imports": ["_runtime.js"],
        "dynamicImports": ["xterm-screen.ts"],
    },
    "xterm-screen.ts": {"file": "assets/xterm.js", "name": "xterm-screen"},
}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    for chunk in MANIFEST.values():
        (tmp_path / str(chunk["file"])).write_text("export {};")
    return tmp_path


def test_it_follows_static_imports_and_leaves_lazy_ones_out() -> None:
    files = budget.first_load(MANIFEST, budget.ENTRY)

    assert files == ["assets/lab.js", "assets/shared.js", "assets/runtime.js"]


def test_panels_are_fetched_idly_and_the_editor_and_the_terminal_when_touched() -> None:
    assert budget.idle_load(MANIFEST, budget.ENTRY) == ["assets/panel.js"]
    assert budget.touched_load(MANIFEST, budget.ENTRY, "codemirror") == ["assets/codemirror.js"]
    assert budget.touched_load(MANIFEST, budget.ENTRY, "xterm-screen") == ["assets/xterm.js"]


def test_a_heavy_panel_fails_though_it_comes_later(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (built / "assets/panel.js").write_bytes(random.Random(1).randbytes(160_000))

    assert budget.main(built) == 1
    assert "OVER 150 kB" in capsys.readouterr().out


def test_an_editor_that_is_part_of_the_page_cannot_hide(built: Path) -> None:
    manifest = {key: chunk for key, chunk in MANIFEST.items() if key != "codemirror.ts"}
    (built / "manifest.json").write_text(json.dumps(manifest))

    assert budget.main(built) == 1


def test_what_is_sent_as_brotli_is_counted_as_brotli(built: Path) -> None:
    noise = random.Random(1).randbytes(160_000)
    (built / "assets/panel.js").write_bytes(noise)
    (built / "assets/panel.js.br").write_bytes(noise[:1000])

    assert budget.main(built) == 0


def test_a_small_page_is_within_the_budget(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert budget.main(built) == 0
    assert "within 150 kB" in capsys.readouterr().out


def test_a_page_over_the_budget_fails(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    noise = random.Random(1).randbytes(160_000)
    (built / "assets/runtime.js").write_bytes(noise)

    assert budget.main(built) == 1
    assert "OVER 150 kB" in capsys.readouterr().out


def test_a_heavy_editor_and_a_heavy_terminal_are_not_counted(built: Path) -> None:
    for name in ("codemirror", "xterm"):
        (built / f"assets/{name}.js").write_bytes(random.Random(1).randbytes(400_000))

    assert budget.main(built) == 0


def test_a_front_end_that_is_not_built_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert budget.main(tmp_path) == 1
    assert "not built" in capsys.readouterr().out


def test_a_manifest_without_the_lab_page_fails(built: Path) -> None:
    (built / "manifest.json").write_text("{}")

    assert budget.main(built) == 1
