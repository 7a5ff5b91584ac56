"""The engine's cgroups: one for all of it, in it one for dockerd and one for what labs run.

    layercake-…            memory, cores, processes of everything
    ├── engine             dockerd, containerd, shims
    └── labs               containers; less memory than the whole, so that dockerd keeps some
        └── buildkit       steps of builds, where BuildKit puts them: less again

dockerd is told `--cgroup-parent=/layercake-…/labs`. Both versions of cgroups are known.
"""

import errno
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from visualizer.engine.private.configuration import Configuration
from visualizer.engine.private.errors import PrivateEngineError

NEEDED = ("memory", "cpu", "pids")
ENGINE_PROCESSES = 4096
"""Threads of dockerd, containerd and a shim for each container."""
CPU_PERIOD = 100_000
"""Microseconds."""
GONE_SECONDS = 20.0

_Settings = Mapping[str, str]
"""What is written to which of a cgroup's files."""


@dataclass(frozen=True)
class Tree:
    """One mounted hierarchy."""

    root: Path
    version: int
    controllers: frozenset[str]


@dataclass(frozen=True)
class Cgroups:
    """The cgroups of one private engine, whether they are there or not."""

    name: str
    trees: tuple[Tree, ...]

    @classmethod
    def on_this_machine(cls, name: str) -> "Cgroups":
        """Those with this name, in every hierarchy that is mounted."""
        return cls(name, tuple(mounted(Path("/proc/self/mountinfo").read_text())))

    @property
    def version(self) -> int:
        """1 or 2, as runc sees it; 0 is none."""
        versions = {tree.version for tree in self.trees if tree.controllers & set(NEEDED)}
        return max(versions, default=0)

    @property
    def parent(self) -> str:
        """What dockerd is told: what labs run gets its cgroup below this one."""
        return f"/{self.name}/labs"

    def make(self, configuration: Configuration) -> list[str]:
        """Make them with their limits; what cannot be limited here, in words.

        Raises PrivateEngineError: cgroups cannot be made at all.
        """
        lacking = [name for name in NEEDED if self._tree(name) is None]
        if len(lacking) == len(NEEDED):
            raise _no_cgroups("No hierarchy of cgroups with memory, cpu and pids is mounted.")
        try:
            for tree in self._trees_in_use():
                self._make_in(tree, configuration)
        except OSError as error:
            raise _no_cgroups(f"{error.strerror}: {error.filename}") from error
        return [f"This kernel bounds no {name} of a group of processes." for name in lacking]

    def join(self) -> None:
        """Put the calling process among the engine's own. Raises OSError."""
        for tree in self._trees_in_use():
            (tree.root / self.name / "engine" / "cgroup.procs").write_text("0")

    def processes(self) -> list[int]:
        """Ids of all processes in them, as this process sees them."""
        return sorted({pid for folder in self._folders() for pid in _processes(folder)})

    def labs_processes(self) -> list[int]:
        """Of those, the ids of containers' and steps' processes."""
        return sorted(
            {pid for folder in self._folders("labs") for pid in _processes(folder)},
        )

    def memory_used(self) -> int | None:
        """Bytes, of all processes and of the file cache; None where nobody counts it."""
        tree = self._tree("memory")
        if tree is None:
            return None
        file = "memory.usage_in_bytes" if tree.version == 1 else "memory.current"
        with suppress(OSError):
            return int((tree.root / self.name / file).read_text())
        return None

    def cpu_seconds(self) -> float | None:
        """Used up to now by what labs run, over all cores; None where nobody counts it."""
        with suppress(OSError, StopIteration, ValueError):
            if (tree := self._tree("cpuacct")) is not None:
                return int((tree.root / self.name / "labs/cpuacct.usage").read_text()) / 1e9
            if (tree := self._tree("cpu")) is not None:
                lines = (tree.root / self.name / "labs/cpu.stat").read_text().splitlines()
                return int(next(x for x in lines if x.startswith("usage_usec")).split()[1]) / 1e6
        return None

    def cpu_bound(self) -> float | None:
        """Cores that everything may use at once; None is as many as there are."""
        tree = self._tree("cpu")
        with suppress(OSError, ValueError):
            if tree is not None and tree.version == 2:
                quota, period = (tree.root / self.name / "cpu.max").read_text().split()
                return int(quota) / int(period)
            if tree is not None:
                quota = (tree.root / self.name / "cpu.cfs_quota_us").read_text()
                return int(quota) / CPU_PERIOD if int(quota) > 0 else None
        return None

    def remove(self) -> None:
        """End whatever still runs in them, and take them away. Raises PrivateEngineError."""
        deadline = time.monotonic() + GONE_SECONDS
        while True:
            for pid in self.processes():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for folder in list(self._folders()):
                with suppress(OSError):
                    folder.rmdir()
            left = next(self._folders(), None)
            if left is None:
                return
            if time.monotonic() > deadline:
                raise PrivateEngineError(
                    f"The cgroup {left} cannot be removed.",
                    f"These processes in it do not end: {self.processes()}.",
                    "Restart this machine if they stay.",
                )
            time.sleep(0.02)

    def _folders(self, below: str = "") -> Iterator[Path]:
        """In all hierarchies, the innermost first."""
        for tree in self.trees:
            for folder, _, _ in os.walk(tree.root / self.name / below, topdown=False):
                yield Path(folder)

    def _tree(self, controller: str) -> Tree | None:
        return next((tree for tree in self.trees if controller in tree.controllers), None)

    def _trees_in_use(self) -> list[Tree]:
        found = [self._tree(name) for name in NEEDED]
        return list(dict.fromkeys(tree for tree in found if tree is not None))

    def _make_in(self, tree: Tree, configuration: Configuration) -> None:
        top = tree.root / self.name
        folders = (top, top / "engine", top / "labs", top / "labs" / "buildkit")
        inner = {top, top / "labs"}
        if tree.version == 2:
            _delegate(tree)
        for folder in folders:
            folder.mkdir(exist_ok=True)
            if tree.version == 2 and folder in inner:
                _hand_down(folder, tree.controllers)
        if configuration.bounded:
            for folder, settings in zip(folders, _bounds(tree, configuration), strict=True):
                _write(folder, settings)


