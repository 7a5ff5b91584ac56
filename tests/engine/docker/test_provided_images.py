"""What an engine is given to build FROM: starter images, bundles, and images out of a registry."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from scripts.base_images import bundle, giving, starters
from scripts.base_images.starters import Image
from tests.engine.recording import Bench
from visualizer.engine.docker.api import EngineApi
from visualizer.environment import PROJECT
from visualizer.events.types import BuildFailed, LayerCreated, StepFailed, StepStarted

STRANGE = "alpine:3.18"
"""A name of the catalogue that no other test has on the engine."""
START_SECONDS = 120.0


@pytest.fixture(scope="module")
def busybox() -> Image:
    """The starter image."""
    return giving.made(starters.kept(), ("busybox",))[0]


@pytest.fixture
async def api(docker_host: str) -> AsyncIterator[EngineApi]:
    """The engine's own answers."""
    api = EngineApi(docker_host)
    yield api
    images = await api.get("/images/json")
    if any(STRANGE in (image["RepoTags"] or ()) for image in images):
        await api.delete(f"/images/{STRANGE}")
    api.close()


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real registry on loopback, without TLS; its address as LAYERCAKE_IMAGE_MIRROR has it."""
    for program in ("docker-registry", "skopeo"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    folder = tmp_path_factory.mktemp("mirror")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    configuration = {
        "version": "0.1",
        "storage": {"filesystem": {"rootdirectory": str(folder / "blobs")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    (folder / "config.yml").write_text(json.dumps(configuration))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["docker-registry", "serve", folder / "config.yml"], stdout=log, stderr=log
        )
    try:
        _wait_for(port, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/v2/")
            assert connection.getresponse().status == 200
            connection.close()
            return
        except OSError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)


def typed(docker_host: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`manage.py engine images` on this engine."""
    return subprocess.run(
        [sys.executable, PROJECT / "manage.py", "engine", "images", *words],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "visualizer.settings",
            "LAYERCAKE_DOCKER_HOST": docker_host,
            **variables,
        },
        capture_output=True,
        text=True,
    )


def write(image: Image, path: Path) -> Path:
    """A bundle of one image."""
    with path.open("wb") as target:
        bundle.write([image], target)
    return path


def push(file: Path, mirror: str) -> None:
    """Put the image of a bundle into the registry, where Docker's official images would be."""
    target = f"docker://{mirror.removeprefix('http://')}/library/{STRANGE}"
    command = ["skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false"]
    subprocess.run([*command, f"docker-archive:{file}:{STRANGE}", target], check=True)


def renamed(image: Image, *plays: str) -> Image:
    """The same image under other names."""
    return Image(image.name, plays, image.config, image.layers)


@pytest.mark.parametrize("base", ["busybox", "python:3.12-slim"])
async def test_a_step_on_a_starter_leaves_nothing_but_its_own(bench: Bench, base: str) -> None:
    """A base without /proc or /etc/hosts would have them in the first layer on top of it."""
    await bench.image(f"FROM {base}\nRUN echo hello > /hello\n")

    layer = bench.tape.all(LayerCreated)[-1]
    assert (layer.added, layer.modified, layer.deleted) == (1, 0, 0)


async def test_a_python_starter_says_which_python_it_is(bench: Bench) -> None:
    await bench.image("FROM python:3.12-slim\n")

    told = await bench.output_of("sh", "-c", "echo Python $PYTHON_VERSION; python --version")

    first, second = told.splitlines()
    assert first == second


async def test_python_stands_on_the_layer_that_debian_is(api: EngineApi) -> None:
    python = await api.get("/images/python:3.12-slim/json")
    below, above = (layer.digest for layer in giving.made(starters.kept(), ("python",))[0].layers)

    assert python["RootFS"]["Layers"] == [below, above]
    assert "Debian" in python["Author"]


async def test_a_bundle_is_loaded_and_listed(
    docker_host: str, api: EngineApi, busybox: Image, tmp_path: Path
) -> None:
    file = write(renamed(busybox, STRANGE), tmp_path / "bundle.tar")

    loaded = typed(docker_host, "--bundle", str(file))

    assert loaded.returncode == 0, loaded.stderr
    assert f"New: {STRANGE}" in loaded.stdout
    listed = typed(docker_host, "--list").stdout
    held = busybox.digest.removeprefix("sha256:")[:12]
    assert any(line.split() == [STRANGE, held] for line in listed.splitlines())
    assert "lacks (pull)" in listed


