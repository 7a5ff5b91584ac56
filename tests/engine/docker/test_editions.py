"""A lab's edition of an image reaches either kind of engine without the layers that are there."""

import gzip
import hashlib
import io
import json
import tarfile
from typing import Any

import pytest

from tests.engine.docker.test_layers import digest, tar
from visualizer.engine.docker.editions import (
    docker_archive,
    marking_layer,
    oci_layout,
    stored_layers,
    uses_image_store,
)

LOWER = tar({"etc/": None, "etc/a": b"1234"})
UPPER = tar({"etc/": None, "etc/b": b"1"})
LAYERS = [digest(LOWER), digest(UPPER)]
TAG = "layercake.invalid/site/lab/base:1"
LABELS = {"layercake.lab": "lab"}
ORIGINAL: dict[str, Any] = {
    "Id": "sha256:1",
    "Architecture": "arm64",
    "Config": {"Env": ["A=1"], "OnBuild": ["RUN x"], "Labels": {"own": "label"}},
    "RootFS": {"Layers": LAYERS},
}


def blob(content: bytes, media_type: str = "") -> dict[str, object]:
    """As a manifest names it, with what nobody needs."""
    return {
        "mediaType": media_type,
        "digest": digest(content),
        "size": len(content),
        "annotations": {"a": "b"},
    }


def stored(*layers: bytes) -> tuple[dict[str, bytes], list[dict[str, object]]]:
    """The blobs of an image whose layers are stored packed, and how its manifest names them."""
    packed = [gzip.compress(layer, mtime=0) for layer in layers]
    config = json.dumps({"rootfs": {"diff_ids": [digest(each) for each in layers]}}).encode()
    named = [blob(each, "tar+gzip") for each in packed]
    manifest = json.dumps({"config": blob(config), "layers": named}).encode()
    blobs = {f"blobs/sha256/{digest(each)[7:]}": each for each in (*packed, config, manifest)}
    return blobs, named


def contents(archive: bytes) -> dict[str, bytes]:
    """The files of an archive."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as read:
        return {info.name: read.extractfile(info).read() for info in read}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("status", "uses"),
    [
        ([["driver-type", "io.containerd.snapshotter.v1"]], True),
        ([["Backing Filesystem", "extfs"], ["Supports d_type", "true"]], False),
        (None, False),
    ],
)
def test_an_engine_says_whether_it_has_the_image_store(status: object, uses: bool) -> None:
    assert uses_image_store({"DriverStatus": status}) is uses


def test_stored_layers_are_found_by_what_they_hold_and_not_by_how_they_are_packed() -> None:
    other, _ = stored(UPPER)
    mine, named = stored(LOWER, UPPER)
    index = json.dumps({"manifests": [{"digest": "sha256:0"}]}).encode()
    export = tar({"oci-layout": b"{}", **other, **mine, "index.json": index})
    found = stored_layers(io.BytesIO(export), LAYERS)
    wanted = [{key: each[key] for key in ("mediaType", "digest", "size")} for each in named]
    assert found == wanted
    assert [each["digest"] for each in found] != LAYERS


def test_layers_that_an_export_does_not_name_are_not_made_up() -> None:
    blobs, _ = stored(UPPER)
    for files in (blobs, {}, {"blobs/1": b"{broken", "blobs/2": b"[]", "layer.tar": LOWER}):
        assert stored_layers(io.BytesIO(tar(files)), LAYERS) is None


def test_an_edition_for_the_image_store_names_each_layer_and_sends_the_new_one_alone() -> None:
    _, named = stored(LOWER, UPPER)
    mark = marking_layer("1")
    files = contents(oci_layout(ORIGINAL, named, mark, TAG, LABELS))
    for path, content in files.items():
        if path.startswith("blobs/"):
            assert path == f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"
    (top,) = json.loads(files["index.json"])["manifests"]
    assert top["annotations"] == {"io.containerd.image.name": TAG}
    manifest = json.loads(files[f"blobs/sha256/{top['digest'][7:]}"])
    sent = [f"blobs/sha256/{each['digest'][7:]}" in files for each in manifest["layers"]]
    assert sent == [False, False, True]
    assert manifest["layers"][:2] == named
    config = json.loads(files[f"blobs/sha256/{manifest['config']['digest'][7:]}"])
    assert config["rootfs"]["diff_ids"] == [*LAYERS, digest(mark)]
    assert config["architecture"] == "arm64"
    assert config["config"] == {
        "Env": ["A=1"],
        "OnBuild": None,
        "Labels": {"own": "label", **LABELS},
    }


def test_both_kinds_of_edition_are_of_the_same_layers() -> None:
    mark = marking_layer("1")
    files = contents(docker_archive(ORIGINAL, mark, TAG, LABELS))
    (manifest,) = json.loads(files["manifest.json"])
    assert manifest["RepoTags"] == [TAG]
    assert manifest["Layers"][-1] == "layer.tar"
    assert json.loads(files[manifest["Config"]])["rootfs"]["diff_ids"] == [*LAYERS, digest(mark)]


def test_an_edition_may_have_no_layer_of_its_own() -> None:
    _, named = stored(LOWER, UPPER)
    files = contents(oci_layout(ORIGINAL, named, None, TAG, LABELS))
    assert len([path for path in files if path.startswith("blobs/")]) == 2
