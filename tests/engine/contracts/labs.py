"""The contract: labs beside each other, and labs that come back."""

import asyncio

import pytest

from tests.engine.contracts.common import APP, BUSYBOX, STUDENT, Contract
from tests.engine.recording import Bench, Tape
from visualizer.engine.errors import NotFound
from visualizer.engine.port import Engine, RunRequest
from visualizer.events.types import (
    BuildCancelled,
    ContainerExited,
    LayerCreated,
    StepStarted,
)


class LabContract(Contract):
    """Labs beside each other, and labs that come back."""

    async def test_labs_cannot_see_each_other(self, engine: Engine, bench: Bench) -> None:
        built = await bench.image(BUSYBOX)
        layer = bench.tape.all(LayerCreated)[0].layer
        container = await bench.running()
        tape = Tape()
        other = Bench(await engine.open_lab("other", tape, self.limits), tape)
        assert (await other.lab.holdings()).images == {}
        for refused in (
            other.lab.inspect(container),
            other.lab.inspect(built.image),
            other.lab.run(RunRequest("app")),
            other.lab.layer_files(layer),
            other.lab.read_file(layer, "/bin/sh"),
        ):
            with pytest.raises(NotFound):
                await refused

    async def test_labs_do_not_share_a_cache(self, engine: Engine, bench: Bench) -> None:
        await bench.image(STUDENT, {"app.py": APP})
        tape = Tape()
        other = Bench(await engine.open_lab("other", tape, self.limits), tape)
        await other.image(STUDENT, {"app.py": APP})
        assert tape.steps(StepStarted, 1) == [2, 3, 4, 5, 6]

    async def test_a_parked_lab_comes_back_with_what_it_stored(
        self, engine: Engine, bench: Bench
    ) -> None:
        built = await bench.image(BUSYBOX)
        container = await bench.running()
        await bench.exec(container, "sh", "-c", "echo kept > /note")
        await bench.lab.park()
        assert bench.tape.one(ContainerExited).reason == "lost"
        tape = Tape()
        back = Bench(await engine.open_lab("lab", tape, self.limits), tape)
        holdings = await back.lab.holdings()
        assert holdings.images == {built.image: ("app:latest",)}
        assert [held.state for held in holdings.containers] == ["exited"]
        await back.lab.start(container)
        assert await back.exec(container, "cat", "/note") == (0, "kept\n")

    async def test_the_cache_comes_back_too(self, engine: Engine, bench: Bench) -> None:
        await bench.image(STUDENT, {"app.py": APP})
        await bench.lab.park()
        tape = Tape()
        back = Bench(await engine.open_lab("lab", tape, self.limits), tape)
        await back.image(STUDENT, {"app.py": APP})
        assert tape.steps(StepStarted, 1) == []

    async def test_a_destroyed_lab_is_forgotten(self, engine: Engine, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        await bench.running()
        await bench.lab.destroy()
        again = await engine.open_lab("lab", Tape(), self.limits)
        holdings = await again.holdings()
        assert holdings.images == {}
        assert holdings.containers == []

    async def test_parking_calls_a_build_off(self, bench: Bench) -> None:
        building = asyncio.ensure_future(bench.build("FROM busybox\nRUN sleep 60\n"))
        await bench.tape.wait(StepStarted, step=2)
        await bench.lab.park()
        assert await building is None
        assert bench.tape.all(BuildCancelled)
