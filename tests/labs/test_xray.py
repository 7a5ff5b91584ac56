"""Images are taken apart once and kept while there is room; what a lab lacks it cannot look at."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from tests.xray.layers import Layer, file, layer, whiteout
from visualizer.engine import refusals
from visualizer.engine.port import LabEngine, LayerFile
from visualizer.labs.errors import Invalid, LabError, NotThere, TooMuch
from visualizer.labs.xray import Xrays
from visualizer.xray.listing import Query

BASE, TOP, OTHER = (f"sha256:{digit * 64}" for digit in "123")
IMAGE, SECOND = (f"sha256:{digit * 64}" for digit in "ab")
BOX = "c" * 64


class Shelf:
    """As much of an engine as X-ray asks for: layers, images of them, and one container."""

    def __init__(self, layers: Mapping[str, Layer], images: Mapping[str, Sequence[str]]) -> None:
        self.layers = layers
        self.images = images
        self.writable: list[LayerFile] = []
        self.listed: list[str] = []
        """Layers whose files were asked for."""
        self.may_list = asyncio.Event()
        self.may_list.set()

    async def layers_of(self, ref: str) -> Sequence[str]:
        """As the port says."""
        if ref == BOX:
            return self.images[IMAGE]
        if ref in self.images:
            return self.images[ref]
        for layers in self.images.values():
            if ref in layers:
                return layers[: layers.index(ref) + 1]
        raise refusals.no_such_layer(ref)

    async def layer_files(
        self, layer: str, after: str = "", limit: int = 500
    ) -> Sequence[LayerFile]:
        """As the port says, when the test lets it."""
        await self.may_list.wait()
        if not after:
            self.listed.append(layer)
        return [each for each in self.layers[layer] if each.path > after][:limit]

    async def writable_layer(self, ref: str) -> Sequence[LayerFile]:
        """What the test has put there."""
        return list(self.writable)


@pytest.fixture
def shelf() -> Shelf:
    """Two images on one base."""
    layers = {
        BASE: layer(file("/etc/a", 1), file("/etc/secret", 8)),
        TOP: layer(whiteout("/etc/secret"), file("/app", 3)),
        OTHER: layer(file("/other", 5)),
    }
    return Shelf(layers, {IMAGE: [BASE, TOP], SECOND: [BASE, OTHER]})


@pytest.fixture
def engine(shelf: Shelf) -> LabEngine:
    """The shelf as the lab's engine."""
    return shelf  # type: ignore[return-value]


async def test_an_image_is_taken_apart_once(shelf: Shelf, engine: LabEngine) -> None:
    xrays = Xrays()
    for _ in range(3):
        await xrays.look(engine, "image", IMAGE, "", Query())
        await xrays.look(engine, "layer", TOP, IMAGE, Query())
        await xrays.look(engine, "layer", BASE, "", Query())
    assert shelf.listed == [BASE, TOP]


async def test_those_who_come_at_once_wait_for_the_same(shelf: Shelf, engine: LabEngine) -> None:
    xrays = Xrays()
    shelf.may_list.clear()
    first, *others = [
        asyncio.create_task(xrays.look(engine, "image", IMAGE, "", Query())) for _ in range(5)
    ]
    await asyncio.sleep(0)
    first.cancel()
    shelf.may_list.set()
    assert all(looked.page.rows for looked in await asyncio.gather(*others))
    assert shelf.listed == [BASE, TOP]


async def test_what_failed_is_tried_again(shelf: Shelf, engine: LabEngine) -> None:
    xrays = Xrays()
    whole, shelf.layers = shelf.layers, {}
    with pytest.raises(KeyError):
        await xrays.look(engine, "image", IMAGE, "", Query())
    shelf.layers = whole
    assert (await xrays.look(engine, "image", IMAGE, "", Query())).page.rows


async def test_the_one_not_looked_at_for_longest_makes_room(
    shelf: Shelf, engine: LabEngine
) -> None:
    xrays = Xrays(most_nodes=10)
    for image in (IMAGE, SECOND, IMAGE):
        await xrays.look(engine, "image", image, "", Query())
    assert shelf.listed == [BASE, TOP, BASE, OTHER, BASE, TOP]


