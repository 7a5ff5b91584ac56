"""COPY and ADD: sources, destination and flags, and whether the sources are there."""

import posixpath
import re

import msgspec

from visualizer.dockerfile.copying import (
    NEEDS_SLASH,
    SOURCE_MISSING,
    TOPIC,
    absolute_destination,
    clean,
    select,
)
from visualizer.dockerfile.diagnosis import Problem, Words, replace_lines
from visualizer.dockerfile.flags import Flags, FormProblem, read_flags
from visualizer.dockerfile.globs import has_wildcard
from visualizer.dockerfile.ignore import ignoring_line
from visualizer.dockerfile.operations import Copy
from visualizer.dockerfile.parser import Instruction
from visualizer.dockerfile.policy import REMOTE_SOURCE, is_remote
from visualizer.dockerfile.scope import Scope
from visualizer.dockerfile.stages import find_earlier
from visualizer.dockerfile.suggest import closest
from visualizer.dockerfile.text import heredoc_word
from visualizer.events.types import Diagnosis, Fix

NO_DESTINATION = TOPIC.message(
    "copy-without-destination",
    "error",
    "{keyword} needs at least two paths: what to copy, and where to.",
    "The last path is the place in the image; all before it are files beside the Dockerfile.",
    "Write for example `{keyword} app.py .`, which copies into the current WORKDIR.",
)
HEREDOC_DESTINATION = TOPIC.message(
    "heredoc-as-destination",
    "error",
    "The inline document stands where the destination should be.",
    "The last word of {keyword} is the place in the image.",
    "Write the path behind it: `{keyword} <<EOF /path/in/image`.",
)
SOURCE_IGNORED = TOPIC.message(
    "copy-source-ignored",
    "error",
    "`{source}` is there, but `.dockerignore` keeps it out of the build.",
    "Line {rule} of `.dockerignore` matches it. What is ignored is never sent to the engine.",
    "Take the pattern out of `.dockerignore`, or add `!{source}` as its last line.",
)
OUTSIDE = TOPIC.message(
    "copy-outside-context",
    "error",
    "`{source}` lies outside the build context.",
    "COPY sees only the files beside the Dockerfile and below. `..` cannot leave them, and a "
    "leading `/` means the top of the context, not of your computer.",
    "Put the file beside the Dockerfile and copy it by its name.",
)
COPY_REMOTE = TOPIC.message(
    "copy-remote",
    "error",
    "COPY cannot fetch `{source}`.",
    "COPY takes files from the build context. (Docker's ADD can fetch, but builds here have no "
    "network.)",
    "Upload the file beside the Dockerfile and copy it by its name.",
)
INVALID_CHMOD = TOPIC.message(
    "invalid-chmod",
    "error",
    "`--chmod={value}` is no file mode.",
    "A mode is an octal number such as 755 (the owner may write, all may read and run) or 644, or "
    "has the symbolic form of the chmod command, such as u+x.",
    "Write for example `--chmod=755`.",
)
CHECKSUM = TOPIC.message(
    "checksum-of-local-file",
    "error",
    "`--checksum` is only for one file fetched from the network.",
    "Local files are compared by their content anyway.",
    "Delete the flag.",
)
_MODE = re.compile(r"[ugoa]*([-+=][rwxXst]*|[-+=][ugo])+(,[ugoa]*([-+=][rwxXst]*|[-+=][ugo])+)*")


def interpret_copy(instruction: Instruction, scope: Scope) -> Copy:
    """A COPY or ADD as an operation. Raises Problem."""
    keyword = instruction.keyword
    words = instruction.value
    if len(words) < 2:
        raise FormProblem(NO_DESTINATION.at(instruction, keyword=keyword))
    flags = read_flags(instruction)
    if heredoc_word(words[-1]):
        raise FormProblem(HEREDOC_DESTINATION.at(instruction, keyword=keyword))
    paths, inline = _sources(instruction, scope)
    _check_remote(instruction, paths, flags)
    name = flags.text("from")
    stage = find_earlier(instruction, scope, name) if name else None
    return Copy(
        sources=tuple(paths),
        destination=scope.expand(instruction, words[-1]),
        workdir=scope.workdir,
        from_stage=stage.number if stage else None,
        from_image=name if name and stage is None else None,
        chown=_expanded(instruction, scope, flags, "chown"),
        chmod=_chmod(instruction, scope, flags),
        link=flags.switch("link") is True,
        parents=flags.switch("parents") is True,
        exclude=tuple(flags.all("exclude")),
        inline=tuple(inline),
        is_add=keyword == "ADD",
        unpack=keyword == "ADD" and flags.switch("unpack") is not False,
    )


