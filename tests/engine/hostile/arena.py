"""A private engine with two labs on it, an attacker's and a bystander's, and what is left of either
on the engine: containers, networks, images, volumes, mounts and processes."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from tests.engine.docker.engines import Engines
from tests.engine.private.engines import PrivateEngine
from tests.engine.recording import Bench, Tape
from visualizer.engine.docker import DockerEngine
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.limits import Limits
from visualizer.engine.private import status
from visualizer.engine.private.cgroups import Cgroups
from visualizer.events.types import BuildFailed

SMALL = Limits(
    output_bytes=20_000, step_seconds=5, build_seconds=40, container_seconds=8, exec_seconds=3,
    disk_bytes=4_000_000, files=500, image_bytes=30_000_000, image_files=1500, images=5,
    containers=4, execs=4, volumes=8,
)  # fmt: skip
"""Of the attacker's lab: small, so that what runs into them does so soon."""
PATIENT = replace(SMALL, step_seconds=120, build_seconds=240, container_seconds=120)
"""The same for what has to run into another limit than time, however busy the machine is."""
BYSTANDER = 'FROM busybox\nCOPY note /note\nRUN cat /note /note > /twice\nCMD ["sleep", "1000"]\n'
CALM_SECONDS = 180.0
"""How long the engine has for taking away what has ended, on a busy machine."""


@dataclass(frozen=True)
class Left:
    """What is on the engine."""

    things: frozenset[str]
    """Ids of containers, networks, images and volumes, and names of images."""
    mounts: int
    """In the engine's own mount namespace."""
    processes: int
    """Of containers and steps."""


class Arena:
    """The engine with a bystander on it, whose container runs all the time."""

    def __init__(self, private: PrivateEngine, engines: Engines) -> None:
        self.private = private
        self.engines = engines
        self.engine: DockerEngine = engines.make()
        self._api = EngineApi(private.host)

    async def open(self) -> None:
        """Let the neighbour in, whose container runs from now on."""
        pid = (await asyncio.to_thread(status, self.private.place)).engine_pid
        self._inside = Path(f"/proc/{pid}")
        self._neighbour = await self.lab("neighbour", Limits())
        await self._neighbour.image(BYSTANDER, {"note": "hi"})
        self._its_container = await self._neighbour.run()

    async def lab(self, name: str, limits: Limits = SMALL) -> Bench:
        """One more lab."""
        tape = Tape()
        return Bench(await self.engine.open_lab(name, tape, limits), tape)

    async def close(self) -> None:
        """Take everything off the engine."""
        await self.engines.clean_up()
        self._api.close()

    async def others_are_well(self) -> None:
        """A lab builds, again out of the cache, and runs; what ran before still does."""
        bystander = await self.lab("bystander", Limits())
        try:
            await self._room(bystander)
            for _ in range(2):
                await bystander.image(BYSTANDER, {"note": "hi"})
            assert await bystander.output_of("cat", "/twice") == "hihi"
        finally:
            await bystander.lab.destroy()
        assert await self._neighbour.exec(self._its_container, "cat", "/note") == (0, "hi")

    async def _room(self, bystander: Bench) -> None:
        """Wait until what the attack has written in vain is deleted: the engine says when not."""
        async with asyncio.timeout(CALM_SECONDS):
            while await bystander.build(BYSTANDER, {"note": "first"}) is None:
                (failed,) = bystander.tape.all(BuildFailed)
                assert failed.diagnosis is not None, failed
                assert failed.diagnosis.code == "docker-engine-full", failed
                bystander.tape.events.clear()

    async def left(self) -> Left:
        """What is on the engine now."""
        api = self._api
        containers = await api.get("/containers/json", all="1")
        networks = await api.get("/networks")
        images = await api.get("/images/json", all="1")
        volumes = (await api.get("/volumes"))["Volumes"] or []
        things = {each["Id"] for each in [*containers, *networks, *images]}
        things |= {tag for each in images for tag in each.get("RepoTags") or []}
        things |= {each["Name"] for each in volumes}
        return Left(frozenset(things), len(self._mounts()), len(self._processes()))

    async def calm(self, before: Left) -> None:
        """Wait until nothing is on the engine that was not there before."""
        left = before
        try:
            async with asyncio.timeout(CALM_SECONDS):
                while True:
                    left = await self.left()
                    if not self._more(left, before):
                        return
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise AssertionError(f"left behind: {self._more(left, before)}") from None

    def _more(self, left: Left, before: Left) -> dict[str, object]:
        more: dict[str, object] = {
            "things": sorted(left.things - before.things),
            "mounts": max(0, left.mounts - before.mounts),
            "processes": max(0, left.processes - before.processes),
        }
        return {name: what for name, what in more.items() if what}

    def _processes(self) -> list[int]:
        return Cgroups.on_this_machine(self.private.place.name).labs_processes()

    def _mounts(self) -> list[str]:
        return (self._inside / "mountinfo").read_text().splitlines()

    def outside(self, path: str) -> Path:
        """A path as the engine's own processes see it."""
        return self._inside / f"root{path}"
