"""Entering a step: found on the tape, built as far as that, named, and tidied up after."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import eventually
from visualizer.engine.embedded import EmbeddedEngine
from visualizer.engine.errors import EngineError
from visualizer.engine.port import Engine
from visualizer.events import codec
from visualizer.events import types as event
from visualizer.labs import actions, commands, journal
from visualizer.labs.commands import SourceFile
from visualizer.labs.database import in_database
from visualizer.labs.errors import LabError
from visualizer.labs.registry import Registry
from visualizer.labs.runner import Runner
from visualizer.models import KeptFile

FAILING = """\
FROM busybox
COPY . /all/
ENV KIND=$KIND_GIVEN
RUN cat /missing
"""


@pytest.fixture
async def engine(tmp_path: Path) -> Engine:
    """A real engine: what is entered has files."""
    return EmbeddedEngine(tmp_path)


@pytest.fixture
async def runner(registry: Registry, lab: str) -> Runner:
    """The lab at work."""
    return await registry.runner(lab)


async def do(runner: Runner, command: commands.AnyCommand) -> dict[str, Any]:
    """Carry a command out as the lab's owner."""
    return await actions.perform(runner, actions.Visitor(runner.owner_hash), command)


async def build(runner: Runner, dockerfile: str, **files: str) -> int:
    """Build to the end, well or badly; the build's number."""
    sources = [SourceFile(path="Dockerfile", text=dockerfile)]
    sources += [SourceFile(path=path, text=text) for path, text in files.items()]
    number = int((await do(runner, commands.Build(files=sources)))["build"])
    await eventually(lambda: number not in runner.belief.builds)
    return number


async def tape(runner: Runner) -> list[event.AnyEvent]:
    """All that the tape tells so far."""
    await runner.settled()
    found: list[event.AnyEvent] = []
    while page := await in_database(journal.read, runner.lab, found[-1].seq if found else 0):
        found += [codec.decode(entry.body) for entry in page]
    return found


async def read(runner: Runner, container: str, path: str) -> str:
    """A file of a container."""
    return (await runner.engine.read_file(container, path)).decode()


async def refused(runner: Runner, number: int, step: int) -> str:
    """The code of the refusal; its words are complete."""
    with pytest.raises(LabError) as error:
        await do(runner, commands.EnterStep(build=number, step=step))
    problem = error.value.problem
    assert problem.title
    assert problem.why
    assert problem.try_
    return problem.code


async def test_the_last_good_step_of_a_failed_build_is_entered(runner: Runner) -> None:
    number = await build(runner, FAILING, note="first\n")
    result = await do(runner, commands.EnterStep(build=number, step=3))
    assert result["started"] is True
    container = result["container"]
    assert runner.belief.containers[container].name == f"step-3-of-build-{number}"
    assert await read(runner, container, "/all/note") == "first\n"


async def test_the_files_are_those_of_that_build_not_of_the_editor(runner: Runner) -> None:
    number = await build(runner, FAILING, note="first\n")
    await build(runner, FAILING, note="second\n")
    result = await do(runner, commands.EnterStep(build=number, step=2))
    assert await read(runner, result["container"], "/all/note") == "first\n"


async def test_a_dockerfile_that_is_kept_out_of_the_context_stays_out(runner: Runner) -> None:
    ignore = "Dockerfile\n.dockerignore\n"
    number = await build(runner, FAILING, note="one\n", **{".dockerignore": ignore})
    result = await do(runner, commands.EnterStep(build=number, step=2))
    container = result["container"]
    assert await read(runner, container, "/all/note") == "one\n"
    for path in ("/all/Dockerfile", "/all/.dockerignore"):
        with pytest.raises(EngineError):
            await read(runner, container, path)


async def test_a_name_that_is_taken_gets_a_number(runner: Runner) -> None:
    number = await build(runner, FAILING)
    for expected in ("step-1-of-build-1", "step-1-of-build-1-2", "step-1-of-build-1-3"):
        result = await do(runner, commands.EnterStep(build=number, step=1))
        assert runner.belief.containers[result["container"]].name == expected


async def test_the_image_goes_with_its_last_container(runner: Runner) -> None:
    number = await build(runner, FAILING)
    entered = [await do(runner, commands.EnterStep(build=number, step=3)) for _ in range(2)]
    image = runner.belief.containers[entered[0]["container"]].image
    await do(runner, commands.Remove(container=entered[0]["container"], force=True))
    assert image in runner.belief.images
    await do(runner, commands.Remove(container=entered[1]["container"], force=True))
    assert image not in runner.belief.images
    assert image not in (await runner.engine.holdings()).images


async def test_an_image_that_the_lab_has_anyway_stays(runner: Runner) -> None:
    number = await build(runner, "FROM busybox\nRUN echo 1 > /one\n")
    (image,) = runner.belief.images
    result = await do(runner, commands.EnterStep(build=number, step=2))
    assert runner.belief.containers[result["container"]].image == image
    await do(runner, commands.Remove(container=result["container"], force=True))
    assert image in runner.belief.images


