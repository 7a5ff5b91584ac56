"""The site's secret key: made on the first start, readable by its owner alone."""

import os
import secrets
from pathlib import Path


def secret_key(path: Path) -> str:
    """The key kept at `path`; two first starts at once agree on one."""
    if not path.exists():
        _keep(path, secrets.token_urlsafe(50))
    return path.read_text(encoding="ascii").strip()


def _keep(path: Path, key: str) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # Fails when another start was faster: then its key counts.
    except FileExistsError:
        pass
    finally:
        draft.unlink()
