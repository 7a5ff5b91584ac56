"""Builds in the embedded engine: digests, the cache, stages."""

from tests.engine.recording import Bench, Tape
from visualizer.engine.embedded import EmbeddedEngine
from visualizer.engine.embedded.image import History, document
from visualizer.engine.limits import Limits
from visualizer.events.types import (
    BuildPlanned,
    ImageBuilt,
    LayerCreated,
    StepCached,
    StepFailed,
    StepOutput,
    StepStarted,
)


async def read(bench: Bench, path: str) -> bytes:
    return await bench.lab.read_file("app", path)


class TestDigests:
    async def test_the_same_input_gives_the_same_image_in_any_lab(
        self, engine: EmbeddedEngine, bench: Bench
    ) -> None:
        dockerfile = "FROM alpine:3.20\nCOPY a /a\nRUN echo x > /x; ls /\nENV A=1\n"
        first = await bench.image(dockerfile, {"a": "a"})
        tape = Tape()
        other = Bench(await engine.open_lab("other", tape, Limits()), tape)
        second = await other.image(dockerfile, {"a": "a"})
        assert first.image == second.image
        assert first.layers == second.layers

    async def test_a_step_that_changes_nothing_makes_an_empty_layer(self, bench: Bench) -> None:
        await bench.image("FROM busybox\nRUN true\n")
        layer = bench.tape.one(LayerCreated, step=2)
        assert layer.layer.startswith("sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6c")
        assert (layer.size, layer.added) == (0, 0)

    async def test_a_stored_layer_names_no_clock_and_no_machine(self, bench: Bench) -> None:
        content = document({"Cmd": ["x"]}, ["sha256:" + "0" * 64], [History("RUN x")])
        assert content == document({"Cmd": ["x"]}, ["sha256:" + "0" * 64], [History("RUN x")])
        assert content.count(b"1970-01-01T00:00:00Z") == 2

    async def test_the_history_reads_as_buildkits(self, bench: Bench) -> None:
        await bench.image('FROM scratch\nCOPY a /\nENV A=b\nCMD ["/a", "b"]\n', {"a": "a"})
        history = (await bench.lab.inspect("app"))["History"]
        assert [entry["CreatedBy"] for entry in history] == [
            "COPY a / # buildkit",
            "ENV A=b",
            'CMD ["/a" "b"]',
        ]
        assert [entry["EmptyLayer"] for entry in history] == [False, True, True]

    async def test_a_file_written_in_the_dockerfile_is_marked_in_the_history(
        self, bench: Bench
    ) -> None:
        await bench.image("FROM scratch\nCOPY <<note /\nhello\nnote\n")
        history = (await bench.lab.inspect("app"))["History"]
        assert [entry["CreatedBy"] for entry in history] == ["COPY <<note / # buildkit"]


