"""The contract: what X-ray needs of an engine, and that it shows the same on every one."""

from collections.abc import Awaitable, Callable, Iterable

import pytest

from tests.engine.contracts.common import Contract
from tests.engine.recording import Bench, Tape
from visualizer.engine.errors import NotFound
from visualizer.engine.port import Engine
from visualizer.events.types import ImageBuilt, LayerCreated
from visualizer.labs.xray import Subject, Xrays
from visualizer.xray.dissection import View
from visualizer.xray.listing import Only, Query, Row

PROJECT = """\
FROM busybox
WORKDIR /work
COPY notes.txt secret.txt ./
COPY folder /work/folder
RUN echo more >> notes.txt && rm secret.txt && ln -s notes.txt link && mkdir empty
RUN rm -r folder && mkdir folder && echo new > folder/new && chmod 700 empty
CMD ["sleep", "1000"]
"""
FILES: dict[str, bytes | str] = {
    "notes.txt": "hello\n",
    "secret.txt": "pa55word",
    "folder/old": "a" * 100,
    "folder/deep/er": "b" * 10,
}
OF_ENGINES = ("/dev", "/etc", "/proc", "/sys", "/root", "/tmp", "/var")
"""Where engines before 23 leave traces of their own."""

Told = tuple[str, str, str, int, int]
Did = Callable[[int], Awaitable[list[Told]]]


def told(view: View, rows: Iterable[Row]) -> list[Told]:
    """Path, kind, state, size and weight of each line."""
    return [
        (row.node.path, row.node.kind, view.state(row.node), row.total.size, row.total.weight)
        for row in rows
        if not row.node.path.startswith(OF_ENGINES)
    ]


