"""A file of a layer is read though every image hides it, and nothing else of the machine is."""

import gzip
import io
import os
from pathlib import Path

import pytest

from tests.engine.docker.test_layers import digest, tar
from tests.engine.recording import Bench
from visualizer.engine.docker import DockerEngine
from visualizer.engine.docker.hidden_files import read_in_export, read_in_folder
from visualizer.engine.errors import NotFound

LOWER = tar({"etc/": None, "etc/secret": b"pa55word", "etc/a": b"low"})
UPPER = tar({"etc/": None, "etc/.wh.secret": b"", "etc/a": b"up"})
ARCHIVE = tar({"1/layer.tar": LOWER, "2/layer.tar": UPPER, "manifest.json": b"[]"})
LAYOUT = tar({"blobs/1": gzip.compress(UPPER), "blobs/2": gzip.compress(LOWER)})


@pytest.mark.parametrize("export", [ARCHIVE, LAYOUT], ids=["docker-archive", "OCI, compressed"])
def test_a_file_is_read_out_of_an_export_as_its_layer_has_it(export: bytes) -> None:
    def read(layer: bytes, path: str, limit: int = 100) -> bytes | None:
        return read_in_export(io.BytesIO(export), digest(layer), path, limit)

    assert read(LOWER, "/etc/secret") == b"pa55word"
    assert read(LOWER, "/etc/secret", limit=3) == b"pa5"
    assert (read(LOWER, "/etc/a"), read(UPPER, "/etc/a")) == (b"low", b"up")
    assert read(UPPER, "/etc/secret") is None
    assert read(LOWER, "/etc") is None


def test_a_file_is_read_out_of_a_layers_folder(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "a").write_bytes(b"abc")
    assert read_in_folder(tmp_path, "/etc/a", 100) == b"abc"
    assert read_in_folder(tmp_path, "/etc/a", 2) == b"ab"
    for path in ("/etc", "/etc/b", "/no/such", "/etc/a/b"):
        assert read_in_folder(tmp_path, path, 100) is None


def test_no_link_leads_out_of_a_layers_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "host").write_bytes(b"the machine's own")
    layer = tmp_path / "layer"
    layer.mkdir()
    (layer / "file").symlink_to(outside / "host")
    (layer / "folder").symlink_to(outside)
    os.mkfifo(layer / "pipe")
    for path in ("/file", "/folder/host", "/../outside/host", "/pipe", "/", ""):
        assert read_in_folder(layer, path, 100) is None


async def test_an_engine_elsewhere_gives_it_too(
    bench: Bench, engine: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visualizer.engine.docker.layers.layer_folders", lambda inspected: {})
    built = await bench.image("FROM busybox\nRUN echo pa55word > /secret\nRUN rm /secret\n")
    assert await bench.lab.read_file(built.layers[-2], "/secret") == b"pa55word\n"
    with pytest.raises(NotFound):
        await bench.lab.read_file(built.layers[-1], "/secret")


async def test_a_container_that_ended_is_not_looked_into_without_its_image(bench: Bench) -> None:
    await bench.image('FROM busybox\nCMD ["sleep", "1000"]\n')
    container = await bench.running()
    await bench.lab.kill(container)
    await bench.lab.remove_image("app", force=True)
    with pytest.raises(NotFound) as refused:
        await bench.lab.layers_of(container)
    assert refused.value.code == "image-gone"
