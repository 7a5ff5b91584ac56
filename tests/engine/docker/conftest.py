"""A real Docker Engine for the tests, given or started for them; skipped where neither can be."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from tests.engine.docker import daemon
from tests.engine.docker.engines import Engines
from tests.engine.private import engines as private_engines
from tests.engine.recording import Bench, Tape
from visualizer.engine.docker import DockerEngine
from visualizer.engine.limits import Limits
from visualizer.engine.private import Place, registry, state


@pytest.fixture(scope="session")
def own_host() -> Iterator[str]:
    """An engine that the tests have started: its disk is this machine's and can be read."""
    reason = daemon.missing()
    if reason:
        pytest.skip(f"LAYERCAKE_TEST_DOCKER_HOST names no Docker Engine, and {reason}")
    with daemon.private_engine() as host:
        yield host


@pytest.fixture(scope="session")
def docker_host(request: pytest.FixtureRequest) -> str:
    """Where the engine is: one that is named, else one of the tests' own where one can be.

    LAYERCAKE_TEST_DOCKER_HOST names an address, LAYERCAKE_TEST_ENGINE the data folder of a site
    whose private engine is up, as in CI.
    """
    named = os.environ.get("LAYERCAKE_TEST_DOCKER_HOST", "")
    if named:
        return named
    site = os.environ.get("LAYERCAKE_TEST_ENGINE", "")
    if site:
        return private_engines.given(Path(site)).host
    return str(request.getfixturevalue("own_host"))


@pytest.fixture(scope="session")
def registry_address(docker_host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real registry as that engine reaches it: the one named, else one that is started there."""
    named = os.environ.get("LAYERCAKE_TEST_REGISTRY", "")
    if named:
        yield named
        return
    # Not the port of the registry that a private engine brings along.
    folder, port = tmp_path_factory.mktemp("registry"), registry.PORT + 20
    started = start_registry(docker_host, folder, port)
    yield started.address
    started.stop()


def start_registry(docker_host: str, folder: Path, port: int) -> registry.Registry:
    """One in the network of an engine of this machine; skips where that cannot be."""
    if not registry.is_installed():
        pytest.skip("docker-registry is not installed (or nsenter, or ip)")
    if os.environ.get("LAYERCAKE_TEST_DOCKER_HOST"):
        pytest.skip("nobody knows the network of the engine that LAYERCAKE_TEST_DOCKER_HOST names")
    return registry.start_registry(folder, Path(f"/proc/{process_of(docker_host)}/ns/net"), port)


def process_of(docker_host: str) -> int:
    """A process in the network of an engine: of a site's private one, or of the tests' own."""
    folder = Path(docker_host.removeprefix("unix://")).parent
    known = state.read(Place(folder))
    return known.init if known else int((folder / "pid").read_text(encoding="ascii"))


@pytest.fixture(scope="session")
def layer_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests: what a layer holds never changes, and big ones take a while to read."""
    return tmp_path_factory.mktemp("layers")


@pytest.fixture
async def engines(docker_host: str, layer_cache: Path) -> AsyncIterator[Engines]:
    """Makes engines of one site that nobody else has; leaves nothing behind."""
    made = Engines(docker_host, layer_cache, token_hex(6))
    yield made
    await made.clean_up()


@pytest.fixture
async def engine(engines: Engines) -> DockerEngine:
    """The adapter on the real engine."""
    return engines.make()


@pytest.fixture
async def bench(engine: DockerEngine) -> Bench:
    """A fresh lab with the usual limits."""
    tape = Tape()
    return Bench(await engine.open_lab("lab", tape, Limits()), tape)


@pytest.fixture
def dockerd() -> Iterator[daemon.Daemon]:
    """An engine of this test's own, that it may do anything to."""
    reason = daemon.missing()
    if reason:
        pytest.skip(f"a Docker Engine that is broken on purpose has to be started, and {reason}")
    made = daemon.Daemon()
    try:
        made.start()
        daemon.load(made.host, "busybox")
        yield made
    finally:
        made.remove()
