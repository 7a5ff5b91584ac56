"""Which engine the site gets, and on which addresses it may serve with it."""

from dataclasses import replace
from pathlib import Path

import pytest

from visualizer.engine.docker import DockerEngine
from visualizer.engine.embedded import EmbeddedEngine
from visualizer.environment import BadEnvironment, Environment
from visualizer.labs import wiring

SOCKET = "unix:///var/run/docker.sock"
ON_DOCKER = Environment(engine="docker")


async def test_each_kind_of_engine_can_be_chosen(tmp_path: Path) -> None:
    for kind, implementation in (("embedded", EmbeddedEngine), ("docker", DockerEngine)):
        engine = wiring.make_engine(kind, tmp_path, SOCKET)
        assert isinstance(engine, implementation)
        await engine.close()


def test_an_engine_that_is_none_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(BadEnvironment, match="'podman'; the engines are: embedded, docker"):
        wiring.make_engine("podman", tmp_path, SOCKET)


@pytest.mark.parametrize("host", ["/var/run/docker.sock", "http://x", "tcp://", "ssh://-oProxy"])
def test_an_address_that_cannot_be_used_is_named(tmp_path: Path, host: str) -> None:
    with pytest.raises(BadEnvironment, match=r"LAYERCAKE_DOCKER_HOST .*unix:///path"):
        wiring.make_engine("docker", tmp_path, host)


def test_a_site_knows_its_things_on_the_engine_again_after_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        wiring.make_engine("docker", tmp_path / "one", SOCKET)
    wiring.make_engine("docker", tmp_path / "other", SOCKET)
    names = [(tmp_path / site / "docker" / "instance").read_text() for site in ("one", "other")]
    assert len({*names}) == 2


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1", "[::1]"])
def test_with_docker_the_site_serves_its_own_machine(host: str) -> None:
    assert not _refusal(ON_DOCKER, host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.2", "site.example"])
def test_with_docker_the_site_serves_no_other_machine(host: str) -> None:
    assert "LAYERCAKE_ENGINE=embedded" in _refusal(ON_DOCKER, host)


@pytest.mark.parametrize(
    "public",
    [
        replace(ON_DOCKER, hosts=("127.0.0.1", "site.example")),
        replace(ON_DOCKER, hosts=("*",)),
        replace(ON_DOCKER, origins=("https://site.example",)),
        replace(ON_DOCKER, behind_proxy=True),
    ],
)
def test_with_docker_the_site_is_not_made_public_by_other_means(public: Environment) -> None:
    assert "not sandboxed" in _refusal(public, "127.0.0.1")


def test_the_embedded_engine_may_serve_everyone() -> None:
    public = Environment(hosts=("site.example",), behind_proxy=True)
    assert not _refusal(public, "0.0.0.0")


def _refusal(here: Environment, host: str) -> str:
    try:
        wiring.check_exposure(here, host)
    except BadEnvironment as error:
        return str(error)
    return ""
