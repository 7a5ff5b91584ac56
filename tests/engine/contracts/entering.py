"""The contract: entering a step of a build."""

import pytest

from tests.engine.contracts.common import APP, STUDENT, Contract
from tests.engine.recording import Bench, context
from visualizer.engine.errors import NoShell, Refused
from visualizer.engine.port import BuildRequest
from visualizer.events.types import (
    BuildPlanned,
    ContainerCreated,
    ContainerExited,
    ContainerOutput,
    ContainerStarted,
    LayerCreated,
    StepEntered,
)

STAGES = """\
ARG BASE=busybox
FROM $BASE AS maker
ENV KIND=maker
WORKDIR /made
RUN echo one > one.txt
RUN echo two > two.txt
FROM busybox AS unused
RUN echo unused > /unused.txt
FROM busybox
COPY --from=maker \\
    /made/one.txt \\
    /kept/one.txt
USER 65534
RUN rm -f /nothing
"""
ODD = """\
# escape=`
FROM busybox
ARG WORD=plain
COPY . /all/
RUN echo "$WORD" > `
  /word.txt && `
  echo done
ENV A=1 `
  B=2
RUN echo later > /later.txt
"""


class EnterContract(Contract):
    """Entering a step."""

    async def enter(self, bench: Bench, step: int, **build: object) -> str:
        """Enter a step of the last build; the container's id."""
        request = BuildRequest(build=bench.builds, **build)  # type: ignore[arg-type]
        return await bench.lab.enter(request, step, f"step-{step}")

    async def test_a_step_is_entered_with_the_files_and_settings_that_it_left(
        self, bench: Bench
    ) -> None:
        await bench.image(STUDENT, {"app.py": APP})
        files = context(STUDENT, {"app.py": APP}, {})
        container = await self.enter(bench, 3, files=files, tag="app")
        assert bench.tape.one(ContainerCreated).name == "step-3"
        assert bench.tape.one(ContainerStarted).container == container
        assert await bench.exec(container, "pwd") == (0, "/app\n")
        assert await bench.exec(container, "ls") == (0, "app.py\n")
        code, text = await bench.exec(container, "sh", "-c", 'echo "<$GREETING>"')
        assert (code, text) == (0, "<>\n")

    async def test_its_layers_are_those_that_the_build_told_up_to_the_step(
        self, bench: Bench
    ) -> None:
        await bench.image(STUDENT, {"app.py": APP})
        told = bench.tape.all(LayerCreated, build=1)
        for step in (1, 2, 3, 4, 5, 6):
            files = context(STUDENT, {"app.py": APP}, {})
            container = await self.enter(bench, step, files=files, tag="app")
            entered = bench.tape.one(StepEntered, step=step)
            expected = [event for event in told if event.step <= step]
            assert [each.layer for each in entered.layers] == [each.layer for each in expected]
            assert [each.size for each in entered.layers] == [each.size for each in expected]
            assert [(e.added, e.modified, e.deleted) for e in entered.layers] == [
                (e.added, e.modified, e.deleted) for e in expected
            ]
            assert entered.size == sum(each.size for each in expected)
            await bench.lab.remove(container, force=True)
        env = bench.tape.one(StepEntered, step=5).config["Env"]
        assert "GREETING=Hello" in env
        assert "GREETING=Hello" not in bench.tape.one(StepEntered, step=4).config["Env"]

    async def test_the_tape_is_told_of_no_further_build(self, bench: Bench) -> None:
        await bench.image(STUDENT, {"app.py": APP})
        before = len(bench.tape.events)
        files = context(STUDENT, {"app.py": APP}, {})
        await self.enter(bench, 4, files=files, tag="app")
        assert bench.tape.names()[before:][:3] == [
            "step.entered",
            "container.created",
            "container.started",
        ]

    async def test_the_last_good_step_of_a_failed_build_is_entered(self, bench: Bench) -> None:
        failing = "FROM busybox\nRUN echo kept > /kept.txt\nRUN cat /missing\nRUN echo never\n"
        assert await bench.build(failing) is None
        container = await self.enter(bench, 2, files=context(failing, {}, {}), tag="app")
        assert await bench.exec(container, "cat", "/kept.txt") == (0, "kept\n")

    async def test_a_step_of_an_earlier_stage_is_entered(self, bench: Bench) -> None:
        await bench.image(STAGES)
        files = context(STAGES, {}, {})
        planned = bench.tape.one(BuildPlanned).steps
        step = next(each.step for each in planned if "echo one" in each.text)
        container = await self.enter(bench, step, files=files, tag="app")
        assert await bench.exec(container, "ls") == (0, "one.txt\n")
        assert await bench.exec(container, "sh", "-c", "echo $KIND") == (0, "maker\n")

    async def test_a_step_that_copies_from_another_stage_is_entered_as_its_user(
        self, bench: Bench
    ) -> None:
        await bench.image(STAGES)
        files = context(STAGES, {}, {})
        planned = bench.tape.one(BuildPlanned).steps
        step = next(each.step for each in planned if each.instruction == "USER")
        container = await self.enter(bench, step, files=files, tag="app")
        assert await bench.exec(container, "cat", "/kept/one.txt") == (0, "one\n")
        assert await bench.exec(container, "id", "-u") == (0, "65534\n")

    async def test_directives_arguments_and_continued_lines_are_kept(self, bench: Bench) -> None:
        args = {"WORD": "given"}
        assert await bench.build(ODD, {"a.txt": "a"}, args=args) is not None
        files = context(ODD, {"a.txt": "a"}, {})
        container = await self.enter(bench, 5, files=files, tag="app", args=args)
        assert await bench.exec(container, "cat", "/word.txt") == (0, "given\n")
        code, text = await bench.exec(container, "ls", "/all")
        assert (code, text.split()) == (0, ["Dockerfile", "a.txt"])
        _, copied = await bench.exec(container, "cat", "/all/Dockerfile")
        assert copied == ODD
        code, _ = await bench.exec(container, "ls", "/later.txt")
        assert code != 0

    async def test_a_trigger_of_the_base_image_is_a_step_like_another(self, bench: Bench) -> None:
        base = "FROM busybox\nONBUILD RUN echo 1 > /first\nONBUILD RUN echo 2 > /second\n"
        await bench.image(base, tag="base")
        using = "FROM base\nRUN echo 3 > /third\n"
        await bench.image(using)
        container = await self.enter(bench, 2, files=context(using, {}, {}), tag="app")
        code, text = await bench.exec(container, "sh", "-c", "ls -d /first /second /third")
        assert (code != 0, "/first" in text.split()) == (True, True)
        entered = bench.tape.one(StepEntered)
        told = [e for e in bench.tape.all(LayerCreated, build=2) if e.step <= 2]
        assert [each.layer for each in entered.layers] == [each.layer for each in told]

    async def test_the_container_waits_whatever_the_image_would_start(self, bench: Bench) -> None:
        short = 'FROM busybox\nENTRYPOINT ["echo"]\nCMD ["over"]\n'
        await bench.image(short)
        container = await self.enter(bench, 3, files=context(short, {}, {}), tag="app")
        assert await bench.exec(container, "echo", "here") == (0, "here\n")
        assert bench.tape.all(ContainerExited) == []

    async def test_it_is_stopped_at_once(self, bench: Bench) -> None:
        await bench.image("FROM busybox\n")
        container = await self.enter(bench, 1, files=context("FROM busybox\n", {}, {}), tag="app")
        await bench.tape.wait(ContainerOutput, container=container)
        # Not in the end by force: it must hear SIGTERM.
        await bench.lab.stop(container, 60)
        assert bench.tape.one(ContainerExited).exit_code == 0

    async def test_without_a_shell_the_container_is_there_and_not_started(
        self, bench: Bench
    ) -> None:
        bare = "FROM scratch\nCOPY a.txt /\n"
        assert await bench.build(bare, {"a.txt": "a"}) is not None
        container = await self.enter(bench, 2, files=context(bare, {"a.txt": "a"}, {}), tag="app")
        assert bench.tape.one(ContainerCreated).container == container
        assert bench.tape.all(ContainerStarted) == []
        assert await bench.lab.read_file(container, "/a.txt") == b"a"

    async def test_a_step_that_there_is_not_is_refused(self, bench: Bench) -> None:
        await bench.image("FROM busybox\n")
        with pytest.raises(Refused, match="Step 7") as refused:
            await self.enter(bench, 7, files=context("FROM busybox\n", {}, {}), tag="app")
        assert not isinstance(refused.value, NoShell)
        assert bench.tape.all(StepEntered) == []

    async def test_a_step_that_can_no_longer_be_made_is_refused_in_words(
        self, bench: Bench
    ) -> None:
        failing = "FROM busybox\nRUN cat /missing\n"
        assert await bench.build(failing) is None
        with pytest.raises(Refused) as refused:
            await self.enter(bench, 2, files=context(failing, {}, {}), tag="app")
        assert refused.value.why
        assert bench.tape.all(StepEntered) == []

    async def test_the_image_is_removed_like_any_other_without_a_tag(self, bench: Bench) -> None:
        await bench.image(STUDENT, {"app.py": APP})
        files = context(STUDENT, {"app.py": APP}, {})
        container = await self.enter(bench, 3, files=files, tag="app")
        image = bench.tape.one(StepEntered).image
        assert (await bench.lab.holdings()).images[image] == ()
        await bench.lab.remove(container, force=True)
        await bench.lab.remove_image(image)
        assert image not in (await bench.lab.holdings()).images
