"""The contract: an image goes to the lab's registry, and comes back from there."""

from dataclasses import replace

import pytest

from tests.engine.contracts.common import BUSYBOX, Contract
from tests.engine.recording import Bench, Tape
from visualizer.engine.errors import NotFound, Refused
from visualizer.engine.limits import Limits
from visualizer.engine.port import Engine
from visualizer.events.types import (
    ImagePulled,
    ImagePushed,
    ImageRemoved,
    LayerCreated,
    LimitReached,
    TransferFailed,
    TransferProgressed,
    TransferStarted,
)

NAME = "registry.lab/app:1.0"
NOTED = "FROM busybox\nRUN echo one > /one\nRUN echo two > /two\nENV COLOUR=red\n"


async def named(bench: Bench, dockerfile: str = NOTED, name: str = NAME) -> str:
    """An image that is called `app` and has a name in the registry; its digest."""
    built = await bench.image(dockerfile)
    await bench.lab.tag("app", name)
    return built.image


async def pushed(bench: Bench, dockerfile: str = NOTED) -> ImagePushed:
    """The same, pushed as the lab's first transfer."""
    await named(bench, dockerfile)
    assert await bench.lab.push(1, NAME)
    return bench.tape.one(ImagePushed, transfer=1)


def states(tape: Tape, transfer: int) -> dict[str, list[str]]:
    """The states that each blob of a transfer was told in, in order, moving ones once."""
    told: dict[str, list[str]] = {}
    for report in tape.all(TransferProgressed, transfer=transfer):
        of_blob = told.setdefault(report.blob, [])
        if of_blob[-1:] != [report.state]:
            of_blob.append(report.state)
    return told


def ends(tape: Tape, transfer: int) -> dict[str | None, str]:
    """Layer to the last state that its blob was told in."""
    return {
        report.layer: report.state for report in tape.all(TransferProgressed, transfer=transfer)
    }