async def test_a_layer_is_looked_at_in_the_image_that_was_named(engine: LabEngine) -> None:
    xrays = Xrays()
    view, _ = await xrays.look(engine, "layer", TOP, IMAGE, Query())
    assert view.summary.hidden == 8
    with pytest.raises(NotThere):
        await xrays.look(engine, "layer", TOP, SECOND, Query())


async def test_the_engine_is_asked_each_time_what_the_lab_holds(
    shelf: Shelf, engine: LabEngine
) -> None:
    xrays = Xrays()
    await xrays.look(engine, "image", IMAGE, "", Query())
    shelf.images = {}
    with pytest.raises(Exception, match="no such layer"):
        await xrays.look(engine, "image", IMAGE, "", Query())


async def test_a_container_is_looked_at_as_it_is_now(shelf: Shelf, engine: LabEngine) -> None:
    xrays = Xrays()
    before, _ = await xrays.look(engine, "container", BOX, "", Query())
    again, _ = await xrays.look(engine, "container", BOX, "", Query())
    assert again is before
    shelf.writable = layer(file("/new", 4), file("/app", 9))
    after, _ = await xrays.look(engine, "container", BOX, "", Query())
    assert (after.summary.size, after.summary.added, after.summary.modified) == (13, 1, 1)
    assert shelf.listed == [BASE, TOP]


async def test_containers_of_large_images_make_room_for_one_another(
    shelf: Shelf, engine: LabEngine
) -> None:
    others = [digit * 64 for digit in "def"]
    shelf.images = {**shelf.images, **{each: [BASE, TOP] for each in others}}
    xrays = Xrays(most_nodes=10)
    before, _ = await xrays.look(engine, "container", BOX, "", Query())
    for each in others:
        newest, _ = await xrays.look(engine, "container", each, "", Query())
    assert (await xrays.look(engine, "container", others[-1], "", Query())).view is newest
    assert (await xrays.look(engine, "container", BOX, "", Query())).view is not before


async def test_an_image_beyond_all_bounds_is_refused(
    shelf: Shelf, engine: LabEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visualizer.labs.xray.MOST_PATHS", 4)
    with pytest.raises(TooMuch):
        await Xrays().look(engine, "image", IMAGE, "", Query())


async def test_long_layers_come_in_batches(
    shelf: Shelf, engine: LabEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visualizer.labs.xray.BATCH", 2)
    _, found = await Xrays().look(engine, "image", SECOND, "", Query(None, "e"))
    assert [row.node.path for row in found.rows] == ["/etc", "/etc/secret", "/other"]


async def test_a_file_is_told_where_it_can_be_read(engine: LabEngine) -> None:
    node = await Xrays().file(engine, BASE, "/etc/secret")
    assert node is not None
    assert node.size == 8


@pytest.mark.parametrize(
    ("ref", "path", "code"),
    [
        (IMAGE, "/etc/secret", "file-deleted"),
        (TOP, "/etc/secret", "file-deleted"),
        (BASE, "/etc", "is-a-directory"),
        (BASE, "/app", "no-such-file"),
        (IMAGE, "/etc/../etc/a", "no-such-file"),
    ],
)
async def test_what_cannot_be_read_is_said_clearly(
    engine: LabEngine, ref: str, path: str, code: str
) -> None:
    with pytest.raises(LabError) as refused:
        await Xrays().file(engine, ref, path)
    problem = refused.value.problem
    assert problem.code == code
    assert problem.why
    assert problem.try_
    assert isinstance(refused.value, NotThere | Invalid)


async def test_a_name_of_any_bytes_can_be_told(shelf: Shelf, engine: LabEngine) -> None:
    odd = b"/caf\xe9".decode("utf-8", "surrogateescape")
    shelf.layers = {**shelf.layers, OTHER: [LayerFile(odd, "symlink", 0, 0o777, odd)]}
    _, found = await Xrays().look(engine, "image", SECOND, "", Query(None, "caf"))
    assert [(row.node.path, row.node.target) for row in found.rows] == [
        ("/caf\ufffd", "/caf\ufffd")
    ]