async def test_loading_a_bundle_again_changes_nothing(
    docker_host: str, api: EngineApi, busybox: Image, tmp_path: Path
) -> None:
    file = write(renamed(busybox, STRANGE), tmp_path / "bundle.tar")
    typed(docker_host, "--bundle", str(file))

    again = typed(docker_host, "--bundle", str(file))

    assert again.returncode == 0
    assert "there already" in again.stdout


@pytest.mark.parametrize("kept", [0, 100_000])
def test_a_broken_bundle_is_refused_in_words(
    docker_host: str, busybox: Image, tmp_path: Path, kept: int
) -> None:
    file = write(renamed(busybox, STRANGE), tmp_path / "bundle.tar")
    file.write_bytes(file.read_bytes()[:kept] or b"not an archive")

    answer = typed(docker_host, "--bundle", str(file))

    assert answer.returncode == 1
    assert "The engine could not load the images." in answer.stderr
    assert "Traceback" not in answer.stderr
    assert STRANGE not in typed(docker_host, "--list").stdout


def test_a_bundle_that_is_not_there_is_refused_in_words(docker_host: str, tmp_path: Path) -> None:
    answer = typed(docker_host, "--bundle", str(tmp_path / "nothing.tar"))

    assert answer.returncode == 1
    assert "cannot be read" in answer.stderr


def test_starters_that_are_there_are_not_loaded_again(docker_host: str) -> None:
    answer = typed(docker_host, "--starter", "busybox")

    assert answer.returncode == 0, answer.stderr
    assert "The engine has busybox:latest." in answer.stdout
    assert "Loading" not in answer.stdout


async def test_an_image_is_pulled_from_the_mirror_into_an_engine_without_network(
    docker_host: str, api: EngineApi, busybox: Image, mirror: str, tmp_path: Path
) -> None:
    push(write(renamed(busybox, STRANGE), tmp_path / "bundle.tar"), mirror)

    pulled = typed(docker_host, STRANGE, LAYERCAKE_IMAGE_MIRROR=mirror)

    assert pulled.returncode == 0, pulled.stderr
    assert "Copying blob" in pulled.stdout
    inspected = await api.get(f"/images/{STRANGE}/json")
    assert inspected["Id"] == busybox.digest
    again = typed(docker_host, STRANGE, LAYERCAKE_IMAGE_MIRROR=mirror)
    assert f"{STRANGE} is there" in again.stdout


def test_what_the_mirror_lacks_is_told_in_words(docker_host: str, mirror: str) -> None:
    answer = typed(docker_host, "ubuntu:20.04", LAYERCAKE_IMAGE_MIRROR=mirror)

    assert answer.returncode == 1
    assert "ubuntu:20.04 could not be pulled." in answer.stderr
    assert "manifest unknown" in answer.stderr


def test_what_no_lab_could_use_is_not_pulled(docker_host: str, mirror: str) -> None:
    answer = typed(docker_host, "redis:latest", LAYERCAKE_IMAGE_MIRROR=mirror)

    assert answer.returncode == 1
    assert "The catalogue does not have it" in answer.stderr


@pytest.mark.parametrize(
    "reference", ["alpine:3.19", "redis", "evil.example.org/x", "busybox@sha256:" + "0" * 64]
)
async def test_a_learner_never_causes_a_pull(bench: Bench, reference: str) -> None:
    """Neither by a name that the catalogue has and the engine lacks, nor by any other."""
    assert await bench.build(f"FROM {reference}\nRUN true\n") is None

    failed = bench.tape.one(BuildFailed)
    assert bench.tape.all(StepStarted) == []
    told = f"{failed} {bench.tape.all(StepFailed)}"
    assert reference.split("@")[0] in told
    assert not any(word in told for word in ("dial", "lookup", "resolve", "pull access"))


def test_an_engine_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    answer = typed(f"unix://{tmp_path}/docker.sock", "--list")

    assert answer.returncode == 1
    assert "The engine does not answer." in answer.stderr
    assert "python manage.py engine up" in answer.stderr
