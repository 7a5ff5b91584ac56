"""Rules on COPY and ADD: what comes along unasked, and files that land elsewhere than expected."""

import posixpath
import re
from collections.abc import Iterator

from visualizer.dockerfile.analysis import Analysis
from visualizer.dockerfile.context import ContextFiles
from visualizer.dockerfile.copying import clean, select
from visualizer.dockerfile.diagnosis import Topic, insert_before, replace_lines
from visualizer.dockerfile.globs import has_wildcard
from visualizer.dockerfile.operations import Copy
from visualizer.dockerfile.parser import Instruction
from visualizer.dockerfile.policy import CONTEXT_BYTES
from visualizer.events.types import Diagnosis

TOPIC = Topic("Files that are copied")

SECRET_FILE = TOPIC.message(
    "secret-file-copied",
    "warning",
    "`{path}` goes into the image, and it looks like a secret.",
    "Everyone who has the image can read every file of every layer, also one that a later step "
    "deletes.",
    "Add a line `{pattern}` to a file `.dockerignore` beside the Dockerfile.",
)
JUNK = TOPIC.message(
    "needless-files-copied",
    "hint",
    "`{path}` goes into the image, which does not need it.",
    "It makes the image larger, and each change in it makes the build cache of this step useless.",
    "Add a line `{pattern}` to a file `.dockerignore` beside the Dockerfile.",
)
BIG_CONTEXT = TOPIC.message(
    "big-context",
    "hint",
    "The files beside the Dockerfile have {size} KiB together; the largest is `{largest}`.",
    "The whole build context goes to the engine before the first step, whether it is "
    "copied or not.",
    "List what the image does not need in `.dockerignore`.",
)
NO_MATCH = TOPIC.message(
    "wildcard-matches-nothing",
    "warning",
    "No file matches `{source}`, so nothing is copied.",
    "For a plain name Docker would stop; for a pattern without a match it goes on silently.",
    "Check the pattern: `*` does not cross a `/`, and capitals matter.",
)
ADD = TOPIC.message(
    "add-instead-of-copy",
    "hint",
    "ADD is used where COPY would do.",
    "ADD can also fetch from the network and unpack archives, so a reader has to think of both. "
    "COPY only copies.",
    "Write COPY.",
)
INTO_ROOT = TOPIC.message(
    "copied-into-root",
    "hint",
    "The files land in `/`, among the system's own directories.",
    "Without a WORKDIR the current directory is `/`, and a folder called `bin` or `lib` would be "
    "mixed with the system's.",
    "Choose a directory first: `WORKDIR /app`.",
)
TILDE = TOPIC.message(
    "tilde-not-expanded",
    "warning",
    "`{path}` is taken literally: a directory whose name is `~`.",
    "`~` for the home directory is a shell's word, and {keyword} does not go through a shell.",
    "Write the directory out, for example `/root`.",
)
BACKSLASH = TOPIC.message(
    "backslash-in-path",
    "warning",
    "The backslashes in `{path}` disappear.",
    "In a Dockerfile a backslash is the escape character. Paths are written with `/`, on Windows "
    "too.",
    "Write `{better}`.",
)
_SECRETS = (
    (r"(.*/)?\.env(\.[\w-]+)?", "**/.env*"),
    (r"(.*/)?id_(rsa|dsa|ecdsa|ed25519)", "**/id_*"),
    (r"(.*/)?[^/]+\.(pem|key|p12|pfx|kdbx)", "**/*.{ending}"),
    (r"(.*/)?\.(ssh|aws|gnupg|kube)/.*", "**/.{folder}"),
    (r"(.*/)?(\.netrc|\.pgpass|\.npmrc|\.pypirc|\.git-credentials|\.htpasswd)", "**/{name}"),
)
_SECRET_EXCEPTIONS = re.compile(r"(.*/)?(\.env\.(example|sample|template|dist|defaults)|.*\.pub)")
_JUNK = {
    ".git", "node_modules", "__pycache__", "venv", ".venv", ".idea", ".vscode", ".DS_Store",
    ".pytest_cache", ".mypy_cache", ".tox", ".terraform", "Thumbs.db",
}  # fmt: skip
_ARCHIVE = re.compile(r".*\.(tar|tgz|tbz2?|txz|tar\.\w+|gz|bz2|xz|zst)", re.IGNORECASE)


def _context_copies(analysis: Analysis) -> Iterator[tuple[Instruction, Copy]]:
    for stage in analysis.stages:
        for placed in stage.of("COPY", "ADD"):
            operation = placed.operation
            if isinstance(operation, Copy) and operation.of_context:
                yield placed.instruction, operation


