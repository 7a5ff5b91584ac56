"""The catalogue of base images."""

import pytest

from visualizer.engine.catalogue import CatalogueImage, load_catalogue
from visualizer.engine.embedded.base_images import STUB, BaseImages
from visualizer.engine.embedded.store import Store
from visualizer.engine.embedded.userland import COMMANDS

CATALOGUE = load_catalogue()


@pytest.mark.parametrize(
    "reference",
    [
        "busybox", "alpine", "alpine:3.20", "debian:bookworm", "debian:bookworm-slim",
        "ubuntu:24.04", "ubuntu", "python", "python:3", "python:3.9", "python:3.13-slim",
        "python:3.12-alpine", "python:slim", "nginx", "nginx:alpine", "scratch",
        "docker.io/library/python:3.12", "library/alpine:3.20", "docker.io/busybox",
    ],
)  # fmt: skip
def test_what_lessons_begin_with_is_there(reference: str) -> None:
    assert CATALOGUE.find(reference) is not None


@pytest.mark.parametrize("reference", ["", "redis", "python:2.7", "evil.io/python:3.12", "python:"])
def test_what_is_not_there_is_not_found(reference: str) -> None:
    assert CATALOGUE.find(reference) is None


def test_every_reference_means_one_image() -> None:
    references = [ref for image in CATALOGUE.images for ref in image.references]
    assert len(references) == len(set(references))
    assert CATALOGUE.names() == sorted(references)


@pytest.mark.parametrize("image", CATALOGUE.images, ids=lambda image: image.references[0])
def test_an_image_says_what_plays_it_and_stands_on_what_is_there(image: CatalogueImage) -> None:
    assert image.note
    assert "{" not in image.note
    assert image.base is None or CATALOGUE.find(image.base) is not None


def test_a_python_of_another_version_says_which_plays_it() -> None:
    image = CATALOGUE.find("python:3.9")
    assert image is not None
    assert "CPython 3.12" in image.note
    assert "PYTHON_VERSION=3.12.0" in image.config["Env"]


@pytest.mark.parametrize("image", CATALOGUE.images, ids=lambda image: image.references[0])
def test_every_image_can_be_made_into_layers(image: CatalogueImage, tmp_path: object) -> None:
    store = Store(tmp_path)  # type: ignore[arg-type]
    made = BaseImages(CATALOGUE, store, COMMANDS).find(image.references[0])
    assert made is not None
    stack = store.stack(made.layers)
    stubs = STUB.format("").strip()
    played = {
        stack.read(path).decode().strip().removeprefix(stubs)
        for path, node in stack.tree.items()
        if node.kind == "file" and stack.read(path).startswith(stubs.encode())
    }
    assert played <= COMMANDS
    assert len([entry for entry in made.history if not entry.empty_layer]) == len(made.layers)


def test_a_python_image_is_a_distribution_and_python(tmp_path: object) -> None:
    store = Store(tmp_path)  # type: ignore[arg-type]
    bases = BaseImages(CATALOGUE, store, COMMANDS)
    python, debian = bases.find("python:3.12-slim"), bases.find("debian:bookworm-slim")
    assert python is not None
    assert debian is not None
    assert len(python.layers) == 3
    assert python.layers[:1] == debian.layers
    assert python.config["Cmd"] == ["python3"]


def test_nginx_is_configured_as_its_own_image_is() -> None:
    image = CATALOGUE.find("nginx")
    assert image is not None
    assert image.config["Entrypoint"] == ["/docker-entrypoint.sh"]
    assert image.config["Cmd"] == ["nginx", "-g", "daemon off;"]
    assert image.config["ExposedPorts"] == {"80/tcp": {}}
    assert image.config["StopSignal"] == "SIGQUIT"