def _sources(instruction: Instruction, scope: Scope) -> tuple[list[str], list[tuple[str, str]]]:
    documents = {heredoc.name: heredoc for heredoc in instruction.heredocs}
    paths: list[str] = []
    inline: list[tuple[str, str]] = []
    for word in instruction.value[:-1]:
        found = heredoc_word(word)
        document = documents.get(found[0]) if found else None
        if document is None:
            paths.append(scope.expand(instruction, word))
        elif document.expand:
            inline.append((document.name, scope.expand(instruction, document.text, raw=True)))
        else:
            inline.append((document.name, document.text))
    return paths, inline


def _check_remote(instruction: Instruction, paths: list[str], flags: Flags) -> None:
    for path in paths:
        if is_remote(path):
            message = REMOTE_SOURCE if instruction.keyword == "ADD" else COPY_REMOTE
            raise Problem(message.at(instruction, keyword=instruction.keyword, source=path))
    if flags.text("checksum"):
        raise Problem(CHECKSUM.at(instruction))


def _expanded(instruction: Instruction, scope: Scope, flags: Flags, name: str) -> str | None:
    value = flags.text(name)
    return (scope.expand(instruction, value) or None) if value else None


def _chmod(instruction: Instruction, scope: Scope, flags: Flags) -> str | None:
    value = _expanded(instruction, scope, flags, "chmod")
    if value is None:
        return None
    octal = re.fullmatch(r"[0-7]+", value) and int(value, 8) <= 0o7777
    if not octal and not _MODE.fullmatch(value):
        raise Problem(INVALID_CHMOD.at(instruction, value=value))
    return value


def read_paths(instruction: Instruction, scope: Scope, copy: Copy) -> list[str]:
    """The context's files that the operation reads, sorted. Raises Problem for a missing one."""
    if scope.context is None or not copy.of_context:
        return []
    found: set[str] = set()
    count = 0
    for source in copy.sources:
        matches = select(scope.context.paths, source, copy.exclude)
        if not matches and not copy.exclude and clean(source) and not has_wildcard(source):
            raise Problem(_missing(instruction, scope, source))
        found.update(matches)
        # One directory's files belong together; a wildcard may name several things.
        count += len(matches) if has_wildcard(source) else 1
    _check_slash(instruction, scope, copy, count)
    return sorted(found)


def _check_slash(instruction: Instruction, scope: Scope, copy: Copy, count: int) -> None:
    """An error if the destination is certainly no directory, a doubt if it may be one."""
    target = absolute_destination(copy.destination, copy.workdir)
    if count + len(copy.inline) < 2 or copy.parents or target.endswith("/"):
        return
    exists = scope.directories.has(target)
    if exists is False:
        raise Problem(needs_slash(instruction, copy.destination))
    if exists is None:
        doubt = needs_slash(instruction, copy.destination)
        scope.doubts.append(msgspec.structs.replace(doubt, severity="warning"))


def needs_slash(instruction: Instruction, destination: str) -> Diagnosis:
    """The diagnosis of a missing slash, with the fix that adds it."""
    fix: Fix | None = None
    line = instruction.text
    if instruction.line_start == instruction.line_end and line.endswith(instruction.value[-1]):
        fix = replace_lines(instruction, "Add the slash", f"{line}/")
    return NEEDS_SLASH.at(instruction, fix, destination=destination)


def _missing(instruction: Instruction, scope: Scope, source: str) -> Diagnosis:
    context = scope.context
    assert context is not None
    path = clean(source)
    below = [name for name in context.files if name == path or name.startswith(f"{path}/")]
    if below:
        rule = ignoring_line(context.dockerignore or "", below[0])
        return SOURCE_IGNORED.at(instruction, source=source, rule=rule)
    if source.startswith("..") or "/../" in source or re.match(r"/(home|Users|root|tmp)/", source):
        return OUTSIDE.at(instruction, source=source)
    names = {"/".join(p.split("/")[:end]) for p in context.paths for end in range(1, 9)}
    near = closest(path, sorted(names), limit=max(1, min(3, len(path) // 3)))
    near = near or next(
        (name for name in sorted(names) if posixpath.basename(name) == posixpath.basename(path)),
        None,
    )
    return SOURCE_MISSING.at(
        instruction,
        _spelling_fix(instruction, source, near),
        source=source,
        nearest=Words(_listed(context.paths, near)),
    )


def _spelling_fix(instruction: Instruction, source: str, near: str | None) -> Fix | None:
    if near is None or instruction.line_start != instruction.line_end:
        return None
    if instruction.text.count(source) != 1:
        return None
    return replace_lines(instruction, f"Copy {near}", instruction.text.replace(source, near))


def _listed(paths: tuple[str, ...], near: str | None) -> str:
    if near:
        return f"Did you mean `{near}`?"
    if not paths:
        return "There are no files in it yet."
    more = ", …" if len(paths) > 5 else ""
    return "In it are: " + ", ".join(f"`{path}`" for path in paths[:5]) + more + "."
