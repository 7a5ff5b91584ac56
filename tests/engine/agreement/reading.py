"""What an engine told and holds, as plain values of which the base image of the day is no part.

What is left out, and why, is said in this folder's README.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tests.engine.recording import Tape
from visualizer.engine.port import LabEngine, LayerFile
from visualizer.events.types import (
    BuildFailed,
    BuildPlanned,
    Diagnosis,
    FileChange,
    ImageBuilt,
    LayerCreated,
    PlannedStep,
    StepCached,
    StepFailed,
    StepFinished,
    StepOutput,
)

KINDS = {"added": "A", "modified": "C", "deleted": "D"}
CONFIG = (
    "Cmd", "Entrypoint", "Env", "WorkingDir", "User", "ExposedPorts", "Labels", "Volumes",
    "StopSignal", "OnBuild", "Shell", "Healthcheck",
)  # fmt: skip
OF_PYTHON = ("PATH=/usr/local/bin:", "LANG=", "GPG_KEY=", "PYTHON_VERSION=", "PYTHON_SHA256=")
MOUNT_POINTS = ("/dev", "/proc", "/sys")
LIMIT = 100_000


def told_build(tape: Tape, build: int) -> dict[str, Any]:
    """What the tape says of a build, but for its layers."""
    planned = tape.all(BuildPlanned, build=build)
    steps = planned[0].steps if planned else []
    built, failed = tape.all(ImageBuilt, build=build), tape.all(BuildFailed, build=build)
    broken = tape.all(StepFailed, build=build)
    fields: dict[str, Any] = {
        "outcome": "built" if built else "failed",
        "steps": [_shown_step(step) for step in steps],
        "cached": _ends(tape, build, steps),
        "step output": _output(tape, build, steps),
    }
    if built:
        fields["image config"] = plain_config(built[0].config)
        fields["tags"] = built[0].tags
    if failed:
        fields["message"] = failed[0].message
        fields["diagnosis"] = _shown_diagnosis(failed[0].diagnosis)
    if broken:
        fields["failed step"] = broken[0].step
        fields["exit code"] = broken[0].exit_code
    return fields


def _shown_step(step: PlannedStep) -> str:
    lines = f"{step.line_start}-{step.line_end}"
    needs = ",".join(str(number) for number in step.needs)
    skipped = " skipped" if step.skipped else ""
    name = f"{step.step} [{step.stage} {step.stage_name or '-'}] {step.instruction}"
    return f"{name} lines {lines} makes {step.makes} needs {needs or '-'}{skipped}"


def _ends(tape: Tape, build: int, steps: Sequence[PlannedStep]) -> str:
    """`1 cached, 2 ran, …` for all steps that came to an end."""
    ends: dict[int, str] = {}
    for word, kind in (("cached", StepCached), ("ran", StepFinished), ("failed", StepFailed)):
        ends |= dict.fromkeys(tape.steps(kind, build), word)
    return ", ".join(f"{step.step} {ends[step.step]}" for step in steps if step.step in ends)


def _output(tape: Tape, build: int, steps: Sequence[PlannedStep]) -> dict[str, str]:
    told = {
        f"{step.step} {stream}": output(tape, StepOutput, stream, build=build, step=step.step)
        for step in steps
        for stream in ("stdout", "stderr")
    }
    return {name: text for name, text in told.items() if text}


def _shown_diagnosis(diagnosis: Diagnosis | None) -> str | None:
    return f"{diagnosis.code} line {diagnosis.line}" if diagnosis is not None else None


def output(tape: Tape, kind: type[Any], stream: str, **of: object) -> str:
    """All that was written to a stream."""
    return _python_311("".join(event.text for event in tape.all(kind, stream=stream, **of)))


def plain_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """What is set in a config, without the environment that a Python image brings along."""
    told = {field: config[field] for field in CONFIG if config.get(field)}
    env = [entry for entry in told.pop("Env", ()) if not entry.startswith(OF_PYTHON)]
    return told | ({"Env": env} if env else {})


async def layers(lab: LabEngine, tape: Tape, build: int) -> dict[str, Any]:
    """What the steps' layers hold, and how it is counted: those of the image without its bases'."""
    image = tape.one(ImageBuilt, build=build)
    steps = tape.one(BuildPlanned, build=build).steps
    bases = {step.step for step in steps if step.instruction == "FROM"}
    told = tape.all(LayerCreated, build=build)
    below: set[str] = set()
    found, counts = [], []
    for place, digest in enumerate(image.layers):
        files = await lab.layer_files(digest, limit=LIMIT)
        makers = [event for event in told if event.layer == digest]
        if not any(event.step in bases for event in makers):
            found.append(shown_layer(files, below))
            # Two steps may have made the same layer; they are told in their order.
            before = min(image.layers[:place].count(digest), len(makers) - 1)
            counts.append(_counted(makers[before], files, below))
        below = _stacked(below, files)
    return {"layers": found, "layer counts": counts}


def _counted(event: LayerCreated, files: Sequence[LayerFile], below: Collection[str]) -> str:
    """Without the empty places that an older BuildKit leaves."""
    told = {_rooted(file.path) for file in files}
    places = [path for path in told if _is_mount_point(path, told) and path not in below]
    added = event.added - len(places)
    return f"{added} added, {event.modified} modified, {event.deleted} deleted, {event.size} bytes"


def _stacked(below: Collection[str], files: Sequence[LayerFile]) -> set[str]:
    gone = [file.path for file in files if file.kind == "whiteout"]
    left = {
        path
        for path in below
        if not any(path == each or path.startswith(f"{each}/") for each in gone)
    }
    return left | {file.path for file in files if file.kind != "whiteout"}


def shown_layer(files: Sequence[LayerFile], below: Collection[str]) -> dict[str, str]:
    """Path to what the layer says of it; `below` are the paths of the layers below."""
    told = {_rooted(file.path): file for file in files}
    return {
        path: _shown_file(file, known=file.path in below)
        for path, file in sorted(told.items())
        if not _is_mount_point(path, told)
    }


def _is_mount_point(path: str, told: Collection[str]) -> bool:
    if path == "/etc":
        return not any(other.startswith("/etc/") for other in told)
    return path in MOUNT_POINTS


def _rooted(path: str) -> str:
    return f"/{path.lstrip('/')}"


def _shown_file(file: LayerFile, *, known: bool) -> str:
    if file.kind == "whiteout":
        return "deleted"
    change = "changed" if known else "added"
    if file.kind == "symlink":
        return f"{change} symlink to {file.target}"
    size = f" {file.size} bytes" if file.kind == "file" else ""
    return f"{change} {file.kind} {file.mode:o}{size}"


def changes(listed: Sequence[FileChange]) -> dict[str, str]:
    """`docker diff` with sizes, without what Python leaves of its own library."""
    return {
        _python_311(change.path): f"{KINDS[change.kind]} {_size(change)}".rstrip()
        for change in listed
        if not (change.path.startswith("/usr") and "python3" in change.path)
        and not (change.path in ("/usr", "/usr/lib") and len(listed) > 2)
    }


def _size(change: FileChange) -> str:
    # Which bytes a Python compiles to is its own affair.
    return "" if change.path.endswith(".pyc") else str(change.size)


def inspected(told: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an inspection that do not name a day or an id."""
    config = plain_config(told["Config"])
    if "State" not in told:
        return {"Config": config, "RepoTags": told["RepoTags"]}
    state = {name: told["State"][name] for name in ("Status", "Running", "Paused", "ExitCode")}
    return {"Config": config, "State": state, "Path": told["Path"], "Args": told["Args"]}


def _python_311(text: str) -> str:
    return re.sub(r"cpython-31\d", "cpython-312", text)
