"""The `created_by` line that BuildKit writes into an image's history for a step."""

import json

from visualizer.dockerfile.operations import (
    Cmd,
    Copy,
    Entrypoint,
    Operation,
    Run,
    Shell,
    Workdir,
)
from visualizer.dockerfile.steps import Step, Unresolved


def created_by(step: Step, operation: Operation | Unresolved) -> str:
    """As `docker history` shows it. BuildKit: dockerfile2llb/convert.go, commitToHistory."""
    match operation:
        case Run():
            return f"{_run(operation)} # buildkit"
        case Copy():
            return f"{_operands(step)} # buildkit"
        case Workdir(path):
            return f"WORKDIR {path}"
        case Cmd(argv):
            return f"CMD {_words(argv)}"
        case Entrypoint(argv):
            return f"ENTRYPOINT {_words(argv)}"
        case Shell(argv):
            return f"SHELL {_words(argv)}"
    return _operands(step)


def _run(operation: Run) -> str:
    args = [f"{name}={value}" for name, value in sorted(operation.args.items())]
    prefix = f"|{len(args)} {' '.join(args)} " if args else ""
    return f"RUN {prefix}{' '.join(operation.argv)}"


def _words(argv: tuple[str, ...]) -> str:
    return "[" + " ".join(json.dumps(word, ensure_ascii=False) for word in argv) + "]"


def _operands(step: Step) -> str:
    rest = step.text.split(None, 1)
    return " ".join([step.instruction, *rest[1:]])
