"""What Linux tells of processes, by their ids."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def children(parent: int) -> list[int]:
    """Ids of a process's children."""
    return [pid for pid in _all() if _parent(pid) == parent]


def named(name: str, parent: int) -> int | None:
    """The id of a child with this name, None when there is none."""
    for pid in children(parent):
        with suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text().strip() == name:
                return pid
    return None


def is_alive(pid: int) -> bool:
    """Whether it runs; one that has ended and was not waited for does not."""
    fields = _fields(pid)
    return bool(fields) and fields[0] not in ("Z", "X")


def _all() -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            yield int(entry.name)


def _parent(pid: int) -> int | None:
    fields = _fields(pid)
    return int(fields[1]) if fields else None


def _fields(pid: int) -> list[str]:
    """From the state on; empty when there is no such process."""
    with suppress(OSError):
        # The name, in parentheses, may hold anything.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []
