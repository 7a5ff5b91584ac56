"""Layers are read once, from archives of both layouts or from overlayfs, and counted as Docker
would."""

import asyncio
import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from visualizer.engine.docker import layers as layers_module
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.layer_index import Counts, Entry, LayerIndex
from visualizer.engine.docker.layer_sources import folder_entries, index_export, layer_folders
from visualizer.engine.docker.layers import Layers
from visualizer.engine.docker.wire import Request


@pytest.fixture
def index(tmp_path: Path) -> LayerIndex:
    """An empty index."""
    return LayerIndex(tmp_path)


def tar(files: Mapping[str, bytes | None]) -> bytes:
    """A tar of these files; None is a directory."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as made:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            if content is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            else:
                info.size = len(content)
            made.addfile(info, io.BytesIO(content or b""))
    return out.getvalue()


def digest(data: bytes) -> str:
    """As a layer is named."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


LOWER = tar({"etc/": None, "etc/a": b"1234", "etc/b": b"1", "gone/": None, "gone/x": b"x"})
UPPER = tar({"etc/": None, "etc/.wh.a": b"", "etc/c": b"12", "etc/b": b"123", ".wh.gone": b""})


@pytest.mark.parametrize(
    "export",
    [
        tar(
            {"1f/layer.tar": LOWER, "2e/layer.tar": UPPER, "x.json": b"{}", "manifest.json": b"[]"}
        ),
        tar({f"blobs/sha256/{digest(layer)[7:]}": layer for layer in (UPPER, LOWER)}),
        tar(
            {"index.json": b"{}", "blobs/1": gzip.compress(LOWER), "blobs/2": gzip.compress(UPPER)}
        ),
    ],
    ids=["docker-archive", "OCI layout", "OCI layout, compressed"],
)
def test_an_export_is_read_whatever_its_layout(index: LayerIndex, export: bytes) -> None:
    index_export(io.BytesIO(export), index)
    assert index.has(digest(LOWER))
    assert index.has(digest(UPPER))
    assert index.size(digest(UPPER)) == 5
    kinds = {file.path: file.kind for file in index.page(digest(UPPER), "", 100)}
    assert kinds == {
        "/etc": "directory",
        "/etc/a": "whiteout",
        "/etc/b": "file",
        "/etc/c": "file",
        "/gone": "whiteout",
    }


def test_a_layer_is_counted_against_what_is_below_it(index: LayerIndex) -> None:
    index_export(io.BytesIO(tar({"a": LOWER, "b": UPPER})), index)
    assert index.counts(digest(LOWER), []) == Counts(added=5, modified=0, deleted=0)
    assert index.counts(digest(UPPER), [digest(LOWER)]) == Counts(1, 1, 2)


def test_what_a_layer_deleted_is_new_when_it_comes_back(index: LayerIndex) -> None:
    index.put("sha256:1", [Entry("/d", "directory"), Entry("/d/a", "file", 1)])
    index.put("sha256:2", [Entry("/d", "whiteout")])
    index.put("sha256:3", [Entry("/d", "directory"), Entry("/d/a", "file", 1)])
    assert index.counts("sha256:3", ["sha256:1", "sha256:2"]) == Counts(2, 0, 0)
    assert index.counts("sha256:3", ["sha256:1"]) == Counts(0, 1, 0)


def test_an_opaque_directory_hides_what_is_below_it(index: LayerIndex) -> None:
    index.put("sha256:1", [Entry("/d", "directory"), Entry("/d/a", "file", 1)])
    index.put("sha256:2", [Entry("/d", "directory", opaque=True)])
    index.put("sha256:3", [Entry("/d/a", "file", 1)])
    assert index.counts("sha256:3", ["sha256:1", "sha256:2"]) == Counts(1, 0, 0)
    assert index.is_touched(["sha256:2"], "/d/a")
    assert not index.is_touched(["sha256:2"], "/e")


def test_a_reading_that_fails_leaves_nothing(index: LayerIndex) -> None:
    def broken() -> "object":
        yield Entry("/a", "file", 1)
        raise OSError("the stream has ended")

    with pytest.raises(OSError, match="has ended"):
        index.put("sha256:1", broken())  # type: ignore[arg-type]
    assert not index.has("sha256:1")


def test_a_layer_is_paged_in_order(index: LayerIndex) -> None:
    index.put("sha256:1", [Entry(f"/{number:03}", "file", number) for number in range(100)])
    first = index.page("sha256:1", "", 40)
    rest = index.page("sha256:1", first[-1].path, 100)
    assert [file.size for file in (*first, *rest)] == list(range(100))


def test_names_of_any_bytes_are_kept(index: LayerIndex) -> None:
    index.put("sha256:1", [Entry(os.fsdecode(b"/\xff"), "file", 1)])
    assert index.page("sha256:1", "", 10)[0].path == "/\N{REPLACEMENT CHARACTER}"


def test_the_index_is_there_again_after_a_start(tmp_path: Path) -> None:
    first = LayerIndex(tmp_path)
    first.put("sha256:1", [Entry("/a", "file", 1)])
    first.put_steps("lab", ["key"])
    first.close()
    again = LayerIndex(tmp_path)
    assert again.size("sha256:1") == 1
    assert again.has_step("lab", "key")
    assert not again.has_step("other", "key")
    again.forget_lab("lab")
    assert not again.has_step("lab", "key")


async def test_an_engines_disk_and_its_export_tell_the_same(own_host: str, tmp_path: Path) -> None:
    api = EngineApi(own_host)
    inspected = await api.get("/images/busybox:latest/json")
    folders = layer_folders(inspected)
    assert folders
    exported = LayerIndex(tmp_path / "exported")
    data = await api.call(Request("GET", f"/images/{inspected['Id']}/get"))
    index_export(io.BytesIO(data), exported)
    for layer, folder in folders.items():
        read = LayerIndex(tmp_path / "read")
        read.put(layer, folder_entries(folder))
        assert read.page(layer, "", 10000) == exported.page(layer, "", 10000)
        assert json.dumps(read.size(layer)) == json.dumps(exported.size(layer))
    api.close()


async def test_an_image_is_read_out_of_its_export_as_it_comes(
    docker_host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers_module, "layer_folders", lambda _: {})
    api = EngineApi(docker_host)
    inspected = await api.get("/images/busybox:latest/json")
    layers = Layers(api, tmp_path)
    digests = inspected["RootFS"]["Layers"]
    assert await layers.missing(digests) == digests
    await asyncio.gather(layers.read(inspected), layers.read(inspected))
    assert await layers.missing(digests) == []
    assert "/bin/busybox" in {file.path for file in await layers.page(digests[0], "", 1000)}
    await layers.close()
    api.close()
