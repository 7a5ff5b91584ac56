"""One instruction and what its stage knows so far, turned into an operation. Each function raises
Problem where Docker refuses the instruction; the order of checks is BuildKit's."""

import posixpath
import re
from collections.abc import Callable

from visualizer.dockerfile.diagnosis import Problem, replace_lines
from visualizer.dockerfile.flags import TOPIC, FormProblem, read_flags
from visualizer.dockerfile.healthcheck import interpret_healthcheck
from visualizer.dockerfile.interpret_copy import interpret_copy
from visualizer.dockerfile.interpret_run import interpret_run
from visualizer.dockerfile.operations import (
    Arg,
    Cmd,
    Entrypoint,
    Env,
    Expose,
    Label,
    Maintainer,
    OnBuild,
    Operation,
    Shell,
    StopSignal,
    User,
    Volume,
    Workdir,
)
from visualizer.dockerfile.parser import KEYWORDS, Instruction
from visualizer.dockerfile.ports import MOST_PORTS, TOO_MANY_PORTS, parse_port
from visualizer.dockerfile.scope import Scope
from visualizer.dockerfile.suggest import closest

UNKNOWN_INSTRUCTION = TOPIC.message(
    "unknown-instruction",
    "error",
    "`{word}` is not an instruction of a Dockerfile.",
    "Each instruction begins with one of 18 words: FROM, RUN, COPY, CMD, ENV … {near}",
    "Correct the word. If the line is to be a comment, begin it with `#`; if it belongs to the "
    "line above, end that line with a backslash.",
)
MISSING_ARGUMENTS = TOPIC.message(
    "missing-arguments",
    "error",
    "{keyword} stands alone.",
    "{keyword} needs something to work with: {what}.",
    "Write for example `{example}`.",
)
BLANK_NAME = TOPIC.message(
    "blank-name",
    "error",
    "This {keyword} has a value without a name.",
    "In front of `=` stands the name that the value is to have, with no space between them.",
    "Write `{keyword} NAME=value`, without spaces around `=`.",
)
SHELL_FORM = TOPIC.message(
    "shell-without-list",
    "error",
    "SHELL takes only the exec form, a list in double quotes.",
    "SHELL says what runs shell-form commands, so it cannot be one itself.",
    'Write for example `SHELL ["/bin/bash", "-c"]`.',
)
SIGNAL = TOPIC.message(
    "invalid-signal",
    "error",
    "`{signal}` is not a signal.",
    "STOPSIGNAL takes a signal's name or number: SIGTERM asks a program to end, SIGINT is Ctrl-C, "
    "SIGKILL ends it at once.",
    "Write for example `STOPSIGNAL SIGTERM`.",
)
ONBUILD_TRIGGER = TOPIC.message(
    "onbuild-forbidden",
    "error",
    "{inner} cannot be an ONBUILD trigger.",
    "A trigger is carried out right after the FROM of a later build; FROM, ONBUILD and MAINTAINER "
    "make no sense there.",
    "Give ONBUILD another instruction, such as `ONBUILD COPY . /app`.",
)
EMPTY_VOLUME = TOPIC.message(
    "empty-volume",
    "error",
    "A VOLUME has no path.",
    "VOLUME takes the directories whose content is to outlive the container.",
    'Write for example `VOLUME ["/data"]`.',
)

_EXAMPLES = {
    "ENV": ("a name and a value", "ENV NAME=value"),
    "LABEL": ("a name and a value", "LABEL version=1.0"),
    "ARG": ("a name", "ARG VERSION=1.0"),
    "EXPOSE": ("a port", "EXPOSE 8000"),
    "USER": ("a user's name or number", "USER nobody"),
    "WORKDIR": ("a directory", "WORKDIR /app"),
    "VOLUME": ("a directory", "VOLUME /data"),
    "STOPSIGNAL": ("a signal", "STOPSIGNAL SIGTERM"),
    "SHELL": ("a list", 'SHELL ["/bin/bash", "-c"]'),
    "ONBUILD": ("another instruction", "ONBUILD COPY . /app"),
    "MAINTAINER": ("a name", "MAINTAINER Ada"),
}
_SIGNALS = {
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT",
    "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM",
    "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
    "RTMIN", "RTMAX",
}  # fmt: skip
Interpreter = Callable[[Instruction, Scope], Operation]


def interpret(instruction: Instruction, scope: Scope) -> Operation:
    """What the instruction does in this stage. Raises Problem. FROM is the planner's."""
    if instruction.broken:
        raise FormProblem(instruction.broken)
    found = INTERPRETERS.get(instruction.keyword)
    if found is None:
        raise unknown_instruction(instruction)
    if instruction.keyword in _EXAMPLES and not instruction.value:
        what, example = _EXAMPLES[instruction.keyword]
        raise FormProblem(
            MISSING_ARGUMENTS.at(
                instruction, keyword=instruction.keyword, what=what, example=example
            )
        )
    return found(instruction, scope)


def unknown_instruction(instruction: Instruction) -> FormProblem:
    """The problem of a misspelt instruction, with the fix when the right one is near."""
    near = closest(instruction.written, KEYWORDS, limit=2 if len(instruction.written) > 3 else 1)
    fix = None
    if near and instruction.line_start == instruction.line_end:
        text = near + instruction.text[len(instruction.written) :]
        fix = replace_lines(instruction, f"Write {near}", text)
    hint = f"Did you mean {near}?" if near else ""
    return FormProblem(
        UNKNOWN_INSTRUCTION.at(instruction, fix, word=instruction.written or "\\", near=hint)
    )


