"""The contract: tags, commits, removal, layers."""

import pytest

from tests.engine.contracts.common import BUSYBOX, Contract
from tests.engine.recording import Bench
from visualizer.engine.errors import Conflict, NotFound, Refused
from visualizer.events.types import (
    ImageCommitted,
    ImageRemoved,
    ImageTagged,
    ImageUntagged,
    LayerCreated,
)


class ImageContract(Contract):
    """Tags, commits, removal, layers."""

    async def test_an_image_can_have_several_names(self, bench: Bench) -> None:
        built = await bench.image(BUSYBOX)
        await bench.lab.tag("app", "other:1.0")
        assert bench.tape.one(ImageTagged).tag == "other:1.0"
        tags = (await bench.lab.holdings()).images[built.image]
        assert sorted(tags) == ["app:latest", "other:1.0"]
        await bench.lab.remove_image("other:1.0")
        assert bench.tape.one(ImageUntagged).tag == "other:1.0"
        assert not bench.tape.all(ImageRemoved)

    async def test_the_last_name_takes_the_image_with_it(self, bench: Bench) -> None:
        built = await bench.image(BUSYBOX)
        await bench.lab.remove_image("app")
        assert bench.tape.one(ImageRemoved).image == built.image
        assert (await bench.lab.holdings()).images == {}

    async def test_a_bad_name_is_refused(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        with pytest.raises(Refused) as refused:
            await bench.lab.tag("app", "Not Valid")
        assert "invalid reference format" in refused.value.engine_words

    async def test_an_image_in_use_is_kept(self, bench: Bench) -> None:
        built = await bench.image(BUSYBOX)
        container = await bench.running()
        with pytest.raises(Conflict) as by_name:
            await bench.lab.remove_image("app")
        assert "unable to remove repository reference" in by_name.value.engine_words
        with pytest.raises(Conflict) as by_id:
            await bench.lab.remove_image(built.image, force=True)
        assert "cannot be forced" in by_id.value.engine_words
        await bench.lab.kill(container)
        with pytest.raises(Conflict) as stopped:
            await bench.lab.remove_image(built.image)
        assert "must be forced" in stopped.value.engine_words

    async def test_a_container_goes_on_without_its_image(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        await bench.lab.kill(container)
        await bench.lab.remove_image("app", force=True)
        await bench.lab.start(container)
        assert await bench.exec(container, "echo", "still here") == (0, "still here\n")

    async def test_an_id_of_several_names_is_not_removed(self, bench: Bench) -> None:
        built = await bench.image(BUSYBOX)
        await bench.lab.tag("app", "other")
        with pytest.raises(Conflict) as refused:
            await bench.lab.remove_image(built.image)
        assert "referenced in multiple repositories" in refused.value.engine_words
        await bench.lab.remove_image(built.image, force=True)
        assert (await bench.lab.holdings()).images == {}

    async def test_commit_makes_an_image_of_a_container(self, bench: Bench) -> None:
        built = await bench.image(BUSYBOX)
        container = await bench.running()
        await bench.exec(container, "sh", "-c", "echo kept > /note")
        digest = await bench.lab.commit(container, "noted")
        told = bench.tape.one(ImageCommitted)
        assert (told.image, told.container) == (digest, container)
        assert told.layers == [*built.layers, told.layer]
        assert told.tags == ["noted:latest"]
        assert told.layer_size == len("kept\n")
        other = await bench.running(image="noted")
        assert await bench.exec(other, "cat", "/note") == (0, "kept\n")

    async def test_a_layer_can_be_looked_into(self, bench: Bench) -> None:
        """Engines before 23 leave the places in it where BuildKit mounts /proc and others."""
        await bench.image(
            "FROM busybox\nRUN mkdir /d && echo a > /d/a && echo b > /d/b\nRUN rm /d/a\n"
        )
        layers = bench.tape.all(LayerCreated, build=1)
        made = [file.path for file in await bench.lab.layer_files(layers[-2].layer)]
        assert made[:3] == ["/d", "/d/a", "/d/b"]
        assert set(made[3:]) <= {"/dev", "/etc", "/proc", "/sys"}
        first = await bench.lab.layer_files(layers[-2].layer, limit=1)
        rest = await bench.lab.layer_files(layers[-2].layer, after=first[-1].path)
        assert [file.path for file in rest] == made[1:]
        gone = {file.path: file.kind for file in await bench.lab.layer_files(layers[-1].layer)}
        assert gone["/d/a"] == "whiteout"
        assert await bench.lab.read_file(layers[-2].layer, "/d/b") == b"b\n"

    async def test_a_file_can_be_read_and_cut(self, bench: Bench) -> None:
        await bench.image("FROM busybox\nRUN echo 123456789 > /n\n")
        container = await bench.running()
        await bench.exec(container, "sh", "-c", "echo abc > /n")
        assert await bench.lab.read_file("app", "/n", limit=3) == b"123"
        assert await bench.lab.read_file(container, "/n") == b"abc\n"
        await bench.lab.kill(container)
        assert await bench.lab.read_file(container, "/n") == b"abc\n"
        with pytest.raises(NotFound):
            await bench.lab.read_file(container, "/no/such")