class XrayContract(Contract):
    """Images taken apart, containers over them, files at any layer."""

    @pytest.fixture
    def xrays(self) -> Xrays:
        """With nothing taken apart yet."""
        return Xrays()

    @pytest.fixture
    async def built(self, bench: Bench) -> ImageBuilt:
        """The project of these tests."""
        return await bench.image(PROJECT, FILES)

    @pytest.fixture
    def did(self, bench: Bench, built: ImageBuilt, xrays: Xrays) -> Did:
        """What a layer did, told from the top one down as -1, -2 …"""

        async def told_of(place: int) -> list[Told]:
            query = Query(None, only=("added", "changed", "deleted"))
            layer = built.layers[place]
            view, page = await xrays.look(bench.lab, "layer", layer, built.image, query)
            return told(view, page.rows)

        return told_of

    async def test_a_layer_says_what_it_added(self, did: Did) -> None:
        assert await did(-5) == [("/work", "directory", "added", 0, 0)]
        assert await did(-4) == [
            ("/work/notes.txt", "file", "added", 6, 0),
            ("/work/secret.txt", "file", "added", 8, 0),
        ]
        assert await did(-3) == [
            ("/work/folder", "directory", "added", 110, 0),
            ("/work/folder/deep", "directory", "added", 10, 0),
            ("/work/folder/deep/er", "file", "added", 10, 0),
            ("/work/folder/old", "file", "added", 100, 0),
        ]

    async def test_a_layer_says_what_it_changed_and_deleted(self, did: Did) -> None:
        assert await did(-2) == [
            ("/work/empty", "directory", "added", 0, 0),
            ("/work/link", "symlink", "added", 0, 0),
            ("/work/notes.txt", "file", "modified", 11, 6),
            ("/work/secret.txt", "file", "deleted", 8, 8),
        ]
        assert await did(-1) == [
            ("/work/empty", "directory", "modified", 0, 0),
            ("/work/folder/deep", "directory", "deleted", 0, 10),
            ("/work/folder/new", "file", "added", 4, 0),
            ("/work/folder/old", "file", "deleted", 100, 100),
        ]

    async def test_a_layer_counts_as_the_tape_has_told(
        self, bench: Bench, built: ImageBuilt, xrays: Xrays
    ) -> None:
        for event in bench.tape.all(LayerCreated):
            view, _ = await xrays.look(bench.lab, "layer", event.layer, built.image, Query())
            found = view.summary
            assert (found.size, found.added, found.modified, found.deleted) == (
                event.size, event.added, event.modified, event.deleted
            )  # fmt: skip

    async def test_an_image_shows_where_each_path_comes_from(
        self, bench: Bench, built: ImageBuilt, xrays: Xrays
    ) -> None:
        view, page = await xrays.look(bench.lab, "image", built.image, "", Query("/work"))
        assert told(view, page.rows) == [
            ("/work/empty", "directory", "modified", 0, 0),
            ("/work/folder", "directory", "added", 4, 110),
            ("/work/link", "symlink", "added", 0, 0),
            ("/work/notes.txt", "file", "modified", 11, 6),
            ("/work/secret.txt", "file", "ghost", 8, 8),
        ]
        places = [row.node.layer - len(view.layers) for row in page.rows]
        assert places == [-1, -3, -2, -2, -4]
        assert view.summary.size == built.size
        assert view.summary.hidden == 6 + 8 + 110

    async def test_waste_is_the_same_wherever_it_was_built(
        self, bench: Bench, built: ImageBuilt, xrays: Xrays
    ) -> None:
        """dive: both copies of the notes, the secret, the old file; not the deleted folder."""
        view, _ = await xrays.look(bench.lab, "image", built.image, "", Query())
        assert view.summary.wasted == (6 + 11) + 8 + 100

    async def test_a_container_shows_its_own_layer_over_the_image(
        self, bench: Bench, built: ImageBuilt, xrays: Xrays
    ) -> None:
        container = await bench.running()
        script = "echo x >> notes.txt; rm -r folder; mkdir /own; ln -s notes.txt /own/link"
        await bench.exec(container, "sh", "-c", script)
        only: tuple[Only, ...] = ("added", "changed", "deleted")
        view, page = await xrays.look(bench.lab, "container", container, "", Query(None, only=only))
        mine = [each for each in told(view, page.rows) if each[2] != "ghost"]
        assert mine == [
            ("/own", "directory", "added", 0, 0),
            ("/own/link", "symlink", "added", 0, 0),
            ("/work/folder", "directory", "deleted", 0, 114),
            ("/work/notes.txt", "file", "modified", 13, 17),
        ]
        view, page = await xrays.look(bench.lab, "container", container, "", Query("/work"))
        states = {row.node.path: view.state(row.node) for row in page.rows}
        assert states["/work/link"] == states["/work/empty"] == "same"
        assert states["/work/secret.txt"] == "ghost"
        await bench.lab.kill(container)
        again = await xrays.look(bench.lab, "container", container, "", Query("/work"))
        assert told(again.view, again.page.rows) == told(view, page.rows)

    async def test_a_secret_deleted_later_is_still_read_at_its_layer(
        self, bench: Bench, built: ImageBuilt
    ) -> None:
        with pytest.raises(NotFound):
            await bench.lab.read_file(built.image, "/work/secret.txt")
        assert await bench.lab.read_file(built.layers[-4], "/work/secret.txt") == b"pa55word"
        assert await bench.lab.read_file(built.layers[-4], "/work/secret.txt", limit=4) == b"pa55"

    async def test_a_file_is_read_as_each_layer_has_it(
        self, bench: Bench, built: ImageBuilt
    ) -> None:
        assert await bench.lab.read_file(built.layers[-4], "/work/notes.txt") == b"hello\n"
        assert await bench.lab.read_file(built.layers[-2], "/work/notes.txt") == b"hello\nmore\n"
        for path in ("/work/secret.txt", "/work", "/no/such", "/work/../work/notes.txt", "/"):
            with pytest.raises(NotFound):
                await bench.lab.read_file(built.layers[-2], path)

    async def test_what_something_stands_on_is_told(self, bench: Bench, built: ImageBuilt) -> None:
        container = await bench.running()
        layers = list(built.layers)
        assert list(await bench.lab.layers_of(built.image)) == layers
        assert list(await bench.lab.layers_of("app")) == layers
        assert list(await bench.lab.layers_of(container)) == layers
        assert list(await bench.lab.layers_of(layers[-2])) == layers[:-1]
        with pytest.raises(NotFound):
            await bench.lab.layers_of(f"sha256:{'0' * 64}")

    async def test_a_container_whose_image_lost_its_name_is_still_looked_into(
        self, bench: Bench, built: ImageBuilt, xrays: Xrays
    ) -> None:
        container = await bench.running()
        await bench.lab.remove_image("app", force=True)
        _, page = await xrays.look(bench.lab, "container", container, "", Query("/work"))
        assert "/work/notes.txt" in [row.node.path for row in page.rows]
        assert await bench.lab.read_file(built.layers[-4], "/work/secret.txt") == b"pa55word"

    async def test_another_labs_layers_are_not_to_be_seen(
        self, bench: Bench, built: ImageBuilt, engine: Engine, xrays: Xrays
    ) -> None:
        await xrays.look(bench.lab, "image", built.image, "", Query())
        other = await engine.open_lab("other", Tape(), self.limits)
        hidden: list[tuple[Subject, str]] = [("image", built.image), ("layer", built.layers[-4])]
        for subject, ref in hidden:
            with pytest.raises(NotFound):
                await xrays.look(other, subject, ref, "", Query())
        with pytest.raises(NotFound):
            await other.read_file(built.layers[-4], "/work/secret.txt")
