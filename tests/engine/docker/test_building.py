"""Builds on a real engine: what only BuildKit shows, and what a Dockerfile must not notice."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.engine.docker.engines import Engines
from tests.engine.recording import Bench, Tape
from tests.waiting import eventually
from visualizer.engine.docker.api import ApiError, EngineApi
from visualizer.engine.docker.names import HOST
from visualizer.engine.limits import Limits
from visualizer.events.types import (
    BuildCancelled,
    BuildFailed,
    BuildPlanned,
    ImageBuilt,
    LayerCreated,
    StepCached,
    StepFailed,
    StepFinished,
    StepOutput,
    StepStarted,
)

PARALLEL = """\
FROM busybox AS left
RUN echo left > /left; sleep 1
FROM busybox AS right
RUN echo right > /right; sleep 1
FROM busybox
COPY --from=left /left /
COPY --from=right /right /
"""


async def test_stages_that_do_not_need_each_other_run_at_once(bench: Bench) -> None:
    assert await bench.build(PARALLEL) is not None
    told = [
        (type(event), event.step)
        for event in bench.tape.events
        if isinstance(event, StepStarted | StepFinished)
    ]
    assert set(told[:2]) == {(StepStarted, 2), (StepStarted, 4)}
    assert await bench.lab.read_file("app", "/left") == b"left\n"


async def test_equal_stages_are_one_for_the_engine_and_two_on_the_tape(bench: Bench) -> None:
    await bench.image(
        "FROM busybox AS one\nRUN echo same > /same\n"
        "FROM busybox AS two\nRUN echo same > /same\n"
        "FROM busybox\nCOPY --from=one /same /1\nCOPY --from=two /same /2\n"
    )
    told = {*bench.tape.steps(StepStarted, 1), *bench.tape.steps(StepCached, 1)}
    assert told == {1, 2, 3, 4, 5, 6, 7}


async def test_a_stage_goes_on_from_another_with_all_its_layers(bench: Bench) -> None:
    built = await bench.image(
        "FROM busybox AS one\nWORKDIR /one\nRUN echo 1 > a\nENV A=1\n"
        "FROM one\nRUN echo 2 > b\nLABEL x=y\n"
    )
    layers = bench.tape.all(LayerCreated, build=1)
    assert [layer.step for layer in layers][-3:] == [2, 3, 6]
    assert [layer.layer for layer in layers] == built.layers
    assert built.size == sum(layer.size for layer in layers)
    assert "A=1" in built.config["Env"]


async def test_a_copy_of_everything_copies_the_learners_own_dockerfile(bench: Bench) -> None:
    dockerfile = "FROM busybox\nCOPY . /src/\nRUN ls -a /src > /listed\n"
    await bench.image(dockerfile, {"a.txt": "a", "sub/b.txt": "b"})
    assert await bench.lab.read_file("app", "/src/Dockerfile") == dockerfile.encode()
    assert await bench.lab.read_file("app", "/src/sub/b.txt") == b"b"
    listed = (await bench.lab.read_file("app", "/listed")).decode().split()
    assert listed == [".", "..", "Dockerfile", "a.txt", "sub"]


@pytest.mark.parametrize("source", [".", "./", "/", "*", "Dockerfile", "Docker*"])
async def test_no_way_of_copying_shows_the_rewritten_dockerfile(bench: Bench, source: str) -> None:
    dockerfile = f"FROM busybox\nCOPY {source} /src/\n"
    await bench.image(dockerfile)
    assert await bench.lab.read_file("app", "/src/Dockerfile") == dockerfile.encode()


async def test_an_ignored_dockerfile_is_not_copied(bench: Bench) -> None:
    await bench.image(
        "FROM busybox\nCOPY . /src/\nRUN ls -a /src > /listed\n",
        {".dockerignore": "Dockerfile\n", "a": "a"},
    )
    listed = (await bench.lab.read_file("app", "/listed")).decode().split()
    assert listed == [".", "..", ".dockerignore", "a"]


async def test_a_mounted_context_shows_the_learners_own_dockerfile(bench: Bench) -> None:
    dockerfile = (
        "FROM busybox\n"
        "RUN --mount=type=bind,target=/ctx cat /ctx/Dockerfile > /copied; ls -a /ctx\n"
    )
    await bench.image(dockerfile)
    assert await bench.lab.read_file("app", "/copied") == dockerfile.encode()
    assert ".layercake" not in "".join(e.text for e in bench.tape.all(StepOutput))


async def test_a_lab_builds_on_its_own_images(bench: Bench) -> None:
    first = await bench.image("FROM busybox\nRUN echo 1 > /one\n", tag="base:1.0")
    second = await bench.image("FROM base:1.0\nRUN echo 2 > /two\n")
    assert second.layers[:-1] == first.layers
    third = await bench.image("FROM busybox\nCOPY --from=base:1.0 /one /copied\n", tag="third")
    assert await bench.lab.read_file(third.image, "/copied") == b"1\n"


async def test_triggers_of_a_base_image_are_steps_like_others(bench: Bench) -> None:
    await bench.image(
        "FROM busybox\nONBUILD COPY . /src/\nONBUILD RUN ls -a /src > /listed\n", tag="parent"
    )
    dockerfile = "FROM parent\nRUN echo own > /own\nENV A=1\n"
    built = await bench.image(dockerfile, {"a.txt": "a"})
    assert await bench.lab.read_file("app", "/src/Dockerfile") == dockerfile.encode()
    listed = (await bench.lab.read_file("app", "/listed")).decode().split()
    assert listed == [".", "..", "Dockerfile", "a.txt"]
    assert "OnBuild" not in built.config
    started = bench.tape.steps(StepStarted, 2)
    assert started == [2, 3, 4, 5]
    layers = [event for event in bench.tape.all(LayerCreated, build=2) if event.step > 1]
    assert [layer.step for layer in layers] == [2, 3, 4]


async def test_a_context_with_any_names_and_modes_arrives(bench: Bench) -> None:
    deep = "/".join(["deep"] * 30)
    files: dict[str, bytes | str] = {"ümlaut ö.txt": "u", f"{deep}/file": "d", "run.sh": "#!x"}
    built = await bench.build("FROM busybox\nCOPY . /src/\n", files, modes={"run.sh": 0o755})
    assert built is not None
    assert await bench.lab.read_file("app", f"/src/{deep}/file") == b"d"
    assert await bench.lab.read_file("app", "/src/ümlaut ö.txt") == b"u"
    layer = bench.tape.all(LayerCreated)[-1].layer
    modes = {file.path: file.mode for file in await bench.lab.layer_files(layer)}
    assert modes["/src/run.sh"] == 0o755


async def test_two_labs_never_find_each_others_steps_in_the_cache(
    engines: Engines, bench: Bench
) -> None:
    tape = Tape()
    other = Bench(await engines.make().open_lab("other", tape, Limits()), tape)
    scratch = "FROM scratch\nCOPY f /f\n"
    for dockerfile in (scratch, "FROM busybox\nCOPY f /f\nRUN cat /f\nENV A=1\n"):
        await bench.image(dockerfile, {"f": "same"})
        await other.image(dockerfile, {"f": "same"})
    assert tape.steps(StepCached, 1) == [1]
    assert tape.steps(StepCached, 2) == [1]


async def test_cache_mounts_are_a_labs_own(engines: Engines, bench: Bench) -> None:
    tape = Tape()
    other = Bench(await engines.make().open_lab("other", tape, Limits()), tape)
    mount = "--mount=type=cache,id=shared,target=/cache"
    await bench.image(f"FROM busybox\nRUN {mount} echo mine > /cache/note\n")
    look = f"FROM busybox\nRUN {mount} ls /cache\n"
    await bench.image(look)
    await other.image(look)
    assert [event.text for event in bench.tape.all(StepOutput)] == ["note\n"]
    assert tape.all(StepOutput) == []


async def test_what_marks_an_image_as_the_labs_is_never_shown(bench: Bench) -> None:
    built = await bench.image("FROM busybox\nRUN echo 1 > /one\n")
    inspected = await bench.lab.inspect("app")
    assert len(built.layers) == 2
    assert inspected["RootFS"]["Layers"] == built.layers
    assert HOST not in str(inspected)
    assert "layercake" not in str(built.config)


async def test_a_cancelled_build_stops_its_command(bench: Bench) -> None:
    seconds = f"77{os.getpid()}"
    building = asyncio.ensure_future(bench.build(f"FROM busybox\nRUN sleep {seconds}\n"))
    await eventually(lambda: running_commands(["sleep", seconds]))
    await bench.lab.cancel_build(1)
    assert await building is None
    await eventually(lambda: not running_commands(["sleep", seconds]))
    assert bench.tape.names()[-1] == "build.cancelled"
    assert bench.tape.one(BuildCancelled).build == 1


async def test_a_failed_copy_says_what_is_missing_and_nothing_of_the_host(bench: Bench) -> None:
    assert await bench.build("FROM busybox AS a\nFROM busybox\nCOPY --from=a /nope /x\n") is None
    failed = bench.tape.one(StepFailed)
    assert failed.step == 3
    assert failed.diagnosis is not None
    assert failed.diagnosis.code == "copy-source-missing-in-stage"
    assert "overlay2" not in failed.message
    assert bench.tape.one(BuildFailed).diagnosis == failed.diagnosis


async def test_a_file_in_a_folders_place_is_diagnosed_as_by_the_embedded_engine(
    bench: Bench,
) -> None:
    files: dict[str, bytes | str] = {"a": "file"}
    assert await bench.build("FROM busybox\nRUN mkdir -p /x/a\nCOPY a /x/\n", files) is None
    failed = bench.tape.one(StepFailed)
    assert failed.diagnosis is not None
    assert failed.diagnosis.code == "not-a-directory"


async def test_what_was_done_before_a_failure_is_cached_the_next_time(bench: Bench) -> None:
    dockerfile = "FROM busybox\nENV A=1\nRUN true\nENV B=2\nRUN exit 1\n"
    for _ in range(2):
        assert await bench.build(dockerfile) is None
    assert bench.tape.steps(StepCached, 2) == [1, 2, 3, 4]
    assert bench.tape.steps(StepStarted, 2) == [5]


async def test_a_missing_program_is_diagnosed(bench: Bench) -> None:
    assert await bench.build("FROM busybox\nRUN nonesuch\n") is None
    failed = bench.tape.one(StepFailed)
    assert failed.exit_code == 127
    assert failed.diagnosis is not None
    assert failed.diagnosis.code == "command-not-found"


async def test_a_run_has_no_network(bench: Bench) -> None:
    await bench.image("FROM busybox\nRUN ip addr | grep -c inet; true\n")
    assert "".join(e.text for e in bench.tape.all(StepOutput)).strip() in ("0", "1", "2")
    assert await bench.build("FROM busybox\nRUN wget -T 3 http://10.0.0.1/\n") is None


async def test_a_tag_of_a_registry_with_a_port_is_kept(bench: Bench) -> None:
    built = await bench.image("FROM busybox\n", tag="localhost:5000/team/app:1.2")
    assert built.tags == ["localhost:5000/team/app:1.2"]
    held = await bench.lab.holdings()
    assert held.images == {built.image: ("localhost:5000/team/app:1.2",)}


async def test_a_removed_image_is_gone_from_the_engine_too(engines: Engines, bench: Bench) -> None:
    built = await bench.image("FROM busybox\nRUN echo 1 > /one\n")
    await bench.lab.remove_image("app")
    api = EngineApi(engines.host)
    with pytest.raises(ApiError):
        await api.get(f"/images/{built.image}/json")
    api.close()


async def test_a_catalogue_image_is_not_the_labs(bench: Bench) -> None:
    await bench.image("FROM busybox\n")
    assert list((await bench.lab.holdings()).images) == [bench.tape.one(ImageBuilt).image]
    planned = bench.tape.one(BuildPlanned)
    assert planned.steps[0].text == "FROM busybox"


def running_commands(command: Sequence[str]) -> list[int]:
    """The processes of this machine that were started with that command."""
    wanted = b"\0".join(word.encode() for word in command) + b"\0"
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes() == wanted:
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found
