"""The `created_by` line that BuildKit writes into an image's history for a step."""

import json
from collections.abc import Iterable, Sequence

from visualizer.dockerfile.operations import (
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    Label,
    Operation,
    Run,
    Shell,
    StopSignal,
    User,
    Volume,
    Workdir,
)
from visualizer.dockerfile.steps import Step, Unresolved


def created_by(step: Step, operation: Operation | Unresolved, declared: Sequence[str] = ()) -> str:
    """As `docker history` shows it; `declared` are the stage's ARGs, each as often as it was
    declared. BuildKit: dockerfile2llb/convert.go, commitToHistory."""
    match operation:
        case Run():
            return f"{_run(operation, declared)} # buildkit"
        case Copy():
            return f"{_copy(step, operation)} # buildkit"
        case Workdir(path):
            return f"WORKDIR {path}"
        case Cmd(argv) | Entrypoint(argv):
            return f"{step.instruction} {_words(argv)}"
        case Shell(argv):
            return f"SHELL [{' '.join(argv)}]"
        case Env(pairs) | Label(pairs):
            return f"{step.instruction} {' '.join(f'{name}={value}' for name, value in pairs)}"
        case Expose(ports):
            return f"EXPOSE map[{' '.join(f'{port}:{{}}' for port in sorted(ports))}]"
        case Volume(paths):
            return f"VOLUME [{' '.join(paths)}]"
        case User(word) | StopSignal(word):
            return f"{step.instruction} {word}"
    return _operands(step)


def _run(operation: Run, declared: Sequence[str]) -> str:
    args = [f"{name}={operation.env.get(name, '')}" for name in declared]
    prefix = f"|{len(args)} {' '.join(args)} " if args else ""
    return f"RUN {prefix}{' '.join(operation.argv)}"


def _copy(step: Step, copy: Copy) -> str:
    """With the owner and the mode, as today's BuildKit has it, and without `--from`."""
    flags = [("chown", copy.chown), ("chmod", copy.chmod)]
    written = [f"--{name}={value}" for name, value in flags if value]
    inline = [f"<<{name}" for name, _ in copy.inline]
    return " ".join([step.instruction, *written, *copy.sources, *inline, copy.destination])


def _words(argv: Iterable[str]) -> str:
    return "[" + " ".join(json.dumps(word, ensure_ascii=False) for word in argv) + "]"


def _operands(step: Step) -> str:
    rest = step.text.split(None, 1)
    return " ".join([step.instruction, *rest[1:]])
