"""Where the engine's processes are, and what bounds them."""

import asyncio
from mmap import PAGESIZE
from pathlib import Path

from tests.engine.private import engines
from tests.engine.private.engines import PrivateEngine
from visualizer.engine.private import status
from visualizer.engine.private.cgroups import Cgroups
from visualizer.engine.private.configuration import Configuration


def _settings(cgroups: Cgroups, below: str) -> dict[str, str]:
    """What bounds a cgroup, by controllers, whichever the version."""
    files = {
        "memory": ("memory.limit_in_bytes", "memory.max"),
        "pids": ("pids.max",),
        "cpu": ("cpu.cfs_quota_us", "cpu.max"),
    }
    found = {}
    for tree in cgroups.trees:
        for name in tree.controllers & files.keys():
            for file in files[name]:
                path = tree.root / cgroups.name / below / file
                if path.exists():
                    found[name] = path.read_text().split()[0]
    return found


def test_everything_is_bounded_and_steps_and_containers_by_less(
    private_engine: PrivateEngine,
) -> None:
    cgroups = Cgroups.on_this_machine(private_engine.place.name)
    limits = status(private_engine.place).limits
    assert limits is not None
    given = Configuration(**limits)
    whole = _settings(cgroups, "")
    # The kernel counts whole pages.
    assert int(whole["memory"]) == given.memory_bytes // PAGESIZE * PAGESIZE
    assert int(whole["cpu"]) == given.cpus * 100_000
    assert int(_settings(cgroups, "labs")["memory"]) < given.memory_bytes
    assert _settings(cgroups, "labs")["pids"] == str(given.pids)
    builds = _settings(cgroups, "labs/buildkit")
    assert int(builds["memory"]) < int(_settings(cgroups, "labs")["memory"])
    assert builds["pids"] == str(given.build_pids)


def test_dockerd_is_not_among_what_labs_run(own_engine: PrivateEngine) -> None:
    cgroups = Cgroups.on_this_machine(own_engine.place.name)
    asyncio.run(engines.run_detached(own_engine.host, "sleep", "600"))
    engine_pid = status(own_engine.place).engine_pid
    assert engine_pid in cgroups.processes()
    assert engine_pid not in cgroups.labs_processes()
    commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in cgroups.labs_processes()]
    assert commands == [b"sleep\x00600\x00"]
