"""The archives that ADD unpacks, with owners as an engine needs them that forgets to map them.

See `remapping`: there root's files would be nobody's, in the image and in its layer.
"""

import gzip
import io
import tarfile
from collections.abc import Iterable, Mapping
from typing import BinaryIO, cast

from visualizer.dockerfile.operations import Copy
from visualizer.dockerfile.steps import Plan
from visualizer.engine.docker.added_archives import BROKEN, named, unpacked
from visualizer.engine.docker.remapping import Owner
from visualizer.engine.port import ContextFile


def remapped_archives(
    planned: Plan, files: Iterable[ContextFile], owner: Owner
) -> Mapping[str, bytes]:
    """What to send instead of some files, by their paths. Blocking, for seconds at worst.

    The archives have been looked through: what comes out of them is within the lab's limits.
    """
    if owner == Owner():
        return {}
    contents = {file.path: file.content for file in files}
    found: dict[str, bytes] = {}
    for step in planned.steps:
        copy = step.operation
        if not step.skipped and isinstance(copy, Copy) and copy.unpack and copy.of_context:
            found |= {path: remapped(contents[path], owner) for path in named(copy, contents)}
    return found


def remapped(content: bytes, owner: Owner) -> bytes:
    """The archive with its owners moved; what is no archive, or a broken one, as it is.

    The same for the same archive at any time, or no ADD would ever be cached.
    """
    out = io.BytesIO()
    try:
        with (
            tarfile.open(fileobj=cast("BinaryIO", unpacked(content)), mode="r|") as source,
            # Packed, for a small archive can hold a large file of zeros.
            gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w") as target,
        ):
            for info in source:
                info.uid, info.gid = info.uid + owner.uid, info.gid + owner.gid
                info.pax_headers = {
                    name: value
                    for name, value in info.pax_headers.items()
                    if name not in ("uid", "gid", "size") and "GNU.sparse" not in name
                }
                data = source.extractfile(info) if info.isreg() else None
                info.type = tarfile.REGTYPE if info.isreg() else info.type
                target.addfile(info, data)
    except BROKEN:
        return content
    return out.getvalue()
