"""Base images from a registry, for an engine that has no way out.

skopeo pulls on the engine's behalf, into an archive that the engine then loads: the engine's
network stays shut, and no image of a learner's choice is ever asked for.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from visualizer.engine.provisioning.errors import ProvisioningFailed
from visualizer.engine.provisioning.images import EngineImages

LONGEST = "30m"
"""For one image, in skopeo's words."""
_MIRROR = re.compile(r"(?:(https?)://)?([\w.-]+(?::\d+)?(?:/[\w./-]+)?)/?", re.ASCII)
_WORTH_TELLING = re.compile(r"Getting|Copying|Writing")


def source(reference: str, mirror: str = "") -> tuple[str, bool]:
    """Where to pull a reference from, in skopeo's words, and whether over TLS.

    `mirror` is `host[:port][/path]`, with `http://` before it when it has no TLS; Docker's official
    images are under `library/` there, as in Docker's own registry. Raises ProvisioningFailed.
    """
    if not mirror:
        return f"docker://{reference}", True
    match = _MIRROR.fullmatch(mirror.strip())
    if match is None:
        raise ProvisioningFailed(
            "Nothing can be pulled.",
            f"LAYERCAKE_IMAGE_MIRROR is {mirror!r}, which is no registry's address.",
            "Write host:port, host/path, or http://host:port for a registry without TLS.",
        )
    return f"docker://{match[2]}/library/{reference}", match[1] != "http"


def pull(
    reference: str,
    images: EngineImages,
    *,
    mirror: str = "",
    tell: Callable[[str], None] = lambda text: None,
) -> None:
    """Have the image of that name on the engine. Raises ProvisioningFailed."""
    if shutil.which("skopeo") is None:
        raise ProvisioningFailed(
            f"{reference} cannot be pulled.",
            "skopeo, which pulls for an engine that has no network, is not installed.",
            "As root: python manage.py engine install. Without a registry: "
            "python manage.py engine images --starter, or --bundle FILE.",
        )
    address, tls = source(reference, mirror)
    with tempfile.TemporaryDirectory(prefix="layercake-pull-") as folder:
        archive = Path(folder) / "image.tar"
        command = [
            "skopeo",
            # As `docker pull`: digests are checked, signatures are nobody's yet.
            "--insecure-policy",
            f"--command-timeout={LONGEST}",
            "copy",
            "--retry-times=2",
            *([] if tls else ["--src-tls-verify=false"]),
            address,
            f"docker-archive:{archive}:{reference}",
        ]
        _run(command, reference, tell)
        tell("Loading it into the engine …")
        images.load_file(archive)


def _run(command: Sequence[str], reference: str, tell: Callable[[str], None]) -> None:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    last = ""
    try:
        for line in process.stdout:
            last = line.strip() or last
            if _WORTH_TELLING.match(last):
                tell(last[:100])
    finally:
        if process.poll() is None and process.stdout.closed is False:
            process.stdout.close()
    if process.wait() != 0:
        raise ProvisioningFailed(
            f"{reference} could not be pulled.",
            f"skopeo says: {_message(last)}",
            "Can the registry be reached from here? LAYERCAKE_IMAGE_MIRROR names another one; "
            "python manage.py engine images --starter needs none.",
        )


def _message(line: str) -> str:
    """What stands between the quotes of skopeo's `msg="…"`."""
    match = re.search(r'msg="(.*)"', line)
    return (match[1] if match else line).replace('\\"', '"')[:500]
