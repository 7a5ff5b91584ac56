"""Who has to own the files of a build context, so that root owns them in the image.

An engine with `--userns-remap` whose BuildKit is older than 0.13 (Docker 26) unpacks what it is
sent without mapping the owners: root's files would be nobody's, and be left out when an image is
exported, pushed or committed. So they are sent as those of the user that root is mapped to.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MENDED_IN = 26
"""Docker's version: github.com/moby/buildkit/pull/4712."""
_REMAPPED = re.compile(r"/(\d+)\.(\d+)/?$")


@dataclass(frozen=True)
class Owner:
    """A user and a group, as numbers."""

    uid: int = 0
    gid: int = 0


def owner_of_context(info: Mapping[str, Any]) -> Owner:
    """As whose files a context is sent to the engine that says this of itself (`GET /info`)."""
    if not any(str(option).startswith("name=userns") for option in info["SecurityOptions"] or ()):
        return Owner()
    version = re.match(r"\d+", str(info["ServerVersion"]))
    mapped = _REMAPPED.search(str(info["DockerRootDir"]))
    if mapped is None or (version is not None and int(version[0]) >= MENDED_IN):
        return Owner()
    return Owner(int(mapped[1]), int(mapped[2]))
