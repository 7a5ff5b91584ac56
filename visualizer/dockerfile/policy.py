"""What this site does not build, although Docker would: anything that reaches outside the sandbox,
and files too large for a lesson. Clear words instead of a failure half-way."""

import re
from collections.abc import Iterator

from visualizer.dockerfile.context import ContextFiles
from visualizer.dockerfile.diagnosis import Lines, Topic, Words, replace_lines
from visualizer.dockerfile.parser import Dockerfile, Instruction, parse, parse_trigger
from visualizer.events.types import Diagnosis

TOPIC = Topic("What this site does not build")
DOCKERFILE_BYTES = 64 * 1024
INSTRUCTIONS = 300
CONTEXT_BYTES = 1024 * 1024
CONTEXT_FILES = 200

FRONTEND = TOPIC.message(
    "remote-frontend",
    "error",
    "The line `# syntax={frontend}` asks for another Dockerfile reader from the network.",
    "A frontend is a program: BuildKit would fetch the image `{frontend}` and let it read this "
    "file. Nothing is fetched here. (Docker's own `docker/dockerfile:1` is fine: it is what is "
    "built in.)",
    "Delete the line, or write `# syntax=docker/dockerfile:1`.",
)
SECRET_MOUNT = TOPIC.message(
    "secret-mount",
    "error",
    "`RUN --mount=type={kind}` is not available here.",
    "It lends the step a password or a key of the person who builds. A public classroom has none "
    "to lend, and should not be given any.",
    "Delete the flag. On your own computer it is the right way to use a secret in a build.",
)
NETWORK = TOPIC.message(
    "run-network",
    "error",
    "`RUN --network` is not available here.",
    "Builds on this site have no network, whatever the Dockerfile says.",
    "Delete the flag.",
)
SECURITY = TOPIC.message(
    "run-security",
    "error",
    "`RUN --security` is not available here.",
    "It asks for more rights than a build normally has, and this site gives none away.",
    "Delete the flag.",
)
DEVICE = TOPIC.message(
    "run-device",
    "error",
    "`RUN --device` is not available here.",
    "It asks for hardware of the machine that builds, such as a graphics card.",
    "Delete the flag.",
)
REMOTE_SOURCE = TOPIC.message(
    "add-remote",
    "error",
    "`{source}` is to be fetched from the network.",
    "{keyword} of a web address or a git repository needs the network, and builds here have none.",
    "Download the file yourself, upload it beside the Dockerfile and COPY it.",
)
DOCKERFILE_SIZE = TOPIC.message(
    "dockerfile-too-large",
    "error",
    "The Dockerfile has {size} bytes; up to {limit} are read here.",
    "Dockerfiles are short as a rule; a long one usually carries data that belongs in a file.",
    "Move long texts to files of their own and COPY them.",
)
INSTRUCTION_COUNT = TOPIC.message(
    "too-many-instructions",
    "error",
    "The Dockerfile has {count} instructions; up to {limit} are carried out here.",
    "Every instruction is a step of the build, and a layer may come of it.",
    "Join commands that belong together: `RUN first && second`.",
)
CONTEXT_SIZE = TOPIC.message(
    "context-too-large",
    "error",
    "The files beside the Dockerfile have {size} bytes; up to {limit} are sent here.",
    "The whole build context goes to the engine before the first step. The largest file is "
    "`{largest}`.",
    "Delete what the image does not need, or list it in `.dockerignore`.",
)
CONTEXT_COUNT = TOPIC.message(
    "too-many-files",
    "error",
    "There are {count} files beside the Dockerfile; up to {limit} are sent here.",
    "The whole build context goes to the engine before the first step.",
    "Delete what the image does not need, or list folders in `.dockerignore`.",
)
BIDI = TOPIC.message(
    "bidirectional-control",
    "warning",
    "The line has invisible characters: {characters}.",
    "They change the direction in which text is shown, so that the line can do something other "
    "than what it looks like.",
    "Delete them, unless you write right-to-left text and know why they are there.",
)

_DOCKER_FRONTEND = re.compile(r"(docker\.io/)?docker/dockerfile(:1(\.\d+){0,2}(-labs)?)?")
_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:", re.IGNORECASE)
_BIDI = {
    "\u061c": "ARABIC LETTER MARK",
    "\u200e": "LEFT-TO-RIGHT MARK",
    "\u200f": "RIGHT-TO-LEFT MARK",
    "\u202a": "LEFT-TO-RIGHT EMBEDDING",
    "\u202b": "RIGHT-TO-LEFT EMBEDDING",
    "\u202c": "POP DIRECTIONAL FORMATTING",
    "\u202d": "LEFT-TO-RIGHT OVERRIDE",
    "\u202e": "RIGHT-TO-LEFT OVERRIDE",
    "\u2066": "LEFT-TO-RIGHT ISOLATE",
    "\u2067": "RIGHT-TO-LEFT ISOLATE",
    "\u2068": "FIRST STRONG ISOLATE",
    "\u2069": "POP DIRECTIONAL ISOLATE",
}
_BIDI_RANGE = re.compile(f"[{''.join(_BIDI)}]")
_REFUSED_FLAGS = {"network": NETWORK, "security": SECURITY, "device": DEVICE}


