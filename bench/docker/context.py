"""A build context as the Engine's API takes it."""

import io
import tarfile
from collections.abc import Sequence


def tarred(files: Sequence[dict[str, str]]) -> bytes:
    """In GNU format: BuildKit reads one that begins with a PAX header as a Dockerfile."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for file in files:
            content = file["text"].encode()
            info = tarfile.TarInfo(file["path"])
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()
