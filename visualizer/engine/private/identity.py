"""Who root in a container is outside: nobody, out of a range of ids that no user has."""

from collections.abc import Iterable
from pathlib import Path

from visualizer.engine.private.commands import Failed, call

USER = "layercake-engine"
"""Known in the engine's own mount namespace alone: nothing of the machine's is changed."""
COUNT = 65536
FIRST = 231072
"""Where a range begins at the earliest: above those that `useradd` gives out first."""
_KEPT = "ids"


def cannot_map() -> str:
    """Why this machine cannot give containers ids of their own; empty when it can."""
    try:
        call("unshare", "--user", "true")
    except Failed as error:
        return f"This machine has no user namespaces ({error})."
    return ""


def first_id(folder: Path) -> int:
    """The first id of the range: kept, since the engine's files belong to it."""
    kept = folder / _KEPT
    if not kept.exists():
        given = [*_lines("/etc/subuid"), *_lines("/etc/subgid")]
        kept.write_text(str(after(given)), encoding="ascii")
    return int(kept.read_text(encoding="ascii"))


def files(folder: Path) -> dict[str, str]:
    """What the engine shall read in place of the machine's files."""
    first = first_id(folder)
    given = f"{USER}:{first}:{COUNT}\n"
    user = f"{USER}:x:{first}:{first}::/nonexistent:/bin/false\n"
    return {
        "/etc/passwd": _text("/etc/passwd") + user,
        "/etc/group": _text("/etc/group") + f"{USER}:x:{first}:\n",
        "/etc/subuid": given,
        "/etc/subgid": given,
    }


def after(given: Iterable[str]) -> int:
    """The first id after all ranges that were given out."""
    ends = [FIRST]
    for line in given:
        parts = line.split(":")
        if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
            ends.append(int(parts[1]) + int(parts[2]))
    return max(ends)


def _text(path: str) -> str:
    text = Path(path).read_text(encoding="utf-8", errors="surrogateescape")
    return text if text.endswith("\n") or not text else text + "\n"


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []
