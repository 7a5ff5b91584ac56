"""Private engines for the tests: small ones, in folders of their own, taken down afterwards."""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.wire import Request
from visualizer.engine.private import (
    Configuration,
    Place,
    PrivateEngineError,
    down,
    probe_image,
    state,
    up,
)
from visualizer.engine.private.commands import find
from visualizer.engine.private.configuration import GIB
from visualizer.engine.private.disk import no_loop_devices
from visualizer.engine.private.process import PROGRAMS

SMALL = Configuration(disk_bytes=GIB, memory_bytes=GIB, cpus=1.5)


@dataclass(frozen=True)
class PrivateEngine:
    """One that is up."""

    place: Place
    configuration: Configuration

    @property
    def host(self) -> str:
        """As of DOCKER_HOST."""
        return self.place.host


def missing() -> str:
    """Why no private engine can be had on this machine; empty when one can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "only root can bring a private engine up"
    absent = [name for name in (*PROGRAMS, "busybox") if find(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


def small() -> Configuration:
    """What fits beside other tests. Where no file can be mounted, the disk is one in memory."""
    return replace(SMALL, disk="tmpfs") if no_loop_devices() else SMALL


@contextmanager
def folder() -> Iterator[Place]:
    """A place without an engine; whatever is started in it is taken down."""
    # Not in pytest's folder: a socket's path has at most 107 characters.
    data = Path(tempfile.mkdtemp(prefix="layercake-private-"))
    place = Place.below(data)
    try:
        yield place
    finally:
        with suppress(PrivateEngineError):
            down(place)
        shutil.rmtree(data)


@contextmanager
def engine(configuration: Configuration | None = None) -> Iterator[PrivateEngine]:
    """One that is up, with the image `busybox:latest`."""
    wanted = configuration or small()
    with folder() as place:
        up(place, wanted)
        asyncio.run(import_busybox(place.host))
        yield PrivateEngine(place, wanted)


def given(data: Path) -> PrivateEngine:
    """The one of the site with this data folder, which has its base images."""
    place = Place.below(data)
    known = state.read(place)
    assert known is not None, f"LAYERCAKE_TEST_ENGINE is {data}, where no engine is up"
    return PrivateEngine(place, Configuration(**known.configuration))


async def import_busybox(host: str) -> None:
    """Make `busybox:latest` there, out of the machine's own."""
    api = EngineApi(host)
    query = {"fromSrc": "-", "repo": "busybox", "tag": "latest", "changes": 'CMD ["sh"]'}
    content = probe_image.archive()
    await api.call(Request("POST", "/images/create", query, content, "application/x-tar"))
    api.close()


async def run_detached(host: str, *command: str) -> str:
    """A container of `busybox:latest` that runs this; its id."""
    api = EngineApi(host)
    try:
        content = {"Image": "busybox", "Cmd": command, "HostConfig": {"NetworkMode": "none"}}
        made = await api.post("/containers/create", content)
        await api.post(f"/containers/{made['Id']}/start")
        return str(made["Id"])
    finally:
        api.close()


async def states(host: str) -> dict[str, str]:
    """Of all containers, by their ids."""
    api = EngineApi(host)
    try:
        return {each["Id"]: each["State"] for each in await api.get("/containers/json", all="1")}
    finally:
        api.close()


def processes_named(command: str) -> list[int]:
    """Ids of this machine's processes with this command line, containers' among them."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            found += [int(folder.name)] if line == command else []
    return found


def wait_until(met: Callable[[], object], seconds: float = 240.0) -> None:
    """Look again and again until this is so. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            raise TimeoutError("what was waited for did not happen")
        time.sleep(0.02)
