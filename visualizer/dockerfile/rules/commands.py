"""Rules on what a RUN does: commands that have no effect, stop the build, or belong in a CMD."""

import re
from collections.abc import Iterator

from visualizer.dockerfile.analysis import Analysis, StageView
from visualizer.dockerfile.diagnosis import Lines, Topic, replace_lines
from visualizer.dockerfile.parser import Instruction
from visualizer.dockerfile.shellscript import SimpleCommand
from visualizer.events.types import Diagnosis, Fix

TOPIC = Topic("Commands in RUN")

CD = TOPIC.message(
    "cd-alone",
    "warning",
    "This `cd` is forgotten as soon as the step ends.",
    "Every RUN starts a new shell in the directory that WORKDIR set. What stays of a RUN is files, "
    "not the directory it was in.",
    "Use `WORKDIR {path}`, which holds for all steps that follow and for the container.",
)
EXPORT = TOPIC.message(
    "export-alone",
    "warning",
    "This variable is forgotten as soon as the step ends.",
    "Every RUN starts a new shell. What stays of a RUN is files, not variables.",
    "Use `ENV NAME=value`, which holds for all steps that follow and for the container.",
)
ACTIVATE = TOPIC.message(
    "source-alone",
    "warning",
    "Reading `{file}` has no effect on the steps that follow.",
    "It sets variables of this step's shell, and every RUN starts a new one.",
    "Put the program that needs it in the same RUN, or set what it sets with ENV, for example "
    '`ENV PATH="/venv/bin:$PATH"`.',
)
SUDO = TOPIC.message(
    "sudo-in-run",
    "warning",
    "`sudo` is not needed here, and most images do not have it.",
    "Steps run as root unless a USER instruction says otherwise.",
    "Delete `sudo`. After a USER, change to root for a while with `USER root`.",
)
APT_UPDATE = TOPIC.message(
    "apt-update-alone",
    "warning",
    "`{update}` in a RUN of its own goes stale in the build cache.",
    "The step is cached. When only the install line changes later, Docker takes the old package "
    "lists from the cache, and packages are not found or are outdated.",
    "Join the two: `RUN apt-get update && apt-get install -y …`.",
)
NO_YES = TOPIC.message(
    "install-without-yes",
    "warning",
    "`{command}` will ask a question that nobody can answer.",
    "Nobody sits at the keyboard in a build: the question whether to go on ends the step.",
    "Add `-y`, which answers yes.",
)
SERVER = TOPIC.message(
    "server-in-run",
    "warning",
    "`{command}` starts the program while the image is being built.",
    "RUN is for preparing the image. A program that keeps running would keep the build waiting for "
    "ever, and no program of the build runs in the container.",
    "Say with CMD what the container is to run: `CMD [{words}]`.",
)
SERVICE = TOPIC.message(
    "service-in-run",
    "warning",
    "The service that `{command}` starts is gone when the step ends.",
    "Only files go into the image, no running programs; and containers have no service manager.",
    "Start the program itself with CMD or ENTRYPOINT, in the foreground.",
)
DANGLING = TOPIC.message(
    "dangling-operator",
    "warning",
    "This command ends with `{operator}`, and nothing follows.",
    "A line goes on below only when it ends with a backslash. Without it the instruction "
    "ends here.",
    "Add a backslash at the end of the line, or delete the `{operator}`.",
)
_SERVERS = (
    ("flask", "run"),
    ("npm", "start"),
    ("npm", "run", "start"),
    ("npm", "run", "dev"),
    ("yarn", "start"),
    ("yarn", "dev"),
    ("rails", "server"),
    ("python", "manage.py", "runserver"),
    ("python3", "manage.py", "runserver"),
    ("uvicorn",),
    ("gunicorn",),
    ("streamlit", "run"),
)
_INSTALLERS = ("apt-get", "apt", "yum", "dnf", "microdnf", "zypper")
_YES = {"--yes", "--assume-yes", "--assumeyes", "--non-interactive", "-n", "-qq"}


def forgotten(analysis: Analysis) -> Iterator[Diagnosis]:
    """Commands whose only effect is on a shell that ends with the step."""
    for _, instruction, found in analysis.scripts():
        if not found or found[-1].after in ("||", "|", "(", ")"):
            continue
        last, alone = found[-1], len(found) == 1
        if last.name == "cd" and last.operands:
            path = last.operands[0]
            plain = alone and re.fullmatch(r"[\w./-]+", path) and not instruction.heredocs
            fix = replace_lines(instruction, f"Use WORKDIR {path}", f"WORKDIR {path}")
            yield CD.at(instruction, fix if plain else None, path=path)
        elif last.name == "export" and all(c.name == "export" for c in found):
            yield EXPORT.at(instruction, _env_fix(instruction, found))
        elif last.name in ("source", ".") and last.operands:
            yield ACTIVATE.at(instruction, file=last.operands[0])


def _env_fix(instruction: Instruction, found: tuple[SimpleCommand, ...]) -> Fix | None:
    pairs = [word for command in found for word in command.operands]
    if instruction.heredocs or not all(re.fullmatch(r"\w+=[\w./:$-]*", pair) for pair in pairs):
        return None
    return replace_lines(instruction, "Use ENV", "ENV " + " ".join(pairs))


def sudo(analysis: Analysis) -> Iterator[Diagnosis]:
    everything = [command for _, _, found in analysis.scripts() for command in found]
    if any("sudo" in command.operands for command in everything):
        return  # it is installed by a step
    for stage, instruction, found in analysis.scripts():
        if not stage.of("USER") and any(command.sudo for command in found):
            lines = analysis.dockerfile.lines[instruction.line_start - 1 : instruction.line_end]
            text = re.sub(r"\bsudo +(?=[\w/])", "", "\n".join(lines))
            yield SUDO.at(instruction, replace_lines(instruction, "Delete sudo", text))


