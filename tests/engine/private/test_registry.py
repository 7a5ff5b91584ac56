"""The registry beside a private engine: there when it is installed, reached by the engine alone."""

import socket
from pathlib import Path

import pytest

from tests.engine.contracts.transfers import NAME, ends, named
from tests.engine.private.engines import PrivateEngine
from tests.engine.recording import Bench, Tape
from visualizer.engine.docker import DockerEngine
from visualizer.engine.limits import Limits
from visualizer.engine.private import registry, state
from visualizer.engine.private.errors import PrivateEngineError
from visualizer.events.types import ImagePushed

pytestmark = pytest.mark.skipif(
    not registry.is_installed(), reason="docker-registry is not installed (or nsenter, or ip)"
)
ADDRESS = f"{registry.HOST}:{registry.PORT}"


async def test_a_private_engine_comes_up_with_a_registry(
    private_engine: PrivateEngine, tmp_path: Path
) -> None:
    engine = DockerEngine(
        private_engine.host, cache_dir=tmp_path, instance="registrytest", registry=ADDRESS
    )
    tape = Tape()
    lab = await engine.open_lab("lab", tape, Limits())
    try:
        await named(Bench(lab, tape))
        assert await lab.push(1, NAME)
        assert tape.one(ImagePushed).reference == NAME
        assert "done" in ends(tape, 1).values()
    finally:
        await lab.destroy()
        await engine.close()


def test_this_machine_does_not_reach_it(private_engine: PrivateEngine) -> None:
    """Somebody else may listen on the port here; then it is not this one that answers."""
    listening = Path("/proc/net/tcp").read_text(encoding="ascii")
    if f"0100007F:{registry.PORT:04X} 00000000:0000 0A" in listening:
        pytest.skip(f"port {registry.PORT} of this machine is taken")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((registry.HOST, registry.PORT), timeout=5)


def test_one_more_can_be_started_in_the_engines_network_and_stopped(
    private_engine: PrivateEngine, tmp_path: Path
) -> None:
    started = registry.start_registry(tmp_path, network_of(private_engine), registry.PORT + 1)
    assert started.is_running
    assert started.address == f"{registry.HOST}:{registry.PORT + 1}"
    started.stop()
    assert not started.is_running


def test_one_that_cannot_start_says_why(private_engine: PrivateEngine, tmp_path: Path) -> None:
    with pytest.raises(PrivateEngineError, match="address already in use"):
        registry.start_registry(tmp_path / "taken", network_of(private_engine))
    with pytest.raises(PrivateEngineError, match="no network"):
        registry.start_registry(tmp_path / "nowhere", tmp_path / "no-such-namespace")


def network_of(engine: PrivateEngine) -> Path:
    """The engine's network namespace."""
    known = state.read(engine.place)
    assert known is not None
    return Path(f"/proc/{known.init}/ns/net")
