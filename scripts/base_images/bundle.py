"""Images as one archive in the layout of `docker save`, each layer in it once."""

import io
import json
import tarfile
from collections.abc import Sequence
from typing import IO

from scripts.base_images.roots import EPOCH
from scripts.base_images.starters import Image


def write(images: Sequence[Image], target: IO[bytes]) -> None:
    """Write the archive as a stream; `target` is neither sought nor closed."""
    layers = {layer.digest: layer for image in images for layer in image.layers}
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.GNU_FORMAT) as tar:
        for digest, layer in layers.items():
            with layer.path.open("rb") as content:
                _add(tar, _name(digest), content, layer.path.stat().st_size)
        for image in images:
            _add(tar, _config_name(image), io.BytesIO(image.config), len(image.config))
        manifest = json.dumps([_described(image) for image in images]).encode()
        _add(tar, "manifest.json", io.BytesIO(manifest), len(manifest))


def _described(image: Image) -> dict[str, object]:
    return {
        "Config": _config_name(image),
        "RepoTags": list(image.plays),
        "Layers": [_name(layer.digest) for layer in image.layers],
    }


def _name(digest: str) -> str:
    return f"{digest.removeprefix('sha256:')}/layer.tar"


def _config_name(image: Image) -> str:
    return f"{image.digest.removeprefix('sha256:')}.json"


def _add(tar: tarfile.TarFile, path: str, content: IO[bytes], size: int) -> None:
    info = tarfile.TarInfo(path)
    info.size, info.mtime = size, EPOCH
    tar.addfile(info, content)
