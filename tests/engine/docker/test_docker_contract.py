"""The Docker engine keeps the contract of every engine."""

from tests.engine import contract
from tests.engine.contracts.common import APP, STUDENT
from tests.engine.recording import Bench
from visualizer.events.types import LayerCreated, StepCached, StepStarted


class TestBuilds(contract.BuildContract):
    async def test_without_the_cache_everything_runs_again(self, bench: Bench) -> None:
        """But for WORKDIR, which BuildKit takes from the cache even then."""
        await bench.image(STUDENT, {"app.py": APP})
        await bench.build(STUDENT, {"app.py": APP}, no_cache=True)
        assert bench.tape.steps(StepCached, 2) == [1, 2]
        assert bench.tape.steps(StepStarted, 2) == [3, 4, 5, 6]


class TestContainers(contract.ContainerContract):
    pass


class TestLifecycle(contract.LifecycleContract):
    pass


class TestExecs(contract.ExecContract):
    pass


class TestImages(contract.ImageContract):
    async def test_a_layer_can_be_looked_into(self, bench: Bench) -> None:
        """With what engines before 23 leave: the places where BuildKit mounts /proc and others."""
        await bench.image(
            "FROM busybox\nRUN mkdir /d && echo a > /d/a && echo b > /d/b\nRUN rm /d/a\n"
        )
        layers = bench.tape.all(LayerCreated, build=1)
        made = [file.path for file in await bench.lab.layer_files(layers[-2].layer)]
        assert made[:3] == ["/d", "/d/a", "/d/b"]
        assert set(made[3:]) <= {"/dev", "/etc", "/proc", "/sys"}
        first = await bench.lab.layer_files(layers[-2].layer, limit=1)
        rest = await bench.lab.layer_files(layers[-2].layer, after=first[-1].path)
        assert [file.path for file in rest] == made[1:]
        gone = {file.path: file.kind for file in await bench.lab.layer_files(layers[-1].layer)}
        assert gone["/d/a"] == "whiteout"
        assert await bench.lab.read_file(layers[-2].layer, "/d/b") == b"b\n"


class TestLabs(contract.LabContract):
    pass


class TestLimits(contract.LimitContract):
    pass
