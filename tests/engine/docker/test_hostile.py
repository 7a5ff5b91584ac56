"""What is cut, counted, refused and swept away on whichever engine the tests are given.

The attacks themselves are in tests/engine/hostile, for the private engine.
"""

import pytest

from tests.engine.docker.engines import Engines
from tests.engine.recording import Bench, Tape
from visualizer.engine.errors import NotFound, Refused
from visualizer.engine.limits import Limits
from visualizer.events.types import (
    BuildFailed,
    LimitReached,
    OutputTruncated,
    StepFailed,
    StepOutput,
)

BUSYBOX = "FROM busybox\n"


@pytest.fixture
async def small(engines: Engines) -> Bench:
    """A lab with small limits."""
    tape = Tape()
    limits = Limits(
        output_bytes=2000, step_seconds=4, build_seconds=30, container_seconds=120, exec_seconds=3,
        disk_bytes=2_000_000, images=2,
    )  # fmt: skip
    return Bench(await engines.make().open_lab("small", tape, limits), tape)


async def still_works(bench: Bench) -> None:
    """A build and a run, as if nothing had happened."""
    await bench.image(BUSYBOX, tag="bystander")
    assert await bench.output_of("echo", "fine", image="bystander") == "fine\n"


async def test_endless_output_of_a_step_is_cut_and_the_step_ends(small: Bench) -> None:
    assert await small.build(BUSYBOX + "RUN yes\n") is None
    assert small.tape.one(OutputTruncated).subject == "build:1"
    assert sum(len(event.text) for event in small.tape.all(StepOutput)) == 2000
    assert small.tape.one(LimitReached).what == "step_seconds"
    await still_works(small)


async def test_endless_output_of_a_container_is_cut(small: Bench) -> None:
    await small.image(BUSYBOX)
    container = await small.run("yes")
    await small.tape.wait(OutputTruncated)
    assert len(small.output(container)) == 2000
    await small.lab.kill(container)
    await still_works(small)


async def test_endless_output_of_an_exec_is_cut_and_ends(small: Bench) -> None:
    await small.image(BUSYBOX)
    container = await small.running()
    code, text = await small.exec(container, "yes")
    assert (code, len(text)) == (137, 2000)
    assert "yes" not in (await small.exec(container, "ps"))[1]


async def test_images_are_limited(small: Bench) -> None:
    for tag in ("one", "two"):
        await small.image(f"FROM busybox\nENV A={tag}\n", tag=tag)
    assert await small.build("FROM busybox\nENV A=three\n", tag="three") is None
    failed = small.tape.one(BuildFailed)
    assert failed.diagnosis is not None
    assert failed.diagnosis.code == "too-many-images"
    assert len((await small.lab.holdings()).images) == 2


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM busybox\nCOPY ../../etc/passwd /x\nRUN cat /x\n",
        "FROM busybox\nADD http://127.0.0.1/ /x\n",
        "# syntax=evil/frontend\nFROM busybox\n",
        "FROM busybox\nRUN --security=insecure true\n",
        "FROM busybox\nRUN --network=host true\n",
        "FROM busybox\nRUN --mount=type=secret,id=x true\n",
        "FROM layercake.invalid/a/b/named/app\n",
        "FROM busybox\nCOPY --from=layercake.invalid/a/b/named/app / /\n",
        "FROM docker.io/library/node:22-slim@sha256:" + "0" * 64 + "\n",
    ],
)
async def test_a_build_reaches_nothing_outside(small: Bench, dockerfile: str) -> None:
    assert await small.build(dockerfile) is None
    assert small.tape.one(BuildFailed).diagnosis is not None
    assert not small.tape.all(StepFailed, exit_code=0)


async def test_a_link_out_of_the_container_is_followed_inside_it(small: Bench) -> None:
    await small.image(BUSYBOX)
    container = await small.running()
    await small.exec(container, "ln", "-s", "/../../../../etc/hostname", "/out")
    assert await small.lab.read_file(container, "/out") == f"{container[:12]}\n".encode()
    for path in ("/../../etc/shadow", "/proc/1/environ", "", "/", "/dev/zero", "/\x00"):
        with pytest.raises((NotFound, Refused)):
            await small.lab.read_file(container, path)


async def test_what_no_lab_owns_is_swept_away(small: Bench, engines: Engines) -> None:
    await small.image(BUSYBOX)
    await small.running()
    sweeper = engines.make()
    assert await sweeper.sweep(["small"]) == 0
    assert await sweeper.sweep([]) > 0
    tape = Tape()
    again = await sweeper.open_lab("small", tape, Limits())
    holdings = await again.holdings()
    assert (holdings.images, holdings.containers) == ({}, [])
