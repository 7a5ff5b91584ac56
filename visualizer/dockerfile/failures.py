"""A RUN that failed: what its exit code and its last words mean, and what to try."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from visualizer.dockerfile.diagnosis import Message, Words
from visualizer.dockerfile.failure_words import (
    CANNOT_START,
    DISK,
    FAILED,
    KILLED,
    LIST_AS_COMMAND,
    NO_FILE,
    NO_MODULE,
    NO_NETWORK,
    NO_PACKAGES,
    NO_PERMISSION,
    NOT_EXECUTABLE,
    NOT_FOUND,
    NOT_SIMULATED,
    PROCESSES,
    PYTHON_ERROR,
    PYTHON_SYNTAX,
    SHELL_SYNTAX,
)
from visualizer.dockerfile.operations import ExecCommand, Run, ShellCommand
from visualizer.dockerfile.shellscript import commands
from visualizer.dockerfile.steps import Step
from visualizer.events.types import Diagnosis

_PACKAGE_MANAGERS = {
    "apt", "apt-get", "aptitude", "apk", "yum", "dnf", "microdnf", "zypper", "pacman", "brew",
    "pip", "pip3", "pipx", "uv", "poetry", "conda", "npm", "npx", "yarn", "pnpm", "gem",
    "bundle", "cargo", "go", "composer",
}  # fmt: skip
_DOWNLOADERS = {"curl", "wget", "git", "ssh", "scp", "ping", "nc", "ftp", "rsync"}
_NETWORK = re.compile(
    r"could not resolve host|temporary failure (in name )?resolv|name or service not known|"
    r"network is unreachable|no route to host|getaddrinfo|could not connect|unable to resolve|"
    r"failed to establish a new connection|dns (lookup|resolution) fail|"
    r"network (access )?(is )?(not (enabled|allowed|configured|available)|disabled)",
    re.IGNORECASE,
)
_NOTHING_TO_INSTALL = re.compile(
    r"unable to locate package|unable to select packages|no such package|"
    r"no matching distribution found|could not find a version that satisfies|"
    r"temporary error \(try again later\)",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(
    r"""(?:^|[:\s])['"`]?([^\s:'"`]+)['"`]?: (?:command )?not found"""
    r"""|executable file [`'"]?([^\s`'"]+)['"`]? not found"""
    r"""|exec: "([^"]+)": executable file not found"""
    r"""|command not found: (\S+)"""
)
_NO_FILE = re.compile(
    r"""['"`‘]([^'"`’\n]+)['"`’]: No such file or directory"""
    r"""|([^\s:'"`]+): No such file or directory"""
    r"""|No such file or directory: ['"]([^'"]+)"""
    r"""|can't open file ['"]([^'"]+)"""
    r"""|(?:can't open|cannot open|can't cd to) ['"]?([^\s'":]+)""",
    re.IGNORECASE,
)
_PERMISSION = re.compile(
    r"""['"`‘]?([^\s:'"`‘’]+)['"`’]?: Permission denied|Permission denied: ['"]([^'"]+)""",
    re.IGNORECASE,
)
_SHELL_SYNTAX = re.compile(
    r"((?:syntax error|unexpected end of file|unterminated quoted string|unexpected EOF|"
    r"parse error)[^\n]*)",
    re.IGNORECASE,
)
_NOT_STARTED = re.compile(
    r"unable to start container process: (?:error during container init: )?(.+)"
)
_NO_USER = re.compile(r"(unable to find (?:user|group) .+)")
_NO_PROCESS = re.compile(
    r"can't (?:fork|start new thread)|fork: (?:retry: )?Resource temporarily|"
    r"(?:fork|clone)\S* failed: Resource temporarily",
    re.IGNORECASE,
)
_PYTHON_ERROR = re.compile(
    r"^(\w+(?:\.\w+)*(?:Error|Exception|Interrupt|Exit))(?:: (.*))?$", re.MULTILINE
)


@dataclass(frozen=True)
class _Failure:
    """What is known of the failure, for the readers below."""

    step: Step
    code: int | None
    output: str
    simulated: bool
    programs: tuple[str, ...]

    @property
    def workdir(self) -> str:
        return self.step.operation.workdir if isinstance(self.step.operation, Run) else "/"

    @property
    def user(self) -> str:
        operation = self.step.operation
        return (operation.user if isinstance(operation, Run) else "") or "root"

    def says(self, message: Message, **values: str | int) -> Diagnosis:
        return message.at(self.step, None, None, **values)


def diagnose_failure(
    step: Step, exit_code: int | None, output_tail: str, *, simulated: bool
) -> Diagnosis | None:
    """What a failed step's output says to a learner, None if the step was not a command.

    `output_tail` is the end of stdout and stderr together; `simulated` is true on the embedded
    engine, where another advice is right.
    """
    if not isinstance(step.operation, Run) or exit_code == 0:
        return None
    failure = _Failure(step, exit_code, output_tail[-4000:], simulated, _programs(step.operation))
    for reader in _READERS:
        if diagnosis := reader(failure):
            return diagnosis
    return failure.says(FAILED, code="unknown" if exit_code is None else exit_code)


def _programs(operation: Run) -> tuple[str, ...]:
    if isinstance(operation.command, ExecCommand):
        return operation.command.argv[:1]
    assert isinstance(operation.command, ShellCommand)
    script = next(iter(operation.command.files.values()), operation.command.script)
    return tuple(command.words[0] for command in commands(script) if command.words)


def _not_started(failure: _Failure) -> Diagnosis | None:
    """The program itself could not be started, so no shell had anything to say."""
    found = _NOT_STARTED.search(failure.output)
    if found is None and failure.code is None:
        found = _NO_USER.search(failure.output)
    return failure.says(CANNOT_START, reason=found[1]) if found else None


def _missing_program(failure: _Failure) -> Diagnosis | None:
    found = None
    for match in _NOT_FOUND.finditer(failure.output):
        found = next(group for group in match.groups() if group)
    if found is None:
        if failure.code != 127 or not failure.programs:
            return None
        found = failure.programs[-1]
    name = found.rsplit("/", 1)[-1]
    if found.startswith("["):
        return failure.says(LIST_AS_COMMAND, program=found)
    if failure.simulated and name in _PACKAGE_MANAGERS:
        return failure.says(NO_PACKAGES, program=name)
    if failure.simulated and name in _DOWNLOADERS:
        return failure.says(NO_NETWORK, program=name)
    return failure.says(NOT_SIMULATED if failure.simulated else NOT_FOUND, program=found)


def _packages(failure: _Failure) -> Diagnosis | None:
    if not failure.simulated or not _NOTHING_TO_INSTALL.search(failure.output):
        return None
    names = [program.rsplit("/", 1)[-1] for program in failure.programs]
    name = next((name for name in names if name in _PACKAGE_MANAGERS), None)
    if name is None and any(name.startswith("python") for name in names):
        name = "pip"
    return failure.says(NO_PACKAGES, program=name) if name else None


def _network(failure: _Failure) -> Diagnosis | None:
    if not _NETWORK.search(failure.output):
        return None
    known = _PACKAGE_MANAGERS | _DOWNLOADERS
    name = next((p for p in failure.programs if p.rsplit("/", 1)[-1] in known), "the command")
    if failure.simulated and name in _PACKAGE_MANAGERS:
        return failure.says(NO_PACKAGES, program=name)
    return failure.says(NO_NETWORK, program=name)


def _python(failure: _Failure) -> Diagnosis | None:
    module = re.search(r"(?:No module named|cannot import name) '?([\w.]+)'?", failure.output)
    if module:
        return failure.says(
            NO_MODULE, module=module[1], advice=Words(_module_advice(failure, module[1]))
        )
    errors = _PYTHON_ERROR.findall(failure.output)
    if not errors or not (
        "Traceback" in failure.output
        or "SyntaxError" in failure.output
        or "IndentationError" in failure.output
    ):
        return None
    name, detail = errors[-1]
    if name in ("FileNotFoundError", "PermissionError"):
        return None
    said = f"{name}: {detail}" if detail else name
    if name in ("SyntaxError", "IndentationError", "TabError"):
        return failure.says(PYTHON_SYNTAX, detail=said)
    return failure.says(PYTHON_ERROR, detail=said)


def _module_advice(failure: _Failure, module: str) -> str:
    if module == "pip" or (failure.simulated and "pip" in failure.programs):
        return "The embedded engine cannot install packages; the Docker engine can."
    if failure.simulated:
        return (
            "If it is your own file, COPY it first. Packages can be installed with the Docker "
            "engine only; this one has no network."
        )
    return f"Install it first, `RUN pip install {module.split('.')[0]}`, or COPY your own file."


def _permission(failure: _Failure) -> Diagnosis | None:
    match = _PERMISSION.search(failure.output)
    if failure.code == 126:
        program = match and next((g for g in match.groups() if g), None)
        return failure.says(
            NOT_EXECUTABLE, program=program or " ".join(failure.programs[-1:]) or "it"
        )
    if not match:
        return None
    path = next(group for group in match.groups() if group)
    return failure.says(NO_PERMISSION, path=path, user=failure.user)


def _file(failure: _Failure) -> Diagnosis | None:
    found = [
        next(group for group in m.groups() if group) for m in _NO_FILE.finditer(failure.output)
    ]
    if not found:
        return None
    path = found[-1]
    return failure.says(NO_FILE, path=path, workdir=failure.workdir)


def _syntax(failure: _Failure) -> Diagnosis | None:
    match = _SHELL_SYNTAX.search(failure.output)
    if not match or 'File "' in failure.output:
        return None
    return failure.says(SHELL_SYNTAX, detail=match[1].rstrip("."))


def _disk(failure: _Failure) -> Diagnosis | None:
    full = re.search(
        r"no space left|disk quota|file system (is )?full", failure.output, re.IGNORECASE
    )
    return failure.says(DISK) if full else None


def _processes(failure: _Failure) -> Diagnosis | None:
    return failure.says(PROCESSES) if cannot_fork(failure.output) else None


def cannot_fork(output: str) -> bool:
    """Whether a program says that it could not start another process."""
    return _NO_PROCESS.search(output) is not None


def _killed(failure: _Failure) -> Diagnosis | None:
    ended = failure.code in (124, 137, 143)
    return failure.says(KILLED, code=failure.code or 0) if ended else None


_READERS: tuple[Callable[[_Failure], Diagnosis | None], ...] = (
    _disk,
    _processes,
    _not_started,
    _packages,
    _python,
    _network,
    _missing_program,
    _permission,
    _file,
    _syntax,
    _killed,
)
