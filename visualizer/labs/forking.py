"""What a lab begins with that goes on from a recording: the files of one of its builds."""

import hashlib
from collections.abc import Sequence

from visualizer.engine.limits import Limits
from visualizer.engine.port import ContextFile
from visualizer.events.types import BuildStarted
from visualizer.labs import workspace
from visualizer.labs.errors import Invalid, NotThere
from visualizer.recordings.format import Recorded
from visualizer.recordings.moment import position_at

PATH = 255
"""Characters of a file's path, as a browser may send it."""


def files_at(recorded: Recorded, moment: str, limits: Limits) -> list[ContextFile] | None:
    """The files of the last build that had begun at this moment (as an address names it).

    None when the recording has no build. Without a moment, or with one before all builds, it is
    the last build of all. Raises NotThere when the recording does not carry them, and Invalid or
    TooMuch for files that no lab can have.
    """
    builds = [fact for fact in recorded.events if isinstance(fact, BuildStarted)]
    if not builds:
        return None
    position = position_at(moment, recorded.events)
    begun = [build for build in builds if position is not None and build.seq <= position]
    return _files_of((begun or builds)[-1], recorded, limits)


def _files_of(build: BuildStarted, recorded: Recorded, limits: Limits) -> list[ContextFile]:
    contents = {file.sha256: file.content for file in recorded.header.files}
    # The tape itself has the Dockerfile.
    dockerfile = build.dockerfile.encode()
    contents[hashlib.sha256(dockerfile).hexdigest()] = dockerfile
    missing = [file.path for file in build.files if file.sha256 not in contents]
    if missing:
        raise _incomplete(missing)
    files = [ContextFile(file.path, contents[file.sha256]) for file in build.files]
    if any(len(file.path) > PATH for file in files):
        raise Invalid(
            "bad-path",
            "A file of this recording has a name that is too long for a lab.",
            f"A path may have {PATH} characters.",
            "The recording can be played all the same.",
        )
    return workspace.checked([workspace.as_source(file) for file in files], limits)


def _incomplete(missing: Sequence[str]) -> NotThere:
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    names = ", ".join(
        "".join(c if c.isprintable() else "\ufffd" for c in path[:60]) for path in missing[:3]
    )
    return NotThere(
        "no-files",
        "No lab can be opened with the files of this recording.",
        f"It tells of them, and does not carry them along: {names}{more}.",
        "Play it and look, or open a lab of your own and write the files anew.",
    )