async def test_an_entered_image_that_was_given_a_tag_stays(runner: Runner) -> None:
    number = await build(runner, FAILING)
    result = await do(runner, commands.EnterStep(build=number, step=2))
    image = runner.belief.containers[result["container"]].image
    await do(runner, commands.TagImage(image=image, tag="kept:1"))
    await do(runner, commands.Remove(container=result["container"], force=True))
    assert image in runner.belief.images


async def test_a_lab_that_comes_back_still_knows_what_was_entered(
    registry: Registry, runner: Runner
) -> None:
    number = await build(runner, FAILING)
    result = await do(runner, commands.EnterStep(build=number, step=2))
    image = runner.belief.containers[result["container"]].image
    await registry._park(runner, "Nobody was here.")
    again = await registry.runner(runner.lab)
    assert image in (await again.engine.holdings()).images
    await do(again, commands.Remove(container=result["container"], force=True))
    assert image not in (await again.engine.holdings()).images


@pytest.mark.parametrize(
    ("step", "code"),
    [
        pytest.param(4, "step-not-finished", id="a step that failed"),
        pytest.param(9, "step-not-finished", id="a step that there is not"),
    ],
)
async def test_a_step_without_an_end_is_refused_with_one_to_try(
    runner: Runner, step: int, code: str
) -> None:
    number = await build(runner, FAILING)
    assert await refused(runner, number, step) == code


async def test_a_build_that_there_is_not_is_refused(runner: Runner) -> None:
    assert await refused(runner, 5, 1) == "no-such-build"


async def test_without_the_files_of_then_it_is_refused(runner: Runner) -> None:
    number = await build(runner, FAILING, note="first\n")
    await in_database(lambda: KeptFile.objects.filter(lab_id=runner.lab).delete())
    before = len(await tape(runner))
    assert await refused(runner, number, 2) == "build-files-gone"
    assert len(await tape(runner)) == before


async def test_a_stranger_is_refused(runner: Runner) -> None:
    number = await build(runner, FAILING)
    stranger = actions.Visitor("0" * 64)
    with pytest.raises(LabError) as error:
        await actions.perform(runner, stranger, commands.EnterStep(build=number, step=1))
    assert error.value.problem.code == "read-only"


async def test_without_a_shell_it_is_there_and_not_started(runner: Runner) -> None:
    number = await build(runner, "FROM scratch\nCOPY note /\n", note="bare\n")
    result = await do(runner, commands.EnterStep(build=number, step=2))
    assert result["started"] is False
    assert await read(runner, result["container"], "/note") == "bare\n"


async def test_a_build_and_an_entering_wait_for_one_another(runner: Runner) -> None:
    number = await build(runner, FAILING)
    entering = asyncio.ensure_future(do(runner, commands.EnterStep(build=number, step=3)))
    sources = [SourceFile(path="Dockerfile", text="FROM busybox\nRUN echo 2 > /two\n")]
    other = int((await do(runner, commands.Build(files=sources)))["build"])
    assert (await entering)["started"] is True
    await eventually(lambda: other not in runner.belief.builds)
    assert any(isinstance(each, event.ImageBuilt) for each in await tape(runner))


async def test_an_entering_that_waits_ends_with_its_lab(registry: Registry, runner: Runner) -> None:
    number = await build(runner, FAILING)
    slow = [SourceFile(path="Dockerfile", text="FROM busybox\nRUN sleep 50\n")]
    await do(runner, commands.Build(files=slow))
    entering = asyncio.ensure_future(do(runner, commands.EnterStep(build=number, step=3)))
    await eventually(lambda: runner._builds.waiting(runner.lab))
    await registry._park(runner, "Nobody was here.")
    with pytest.raises(LabError, match="called off"):
        await entering
    cancelled = [each for each in await tape(runner) if isinstance(each, event.BuildCancelled)]
    assert len(cancelled) == 1


async def test_it_says_whether_the_layers_are_those_of_then(runner: Runner) -> None:
    await build(runner, "FROM busybox\nRUN echo old > /base.txt\n")
    (base,) = runner.belief.images
    await do(runner, commands.TagImage(image=base, tag="base"))
    number = await build(runner, "FROM base\nRUN echo on top > /top.txt\n")
    result = await do(runner, commands.EnterStep(build=number, step=2))
    assert result["same"] is True
    other = await build(runner, "FROM busybox\nRUN echo new > /base.txt\n")
    image = next(
        each.image
        for each in await tape(runner)
        if isinstance(each, event.ImageBuilt) and each.build == other
    )
    await do(runner, commands.TagImage(image=image, tag="base"))
    result = await do(runner, commands.EnterStep(build=number, step=2))
    assert result["same"] is False
    assert await read(runner, result["container"], "/base.txt") == "new\n"