def _pairs(instruction: Instruction, scope: Scope) -> tuple[tuple[str, str], ...]:
    read_flags(instruction)
    words = instruction.value
    if any(not name for name in words[::2]):
        raise FormProblem(BLANK_NAME.at(instruction, keyword=instruction.keyword))
    # All pairs see the variables as they were before the instruction.
    return tuple(
        (scope.expand(instruction, name), scope.expand(instruction, value))
        for name, value in zip(words[::2], words[1::2], strict=True)
    )


def _env(instruction: Instruction, scope: Scope) -> Env:
    return Env(_pairs(instruction, scope))


def _label(instruction: Instruction, scope: Scope) -> Label:
    return Label(_pairs(instruction, scope))


def _arg(instruction: Instruction, scope: Scope) -> Arg:
    """BuildKit: dockerfile2llb/convert.go, dispatchArg."""
    before = dict(scope.env)
    pairs: list[tuple[str, str | None]] = []
    try:
        for word in instruction.value:
            name, equals, default = word.partition("=")
            if not name:
                raise FormProblem(BLANK_NAME.at(instruction, keyword="ARG"))
            if name in scope.given:
                value: str | None = scope.given[name]
            elif equals:
                value = scope.expand(instruction, default)
            else:
                value = scope.globals.get(name)
            if value is not None:
                scope.env[name] = value  # the next default of the same ARG may use it
            pairs.append((name, value))
    finally:
        scope.env = before
    return Arg(*pairs[0], others=tuple(pairs[1:]))


def _command(instruction: Instruction, scope: Scope) -> tuple[str, ...]:
    read_flags(instruction)
    if instruction.json:
        return instruction.value
    return (*scope.shell, " ".join(instruction.value))


def _cmd(instruction: Instruction, scope: Scope) -> Cmd:
    return Cmd(_command(instruction, scope), not instruction.json)


def _entrypoint(instruction: Instruction, scope: Scope) -> Entrypoint:
    return Entrypoint(_command(instruction, scope), not instruction.json, not scope.cmd_set)


def _workdir(instruction: Instruction, scope: Scope) -> Workdir:
    read_flags(instruction)
    path = scope.expand(instruction, instruction.value[0])
    joined = posixpath.normpath(posixpath.join("/", scope.workdir, path))
    return Workdir("/" + joined.lstrip("/"))


def _user(instruction: Instruction, scope: Scope) -> User:
    read_flags(instruction)
    return User(scope.expand(instruction, instruction.value[0]))


def _volume(instruction: Instruction, scope: Scope) -> Volume:
    read_flags(instruction)
    paths = tuple(scope.expand(instruction, path.strip()) for path in instruction.value)
    if any(not path for path in paths):
        raise Problem(EMPTY_VOLUME.at(instruction))
    return Volume(paths)


def _expose(instruction: Instruction, scope: Scope) -> Expose:
    read_flags(instruction)
    ports: list[str] = []
    # BuildKit sorts them as written, before it expands.
    for word in sorted(instruction.value):
        for port in scope.expand_words(instruction, word):
            ports += parse_port(instruction, port)
            if len(ports) > MOST_PORTS:
                raise Problem(TOO_MANY_PORTS.at(instruction, limit=MOST_PORTS))
    return Expose(tuple(dict.fromkeys(ports)))


def _stopsignal(instruction: Instruction, scope: Scope) -> StopSignal:
    signal = scope.expand(instruction, instruction.value[0])
    name = re.sub(r"[-+]\d{1,2}$", "", signal.upper().removeprefix("SIG"))
    number = re.fullmatch(r"[+-]?\d{1,5}", signal) and int(signal) != 0
    if not number and name not in _SIGNALS:
        raise Problem(SIGNAL.at(instruction, signal=signal))
    return StopSignal(signal)


def _shell(instruction: Instruction, scope: Scope) -> Shell:
    read_flags(instruction)
    if not instruction.json:
        words = ", ".join(f'"{word}"' for word in " ".join(instruction.value).split())
        fix = replace_lines(instruction, "Write it as a list", f"SHELL [{words}]")
        clean = re.fullmatch(r"[\w./ -]+", " ".join(instruction.value))
        raise FormProblem(SHELL_FORM.at(instruction, fix if clean else None))
    return Shell(instruction.value)


def _onbuild(instruction: Instruction, scope: Scope) -> OnBuild:
    trigger = re.sub(r"^\s*onbuild\s*", "", instruction.text, flags=re.IGNORECASE)
    inner = trigger.split(None, 1)[0].upper() if trigger.strip() else ""
    if inner in ("ONBUILD", "FROM", "MAINTAINER"):
        raise FormProblem(ONBUILD_TRIGGER.at(instruction, inner=inner))
    return OnBuild(trigger)


def _maintainer(instruction: Instruction, scope: Scope) -> Maintainer:
    read_flags(instruction)
    return Maintainer(instruction.value[0])


INTERPRETERS: dict[str, Interpreter] = {
    "ADD": interpret_copy,
    "ARG": _arg,
    "CMD": _cmd,
    "COPY": interpret_copy,
    "ENTRYPOINT": _entrypoint,
    "ENV": _env,
    "EXPOSE": _expose,
    "HEALTHCHECK": interpret_healthcheck,
    "LABEL": _label,
    "MAINTAINER": _maintainer,
    "ONBUILD": _onbuild,
    "RUN": interpret_run,
    "SHELL": _shell,
    "STOPSIGNAL": _stopsignal,
    "USER": _user,
    "VOLUME": _volume,
    "WORKDIR": _workdir,
}
