"""Builds that fail in the embedded engine: limits, bad input, its own mistakes."""

from dataclasses import replace

import pytest

from tests.engine.recording import Bench, Tape
from visualizer.engine.embedded import EmbeddedEngine
from visualizer.engine.embedded.building.steps import StepExecutor
from visualizer.engine.limits import Limits
from visualizer.events.types import (
    BuildFailed,
    ImageRemoved,
    LimitReached,
    StepFailed,
)


class TestLimits:
    async def small(self, engine: EmbeddedEngine, **limits: int) -> Bench:
        tape = Tape()
        return Bench(await engine.open_lab("small", tape, replace(Limits(), **limits)), tape)

    async def test_a_full_disk_stops_the_step(self, engine: EmbeddedEngine) -> None:
        bench = await self.small(engine, disk_bytes=1000)
        assert await bench.build("FROM busybox\nRUN seq 1 1000 > /numbers\n") is None
        assert bench.tape.one(LimitReached).what == "disk_bytes"
        assert bench.tape.one(StepFailed).diagnosis is not None

    async def test_too_many_files_stop_the_step(self, engine: EmbeddedEngine) -> None:
        bench = await self.small(engine, files=200)
        script = "for i in $(seq 1 100); do : > /f$i; done"
        assert await bench.build(f"FROM busybox\nRUN {script}\n") is None
        assert bench.tape.one(LimitReached).what == "files"

    async def test_a_disk_that_fills_up_is_noticed_at_once(self, engine: EmbeddedEngine) -> None:
        bench = await self.small(engine, disk_bytes=1000)
        script = "seq 1 1000 > /numbers; sleep 1000"
        assert await bench.build(f"FROM busybox\nRUN {script}\n") is None
        assert bench.tape.one(LimitReached).what == "disk_bytes"

    async def test_a_build_may_take_only_so_long(self, engine: EmbeddedEngine) -> None:
        bench = await self.small(engine, build_seconds=1)
        assert await bench.build("FROM busybox\nRUN sleep 60\n") is None
        assert bench.tape.one(LimitReached).what == "build_seconds"
        assert bench.tape.one(BuildFailed).diagnosis is not None

    async def test_an_image_may_not_grow_without_end(self, engine: EmbeddedEngine) -> None:
        bench = await self.small(engine, disk_bytes=4000)
        steps = "".join(f"RUN seq 1 900 > /n{number}\n" for number in range(5))
        assert await bench.build(f"FROM busybox\n{steps}") is None
        diagnosis = bench.tape.one(StepFailed).diagnosis
        assert diagnosis is not None
        assert diagnosis.code == "image-too-large"

    async def test_old_images_without_a_name_make_room(self, engine: EmbeddedEngine) -> None:
        bench = await self.small(engine, images=2)
        for number in range(3):
            await bench.image(f"FROM busybox\nENV N={number}\n")
        assert len(bench.tape.all(ImageRemoved)) == 1
        assert len((await bench.lab.holdings()).images) == 2

    async def test_images_with_names_are_kept_and_the_build_says_so(
        self, engine: EmbeddedEngine
    ) -> None:
        bench = await self.small(engine, images=1)
        await bench.image("FROM busybox\n")
        assert await bench.build("FROM busybox\nENV A=1\n", tag="two") is None
        diagnosis = bench.tape.one(BuildFailed).diagnosis
        assert diagnosis is not None
        assert diagnosis.code == "too-many-images"


class TestBadInput:
    @pytest.mark.parametrize("tag", ["Not Valid", "", "a" * 300, "UPPER"])
    async def test_a_bad_tag_fails_the_build(self, bench: Bench, tag: str) -> None:
        assert await bench.build("FROM busybox\n", tag=tag) is None
        diagnosis = bench.tape.one(BuildFailed).diagnosis
        assert diagnosis is not None
        assert diagnosis.code == "invalid-image-tag"

    @pytest.mark.parametrize("dockerfile", ["", "\0", "FROM", "FROM busybox\nNONSENSE\n", "\ufeff"])
    async def test_a_bad_dockerfile_fails_the_build(self, bench: Bench, dockerfile: str) -> None:
        assert await bench.build(dockerfile) is None
        assert bench.tape.one(BuildFailed).diagnosis is not None

    async def test_what_policy_refuses_is_not_built(self, bench: Bench) -> None:
        await bench.build("FROM busybox\nADD https://example.org/a /a\n")
        diagnosis = bench.tape.one(BuildFailed).diagnosis
        assert diagnosis is not None
        assert diagnosis.code == "add-remote"

    async def test_a_mistake_of_the_engine_is_told_as_that(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(*arguments: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(StepExecutor, "_config", broken)
        assert await bench.build("FROM busybox\nENV A=1\n") is None
        diagnosis = bench.tape.one(StepFailed).diagnosis
        assert diagnosis is not None
        assert diagnosis.code == "engine-fault"
        assert "ZeroDivisionError" in caplog.text
        monkeypatch.undo()
        await bench.image("FROM busybox\nENV A=1\n")


@pytest.mark.parametrize(
    ("base", "command", "code"),
    [
        ("alpine:3.20", "apk add git", "no-package-manager"),
        ("debian:12", "apt-get update && apt-get install -y git", "no-package-manager"),
        ("debian:12", "apt-get install -y git", "no-package-manager"),
        ("python:3.12", "pip install flask", "no-package-manager"),
        ("python:3.12", "python -m pip install flask", "no-package-manager"),
        ("python:3.12", "npm install", "no-package-manager"),
        ("alpine:3.20", "wget https://example.com/x", "no-network"),
        ("debian:12", "curl -fsSL https://example.com/x", "no-network"),
        ("debian:12", "git clone https://example.com/x", "no-network"),
    ],
)
async def test_what_needs_a_network_fails_with_the_words_that_say_so(
    bench: Bench, base: str, command: str, code: str
) -> None:
    assert await bench.build(f"FROM {base}\nRUN {command}\n") is None
    diagnosis = bench.tape.one(BuildFailed).diagnosis
    assert diagnosis is not None
    assert diagnosis.code == code
