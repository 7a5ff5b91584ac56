"""Hints on layers: an order that uses the build cache, and layers without needless weight."""

import posixpath
import re
from collections.abc import Iterator
from itertools import pairwise

from visualizer.dockerfile.analysis import Analysis, Placed, StageView
from visualizer.dockerfile.copying import absolute_destination, clean
from visualizer.dockerfile.diagnosis import Lines, Topic, Words, replace_lines
from visualizer.dockerfile.operations import Copy, Run, ShellCommand
from visualizer.dockerfile.parser import Instruction
from visualizer.dockerfile.shellscript import SimpleCommand
from visualizer.events.types import Diagnosis, Fix

TOPIC = Topic("Layers and the build cache")

CACHE_ORDER = TOPIC.message(
    "copy-before-install",
    "hint",
    "Every change of any file makes `{command}` run again.",
    "A step comes from the cache only if all steps before it did, and the COPY in line {line} "
    "takes all files: each edit of your code ends the cache there.",
    "Copy only `{manifest}` first, install, and copy the rest after that.",
)
MANY_RUNS = TOPIC.message(
    "many-runs",
    "hint",
    "{count} RUNs follow each other, and each makes a layer.",
    "Commands that belong together can share a step: `&&` goes on only if the command before it "
    "succeeded. Fewer layers are easier to read, and files deleted in the same step take no room.",
    "Join them: `RUN first && \\` and on the next line `second`.",
)
DELETED_LATER = TOPIC.message(
    "deleted-in-later-layer",
    "hint",
    "Deleting `{path}` here does not make the image smaller.",
    "The layer of line {line} still holds it. A layer never changes; this step only adds a note "
    "that the file is gone (a whiteout).",
    "{advice}",
)
APT_LISTS = TOPIC.message(
    "apt-lists-left",
    "hint",
    "The package lists of apt stay in this layer.",
    "`apt-get update` fetches tens of megabytes of lists that nobody needs after the install.",
    "Add `&& rm -rf /var/lib/apt/lists/*` to the same RUN.",
)
APK_INDEX = TOPIC.message(
    "apk-index-left",
    "hint",
    "The package index of apk stays in this layer.",
    "`apk add --no-cache` fetches the index, uses it and leaves nothing behind.",
    "Add `--no-cache`; `apk update` is then not needed.",
)
PIP_CACHE = TOPIC.message(
    "pip-cache-left",
    "hint",
    "The files that pip downloads stay in this layer.",
    "pip keeps them for a next install on the same machine, and an image has none.",
    "Add `--no-cache-dir`.",
)

_INSTALLS = (
    (("pip", "pip3"), ("install",), ("-r", "--requirement"), "requirements.txt"),
    (("npm",), ("install", "i", "ci"), (), "package*.json"),
    (("yarn",), ("install",), (), "package.json yarn.lock"),
    (("pnpm",), ("install", "i"), (), "package.json pnpm-lock.yaml"),
    (("bundle",), ("install",), (), "Gemfile Gemfile.lock"),
    (("composer",), ("install",), (), "composer.json composer.lock"),
    (("go",), ("mod",), (), "go.mod go.sum"),
    (("cargo",), ("fetch",), (), "Cargo.toml Cargo.lock"),
    (("poetry",), ("install",), (), "pyproject.toml poetry.lock"),
    (("uv",), ("sync",), (), "pyproject.toml uv.lock"),
)
RUNS_IN_A_ROW = 3


def cache_order(analysis: Analysis) -> Iterator[Diagnosis]:
    """COPY of everything in front of the install of what a manifest lists."""
    for stage in analysis.stages:
        whole: Placed | None = None
        earlier: list[str] = []
        lines = {i.line_start: found for i, found in stage.scripts}
        for placed in stage.placed:
            operation, instruction = placed.operation, placed.instruction
            if isinstance(operation, Copy) and not whole:
                if _copies_all(operation):
                    whole = placed
                else:
                    earlier += operation.sources
            elif whole and isinstance(operation, Run):
                for command in lines.get(instruction.line_start, ()):
                    manifest = _manifest(command)
                    if manifest and not _copied_before(manifest, earlier):
                        fix = _reorder(stage, whole, placed, manifest)
                        line = whole.instruction.line_start
                        words = " ".join(command.words)
                        yield CACHE_ORDER.at(
                            instruction, fix, command=words, line=line, manifest=manifest
                        )
                        return


def _copies_all(operation: Copy) -> bool:
    return operation.of_context and "" in map(clean, operation.sources)