def apt_update(analysis: Analysis) -> Iterator[Diagnosis]:
    """An update of the package lists without an install in the same RUN."""
    for stage in analysis.stages:
        runs = stage.scripts
        for at, (instruction, found) in enumerate(runs):
            update = next((c for c in found if _is(c, ("apt-get", "apt", "apk"), "update")), None)
            if not update or any(_installs(command) for command in found):
                continue
            if update.name == "apk" and not any(_installs(c) for _, f in runs for c in f):
                continue
            following = runs[at + 1] if at + 1 < len(runs) else None
            words = f"{update.name} update"
            yield APT_UPDATE.at(instruction, _joined(instruction, following), update=words)


def _is(command: SimpleCommand, names: tuple[str, ...], verb: str) -> bool:
    name = command.name.removeprefix("xx-")  # the cross-compiling wrappers of tonistiigi/xx
    return name in names and verb in command.operands[:1]


def _installs(command: SimpleCommand) -> bool:
    verbs = ("install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "add", "satisfy")
    return any(_is(command, (*_INSTALLERS, "apk", "aptitude"), verb) for verb in verbs) or (
        "install" in command.words and command.name.endswith(("install", "install.sh"))
    )


def _joined(
    instruction: Instruction, following: tuple[Instruction, tuple[SimpleCommand, ...]] | None
) -> Fix | None:
    if not following or instruction.heredocs or instruction.flags:
        return None
    other, found = following
    adjacent = other.line_start == instruction.line_end + 1
    one_line = instruction.line_start == instruction.line_end and other.line_start == other.line_end
    if not adjacent or not one_line or other.flags or other.heredocs:
        return None
    if not any(_installs(command) for command in found):
        return None
    place = Lines(instruction.line_start, other.line_end)
    text = f"{instruction.text.rstrip()} && {other.operands}"
    return replace_lines(place, "Join the two RUNs", text)


def without_yes(analysis: Analysis) -> Iterator[Diagnosis]:
    for _, instruction, found in analysis.scripts():
        for command in found:
            if not _is(command, _INSTALLERS, "install") or command.after == "|":
                continue
            short = [w for w in command.words if re.fullmatch(r"-[a-zA-Z]+", w)]
            quiet = sum(w.count("q") for w in short) >= 2 or "-q=2" in command.words
            if quiet or any("y" in w for w in short) or _YES & set(command.words):
                continue
            name = command.name
            fix = None
            if instruction.line_start == instruction.line_end:
                pattern = rf"\b{re.escape(name)}((?: +-\S+)*) +install\b"
                text, count = re.subn(pattern, rf"{name}\1 install -y", instruction.text)
                fix = replace_lines(instruction, "Add -y", text) if count == 1 else None
            yield NO_YES.at(instruction, fix, command=" ".join(command.words[:3]))


def servers(analysis: Analysis) -> Iterator[Diagnosis]:
    """Programs that are meant for the container, started by the build."""
    for stage, instruction, found in analysis.scripts():
        for command in found:
            words = " ".join(command.words)
            if command.name in ("service", "systemctl", "rc-service") and (
                {"start", "restart"} & set(command.operands)
            ):
                yield SERVICE.at(instruction, command=words)
            elif _serves(command) or _runs_the_app(stage, instruction, found):
                quoted = ", ".join(f'"{word}"' for word in command.words)
                fix = None
                alone = len(found) == 1 and not instruction.heredocs
                if alone and not stage.of("CMD", "ENTRYPOINT"):
                    plain = not re.search(r"[$\"'\\<>|&]", instruction.operands)
                    fix = replace_lines(instruction, "Make it the CMD", f"CMD [{quoted}]")
                    fix = fix if plain and not instruction.flags else None
                yield SERVER.at(instruction, fix, command=words, words=quoted)


def _serves(command: SimpleCommand) -> bool:
    if command.has("--version", "--help", "-v", "-h", "--check-config") or command.after == "||":
        return False
    if "http.server" in command.words and "-m" in command.words:
        return True
    return any(command.starts(*server) for server in _SERVERS)


def _runs_the_app(
    stage: StageView, instruction: Instruction, found: tuple[SimpleCommand, ...]
) -> bool:
    """`RUN python app.py` as the last line of a file that has no CMD: it was meant as one."""
    if len(found) != 1 or not stage.last or stage.of("CMD", "ENTRYPOINT"):
        return False
    command = found[0]
    names = ("app.py", "main.py", "server.py", "index.js", "server.js", "app.js", "main.js")
    last = stage.placed[-1].instruction is instruction
    runs = command.name in ("python", "python3", "node") and len(command.words) >= 2
    return last and runs and command.words[1].rsplit("/", 1)[-1] in names


def dangling(analysis: Analysis) -> Iterator[Diagnosis]:
    for instruction in analysis.all("RUN", "CMD", "ENTRYPOINT"):
        match = re.search(r"(&&|\|\||\|)\s*$", instruction.text)
        if not instruction.json and not instruction.heredocs and match:
            last = analysis.dockerfile.line(instruction.line_end)
            following = analysis.dockerfile.line(instruction.line_end + 1).strip()
            fix = None
            if following and not last.rstrip().endswith("\\"):
                place = Lines(instruction.line_end, instruction.line_end)
                fix = replace_lines(place, "Add the backslash", f"{last.rstrip()} \\")
            yield DANGLING.at(instruction, fix, operator=match[1])


RULES = (forgotten, sudo, apt_update, without_yes, servers, dangling)
