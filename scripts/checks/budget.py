"""The size budget: JavaScript that the lab page fetches unasked, compressed, from Vite's manifest.

That is what it starts with, and the panels and dialogs that it fetches while nothing else is to do.
The editor and the terminal come when they are first touched, and are not counted.
"""

import gzip
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ENTRY = "static/src/lab.ts"
WHEN_TOUCHED = ("codemirror", "xterm-screen")
"""Names of the chunks that are fetched only when a person touches what needs them."""
BUDGET_BYTES = 150_000
"""As brotli sends them where Vite wrote that beside the script, else as gzip -9 does."""


class NoManifest(Exception):
    """There is no built front end to measure."""


def first_load(manifest: Mapping[str, Mapping[str, Any]], entry: str) -> list[str]:
    """Files of an entry and of all it imports statically, in the order they are met."""
    if entry not in manifest:
        raise NoManifest(f"the manifest has no entry {entry}")
    found: dict[str, None] = {}
    waiting, seen = [entry], set()
    while waiting:
        chunk = waiting.pop(0)
        if chunk in seen:
            continue
        seen.add(chunk)
        found[manifest[chunk]["file"]] = None
        waiting += manifest[chunk].get("imports", [])
    return list(found)


def idle_load(manifest: Mapping[str, Mapping[str, Any]], entry: str) -> list[str]:
    """Files that the page fetches by itself later, those that it has then left out."""
    missing = set(WHEN_TOUCHED) - {chunk.get("name") for chunk in manifest.values()}
    if missing:
        raise NoManifest(f"the manifest has no chunk named {' or '.join(sorted(missing))}")
    first = first_load(manifest, entry)
    chunks = [chunk for chunk in manifest.values() if chunk["file"] in first]
    later = [key for chunk in chunks for key in chunk.get("dynamicImports", [])]
    fetched = [key for key in later if manifest[key].get("name") not in WHEN_TOUCHED]
    return sorted({file for key in fetched for file in first_load(manifest, key)} - set(first))


def touched_load(manifest: Mapping[str, Mapping[str, Any]], entry: str, name: str) -> list[str]:
    """Files of the chunk of this name, those that the page has by then left out."""
    keys = [key for key, chunk in manifest.items() if chunk.get("name") == name]
    had = {*first_load(manifest, entry), *idle_load(manifest, entry)}
    return sorted({file for key in keys for file in first_load(manifest, key)} - had)


def compressed(path: Path) -> int:
    """Bytes of a file as it is sent."""
    brotli = path.with_name(f"{path.name}.br")
    if brotli.is_file():
        return brotli.stat().st_size
    return len(gzip.compress(path.read_bytes(), 9, mtime=0))


def read_manifest(built: Path) -> dict[str, dict[str, Any]]:
    """Vite's manifest. Raises NoManifest."""
    try:
        manifest: dict[str, dict[str, Any]] = json.loads((built / "manifest.json").read_bytes())
    except (OSError, ValueError) as error:
        raise NoManifest(f"{built / 'manifest.json'} cannot be read: {error}") from error
    return manifest


def main(built: Path, budget: int = BUDGET_BYTES) -> int:
    """Print what the page weighs; 1 when it is over the budget or cannot be measured."""
    try:
        manifest = read_manifest(built)
        total = _listed(built, first_load(manifest, ENTRY), "at once")
        total += _listed(built, idle_load(manifest, ENTRY), "idly")
        for name in WHEN_TOUCHED:
            _listed(built, touched_load(manifest, ENTRY, name), "when touched, not counted")
    except NoManifest as error:
        print(f"The front end is not built: {error}.")
        return 1
    verdict = "within" if total <= budget else "OVER"
    print(f"Unasked: {total / 1000:.1f} kB of JavaScript, {verdict} {budget / 1000:.0f} kB")
    return 0 if total <= budget else 1


def _listed(built: Path, files: list[str], remark: str) -> int:
    sizes = {file: compressed(built / file) for file in files if file.endswith(".js")}
    for file, size in sizes.items():
        print(f"  {size / 1000:7.1f} kB  {file} ({remark})")
    return sum(sizes.values())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
