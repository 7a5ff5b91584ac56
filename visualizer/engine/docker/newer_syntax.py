"""What an engine is too old for, though Docker does it today: most of it is in the Dockerfile.

Judged by the engine's own words, not by its version: distributions mend old engines.
"""

import re

from visualizer.dockerfile.diagnosis import Topic, Words
from visualizer.dockerfile.parser import Dockerfile, Instruction
from visualizer.events.types import Diagnosis

TOPIC = Topic("What an older Docker engine cannot read")

NO_HEREDOCS = TOPIC.message(
    "heredoc-needs-newer-engine",
    "error",
    "This engine is too old for the heredoc `<<{name}`.",
    "It is Docker Engine {version}, and heredocs came with Docker Engine 23. It takes the lines of "
    "the document for instructions, and knows none that begins like this.",
    "{advice} Or build this Dockerfile on Docker Engine 23 or newer, or on the embedded engine.",
)
NO_FLAG = TOPIC.message(
    "flag-needs-newer-engine",
    "error",
    "This engine is too old for `{keyword} --{flag}`.",
    "It is Docker Engine {version}, and the flag came with a newer one.",
    "Leave the flag out, or build this Dockerfile on a newer Docker Engine or on the embedded "
    "engine.",
)
NO_CONTEXT = TOPIC.message(
    "image-store-needs-newer-engine",
    "error",
    "This engine cannot build with its containerd image store.",
    "It is Docker Engine {version}. With that image store, engines before 27.5 do not find the "
    "files that a build is sent, whatever the Dockerfile says.",
    "Whoever runs the engine can update it, or turn the image store off in its `daemon.json`: "
    '`"features": {{"containerd-snapshotter": false}}`. The embedded engine builds this here.',
)
_LOST_CONTEXT = "//build-context-"
"""The address under which an engine keeps those files for itself; nobody else has such a host."""
_JOINED = "Write the commands in one RUN and join them with `&&`: `RUN one && two`."
_FILE = "Put the document into a file of its own beside the Dockerfile, and COPY that."
_PARSE_ERROR = re.compile(r"dockerfile parse error (?:on )?line (\d+): (.*)", re.DOTALL)
_UNKNOWN_FLAG = re.compile(r"unknown flag: -*([\w-]+)", re.IGNORECASE)


def needs_newer_engine(words: str, dockerfile: Dockerfile, version: str) -> Diagnosis | None:
    """What is said of a Dockerfile that the engine, of this version, refuses with these words.

    None when its age does not explain it.
    """
    if _LOST_CONTEXT in words:
        return NO_CONTEXT.at(None, version=version)
    refusal = _PARSE_ERROR.search(words)
    instruction = _at(dockerfile, int(refusal[1])) if refusal else None
    if refusal is None or instruction is None:
        return None
    if instruction.heredocs:
        advice = Words(_JOINED if instruction.keyword == "RUN" else _FILE)
        name = instruction.heredocs[0].name
        return NO_HEREDOCS.at(instruction, name=name, version=version, advice=advice)
    if flag := _UNKNOWN_FLAG.match(refusal[2]):
        keyword = instruction.keyword
        return NO_FLAG.at(instruction, keyword=keyword, flag=flag[1], version=version)
    return None


def _at(dockerfile: Dockerfile, line: int) -> Instruction | None:
    """The instruction that this line is part of."""
    return next(
        (each for each in dockerfile.instructions if each.line_start <= line <= each.line_end), None
    )