def _manifest(command: SimpleCommand) -> str | None:
    words = command.words
    if command.name in ("python", "python3") and words[1:3] == ("-m", "pip"):
        words = words[2:]
    for names, verbs, options, manifest in _INSTALLS:
        verb = next((word for word in words[1:] if not word.startswith("-")), None)
        if not words or words[0].rsplit("/", 1)[-1] not in names or verb not in verbs:
            continue
        if options:
            at = next((n for n, word in enumerate(words) if word in options), None)
            return words[at + 1] if at is not None and at + 1 < len(words) else None
        extra = [w for w in words[1:] if not w.startswith("-") and w not in verbs]
        return manifest if not extra or names == ("go",) else None
    return None


def _copied_before(manifest: str, earlier: list[str]) -> bool:
    names = {posixpath.basename(source.rstrip("/")) for source in earlier}
    first = posixpath.basename(manifest.split()[0])
    stem = first.split("*")[0]
    return any(name == first or (stem and name.startswith(stem)) for name in names) or any(
        "*" in name for name in names
    )


def _reorder(stage: StageView, whole: Placed, install: Placed, manifest: str) -> Fix | None:
    copy, run = whole.instruction, install.instruction
    one_line = copy.line_start == copy.line_end and run.line_start == run.line_end
    operation = whole.operation
    if not one_line or run.line_start != copy.line_end + 1 or copy.flags:
        return None
    plain = isinstance(operation, Copy) and operation.destination in (".", "./")
    if not plain or not re.fullmatch(r"[\w.*-]+( [\w.*-]+)*", manifest):
        return None
    text = f"COPY {manifest} ./\n{run.text}\n{copy.text}"
    return replace_lines(Lines(copy.line_start, run.line_end), "Install before copying", text)


def many_runs(analysis: Analysis) -> Iterator[Diagnosis]:
    for stage in analysis.stages:
        row: list[Instruction] = []
        for placed in [*stage.placed, None]:
            operation = placed.operation if placed else None
            if placed and isinstance(operation, Run) and _joinable(placed.instruction, operation):
                row.append(placed.instruction)
                continue
            if len(row) >= RUNS_IN_A_ROW:
                place = Lines(row[0].line_start, row[-1].line_end)
                yield MANY_RUNS.at(place, _joined(analysis, row, place), count=len(row))
            row = []


def _joinable(instruction: Instruction, operation: Run) -> bool:
    plain = isinstance(operation.command, ShellCommand) and not instruction.heredocs
    return plain and not instruction.flags and not instruction.operands.startswith("[")


def _joined(analysis: Analysis, row: list[Instruction], place: Lines) -> Fix | None:
    lines = analysis.dockerfile.lines[place.line_start - 1 : place.line_end]
    if any(line.strip().startswith("#") for line in lines):
        return None
    if any(i.line_start != i.line_end or re.search(r"[#;|]|&\s*$", i.operands) for i in row):
        return None
    text = " && \\\n    ".join(instruction.operands for instruction in row)
    return replace_lines(place, "Join them into one RUN", f"RUN {text}")


def deleted_later(analysis: Analysis) -> Iterator[Diagnosis]:
    """`rm` of what an earlier layer of the same stage holds."""
    for stage in analysis.stages:
        made: dict[str, tuple[int, str]] = {}
        found = {i.line_start: (i, commands) for i, commands in stage.scripts}
        for placed in stage.placed:
            operation, instruction = placed.operation, placed.instruction
            if isinstance(operation, Copy):
                made.update(_copied(operation, instruction.line_start))
            elif isinstance(operation, Run) and instruction.line_start in found:
                commands = found[instruction.line_start][1]
                yield from _deletions(instruction, operation, commands, made)
                made.update(_written(operation, commands, instruction.line_start))


def _copied(operation: Copy, line: int) -> dict[str, tuple[int, str]]:
    advice = "Do not copy it in the first place: list it in `.dockerignore`, or copy only what is "
    advice += "needed."
    target = absolute_destination(operation.destination, operation.workdir)
    paths = {}
    for source in operation.sources:
        name = posixpath.basename(source.rstrip("/"))
        into = target.endswith("/") or posixpath.normpath(target) == operation.workdir
        if name and name not in (".", "..") and "*" not in name:
            path = posixpath.join(target, name) if into else posixpath.normpath(target)
            paths[posixpath.normpath(path)] = (line, advice)
    return paths


