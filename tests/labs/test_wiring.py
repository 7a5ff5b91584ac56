"""The engines that the site is put together with."""

import asyncio
from pathlib import Path

import pytest

from visualizer.engine.docker import DockerEngine
from visualizer.engine.embedded import EmbeddedEngine
from visualizer.environment import BadEnvironment
from visualizer.labs import wiring
from visualizer.labs.housekeeping import Bounded, Outlasting

SOCKET = "unix:///var/run/docker.sock"


async def test_each_kind_of_engine_can_be_chosen(tmp_path: Path) -> None:
    for kind, implementation in (("embedded", EmbeddedEngine), ("docker", DockerEngine)):
        engine = wiring.make_engine(kind, tmp_path, SOCKET)
        assert isinstance(engine, implementation)
        await engine.close()


async def test_only_the_engine_that_outlives_the_site_is_kept_tidy(tmp_path: Path) -> None:
    docker = DockerEngine(SOCKET, cache_dir=tmp_path, instance="test")
    tidied: Outlasting = docker
    bounded: Bounded = docker
    assert isinstance(tidied, Outlasting)
    assert isinstance(bounded, Bounded)
    embedded = EmbeddedEngine(tmp_path / "embedded")
    assert not isinstance(embedded, Outlasting)
    await asyncio.gather(docker.close(), embedded.close())


def test_an_engine_that_is_none_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(BadEnvironment, match="'podman'; the engines are: embedded, docker"):
        wiring.make_engine("podman", tmp_path, SOCKET)


@pytest.mark.parametrize("host", ["/var/run/docker.sock", "http://x", "tcp://", "ssh://-oProxy"])
def test_an_address_that_cannot_be_used_is_named(tmp_path: Path, host: str) -> None:
    with pytest.raises(
        BadEnvironment, match=r"LAYERCAKE_DOCKER_HOST cannot be used: .*(unix|ssh)://"
    ):
        wiring.make_engine("docker", tmp_path, host)


def test_a_site_knows_its_things_on_the_engine_again_after_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        wiring.make_engine("docker", tmp_path / "one", SOCKET)
    wiring.make_engine("docker", tmp_path / "other", SOCKET)
    names = [(tmp_path / site / "docker" / "instance").read_text() for site in ("one", "other")]
    assert len({*names}) == 2


@pytest.mark.parametrize("registry", ["registry", "a b:5000", "host:5000/path"])
def test_a_registry_that_cannot_be_used_is_named(tmp_path: Path, registry: str) -> None:
    with pytest.raises(BadEnvironment, match=r"LAYERCAKE_REGISTRY cannot be used: .*host:port"):
        wiring.make_engine("docker", tmp_path, SOCKET, registry=registry)
