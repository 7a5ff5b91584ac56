"""The labs' registry on a Docker Engine: a real one, reached by the engine alone."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine import contract
from tests.engine.contracts.transfers import NAME, NOTED, ends, named, pushed, states
from tests.engine.docker.conftest import start_registry
from tests.engine.docker.engines import Engines
from tests.engine.recording import Bench, Tape
from visualizer.engine.docker import DockerEngine
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.names import LabNames
from visualizer.engine.errors import Refused
from visualizer.engine.limits import Limits
from visualizer.engine.private.registry import Registry
from visualizer.events.types import (
    ImagePulled,
    ImagePushed,
    LayerCreated,
    LimitReached,
    TransferFailed,
    TransferProgressed,
    TransferStarted,
)

BIG = "FROM busybox\nRUN head -c 40000000 /dev/urandom > /big\nRUN echo small > /small\n"


@pytest.fixture
async def engine(engines: Engines, registry_address: str) -> DockerEngine:
    """The adapter on the real engine, with a real registry."""
    return engines.make(registry=registry_address)


class TestTransfers(contract.TransferContract):
    pass


class TestTransferLimits(contract.TransferLimitContract):
    pass


class TestTransferSizes(contract.TransferSizeContract):
    pass


async def names_in_registries(engines: Engines) -> list[str]:
    """The tags of this site that images have on the engine for a registry."""
    api = EngineApi(engines.host)
    listed = await api.get("/images/json")
    api.close()
    tags = [tag for each in listed for tag in each.get("RepoTags") or []]
    return [tag for tag in tags if f"/{engines.instance}/" in tag and ".invalid/" not in tag]


async def test_a_layer_that_nobody_has_any_more_is_fetched(engines: Engines, bench: Bench) -> None:
    """BuildKit's cache keeps the layers of a removed image, so it goes too."""
    await pushed(bench, BIG)
    layers = [event.layer for event in bench.tape.all(LayerCreated)]
    await bench.lab.remove_image("app")
    await bench.lab.remove_image(NAME)
    api = EngineApi(engines.host)
    await api.post("/build/prune", all="1")
    api.close()
    await bench.lab.pull(2, NAME)
    assert ends(bench.tape, 2) == {layers[0]: "exists", layers[1]: "done", layers[2]: "done"}
    assert ["waiting", "moving", "done"] in states(bench.tape, 2).values()
    assert bench.tape.one(ImagePulled).layers[1].size == 40_000_000


async def test_an_image_has_its_name_in_the_registry_only_while_it_moves(
    engines: Engines, bench: Bench
) -> None:
    await named(bench, BIG)
    moving = asyncio.ensure_future(bench.lab.push(1, NAME))
    await bench.tape.wait(TransferProgressed, transfer=1)
    during = await names_in_registries(engines)
    assert await moving
    assert len(during) == 1
    assert await names_in_registries(engines) == []
    inspected = await bench.lab.inspect("app")
    assert sorted(inspected["RepoTags"]) == ["app:latest", NAME]


async def test_parking_calls_a_push_off(engines: Engines, bench: Bench) -> None:
    await named(bench, BIG)
    moving = asyncio.ensure_future(bench.lab.push(1, NAME))
    await bench.tape.wait(TransferProgressed, transfer=1, state="moving")
    await bench.lab.park()
    assert await moving is None
    assert bench.tape.one(TransferFailed).message == "The lab was parked."
    assert not bench.tape.all(ImagePushed)
    assert await names_in_registries(engines) == []


async def test_what_the_end_of_the_site_left_is_taken_away(
    engines: Engines, engine: DockerEngine, registry_address: str
) -> None:
    tape = Tape()
    bench = Bench(await engine.open_lab("left", tape, Limits()), tape)
    image = await named(bench)
    prefix = LabNames(engines.instance, "left").repositories(registry_address)
    api = EngineApi(engines.host)
    await api.post(f"/images/{image}/tag", repo=f"{prefix}app", tag="1.0")
    await bench.lab.park()
    await engine.open_lab("left", Tape(), Limits())
    assert await names_in_registries(engines) == []
    await api.post(f"/images/{image}/tag", repo=f"{prefix}app", tag="1.0")
    api.close()
    await engine.close()
    await engines.make(registry=registry_address).sweep([])
    assert await names_in_registries(engines) == []


