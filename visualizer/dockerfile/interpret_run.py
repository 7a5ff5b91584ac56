"""RUN: the command in the form in which Docker executes it, and what is mounted beside it."""

import csv
import posixpath
import re

from visualizer.dockerfile.diagnosis import Problem
from visualizer.dockerfile.flags import TOPIC, FormProblem, read_flags
from visualizer.dockerfile.operations import ExecCommand, Mount, Run, ShellCommand
from visualizer.dockerfile.parser import Instruction
from visualizer.dockerfile.policy import DEVICE, NETWORK, SECRET_MOUNT, SECURITY
from visualizer.dockerfile.scope import Scope
from visualizer.dockerfile.stages import find_earlier
from visualizer.dockerfile.text import heredoc_word

INVALID_MOUNT = TOPIC.message(
    "invalid-mount",
    "error",
    "`--mount={value}` cannot be mounted: {reason}.",
    "A mount lends a directory to one step: a cache (`type=cache,target=/path`), files of the "
    "context or of another stage (`type=bind,source=…,target=…`), or memory (`type=tmpfs`).",
    "Write for example `--mount=type=cache,target=/root/.cache`.",
)
_ALIASES = {
    "src": "source",
    "dst": "target",
    "destination": "target",
    "ro": "readonly",
    "rw": "readwrite",
}
_KEYS = {
    "type", "from", "source", "target", "readonly", "readwrite", "id", "sharing", "required",
    "size", "mode", "uid", "gid", "env",
}  # fmt: skip
_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


def interpret_run(instruction: Instruction, scope: Scope) -> Run:
    """A RUN as an operation. Raises Problem."""
    flags = read_flags(instruction)
    for name, message in (("network", NETWORK), ("security", SECURITY), ("device", DEVICE)):
        if flags.all(name):
            raise Problem(message.at(instruction))
    return Run(
        command=_command(instruction),
        env=dict(scope.env),
        args={name: value for name, value in scope.args.items() if value is not None},
        workdir=scope.workdir,
        user=str(scope.config.get("User") or ""),
        shell=scope.shell,
        mounts=tuple(_mount(instruction, scope, value) for value in flags.all("mount")),
    )


def _command(instruction: Instruction) -> ShellCommand | ExecCommand:
    """BuildKit: dockerfile2llb/convert.go, dispatchRun."""
    if instruction.json:
        return ExecCommand(instruction.value)
    line = " ".join(instruction.value)
    if not instruction.heredocs:
        return ShellCommand(line)
    first = instruction.heredocs[0]
    if not heredoc_word(line):
        # More than the document alone, as `python3 <<EOF`: the shell itself reads the heredoc.
        bodies = "".join(f"\n{h.content}{h.name}" for h in instruction.heredocs)
        return ShellCommand(line + bodies)
    if first.text.startswith("#!"):
        path = posixpath.join("/dev/pipes", first.name)
        return ShellCommand(path, {path: first.text})
    return ShellCommand(first.text)


def _mount(instruction: Instruction, scope: Scope, value: str) -> Mount:
    fields = _fields(instruction, scope, value)
    kind = fields.get("type", "bind").lower()
    if kind in ("secret", "ssh"):
        raise Problem(SECRET_MOUNT.at(instruction, kind=kind))
    if kind not in ("bind", "cache", "tmpfs"):
        raise _refused(instruction, value, f"there is no type `{kind}`")
    target = posixpath.normpath(posixpath.join("/", scope.workdir, fields.get("target", "")))
    if target == "/":  # without a target it is the WORKDIR
        raise _refused(instruction, value, "it needs a target other than `/`")
    stage, image = None, None
    if (name := fields.get("from")) and kind != "tmpfs":
        found = find_earlier(instruction, scope, name, number_allowed=False)
        stage, image = (found.number, None) if found else (None, name)
    writable = fields.get("readwrite") == "true" or fields.get("readonly") == "false"
    return Mount(
        type=kind,
        target=target,
        source=posixpath.normpath("/" + fields.get("source", "").lstrip("/")),
        stage=stage,
        image=None if image == "scratch" else image,
        read_only=not writable if kind == "bind" else fields.get("readonly") == "true",
        cache_id=fields.get("id", target) if kind == "cache" else None,
        size=_size(instruction, value, fields.get("size")),
    )


def _fields(instruction: Instruction, scope: Scope, value: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    try:
        parts = next(csv.reader([value], strict=True))
    except (csv.Error, StopIteration):
        raise FormProblem(
            INVALID_MOUNT.at(instruction, value=value, reason="its quotes do not match")
        ) from None
    for part in parts:
        key, equals, given = part.partition("=")
        key = _ALIASES.get(key.lower(), key.lower())
        if key not in _KEYS:
            raise _refused(instruction, value, f"there is no key `{key}`")
        if not equals and key not in ("readonly", "readwrite", "required"):
            raise _refused(instruction, value, f"`{key}` has no value")
        if key == "from" and re.search(r"\$.", given):
            raise _refused(instruction, value, "`from` cannot be a variable")
        fields[key] = scope.expand(instruction, given) if equals else "true"
    return fields


def _size(instruction: Instruction, value: str, size: str | None) -> int | None:
    if size is None:
        return None
    match = re.fullmatch(r"(\d{1,15})\s*([bkmgt]?)i?b?", size.lower())
    if not match:
        raise _refused(instruction, value, f"`{size}` is no size")
    return int(match[1]) * _UNITS[match[2]]


def _refused(instruction: Instruction, value: str, reason: str) -> FormProblem:
    return FormProblem(INVALID_MOUNT.at(instruction, value=value, reason=reason))