class TransferContract(Contract):
    """An image goes to the lab's registry, and comes back from there."""

    async def test_a_push_is_told_blob_by_blob(self, bench: Bench) -> None:
        image = await named(bench)
        digest = await bench.lab.push(1, NAME)
        started = bench.tape.one(TransferStarted)
        assert (started.transfer, started.direction, started.reference) == (1, "push", NAME)
        told = bench.tape.one(ImagePushed)
        layers = {event.layer: event.size for event in bench.tape.all(LayerCreated)}
        assert (told.image, told.reference, told.digest) == (image, NAME, digest)
        assert told.size == sum(layers.values())
        assert digest != image
        assert set(ends(bench.tape, 1)) == set(layers)
        for in_order in states(bench.tape, 1).values():
            assert in_order in (["waiting", "moving", "done"], ["waiting", "exists"])
        last = bench.tape.all(LayerCreated)[-1].layer
        assert ends(bench.tape, 1)[last] == "done"

    async def test_what_has_gone_over_is_not_more_than_all(self, bench: Bench) -> None:
        await pushed(bench)
        moving = bench.tape.all(TransferProgressed, state="moving")
        assert moving
        assert all(report.total and report.current <= report.total for report in moving)

    async def test_a_second_push_sends_nothing(self, bench: Bench) -> None:
        first = await pushed(bench)
        assert await bench.lab.push(2, NAME) == first.digest
        assert set(ends(bench.tape, 2).values()) == {"exists"}
        assert set(ends(bench.tape, 2)) == set(ends(bench.tape, 1))

    async def test_a_push_of_a_changed_image_sends_only_what_is_new(self, bench: Bench) -> None:
        await pushed(bench)
        changed = await bench.image(f"{NOTED}RUN echo three > /three\n")
        await bench.lab.tag("app", NAME)
        await bench.lab.push(2, NAME)
        sent = [layer for layer, state in ends(bench.tape, 2).items() if state == "done"]
        assert sent == [changed.layers[-1]]

    async def test_a_pull_brings_a_removed_image_back(self, bench: Bench) -> None:
        sent = await pushed(bench)
        built = {event.layer: event for event in bench.tape.all(LayerCreated)}
        await bench.lab.remove_image("app")
        await bench.lab.remove_image(NAME)
        assert bench.tape.all(ImageRemoved)
        assert await bench.lab.pull(2, NAME) == sent.image
        told = bench.tape.one(ImagePulled)
        assert (told.image, told.digest, told.tags) == (sent.image, sent.digest, [NAME])
        assert told.config["Env"][-1] == "COLOUR=red"
        assert told.size == sent.size
        assert [layer.layer for layer in told.layers] == list(built)
        for layer in told.layers:
            made = built[layer.layer]
            assert (layer.size, layer.added) == (made.size, made.added)
        assert set(ends(bench.tape, 2)) == set(built)
        assert (await bench.lab.holdings()).images == {sent.image: (NAME,)}
        assert await bench.output_of("cat", "/two", image=NAME) == "two\n"

    async def test_a_pull_of_what_is_there_removes_nothing(self, bench: Bench) -> None:
        sent = await pushed(bench)
        assert await bench.lab.pull(2, NAME) == sent.image
        assert set(ends(bench.tape, 2).values()) <= {"exists"}
        tags = (await bench.lab.holdings()).images[sent.image]
        assert sorted(tags) == ["app:latest", NAME]

    async def test_a_pull_moves_the_tag_back(self, bench: Bench) -> None:
        """As Docker does: the name means what the registry has under it."""
        sent = await pushed(bench)
        other = await bench.image("FROM busybox\nRUN echo other > /other\n")
        await bench.lab.tag("app", NAME)
        await bench.lab.pull(2, NAME)
        images = (await bench.lab.holdings()).images
        assert images[sent.image] == (NAME,)
        assert images[other.image] == ("app:latest",)

    async def test_what_was_not_pushed_cannot_be_pulled(self, bench: Bench) -> None:
        assert await bench.lab.pull(1, NAME) is None
        failed = bench.tape.one(TransferFailed)
        assert failed.diagnosis is not None
        assert failed.diagnosis.code == "not-in-registry"
        assert NAME in failed.diagnosis.title
        assert not bench.tape.all(ImagePulled)

    async def test_labs_do_not_see_each_others_repositories(
        self, engine: Engine, bench: Bench
    ) -> None:
        await pushed(bench)
        tape = Tape()
        other = await engine.open_lab("other", tape, self.limits)
        assert await other.pull(1, NAME) is None
        assert tape.one(TransferFailed).transfer == 1

    @pytest.mark.parametrize("name", ["app", "elsewhere.example/app:1.0", "library/app"])
    async def test_an_image_goes_to_no_other_registry(self, bench: Bench, name: str) -> None:
        await named(bench, BUSYBOX, name)
        with pytest.raises(Refused) as refused:
            await bench.lab.push(1, name)
        assert refused.value.code == "push-elsewhere"
        assert "registry.lab/app" in refused.value.try_
        assert not bench.tape.all(TransferStarted)

    @pytest.mark.parametrize("name", ["busybox", "elsewhere.example/app:1.0"])
    async def test_an_image_comes_from_no_other_registry(self, bench: Bench, name: str) -> None:
        with pytest.raises(Refused) as refused:
            await bench.lab.pull(1, name)
        assert refused.value.code == "pull-elsewhere"
        assert not bench.tape.all(TransferStarted)

    async def test_only_an_image_of_the_lab_is_pushed(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            await bench.lab.push(1, NAME)
        assert not bench.tape.all(TransferStarted)

    async def test_what_was_pushed_is_there_when_the_lab_comes_back(
        self, engine: Engine, bench: Bench
    ) -> None:
        sent = await pushed(bench)
        await bench.lab.remove_image("app")
        await bench.lab.remove_image(NAME)
        await bench.lab.park()
        back = await engine.open_lab("lab", bench.tape, self.limits)
        assert await back.pull(2, NAME) == sent.image


class TransferLimitContract(Contract):
    """What a lab's registry takes has bounds."""

    limits = replace(Limits(), registry_tags=1, images=2)

    async def test_a_registry_keeps_so_many_names(self, bench: Bench) -> None:
        await pushed(bench)
        await bench.lab.tag("app", "registry.lab/app:2.0")
        with pytest.raises(Refused) as refused:
            await bench.lab.push(2, "registry.lab/app:2.0")
        assert refused.value.code == "too-many-registry-tags"
        assert await bench.lab.push(2, NAME)

    async def test_a_pull_needs_room_for_an_image(self, bench: Bench) -> None:
        await pushed(bench)
        await bench.lab.remove_image("app")
        await bench.lab.remove_image(NAME)
        await bench.image("FROM busybox\nRUN echo 1 > /n\n", tag="one")
        await bench.image("FROM busybox\nRUN echo 2 > /n\n", tag="two")
        assert await bench.lab.pull(2, NAME) is None
        failed = bench.tape.one(TransferFailed)
        assert failed.diagnosis is not None
        assert failed.diagnosis.code == "no-room-for-image"


class TransferSizeContract(Contract):
    """The same, by size and by time."""

    limits = replace(Limits(), registry_bytes=1000, transfer_seconds=0)

    async def test_a_registry_holds_so_many_bytes(self, bench: Bench) -> None:
        await named(bench)
        with pytest.raises(Refused) as refused:
            await bench.lab.push(1, NAME)
        assert refused.value.code == "registry-full"
        assert not bench.tape.all(TransferStarted)

    async def test_a_transfer_ends_after_its_time(self, bench: Bench) -> None:
        assert await bench.lab.pull(1, NAME) is None
        assert bench.tape.one(LimitReached).what == "transfer_seconds"
        failed = bench.tape.one(TransferFailed)
        assert failed.diagnosis is not None
        assert failed.diagnosis.code == "transfer-timeout"