def is_remote(source: str) -> bool:
    """True for a URL or a git address, which Docker fetches; `github.com/x` is a local path."""
    return bool(_REMOTE.match(source))


def check_policy(source: str | bytes, context: ContextFiles | None = None) -> list[Diagnosis]:
    """What this site refuses in the Dockerfile and its context, as errors, and one warning.

    Images are not looked at: `plan` and `diagnose` know the catalogue.
    """
    if large := too_large(source):
        return [large]
    return policy_of(parse(source), context)


def policy_of(dockerfile: Dockerfile, context: ContextFiles | None) -> list[Diagnosis]:
    """The policy on a Dockerfile that has been read already."""
    unreadable = [d for d in dockerfile.diagnoses if d.code in ("not-utf-8", "nul-byte")]
    return sorted(
        [*unreadable, *_text(dockerfile), *_context_limits(context)],
        key=lambda diagnosis: diagnosis.line or 0,
    )


def too_large(source: str | bytes) -> Diagnosis | None:
    """The diagnosis of a file that is not even read: reading is what the limit protects."""
    size = len(source if isinstance(source, bytes) else source.encode("utf-8", "replace"))
    if size <= DOCKERFILE_BYTES:
        return None
    return DOCKERFILE_SIZE.at(Lines(1, 1), size=size, limit=DOCKERFILE_BYTES)


def _text(dockerfile: Dockerfile) -> Iterator[Diagnosis]:
    yield from _frontend(dockerfile)
    yield from _bidi(dockerfile)
    count = len(dockerfile.instructions)
    if count > INSTRUCTIONS:
        place = dockerfile.instructions[INSTRUCTIONS]
        yield INSTRUCTION_COUNT.at(place, count=count, limit=INSTRUCTIONS)
    for instruction in dockerfile.instructions:
        yield from _instruction(instruction)
        if instruction.keyword == "ONBUILD" and not instruction.broken:
            trigger = re.sub(r"^\s*onbuild\s*", "", instruction.text, flags=re.IGNORECASE)
            inner = parse_trigger(trigger, instruction.line_start, instruction.line_end)
            if inner:
                yield from _instruction(inner)


def _frontend(dockerfile: Dockerfile) -> Iterator[Diagnosis]:
    directive = dockerfile.syntax
    if directive and not _DOCKER_FRONTEND.fullmatch(directive.value):
        place = Lines(directive.line, directive.line)
        fix = replace_lines(place, "Delete the line", "")
        yield FRONTEND.at(place, fix, frontend=directive.value)


def _bidi(dockerfile: Dockerfile) -> Iterator[Diagnosis]:
    if not _BIDI_RANGE.search(dockerfile.source):
        return
    for number, line in enumerate(dockerfile.lines, 1):
        found = [
            f"{_BIDI[match[0]]} (U+{ord(match[0]):04X}) in column {match.start() + 1}"
            for match in _BIDI_RANGE.finditer(line)
        ]
        if found:
            place = Lines(number, number)
            fix = replace_lines(place, "Delete the invisible characters", _BIDI_RANGE.sub("", line))
            more = f", and {len(found) - 3} more" if len(found) > 3 else ""
            yield BIDI.at(place, fix, characters=Words(", ".join(found[:3]) + more))


def _instruction(instruction: Instruction) -> Iterator[Diagnosis]:
    if instruction.keyword == "RUN":
        for flag in instruction.flags:
            name, _, value = flag[2:].partition("=")
            if message := _REFUSED_FLAGS.get(name):
                yield message.at(instruction)
            elif name == "mount" and (kind := refused_mount(value)):
                yield SECRET_MOUNT.at(instruction, kind=kind)
    elif instruction.keyword == "ADD":
        for source in instruction.value[:-1]:
            if is_remote(source):
                yield REMOTE_SOURCE.at(instruction, keyword="ADD", source=source)


def refused_mount(value: str) -> str | None:
    """The mount's type when it may not be used here; a type in a variable may become anything."""
    for part in value.split(","):
        key, _, kind = part.strip(" \"'").partition("=")
        kind = kind.strip("\"'").lower()
        if key.lower() == "type" and (kind in ("secret", "ssh") or "$" in kind):
            return kind
    return None


def _context_limits(context: ContextFiles | None) -> Iterator[Diagnosis]:
    if context is None:
        return
    count = len(context.paths)
    if count > CONTEXT_FILES:
        yield CONTEXT_COUNT.at(None, count=count, limit=CONTEXT_FILES)
    if context.size > CONTEXT_BYTES:
        largest = max(context.paths, key=lambda path: context.files[path].size)
        yield CONTEXT_SIZE.at(None, size=context.size, limit=CONTEXT_BYTES, largest=largest)