class TestCache:
    async def test_a_changed_env_runs_again_what_sees_it(self, bench: Bench) -> None:
        dockerfile = "FROM busybox\nENV A={}\nCOPY a /a\nRUN true\nWORKDIR /w\n"
        await bench.image(dockerfile.format(1), {"a": "a"})
        await bench.image(dockerfile.format(2), {"a": "a"})
        # As in BuildKit: a COPY does not see the environment, a RUN does.
        assert bench.tape.steps(StepStarted, 2) == [2, 4, 5]
        assert bench.tape.steps(StepCached, 2) == [1, 3]

    async def test_a_changed_argument_runs_again_what_comes_after_it(self, bench: Bench) -> None:
        dockerfile = "FROM busybox\nRUN echo before\nARG A\nRUN echo after\n"
        await bench.build(dockerfile, args={"A": "1"})
        await bench.build(dockerfile, args={"A": "2"})
        assert bench.tape.steps(StepStarted, 2) == [3, 4]

    async def test_a_changed_mode_is_a_changed_file(self, bench: Bench) -> None:
        await bench.build("FROM busybox\nCOPY a /a\n", {"a": "a"})
        await bench.build("FROM busybox\nCOPY a /a\n", {"a": "a"}, modes={"a": 0o755})
        assert bench.tape.steps(StepStarted, 2) == [2]

    async def test_a_file_that_is_not_copied_does_not_matter(self, bench: Bench) -> None:
        await bench.build("FROM busybox\nCOPY a /a\n", {"a": "a", "b": "1"})
        await bench.build("FROM busybox\nCOPY a /a\n", {"a": "a", "b": "2"})
        assert bench.tape.steps(StepStarted, 2) == []

    async def test_an_ignored_file_does_not_matter(self, bench: Bench) -> None:
        files: dict[str, bytes | str] = {".dockerignore": "b\n.dockerignore\nDockerfile\n"}
        await bench.build("FROM busybox\nCOPY . /src/\n", {**files, "b": "1"})
        await bench.build("FROM busybox\nCOPY . /src/\n", {**files, "b": "2"})
        assert bench.tape.steps(StepStarted, 2) == []

    async def test_a_changed_stage_matters_only_where_its_files_do(self, bench: Bench) -> None:
        dockerfile = (
            "FROM busybox AS one\nRUN echo same > /f; echo {}\n"
            "FROM busybox\nCOPY --from=one /f /f\n"
        )
        await bench.image(dockerfile.format(1))
        await bench.image(dockerfile.format(2))
        assert bench.tape.steps(StepStarted, 2) == [2]

    async def test_a_step_whose_layer_is_lost_runs_again(
        self, engine: EmbeddedEngine, bench: Bench, tmp_path: object
    ) -> None:
        await bench.image("FROM busybox\nRUN echo x > /x\n")
        layer = bench.tape.one(LayerCreated, step=2).layer
        engine._services.store._forget(layer)
        await bench.image("FROM busybox\nRUN echo x > /x\n")
        assert bench.tape.steps(StepStarted, 2) == [2]


class TestStages:
    async def test_stages_copy_files_with_their_modes_and_links(self, bench: Bench) -> None:
        await bench.image(
            "FROM busybox AS one\n"
            "RUN mkdir -p /out/d && echo f > /out/d/f && chmod 751 /out/d/f && ln -s d/f /out/l\n"
            "FROM scratch\nCOPY --from=one /out /\nCOPY --from=one /out/l /followed\n"
        )
        assert await read(bench, "/d/f") == b"f\n"
        assert await read(bench, "/followed") == b"f\n"
        layers = bench.tape.one(ImageBuilt).layers
        files = {file.path: file for file in await bench.lab.layer_files(layers[0])}
        assert files["/d/f"].mode == 0o751
        assert (files["/l"].kind, files["/l"].target) == ("symlink", "d/f")

    async def test_a_stage_can_begin_with_another(self, bench: Bench) -> None:
        built = await bench.image(
            "FROM busybox AS one\nENV A=1\nRUN echo x > /x\nFROM one\nRUN cat /x; echo $A\n"
        )
        assert "".join(event.text for event in bench.tape.all(StepOutput)) == "x\n1\n"
        assert built.layers == [layer.layer for layer in bench.tape.all(LayerCreated)]

    async def test_files_can_be_copied_from_an_image(self, bench: Bench) -> None:
        await bench.image("FROM scratch\nCOPY --from=busybox /etc/passwd /p\n")
        assert (await read(bench, "/p")).startswith(b"root:")

    async def test_a_lab_can_build_on_its_own_image(self, bench: Bench) -> None:
        await bench.image("FROM busybox\nRUN echo own > /own\nONBUILD RUN cat /own\n", tag="mine")
        await bench.image("FROM mine\n")
        assert bench.tape.all(StepOutput, build=2)[0].text == "own\n"
        assert [step.instruction for step in bench.tape.one(BuildPlanned, build=2).steps] == [
            "FROM", "RUN",
        ]  # fmt: skip

    async def test_a_failing_stage_stops_the_others(self, bench: Bench) -> None:
        digest = await bench.build(
            "FROM busybox AS slow\nRUN sleep 60\n"
            "FROM busybox AS bad\nRUN exit 9\n"
            "FROM busybox\nCOPY --from=slow / /s\nCOPY --from=bad / /b\n"
        )
        assert digest is None
        assert bench.tape.one(StepFailed).step == 4