def _written(
    operation: Run, commands: tuple[SimpleCommand, ...], line: int
) -> dict[str, tuple[int, str]]:
    """The files that a RUN's commands certainly make, and do not delete themselves."""
    advice = "Delete it in the same RUN that makes it."
    paths = set()
    for command in commands:
        names = [name for name in _outputs(command) if name and "$" not in name]
        paths |= {posixpath.normpath(posixpath.join(operation.workdir, name)) for name in names}
        if command.name in ("apt-get", "apt") and "update" in command.words:
            paths.add("/var/lib/apt/lists")
        if command.name == "rm":
            paths -= set(_removed(operation, command))
    return {path: (line, advice) for path in paths if path != "/dev/null"}


def _outputs(command: SimpleCommand) -> list[str]:
    words = command.words
    names = list(command.outputs)
    if command.name == "touch":
        names += command.operands
    if command.name in ("curl", "wget"):
        options = ("-o", "--output") if command.name == "curl" else ("-O", "--output-document")
        named = [after for word, after in pairwise(words) if word in options]
        by_url = command.name == "wget" or command.has("-O", "-LO", "-OL", "--remote-name")
        if by_url and not named:
            named = [posixpath.basename(word) for word in words if "://" in word]
        names += named
    return names


def _removed(operation: Run, command: SimpleCommand) -> list[str]:
    paths = [word.removesuffix("/*") for word in command.operands]
    return [posixpath.normpath(posixpath.join(operation.workdir, path)) for path in paths]


def _deletions(
    instruction: Instruction,
    operation: Run,
    commands: tuple[SimpleCommand, ...],
    made: dict[str, tuple[int, str]],
) -> Iterator[Diagnosis]:
    fresh = _written_here(operation, commands)
    for command in commands:
        if command.name != "rm" or any(c.name == "cd" for c in commands):
            continue
        for path in _removed(operation, command):
            if path in made and path not in fresh:
                line, advice = made[path]
                yield DELETED_LATER.at(instruction, path=path, line=line, advice=Words(advice))


def _written_here(operation: Run, commands: tuple[SimpleCommand, ...]) -> set[str]:
    """What this step makes itself may be deleted by it, too."""
    return set(_written(operation, tuple(c for c in commands if c.name != "rm"), 0))


def leftovers(analysis: Analysis) -> Iterator[Diagnosis]:
    """Downloads that package managers leave in the layer."""
    for stage, instruction, commands in analysis.scripts():
        mounted = any("type=cache" in flag for flag in instruction.flags)
        if mounted or not stage.needed:
            continue
        updated = any(c.name in ("apt-get", "apt") and "update" in c.words for c in commands)
        for command in commands:
            if command.name in ("apt-get", "apt") and command.operands[:1] == ("install",):
                if updated and "/var/lib/apt/lists" not in instruction.text:
                    fix = _append(instruction, commands, " && rm -rf /var/lib/apt/lists/*")
                    yield APT_LISTS.at(instruction, fix)
            elif _leaves_index(instruction, command):
                yield APK_INDEX.at(instruction, _add_option(instruction, "apk add", "--no-cache"))
            elif _pip_install(command) and _keeps_cache(stage, instruction, command):
                name = "pip3 install" if command.name == "pip3" else "pip install"
                yield PIP_CACHE.at(instruction, _add_option(instruction, name, "--no-cache-dir"))


def _leaves_index(instruction: Instruction, command: SimpleCommand) -> bool:
    adds = command.name == "apk" and command.operands[:1] == ("add",)
    return adds and not command.has("--no-cache") and "/var/cache/apk" not in instruction.text


def _keeps_cache(stage: StageView, instruction: Instruction, command: SimpleCommand) -> bool:
    switched_off = "PIP_NO_CACHE_DIR" in stage.scope.env or command.has("--no-cache-dir")
    return not switched_off and not re.search(r"cache/pip|pip cache", instruction.text)


def _pip_install(command: SimpleCommand) -> bool:
    if command.name in ("python", "python3") and command.words[1:4] == ("-m", "pip", "install"):
        return True
    return command.name in ("pip", "pip3") and command.operands[:1] == ("install",)


def _append(instruction: Instruction, commands: tuple[SimpleCommand, ...], text: str) -> Fix | None:
    one_line = instruction.line_start == instruction.line_end
    chained = all(command.after in ("", "&&") for command in commands)
    if not one_line or not chained or instruction.heredocs or "#" in instruction.text:
        return None
    return replace_lines(instruction, "Delete them in the same step", instruction.text + text)


def _add_option(instruction: Instruction, command: str, option: str) -> Fix | None:
    one_line = instruction.line_start == instruction.line_end
    if not one_line or instruction.heredocs or instruction.text.count(command) != 1:
        return None
    text = instruction.text.replace(command, f"{command} {option}")
    return replace_lines(instruction, f"Add {option}", text)


RULES = (cache_order, many_runs, deleted_later, leftovers)
