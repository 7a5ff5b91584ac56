"""Pushes and pulls on every engine: one at a time, told without flooding, always with an end."""

import asyncio
from dataclasses import replace

import pytest

from tests.engine.recording import Tape
from visualizer.engine.errors import Conflict, EngineUnavailable, Refused
from visualizer.engine.limits import Limits
from visualizer.engine.transfer_progress import Progress
from visualizer.engine.transfers import Transfers, check_room
from visualizer.events.types import (
    ImagePushed,
    TransferFailed,
    TransferProgressed,
    TransferStarted,
)

IMAGE = f"sha256:{'a' * 64}"
LAYER = f"sha256:{'b' * 64}"
NAME = "registry.lab/app:1.0"


class Clock:
    """A time that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def at_once(progress: Progress) -> ImagePushed:
    return ImagePushed(
        image=IMAGE, transfer=progress.transfer, reference=NAME, digest=IMAGE, size=0
    )


def reports(tape: Tape) -> list[tuple[str, str, int]]:
    return [(each.blob, each.state, each.current) for each in tape.all(TransferProgressed)]


def test_what_moves_is_told_ten_times_a_second() -> None:
    tape, clock = Tape(), Clock()
    progress = Progress(tape, 1, clock)
    for number in range(1000):
        clock.now = number / 1000
        progress.tell("blob", "moving", number, 1000)
    assert len(reports(tape)) <= 11


def test_the_first_and_the_last_state_are_always_told() -> None:
    tape = Tape()
    progress = Progress(tape, 1, Clock())
    for blob in ("one", "two"):
        progress.tell(blob, "waiting")
        progress.tell(blob, "moving", 1, 100)
        progress.tell(blob, "moving", 50, 100)
        progress.tell(blob, "done")
    expected = [("waiting", 0), ("moving", 1), ("done", 100)]
    assert reports(tape) == [(blob, *told) for blob in ("one", "two") for told in expected]


def test_a_blob_that_is_there_says_nothing_more() -> None:
    tape = Tape()
    progress = Progress(tape, 1, Clock())
    progress.tell("blob", "exists")
    progress.tell("blob", "waiting")
    progress.tell("blob", "exists")
    assert reports(tape) == [("blob", "exists", 0)]


def test_padding_is_not_counted() -> None:
    tape = Tape()
    Progress(tape, 1, Clock()).tell("blob", "moving", 512, 3)
    assert reports(tape) == [("blob", "moving", 3)]


def test_a_blob_is_told_with_its_layer() -> None:
    tape = Tape()
    progress = Progress(tape, 1, Clock())
    progress.name("blob", LAYER)
    progress.tell("blob", "waiting")
    progress.tell("other", "waiting")
    assert [each.layer for each in tape.all(TransferProgressed)] == [LAYER, None]


async def test_one_transfer_at_a_time() -> None:
    tape = Tape()
    transfers = Transfers(tape, Limits())
    may_end = asyncio.Event()

    async def held(progress: Progress) -> ImagePushed:
        await may_end.wait()
        return await at_once(progress)

    first = asyncio.ensure_future(transfers.carry_out(1, "push", NAME, held))
    await asyncio.sleep(0)
    with pytest.raises(Conflict):
        await transfers.carry_out(2, "push", NAME, at_once)
    may_end.set()
    assert await first is not None
    assert await transfers.carry_out(2, "push", NAME, at_once) is not None
    assert [each.transfer for each in tape.all(ImagePushed)] == [1, 2]


async def test_a_transfer_that_is_called_off_says_why() -> None:
    tape = Tape()
    transfers = Transfers(tape, Limits())
    began, ended = asyncio.Event(), asyncio.Event()

    async def endless(progress: Progress) -> ImagePushed:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return await at_once(progress)

    moving = asyncio.ensure_future(transfers.carry_out(1, "pull", NAME, endless))
    await began.wait()
    await transfers.stop("The lab was parked.")
    assert ended.is_set()
    assert await moving is None
    assert tape.one(TransferFailed).message == "The lab was parked."


async def test_a_caller_who_goes_away_leaves_no_transfer_open() -> None:
    tape = Tape()
    transfers = Transfers(tape, Limits())

    async def endless(progress: Progress) -> ImagePushed:
        await asyncio.Event().wait()
        return await at_once(progress)

    moving = asyncio.ensure_future(transfers.carry_out(1, "pull", NAME, endless))
    await tape.wait(TransferStarted)
    moving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await moving
    assert tape.one(TransferFailed).transfer == 1
    transfers.check_idle()


async def test_an_engine_that_goes_away_ends_the_transfer() -> None:
    tape = Tape()

    async def broken(progress: Progress) -> ImagePushed:
        raise EngineUnavailable("engine-unavailable", "The engine does not answer.")

    assert await Transfers(tape, Limits()).carry_out(1, "push", NAME, broken) is None
    failed = tape.one(TransferFailed)
    assert failed.diagnosis is not None
    assert failed.diagnosis.code == "engine-gone-in-transfer"


def test_a_layer_in_the_registry_is_counted_once() -> None:
    limits = replace(Limits(), registry_bytes=100)
    sizes = {"base": 90, "one": 5, "two": 5}
    check_room({"a:1": ["base", "one"]}, "a:2", ["base", "two"], sizes, limits)
    with pytest.raises(Refused, match="no room"):
        check_room({"a:1": ["base", "one"]}, "a:2", ["base", "two"], {**sizes, "two": 6}, limits)


def test_what_a_name_meant_before_is_not_counted() -> None:
    limits = replace(Limits(), registry_bytes=100, registry_tags=1)
    check_room({"a:1": ["old"]}, "a:1", ["new"], {"old": 90, "new": 90}, limits)
