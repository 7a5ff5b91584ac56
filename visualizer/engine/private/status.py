"""How the private engine is: running or not, since when, with which limits, and what is in it."""

import asyncio
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from visualizer.engine.docker.api import ApiError, EngineApi
from visualizer.engine.docker.names import LAB_LABEL
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.private import state
from visualizer.engine.private.cgroups import Cgroups
from visualizer.engine.private.place import DATA_ROOT, Place
from visualizer.engine.private.process_table import named

ANSWER_SECONDS = 10.0


@dataclass(frozen=True)
class Status:
    """Bytes, seconds and process ids of the machine. None is what this user may not see."""

    running: bool
    phase: str
    """`down`, or the supervisor's word for how far it is."""
    host: str
    version: str = ""
    supervisor_pid: int | None = None
    engine_pid: int | None = None
    """dockerd's."""
    uptime_seconds: int = 0
    restarts: int = 0
    last_end: str = ""
    failure: str = ""
    disk: str = ""
    disk_bytes: int | None = None
    disk_used_bytes: int | None = None
    memory_used_bytes: int | None = None
    limits: dict[str, Any] | None = None
    containers: int | None = None
    """All of them, also those that have ended."""
    labs: int | None = None
    """Labs that have a container."""
    notes: tuple[str, ...] = ()
    """What does not hold on this machine."""

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def status(place: Place) -> Status:
    """How the engine is now."""
    supervisor, known = state.supervisor_pid(place), state.read(place)
    if supervisor is None or known is None:
        failure = known.failure if known is not None and known.phase == "failed" else ""
        return Status(False, "down", place.host, failure=failure)
    engine = asyncio.run(_ask(place))
    size, used = _disk(known)
    return Status(
        running=engine is not None,
        phase=known.phase if engine is not None else _why_not(place, known),
        host=place.host,
        supervisor_pid=supervisor,
        engine_pid=dockerd_pid(place),
        uptime_seconds=int(time.time() - known.started) if engine else 0,
        restarts=known.restarts,
        last_end=known.last_end,
        disk=known.disk,
        disk_bytes=size,
        disk_used_bytes=used,
        memory_used_bytes=Cgroups.on_this_machine(place.name).memory_used(),
        limits=known.configuration,
        notes=known.notes,
        **(engine or {}),
    )


def _why_not(place: Place, known: state.State) -> str:
    if known.phase != "ready":
        return known.phase
    return "not answering" if os.access(place.socket, os.W_OK) else "closed to this user"


def dockerd_pid(place: Place) -> int | None:
    """The process id of dockerd on the machine, None when it does not run."""
    known = state.read(place)
    return named("dockerd", known.init) if known is not None and known.init else None


def namespaces_pid(place: Place) -> int | None:
    """A process to enter the engine's namespaces by (`nsenter --target`), None when it is down."""
    known = state.read(place)
    return known.init or None if known is not None and state.supervisor_pid(place) else None


def in_words(found: Status) -> list[str]:
    """For a terminal, a line each."""
    if found.phase == "down":
        failed = [f"It failed: {found.failure}"] if found.failure else []
        return ["The private engine is down.", *failed]
    lines = [
        f"The private engine is {'up' if found.running else found.phase}: {found.host}",
        f"version     {found.version or '-'}",
        f"processes   dockerd {found.engine_pid or '-'}, supervisor {found.supervisor_pid}",
        f"uptime      {found.uptime_seconds} s, started again {found.restarts} times",
        f"disk        {_of(found.disk_used_bytes, found.disk_bytes)} ({found.disk})",
    ]
    if found.limits:
        limits = found.limits
        lines += [
            f"memory      {_of(found.memory_used_bytes, limits['memory_bytes'])}",
            f"cores       {limits['cpus']:g}",
            f"processes   {limits['pids']}, of builds {limits['build_pids']}",
        ]
    lines.append(f"containers  {found.containers if found.containers is not None else '-'}")
    if found.restarts:
        lines.append(f"last end    {found.last_end}")
    return [*lines, *(f"note        {note}" for note in found.notes)]


async def _ask(place: Place) -> dict[str, Any] | None:
    api = EngineApi(place.host)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            version = await api.get("/version")
            containers = await api.get("/containers/json", all="1")
    except (ApiError, EngineUnavailable, TimeoutError):
        return None
    finally:
        api.close()
    labs = {found["Labels"][LAB_LABEL] for found in containers if LAB_LABEL in found["Labels"]}
    return {"version": version["Version"], "containers": len(containers), "labs": len(labs)}


def _disk(known: state.State) -> tuple[int | None, int | None]:
    """Size and use, read where the engine's mount is seen; only root may."""
    with suppress(OSError):
        if known.init:
            found = os.statvfs(f"/proc/{known.init}/root{DATA_ROOT}")
            size = found.f_blocks * found.f_frsize
            return size, size - found.f_bfree * found.f_frsize
    return None, None


def _of(used: int | None, all_: int | None) -> str:
    shown = [f"{value / 1024**2:,.0f} MiB" if value is not None else "?" for value in (used, all_)]
    return f"{shown[0]} of {shown[1]}"