def _bounds(tree: Tree, configuration: Configuration) -> list[_Settings]:
    """Of the whole, the engine, the labs and their builds."""
    one, has = tree.version == 1, tree.controllers
    whole: dict[str, str] = {}
    engine: dict[str, str] = {}
    labs: dict[str, str] = {}
    builds: dict[str, str] = {}
    if "memory" in has:
        whole |= _memory(configuration.memory_bytes, one=one)
        labs |= _memory(configuration.labs_memory_bytes, one=one)
        builds |= _memory(configuration.build_memory_bytes, one=one)
    if "pids" in has:
        whole |= {"pids.max": str(configuration.pids + ENGINE_PROCESSES)}
        labs |= {"pids.max": str(configuration.pids)}
        builds |= {"pids.max": str(configuration.build_pids)}
    if "cpu" in has:
        quota = int(configuration.cpus * CPU_PERIOD)
        if one:
            whole |= {"cpu.cfs_period_us": str(CPU_PERIOD), "cpu.cfs_quota_us": str(quota)}
            # A busy loop on every core leaves dockerd quick to answer.
            engine["cpu.shares"], labs["cpu.shares"] = "1024", "256"
        else:
            whole |= {"cpu.max": f"{quota} {CPU_PERIOD}"}
            engine["cpu.weight"], labs["cpu.weight"] = "100", "25"
    return [whole, engine, labs, builds]


def _memory(limit: int, *, one: bool) -> dict[str, str]:
    if one:
        return {"memory.limit_in_bytes": str(limit), "memory.memsw.limit_in_bytes": str(limit)}
    return {"memory.max": str(limit), "memory.swap.max": "0"}


def _write(folder: Path, settings: _Settings) -> None:
    for name, value in settings.items():
        # Kernels that do not count swap have no such file.
        if "swap" in name or "memsw" in name:
            with suppress(OSError):
                (folder / name).write_text(value)
        else:
            (folder / name).write_text(value)


def mounted(mountinfo: str) -> Iterator[Tree]:
    """The hierarchies, those of version 2 with the controllers that they have left."""
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        root, (kind, _, options) = Path(left.split()[4]), right.split(maxsplit=2)
        if kind == "cgroup":
            yield Tree(root, 1, frozenset(options.split(",")))
        elif kind == "cgroup2":
            with suppress(OSError):
                names = (root / "cgroup.controllers").read_text().split()
                yield Tree(root, 2, frozenset(names))


def _processes(folder: Path) -> list[int]:
    try:
        return [int(pid) for pid in (folder / "cgroup.procs").read_text().split() if pid != "0"]
    except OSError:
        return []


def _hand_down(folder: Path, controllers: frozenset[str]) -> None:
    """Version 2: let the cgroups below this one have the controllers."""
    wanted = [f"+{name}" for name in NEEDED if name in controllers]
    (folder / "cgroup.subtree_control").write_text(" ".join(wanted))


def _delegate(tree: Tree) -> None:
    """Version 2: hand down from the root.

    In a container the root is an ordinary cgroup, and one with processes hands nothing down: they
    are moved aside first, as Docker's own docker-in-docker image does.
    """
    try:
        _hand_down(tree.root, tree.controllers)
    except OSError as error:
        if error.errno not in (errno.EBUSY, errno.EOPNOTSUPP):
            raise
        aside = tree.root / "init"
        aside.mkdir(exist_ok=True)
        for pid in _processes(tree.root):
            with suppress(OSError):
                (aside / "cgroup.procs").write_text(str(pid))
        _hand_down(tree.root, tree.controllers)


def _no_cgroups(why: str) -> PrivateEngineError:
    return PrivateEngineError(
        "The engine's processes cannot be bounded: its cgroups cannot be made.",
        why,
        "In a container, give it --privileged (or a writable /sys/fs/cgroup); on a machine with "
        "cgroups of version 1, mount the hierarchies of memory, cpu and pids.",
    )
