"""What the engine says while it pushes or pulls, line by line, turned into progress.

moby: distribution/push_v2.go, distribution/pull_v2.go, distribution/xfer.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from visualizer.dockerfile.diagnosis import Words
from visualizer.engine import registry_words
from visualizer.engine.transfer_progress import Progress
from visualizer.engine.transfers import TransferStopped
from visualizer.events.types import BlobState, Diagnosis

SHORT = 12
"""Digits of an id as the engine prints it."""

_STATES: Mapping[str, BlobState] = {
    "Preparing": "waiting",
    "Waiting": "waiting",
    "Pulling fs layer": "waiting",
    "Pushing": "moving",
    "Downloading": "moving",
    "Already exists": "exists",
    "Layer already exists": "exists",
    "Pushed": "done",
    "Pull complete": "done",
}
_DIGEST = re.compile(r"(?i:digest): (sha256:[0-9a-f]{64})")
_MISSING = re.compile(r"manifest unknown|not found|name unknown|repository does not exist")
_SILENT = re.compile(r"connection refused|no such host|timeout|no route to host|\bEOF\b|reset by")


class TransferReading:
    """The lines of one transfer. `layers` are the image's, the lowest first, where known.

    A push names a blob by its layer's digest, a pull by the digest of the packed layer, but in the
    order of the layers. `hidden` ones are the site's own and not told.
    """

    def __init__(
        self, progress: Progress, layers: Sequence[str], hidden: Collection[str], *, pull: bool
    ) -> None:
        self.digest: str | None = None
        """Of the manifest, once the engine has said it."""
        self._progress = progress
        self._hidden = hidden
        self._coming = list(dict.fromkeys(layers)) if pull else []
        self._layers = {} if pull else {_short(layer): layer for layer in layers}

    def take(self, line: Mapping[str, Any], shown: "Shown") -> None:
        """One line. Raises TransferStopped when it says that the transfer has failed."""
        if "error" in line:
            words = (line.get("errorDetail") or {}).get("message") or line["error"]
            raise TransferStopped(diagnose(str(words), shown))
        status, blob = str(line.get("status", "")), str(line.get("id", ""))
        aux = line.get("aux")
        if isinstance(aux, Mapping) and "Digest" in aux:
            self.digest = str(aux["Digest"])
        elif found := _DIGEST.search(status):
            self.digest = found[1]
        elif len(blob) == SHORT:
            self._tell(blob, status, line.get("progressDetail") or {})

    def _tell(self, blob: str, status: str, detail: Mapping[str, Any]) -> None:
        # `Mounted from` another repository: the registry had the blob.
        state = "exists" if status.startswith("Mounted from") else _STATES.get(status)
        if state is None:
            return
        layer = self._layer(blob)
        if layer in self._hidden:
            return
        if layer is not None:
            self._progress.name(blob, layer)
        total = int(detail.get("total") or 0)
        self._progress.tell(blob, state, int(detail.get("current") or 0), total or None)

    def _layer(self, blob: str) -> str | None:
        if blob not in self._layers and self._coming:
            self._layers[blob] = self._coming.pop(0)
        return self._layers.get(blob)


class Shown:
    """Makes the engine's words fit to be shown: the registry has one name for learners."""

    def __init__(self, repositories: str, reference: str) -> None:
        """`repositories` is what the engine knows `registry.lab/` by, with the slash."""
        self.reference = reference
        self._repositories = repositories
        self._host = repositories.partition("/")[0]
        self._path = repositories.partition("/")[2]

    def words(self, text: str) -> str:
        """The words without names that are this site's own affair."""
        plain = text.strip().replace(self._repositories, f"{registry_words.REGISTRY}/")
        return plain.replace(self._host, registry_words.REGISTRY).replace(self._path, "")


def diagnose(words: str, shown: Shown) -> Diagnosis:
    """What is said to a learner about a transfer that failed with these words of the engine."""
    if _MISSING.search(words):
        return registry_words.NOT_THERE.at(None, reference=shown.reference)
    said = Words(shown.words(words).replace("`", "'"))
    if _SILENT.search(words):
        return registry_words.UNREACHABLE.at(None, words=said)
    return registry_words.REFUSED.at(None, words=said)


def _short(layer: str) -> str:
    return layer.removeprefix("sha256:")[:SHORT]
