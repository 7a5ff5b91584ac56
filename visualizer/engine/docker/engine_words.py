"""The engine's own words, made fit to be shown."""

import re

from visualizer.engine.build_failures import process_failed
from visualizer.engine.docker.context_archive import COPY_OF_ALL

_OLD_FAILURE = re.compile(
    r"executor failed running \[(.*)\]: (exit code: \d+|unable to )", re.DOTALL
)
_HOST_PATH = re.compile(
    r"/\S*?/(?:overlay2|buildkit|snapshots|fuse-overlayfs)/\S*?/(?:merged|fs)(?=/)"
)
_FRONTEND = re.compile(
    r"^failed to solve(?: with frontend \S+)?: (?:failed to create LLB definition: )?"
)
"""The engine's parts that have handed the words on."""
_INTERNAL_NAME = re.compile(r"(?:docker\.io/)?layercake\.invalid/[a-z0-9]+/[0-9a-f]+/(?:named/)?")


def shown(words: str) -> str:
    """The engine's words without names and paths that are this site's own affair.

    Engines before 23 have other words for a command that failed; they are put as today's.
    """
    words = _OLD_FAILURE.sub(_of_today, words.strip())
    words = _HOST_PATH.sub("", words)
    words = _INTERNAL_NAME.sub("", words).replace(f"{COPY_OF_ALL}/", "")
    return _FRONTEND.sub("", words)


def _of_today(old: re.Match[str]) -> str:
    return f"{process_failed(old[1])}: {old[2]}"
