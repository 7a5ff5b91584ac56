"""A new image is taken apart in the background, so that the first look at it need not wait."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.engine_fake import LAYER, FakeEngine
from tests.labs.test_xray import BASE, IMAGE, OTHER, SECOND, TOP, Shelf
from tests.waiting import eventually
from tests.xray.layers import file, layer
from visualizer.engine.errors import EngineError
from visualizer.engine.port import BuildRequest, ContextFile, LabEngine
from visualizer.labs.registry import Registry
from visualizer.labs.runner import Runner
from visualizer.labs.xray import Xrays
from visualizer.labs.xray_ahead import Ahead
from visualizer.xray.listing import Query


@pytest.fixture
def shelf() -> Shelf:
    """Two images on one base."""
    layers = {BASE: layer(file("/a", 1)), TOP: layer(file("/b", 2)), OTHER: layer(file("/c", 3))}
    return Shelf(layers, {IMAGE: [BASE, TOP], SECOND: [BASE, OTHER]})


@pytest.fixture
def engine_of_shelf(shelf: Shelf) -> LabEngine:
    """The shelf as a lab's engine."""
    return shelf  # type: ignore[return-value]


async def test_who_looks_afterwards_does_not_wait(shelf: Shelf, engine_of_shelf: LabEngine) -> None:
    xrays = Xrays()
    ahead = Ahead(xrays)
    ahead.soon("lab", engine_of_shelf, IMAGE)
    await ahead.done()
    assert shelf.listed == [BASE, TOP]
    shelf.may_list.clear()
    looked = await xrays.look(engine_of_shelf, "image", IMAGE, "", Query())
    assert [row.node.path for row in looked.page.rows] == ["/a", "/b"]


async def test_of_a_lab_only_the_newest_image_waits(
    shelf: Shelf, engine_of_shelf: LabEngine
) -> None:
    ahead = Ahead(Xrays())
    for image in (SECOND, SECOND, IMAGE):
        ahead.soon("lab", engine_of_shelf, image)
    await ahead.done()
    assert shelf.listed == [BASE, TOP]


async def test_when_too_many_labs_wait_the_longest_waiting_gives_way(
    shelf: Shelf, engine_of_shelf: LabEngine
) -> None:
    ahead = Ahead(Xrays(), most_waiting=1)
    ahead.soon("one", engine_of_shelf, IMAGE)
    ahead.soon("two", engine_of_shelf, SECOND)
    await ahead.done()
    assert shelf.listed == [BASE, OTHER]


async def test_what_cannot_be_taken_apart_does_not_hold_up_the_next(
    shelf: Shelf, engine_of_shelf: LabEngine, caplog: pytest.LogCaptureFixture
) -> None:
    ahead = Ahead(Xrays())
    ahead.soon("one", engine_of_shelf, "sha256:gone")
    ahead.soon("two", engine_of_shelf, IMAGE)
    await ahead.done()
    assert shelf.listed == [BASE, TOP]
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_a_fault_is_written_to_the_log(
    shelf: Shelf, engine_of_shelf: LabEngine, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.layers = {}
    ahead = Ahead(Xrays())
    ahead.soon("one", engine_of_shelf, IMAGE)
    await ahead.done()
    assert "lab one: an image was not taken apart ahead" in caplog.text


async def test_a_lab_that_is_let_go_of_is_asked_nothing_more(
    shelf: Shelf, engine_of_shelf: LabEngine
) -> None:
    shelf.may_list.clear()
    xrays = Xrays()
    ahead = Ahead(xrays)
    ahead.soon("lab", engine_of_shelf, IMAGE)
    await eventually(lambda: xrays._making)
    making = next(iter(xrays._making.values()))
    ahead.soon("lab", engine_of_shelf, SECOND)
    await ahead.forget("lab")
    await ahead.done()
    await asyncio.wait([making])
    assert making.cancelled()
    assert shelf.listed == []


async def test_another_lab_goes_on_when_one_is_let_go_of(
    shelf: Shelf, engine_of_shelf: LabEngine
) -> None:
    shelf.may_list.clear()
    xrays = Xrays()
    ahead = Ahead(xrays)
    ahead.soon("one", engine_of_shelf, IMAGE)
    ahead.soon("two", engine_of_shelf, SECOND)
    await eventually(lambda: xrays._making)
    await ahead.forget("one")
    shelf.may_list.set()
    await ahead.done()
    assert shelf.listed == [BASE, OTHER]


async def test_who_came_to_look_meanwhile_still_gets_it(
    shelf: Shelf, engine_of_shelf: LabEngine
) -> None:
    shelf.may_list.clear()
    xrays = Xrays()
    ahead = Ahead(xrays)
    ahead.soon("lab", engine_of_shelf, IMAGE)
    await eventually(lambda: xrays._only_ahead)
    looking = asyncio.create_task(xrays.look(engine_of_shelf, "image", IMAGE, "", Query()))
    await eventually(lambda: not xrays._only_ahead)
    await ahead.forget("lab")
    shelf.may_list.set()
    assert (await looking).page.rows
    assert shelf.listed == [BASE, TOP]


async def test_who_looks_after_it_was_ended_has_it_made_anew(
    shelf: Shelf, engine_of_shelf: LabEngine
) -> None:
    shelf.may_list.clear()
    xrays = Xrays()
    ahead = Ahead(xrays)
    ahead.soon("lab", engine_of_shelf, IMAGE)
    await eventually(lambda: xrays._making)
    await ahead.forget("lab")
    shelf.may_list.set()
    assert (await xrays.look(engine_of_shelf, "image", IMAGE, "", Query())).page.rows


# In a lab


async def _built(runner: Runner, build: int, text: str = "FROM busybox") -> str:
    files: Sequence[ContextFile] = [ContextFile("Dockerfile", text.encode())]
    image = await runner.engine.build(BuildRequest(build, files, "app"))
    assert image is not None
    await runner.settled()
    return image


async def test_an_image_that_was_built_is_taken_apart(
    registry: Registry, engine: FakeEngine, lab: str
) -> None:
    await _built(await registry.runner(lab), 1)
    await registry.ahead.done()
    assert engine.listing == [lab]
    assert (LAYER,) in registry.xrays._kept


async def test_one_that_was_removed_at_once_troubles_nobody(
    registry: Registry, lab: str, caplog: pytest.LogCaptureFixture
) -> None:
    runner = await registry.runner(lab)
    image = await _built(runner, 1)
    await registry.ahead.done()
    await runner.engine.remove_image(image)
    registry.ahead.soon(lab, runner.engine, image)
    await registry.ahead.done()
    assert not [each for each in caplog.records if each.levelname == "ERROR"]
    with pytest.raises(EngineError):
        await registry.xrays.prepare(runner.engine, image)


@pytest.mark.parametrize("how", ["parked", "deleted", "closed"])
async def test_it_ends_with_its_lab(
    registry: Registry, engine: FakeEngine, lab: str, how: str
) -> None:
    engine.may_list.clear()
    runner = await registry.runner(lab)
    await _built(runner, 1)
    await eventually(lambda: engine.listing)
    if how == "parked":
        await registry._park(runner, "Nobody was here.")
    elif how == "deleted":
        await registry.delete(lab)
    else:
        await registry.close()
    await registry.ahead.done()
    await eventually(lambda: not registry.xrays._making)
    assert not registry.xrays._kept
