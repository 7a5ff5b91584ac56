"""The engine's disk stays within bounds: images that are too large are refused, and when there is
too much, the cache goes before labs' things, and those of labs at work do not go at all."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.engine.docker.engines import Engines
from tests.engine.recording import Bench, Tape
from visualizer.engine.docker import DockerEngine, layers
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.keeping import Disk, DiskUse, Keeping
from visualizer.engine.errors import NotFound
from visualizer.engine.limits import Limits
from visualizer.events.types import BuildFailed, ContainerRemoved, LimitReached

MB = 1_000_000
SMALL = replace(Limits(), image_bytes=3 * MB, image_files=50, volumes=2)


@pytest.fixture
async def api(docker_host: str) -> AsyncIterator[EngineApi]:
    """The engine's API."""
    made = EngineApi(docker_host)
    yield made
    made.close()


async def lab(engine: DockerEngine, name: str, limits: Limits = SMALL) -> Bench:
    return Bench(await engine.open_lab(name, tape := Tape(), limits), tape)


def adds(size: int, mark: str = "") -> str:
    """An image that adds so many bytes, which are in no other image."""
    return f"FROM busybox\nRUN head -c {size} /dev/urandom > /big{mark}\n"


def refusal(bench: Bench) -> tuple[str, str]:
    """The limit that was told, and the code of the words beside it."""
    failed = bench.tape.all(BuildFailed)[-1]
    assert failed.diagnosis is not None
    return bench.tape.all(LimitReached)[-1].what, failed.diagnosis.code


async def test_an_image_that_is_too_large_is_refused_and_its_bytes_are_given_back(
    engine: DockerEngine, api: EngineApi
) -> None:
    bench, disk = await lab(engine, "large"), Disk(api)
    await bench.image("FROM busybox\n")
    before = (await disk.use()).total
    assert await bench.build(adds(8 * MB), tag="big") is None
    assert refusal(bench) == ("image_bytes", "image-too-large")
    assert (await disk.use()).total < before + 4 * MB
    assert not [tags for tags in (await bench.lab.holdings()).images.values() if "big" in str(tags)]


async def test_an_image_of_too_many_files_is_refused(engine: DockerEngine) -> None:
    bench = await lab(engine, "files")
    assert (
        await bench.build("FROM busybox\nRUN mkdir /d && cd /d && seq 60 | xargs touch\n") is None
    )
    assert refusal(bench) == ("image_files", "image-too-many-files")
    await bench.image("FROM busybox\nRUN mkdir /d && cd /d && seq 20 | xargs touch\n")


@pytest.mark.parametrize("from_disk", [True, False], ids=["from the disk", "from the export"])
async def test_the_files_of_all_layers_of_an_image_are_counted_together(
    engine: DockerEngine, monkeypatch: pytest.MonkeyPatch, from_disk: bool
) -> None:
    if not from_disk:
        monkeypatch.setattr(layers, "layer_folders", lambda _: {})
    bench = await lab(engine, "together")
    first = "FROM busybox\nRUN mkdir /d && cd /d && seq 30 | xargs touch\n"
    second = "RUN mkdir /e && cd /e && seq 30 | xargs touch\n"
    assert await bench.build(first + second) is None
    assert refusal(bench) == ("image_files", "image-too-many-files")
    await bench.image(first, tag="half")
    assert await bench.build("FROM half\n" + second) is None
    assert refusal(bench) == ("image_files", "image-too-many-files")


async def test_all_images_of_a_lab_share_one_bound(engine: DockerEngine) -> None:
    bench = await lab(engine, "shared")
    await bench.image(adds(2 * MB, "a"), tag="a")
    assert await bench.build(adds(2 * MB, "b"), tag="b") is None
    assert refusal(bench) == ("image_bytes", "lab-images-too-large")
    # One layer in two images is there once.
    await bench.lab.tag("a", "c")
    await bench.image(adds(2 * MB, "a") + "ENV A=b\n", tag="d")


async def test_old_images_without_a_name_make_room(engine: DockerEngine) -> None:
    bench = await lab(engine, "room")
    first = await bench.image(adds(2 * MB, "a"))
    second = await bench.image(adds(2 * MB, "b"))
    images = (await bench.lab.holdings()).images
    assert second.image in images
    assert first.image not in images


async def test_an_image_of_many_volumes_is_refused(engine: DockerEngine) -> None:
    bench = await lab(engine, "volumes")
    assert await bench.build("FROM busybox\nVOLUME /a /b /c\n") is None
    assert refusal(bench) == ("volumes", "too-many-volumes")


async def test_what_is_in_volumes_counts_as_written(engine: DockerEngine) -> None:
    limits = replace(SMALL, disk_bytes=2 * MB)
    bench = await lab(engine, "written", limits)
    await bench.image("FROM busybox\nVOLUME /data\n")
    box = await bench.run("sh", "-c", "head -c 3000000 /dev/zero > /data/x; sleep 1000")
    assert (await bench.ended(box)).reason == "killed"
    assert bench.tape.one(LimitReached).what == "disk_bytes"