def unwanted(analysis: Analysis) -> Iterator[Diagnosis]:
    """Secrets and leftovers that a COPY of a whole directory takes along."""
    if analysis.context is None:
        return
    said: set[str] = set()
    for instruction, operation in _context_copies(analysis):
        for path in _selected(analysis.context, operation):
            pattern = _secret_pattern(path)
            if pattern and pattern not in said:
                said.add(pattern)
                yield SECRET_FILE.at(instruction, path=path, pattern=pattern)
            junk = next((part for part in path.split("/") if part in _JUNK), None)
            if junk and junk not in said and junk not in operation.sources:
                said.add(junk)
                top = path[: path.index(junk) + len(junk)]
                yield JUNK.at(instruction, path=top, pattern=f"**/{junk}")


def _selected(context: ContextFiles, operation: Copy) -> list[str]:
    return [path for source in operation.sources for path in select(context.paths, source)]


def _secret_pattern(path: str) -> str | None:
    if _SECRET_EXCEPTIONS.fullmatch(path):
        return None
    for pattern, rule in _SECRETS:
        if match := re.fullmatch(pattern, path):
            last = match[match.lastindex or 0] or ""
            name = posixpath.basename(path)
            return rule.format(ending=last, folder=last, name=name)
    return None


def doubts(analysis: Analysis) -> Iterator[Diagnosis]:
    """What the planner let pass because a step before may have made it right."""
    for stage in analysis.stages:
        yield from stage.scope.doubts


def big_context(analysis: Analysis) -> Iterator[Diagnosis]:
    context = analysis.context
    if context is not None and CONTEXT_BYTES / 2 < context.size <= CONTEXT_BYTES:
        largest = max(context.paths, key=lambda path: context.files[path].size)
        yield BIG_CONTEXT.at(None, size=context.size // 1024, largest=largest)


def empty_wildcards(analysis: Analysis) -> Iterator[Diagnosis]:
    if analysis.context is None:
        return
    for instruction, operation in _context_copies(analysis):
        if len(operation.sources) > 1:
            continue  # `COPY package.json yarn.loc[k] ./` is the idiom for an optional file
        for source in operation.sources:
            if has_wildcard(source) and not select(analysis.context.paths, source):
                yield NO_MATCH.at(instruction, source=source)


def add(analysis: Analysis) -> Iterator[Diagnosis]:
    for stage in analysis.stages:
        for placed in stage.of("ADD"):
            operation, i = placed.operation, placed.instruction
            if not isinstance(operation, Copy) or operation.inline:
                continue
            if any(_ARCHIVE.fullmatch(s) or s.endswith("*") for s in operation.sources):
                continue
            if i.flags and not all(
                f.split("=")[0] in ("--chown", "--chmod", "--link") for f in i.flags
            ):
                continue
            first = analysis.dockerfile.line(i.line_start)
            lines = list(analysis.dockerfile.lines[i.line_start - 1 : i.line_end])
            lines[0] = re.sub(r"^(\s*)add\b", r"\1COPY", first, count=1, flags=re.IGNORECASE)
            yield ADD.at(i, replace_lines(i, "Write COPY", "\n".join(lines)))


def into_root(analysis: Analysis) -> Iterator[Diagnosis]:
    """`COPY . .` where the current directory is `/`."""
    for stage in analysis.stages:
        if not stage.scope.base_known or not stage.last:
            continue
        for placed in stage.of("COPY"):
            operation = placed.operation
            if not isinstance(operation, Copy) or operation.workdir != "/":
                continue
            whole = operation.from_stage is None and not operation.from_image
            if whole and "" in map(clean, operation.sources) and _is_root(operation.destination):
                line = placed.instruction.line_start
                fix = insert_before(line, "Add WORKDIR /app", "WORKDIR /app")
                relative = not operation.destination.startswith("/")
                yield INTO_ROOT.at(placed.instruction, fix if relative else None)


def _is_root(destination: str) -> bool:
    return posixpath.normpath(posixpath.join("/", destination or ".")).strip("/") == ""


def odd_paths(analysis: Analysis) -> Iterator[Diagnosis]:
    """`~` and backslashes, which mean something on the learner's own computer."""
    for i in analysis.all("COPY", "ADD", "WORKDIR", "VOLUME"):
        for word in i.value:
            if re.match(r"~(/|$)", word):
                fix = None
                if i.line_start == i.line_end and i.text.count("~") == 1:
                    fix = replace_lines(i, "Write /root", i.text.replace("~", "/root"))
                yield TILDE.at(i, fix, path=word, keyword=i.keyword)
            if analysis.dockerfile.escape == "\\" and _windows_path(word):
                better = word.replace("\\", "/")
                fix = None
                if i.line_start == i.line_end and i.text.count(word) == 1:
                    fix = replace_lines(i, "Write it with /", i.text.replace(word, better))
                yield BACKSLASH.at(i, fix, path=word, better=better)


def _windows_path(word: str) -> bool:
    """Backslashes before letters; before a space, a quote or a wildcard they protect it."""
    return bool(re.search(r"\\[\w.]", word)) and not re.search(r"\\[^\w.\\]", word)


RULES = (unwanted, doubts, big_context, empty_wildcards, add, into_root, odd_paths)
