"""The contract: building."""

import asyncio

import pytest

from tests.engine.contracts.common import APP, BUSYBOX, STUDENT, Contract
from tests.engine.recording import Bench
from visualizer.engine.errors import NotFound
from visualizer.engine.port import Engine
from visualizer.events.types import (
    BuildCancelled,
    BuildFailed,
    BuildPlanned,
    BuildStarted,
    ConfigChanged,
    ImageBuilt,
    LayerCreated,
    StepCached,
    StepFailed,
    StepFinished,
    StepOutput,
    StepStarted,
)


class BuildContract(Contract):
    """Building."""

    async def test_it_says_what_it_is_and_what_can_be_built_from(self, engine: Engine) -> None:
        info = await engine.info()
        names = await engine.catalogue()
        assert info.name
        assert info.version
        assert {"busybox:latest", "python:3.12-slim"} <= set(names)
        assert list(names) == sorted(names)

    async def test_a_build_is_told_from_start_to_image(self, bench: Bench) -> None:
        built = await bench.image(STUDENT, {"app.py": APP})
        started, planned = bench.tape.one(BuildStarted), bench.tape.one(BuildPlanned)
        assert started.dockerfile == STUDENT
        assert [file.path for file in started.files] == ["Dockerfile", "app.py"]
        keywords = [step.instruction for step in planned.steps]
        assert keywords == ["FROM", "WORKDIR", "COPY", "RUN", "ENV", "CMD"]
        assert bench.tape.names()[:2] == ["build.started", "build.planned"]
        assert bench.tape.names()[-1] == "image.built"
        assert built.tags == ["app:latest"]

    async def test_every_step_is_cached_or_started_and_finished(self, bench: Bench) -> None:
        await bench.image(STUDENT, {"app.py": APP})
        cached = set(bench.tape.steps(StepCached, 1))
        started = set(bench.tape.steps(StepStarted, 1))
        assert cached | started == {1, 2, 3, 4, 5, 6}
        assert not cached & started
        assert set(bench.tape.steps(StepFinished, 1)) == started

    async def test_the_image_is_the_stack_of_the_layers_told(self, bench: Bench) -> None:
        built = await bench.image(STUDENT, {"app.py": APP})
        layers = bench.tape.all(LayerCreated, build=1)
        assert [layer.layer for layer in layers] == built.layers
        assert [layer.step for layer in layers if layer.step > 1] == [2, 3, 4]
        assert built.size == sum(layer.size for layer in layers)

    async def test_a_layer_counts_what_it_adds(self, bench: Bench) -> None:
        await bench.image(STUDENT, {"app.py": APP})
        copied = bench.tape.one(LayerCreated, step=3)
        assert (copied.added, copied.modified, copied.deleted) == (1, 0, 0)
        assert copied.size == len(APP)

    async def test_a_layer_counts_what_it_modifies_and_deletes(self, bench: Bench) -> None:
        await bench.image(
            "FROM busybox\nRUN mkdir /d && echo a > /d/a && echo b > /d/b && echo c > /c\n"
            "RUN echo more >> /c && rm -r /d\n"
        )
        changed = bench.tape.one(LayerCreated, step=3)
        assert (changed.added, changed.modified, changed.deleted) == (0, 1, 1)

    async def test_config_steps_make_no_layer(self, bench: Bench) -> None:
        built = await bench.image(STUDENT, {"app.py": APP})
        command = bench.tape.one(ConfigChanged, step=6)
        assert (command.field, command.value) == ("Cmd", ["python", "app.py"])
        assert "GREETING=Hello" in bench.tape.one(ConfigChanged, step=5).value
        assert built.config["Cmd"] == ["python", "app.py"]
        assert built.config["WorkingDir"] == "/app"
        assert "GREETING=Hello" in built.config["Env"]

    async def test_what_a_step_writes_is_told(self, bench: Bench) -> None:
        await bench.image("FROM busybox\nRUN echo one; echo two >&2\n")
        output = bench.tape.all(StepOutput, step=2)
        assert "".join(e.text for e in output if e.stream == "stdout") == "one\n"
        assert "".join(e.text for e in output if e.stream == "stderr") == "two\n"

    async def test_a_second_build_comes_from_the_cache(self, bench: Bench) -> None:
        first = await bench.image(STUDENT, {"app.py": APP})
        second = await bench.image(STUDENT, {"app.py": APP})
        assert bench.tape.steps(StepStarted, 2) == []
        assert bench.tape.steps(StepCached, 2) == [1, 2, 3, 4, 5, 6]
        assert all(layer.cached for layer in bench.tape.all(LayerCreated, build=2))
        assert second.image == first.image

    async def test_a_changed_file_runs_again_from_its_copy_on(self, bench: Bench) -> None:
        await bench.image(STUDENT, {"app.py": APP})
        await bench.image(STUDENT, {"app.py": APP + "# changed\n"})
        assert bench.tape.steps(StepCached, 2)[:2] == [1, 2]
        assert bench.tape.steps(StepStarted, 2)[:2] == [3, 4]

    async def test_without_the_cache_everything_runs_again(self, bench: Bench) -> None:
        """But for a WORKDIR before all that, which BuildKit takes from the cache even then."""
        await bench.image(STUDENT, {"app.py": APP})
        await bench.build(STUDENT, {"app.py": APP}, no_cache=True)
        assert bench.tape.steps(StepCached, 2) == [1, 2]
        assert bench.tape.steps(StepStarted, 2) == [3, 4, 5, 6]

    async def test_a_failing_step_stops_the_build(self, bench: Bench) -> None:
        digest = await bench.build("FROM busybox\nRUN echo oh; exit 3\nRUN echo never\n")
        assert digest is None
        failed = bench.tape.one(StepFailed)
        assert (failed.step, failed.exit_code) == (2, 3)
        assert "did not complete successfully: exit code: 3" in failed.message
        assert bench.tape.steps(StepStarted, 1) == [2]
        assert bench.tape.names()[-1] == "build.failed"

    async def test_a_dockerfile_that_cannot_be_built_is_diagnosed(self, bench: Bench) -> None:
        assert await bench.build("RUN echo hi\n") is None
        failed = bench.tape.one(BuildFailed)
        assert failed.diagnosis is not None
        assert bench.tape.all(BuildStarted)
        assert not bench.tape.all(StepStarted)

    async def test_an_image_that_is_not_there_is_diagnosed(self, bench: Bench) -> None:
        assert await bench.build("FROM no-such-image\n") is None
        failed = bench.tape.one(BuildFailed)
        assert failed.diagnosis is not None
        assert failed.diagnosis.line == 1

    async def test_a_failed_build_leaves_the_last_image_alone(self, bench: Bench) -> None:
        first = await bench.image(BUSYBOX)
        await bench.build("FROM busybox\nRUN exit 1\n")
        assert (await bench.lab.holdings()).images == {first.image: ("app:latest",)}

    async def test_a_new_build_takes_the_tag(self, bench: Bench) -> None:
        first = await bench.image(BUSYBOX)
        second = await bench.image(BUSYBOX + "ENV A=1\n")
        holdings = await bench.lab.holdings()
        assert list(holdings.images[second.image]) == ["app:latest"]
        assert list(holdings.images[first.image]) == []

    async def test_a_build_can_be_called_off(self, bench: Bench) -> None:
        building = asyncio.ensure_future(bench.build("FROM busybox\nRUN sleep 60\n"))
        await bench.tape.wait(StepStarted, step=2)
        await bench.lab.cancel_build(1)
        assert await building is None
        assert bench.tape.one(BuildCancelled).build == 1
        assert not bench.tape.all(BuildFailed)

    async def test_calling_off_what_does_not_run_is_refused(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            await bench.lab.cancel_build(7)

    async def test_only_the_needed_stages_are_built(self, bench: Bench) -> None:
        await bench.image(
            "FROM busybox AS one\nRUN echo one > /one\n"
            "FROM busybox AS unused\nRUN exit 1\n"
            "FROM busybox\nCOPY --from=one /one /copied\n"
        )
        assert 4 not in bench.tape.steps(StepStarted, 1)
        assert await bench.lab.read_file("app", "/copied") == b"one\n"

    async def test_a_target_ends_the_build_early(self, bench: Bench) -> None:
        dockerfile = "FROM busybox AS one\nENV STAGE=one\nFROM one\nENV STAGE=two\n"
        assert await bench.build(dockerfile, target="one") is not None
        assert "STAGE=one" in bench.tape.one(ImageBuilt).config["Env"]

    async def test_build_arguments_reach_the_steps(self, bench: Bench) -> None:
        dockerfile = "FROM busybox\nARG WHO=nobody\nRUN echo for $WHO\n"
        await bench.build(dockerfile, args={"WHO": "Ada"})
        assert bench.tape.one(StepOutput, step=3).text == "for Ada\n"

    async def test_dockerignore_keeps_files_out(self, bench: Bench) -> None:
        await bench.image(
            "FROM busybox\nCOPY . /src/\n",
            {".dockerignore": "*.log\n", "keep.txt": "k", "drop.log": "d"},
        )
        assert await bench.lab.read_file("app", "/src/keep.txt") == b"k"
        with pytest.raises(NotFound):
            await bench.lab.read_file("app", "/src/drop.log")