async def test_what_has_written_far_too_much_is_removed(
    engine: DockerEngine, api: EngineApi
) -> None:
    bench = await lab(engine, "removed", replace(SMALL, disk_bytes=MB))
    await bench.image("FROM busybox\n")
    script = "for i in 1 2 3 4 5; do head -c 1000000 /dev/zero > /f$i; done; sleep 1000"
    box = await bench.run("sh", "-c", script)
    await bench.tape.wait(ContainerRemoved, container=box)
    with pytest.raises(NotFound):
        await bench.lab.inspect(box)


async def test_nothing_goes_while_there_is_room(engine: DockerEngine) -> None:
    bench = await lab(engine, "roomy")
    await bench.image(adds(MB))
    await bench.lab.park()
    assert await engine.keep_within(10**15, ["roomy"]) == []
    again = await lab(engine, "roomy")
    assert len((await again.lab.holdings()).images) == 1


async def test_labs_lose_their_things_and_those_at_work_do_not(engine: DockerEngine) -> None:
    for name in ("old", "young", "working"):
        bench = await lab(engine, name)
        await bench.image(adds(MB, name))
        if name != "working":
            await bench.lab.park()
    assert await engine.keep_within(1, ["working", "old", "none", "young"]) == ["old", "young"]
    for name in ("old", "young"):
        again = await lab(engine, name)
        assert (await again.lab.holdings()).images == {}
    assert await bench.output_of("ls", "/bigworking") == "/bigworking\n"


async def test_a_lab_can_lose_its_containers_and_keep_its_images(engine: DockerEngine) -> None:
    bench = await lab(engine, "cleared")
    await bench.image("FROM busybox\n")
    await bench.running()
    assert not await engine.clear_lab("cleared", images=False)
    await bench.lab.park()
    assert await engine.clear_lab("cleared", images=False)
    again = await lab(engine, "cleared")
    holdings = await again.lab.holdings()
    assert (len(holdings.images), len(holdings.containers)) == (1, 0)
    assert await again.output_of("echo", "fine") == "fine\n"


async def test_what_is_left_of_a_removal_that_failed_half_way_is_swept_away(
    engines: Engines, api: EngineApi
) -> None:
    engine = engines.make()
    bench = await lab(engine, "half")
    await bench.image(adds(MB))
    box = await bench.run("true")
    await bench.ended(box)
    # Names taken away while a container is made of it: the image stays, nameless.
    for image in await api.get("/images/json"):
        for tag in image["RepoTags"] or []:
            if f"/{engines.instance}/" in tag:
                await api.delete(f"/images/{tag}", force="1")
    await engine.close()
    assert await engines.make().sweep([]) > 0
    mine = f'{{"label":["layercake.instance={engines.instance}"]}}'
    for path in ("/images/json", "/containers/json", "/networks"):
        query = {"all": "1"} if path != "/networks" else {}
        assert await api.get(path, filters=mine, **query) == []


async def test_a_network_that_no_container_needs_goes_with_the_sweep(
    engines: Engines, api: EngineApi
) -> None:
    engine = engines.make()
    bench = await lab(engine, "quiet")
    await bench.image("FROM busybox\n")
    await bench.lab.remove(await bench.running(), force=True)
    mine = f'{{"label":["layercake.instance={engines.instance}"]}}'
    await engine.sweep(["quiet"])
    assert len(await api.get("/networks", filters=mine)) == 1
    await bench.lab.park()
    await engine.sweep(["quiet"])
    assert await api.get("/networks", filters=mine) == []
    again = await lab(engine, "quiet")
    assert await again.output_of("echo", "fine") == "fine\n"


class FakeDisk(Disk):
    """A disk of which only the figures are there."""

    def __init__(self, use: DiskUse) -> None:
        self.now = use
        self.kept: list[int] = []

    async def use(self) -> DiskUse:
        return self.now

    async def prune(self, keep: int) -> None:
        self.kept.append(keep)
        self.now = replace(self.now, cache=min(self.now.cache, keep))


async def test_the_cache_is_left_alone_while_somebody_builds_unless_it_is_urgent() -> None:
    async def clear(lab: str) -> bool:
        return False

    for total, kept in ((105, []), (150, [40])):
        disk = FakeDisk(DiskUse(images=50, containers=0, volumes=0, cache=total - 50))
        await Keeping(disk, lambda: True, clear).keep_within(100, [])
        assert disk.kept == kept


async def test_the_cache_goes_before_labs_do() -> None:
    cleared: list[str] = []

    async def clear(lab: str) -> bool:
        cleared.append(lab)
        return True

    disk = FakeDisk(DiskUse(images=50, containers=0, volumes=0, cache=60))
    assert await Keeping(disk, lambda: False, clear).keep_within(100, ["oldest"]) == []
    assert (disk.kept, cleared) == ([40], [])


async def test_no_more_labs_go_than_have_to() -> None:
    disk = FakeDisk(DiskUse(images=120, containers=0, volumes=0, cache=0))

    async def clear(lab: str) -> bool:
        disk.now = replace(disk.now, images=disk.now.images - 20)
        return lab != "empty"

    cleared = await Keeping(disk, lambda: False, clear).keep_within(100, ["a", "b", "c"])
    assert cleared == ["a", "b"]