async def test_a_site_without_a_registry_says_so(engines: Engines) -> None:
    tape = Tape()
    bench = Bench(await engines.make().open_lab("lab", tape, Limits()), tape)
    await named(bench)
    for refusal in (bench.lab.push(1, NAME), bench.lab.pull(1, NAME)):
        with pytest.raises(Refused) as refused:
            await refusal
        assert refused.value.code == "no-registry"
        assert "LAYERCAKE_REGISTRY" in refused.value.try_
    assert not tape.all(TransferStarted)


async def test_a_registry_that_is_away_is_told_in_words(engines: Engines) -> None:
    tape = Tape()
    away = engines.make(registry="127.0.0.1:1")
    bench = Bench(await away.open_lab("lab", tape, Limits()), tape)
    await named(bench, NOTED)
    assert await bench.lab.push(1, NAME) is None
    assert await bench.lab.pull(2, NAME) is None
    for failed in tape.all(TransferFailed):
        assert failed.diagnosis is not None
        assert failed.diagnosis.code == "registry-unreachable"
        assert "registry.lab" in failed.diagnosis.why
        assert engines.instance not in failed.diagnosis.why
        assert "127.0.0.1:1/" not in failed.diagnosis.why
    assert await names_in_registries(engines) == []


@pytest.fixture
def own_registry(docker_host: str, tmp_path: Path) -> Iterator[Registry]:
    """A registry of the test's own, to freeze and to end as it likes."""
    started = start_registry(docker_host, tmp_path, 5055)
    yield started
    started.process.send_signal(signal.SIGCONT)
    started.stop()


async def test_a_registry_that_freezes_ends_the_push_in_its_time(
    engines: Engines, own_registry: Registry
) -> None:
    tape = Tape()
    engine = engines.make(registry=own_registry.address)
    bench = Bench(await engine.open_lab("lab", tape, Limits(transfer_seconds=2)), tape)
    await named(bench)
    own_registry.process.send_signal(signal.SIGSTOP)
    assert await bench.lab.push(1, NAME) is None
    assert tape.one(LimitReached).subject == "transfer:1"
    failed = tape.one(TransferFailed)
    assert failed.diagnosis is not None
    assert failed.diagnosis.code == "transfer-timeout"
    assert await names_in_registries(engines) == []
    own_registry.process.send_signal(signal.SIGCONT)
    # Not the lab of a limit as short as that: a busy machine may need longer for what is in order.
    fresh = Tape()
    patient = Bench(await engine.open_lab("patient", fresh, Limits()), fresh)
    await named(patient)
    assert await patient.lab.push(1, NAME)


async def test_a_registry_that_dies_in_the_middle_fails_the_push_and_comes_back(
    engines: Engines, own_registry: Registry, docker_host: str, tmp_path: Path
) -> None:
    tape = Tape()
    engine = engines.make(registry=own_registry.address)
    bench = Bench(await engine.open_lab("lab", tape, Limits()), tape)
    await named(bench, BIG)
    moving = asyncio.ensure_future(bench.lab.push(1, NAME))
    await tape.wait(TransferProgressed, transfer=1, state="moving")
    own_registry.process.kill()
    assert await moving is None
    failed = tape.one(TransferFailed)
    assert failed.diagnosis is not None
    assert failed.diagnosis.code in ("registry-unreachable", "registry-refused")
    assert "127.0.0.1" not in failed.diagnosis.why
    again = start_registry(docker_host, tmp_path, 5055)
    try:
        assert await bench.lab.push(2, NAME)
    finally:
        again.stop()


@pytest.mark.parametrize("address", ["registry", "docker.io", "host:port", "a/b:1", "-x y:5000"])
def test_an_address_that_is_none_is_refused(engines: Engines, address: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        engines.make(registry=address)
