"""What the built front end's files are called now: it may be built anew under a site that runs."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django_vite.core.asset_loader import DjangoViteAppClient, ManifestClient
from django_vite.core.exceptions import DjangoViteManifestError

MANIFEST = "manifest.json"

Stamp = tuple[int, int, int]
"""Of a file: when it was changed, its size, its inode. Another file has another one."""


def is_built(folder: Path) -> bool:
    """Whether the front end in this folder is there; while its manifest is written, it is not."""
    path = folder / MANIFEST
    stamp = _stamp(path)
    return stamp is not None and _is_whole(path, stamp)


class Manifest(ManifestClient):  # type: ignore[misc]
    """Django-vite's own is read once for all, and would go on to name files that are gone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._read: Stamp | None = None

    def refresh(self) -> None:
        """Take up the names that are there now."""
        stamp = _stamp(self.manifest_path)
        if stamp == self._read:
            return
        try:
            self._entries, self.legacy_polyfills_entry = self._parse_manifest()
        except DjangoViteManifestError:
            return  # It is being written: the next page looks again.
        self._read = stamp


class Client(DjangoViteAppClient):  # type: ignore[misc]
    """What `{% vite_asset %}` asks for tags (`DJANGO_VITE`, `app_client_class`)."""

    ManifestClient = Manifest

    def generate_vite_asset(self, path: str, **kwargs: Any) -> str:
        """The tags of this entry. All of them are from one build."""
        self.manifest.refresh()
        tags: str = super().generate_vite_asset(path, **kwargs)
        return tags


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


@lru_cache(maxsize=4)
def _is_whole(path: Path, stamp: Stamp) -> bool:
    try:
        entries = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(entries, dict) and bool(entries)
