"""Rules on ARG and ENV: who can see a variable, which are never used, which should not be there."""

import re
from collections.abc import Iterator

from visualizer.dockerfile.analysis import Analysis, Placed, StageView
from visualizer.dockerfile.config import env_of
from visualizer.dockerfile.diagnosis import Topic, Words, insert_before, replace_lines
from visualizer.dockerfile.operations import Arg, Env, Run, ShellCommand
from visualizer.dockerfile.parser import Instruction
from visualizer.dockerfile.suggest import closest
from visualizer.events.types import Diagnosis

TOPIC = Topic("Variables that surprise")

UNDEFINED = TOPIC.message(
    "undefined-variable",
    "warning",
    "`${name}` has no value at this point.",
    "Docker puts nothing in its place. Only variables of ENV and ARG above in this stage, and "
    "those of the base image, are known here. {near}",
    "Set it above with ENV or ARG, or correct the name.",
)
NOT_REDECLARED = TOPIC.message(
    "arg-not-in-stage",
    "warning",
    "`${name}` is empty here, although there is an `ARG {name}` above the FROM.",
    "An ARG above the first FROM can be used in FROM lines only. Each stage that wants it has to "
    "ask for it.",
    "Add a line `ARG {name}` in this stage; it takes the value from above.",
)
AT_RUN_TIME = TOPIC.message(
    "arg-at-run-time",
    "warning",
    "`${name}` will be empty when the container runs.",
    "`{name}` is an ARG, and those exist only while the image is built.",
    "Keep it with `ENV {name}=${name}` above this line.",
)
ARG_UNUSED = TOPIC.message(
    "arg-never-used",
    "warning",
    "Nothing uses the build argument `{name}`.",
    "{why}",
    "Delete the line, or use it as `${name}`.",
)
ENV_UNUSED = TOPIC.message(
    "env-never-used",
    "hint",
    "Nothing here uses the variable `{name}`.",
    "{why}",
    "Delete it if it is a leftover; keep it if your program reads it.",
)
SECRET = TOPIC.message(
    "secret-in-variable",
    "warning",
    "`{name}` looks like a secret, and {keyword} makes it public.",
    "Everyone who has the image can read its variables and its build history (`docker inspect`, "
    "`docker history`). That holds for ARG too.",
    "Hand the secret to the container when it runs (`docker run -e {name}=…`), not to the image.",
)
PATH_LOST = TOPIC.message(
    "path-overwritten",
    "warning",
    "This PATH leaves out all directories that were in it before.",
    "Programs such as `ls` and `sh` are found by PATH. With this one alone they are not found any "
    "more.",
    'Add to it: `ENV PATH="{value}:$PATH"`.',
)
SPACES = TOPIC.message(
    "spaces-around-equals",
    "warning",
    "The space in front of `=` makes `{value}` the value of `{name}`.",
    "Docker takes a name followed by a space for the old form of {keyword}, and all that follows "
    "for the value, the `=` too.",
    "Write `{keyword} {name}=…` without spaces around `=`.",
)
LEGACY = TOPIC.message(
    "old-pair-form",
    "warning",
    "`{keyword} {name} …` is the old form, without `=`.",
    "It takes one name only, and everything behind it as the value. Docker warns of it too.",
    "Write `{keyword} {name}=value`.",
)
_SECRET = re.compile(
    r"(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)",
    re.IGNORECASE,
)
_ALLOWED = re.compile(r"(?:_|^)(?:public|file|version|path|dir|url|gpg)(?:_|$)", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,}|sk-[\w-]{20,}|xox[bp]-|-----BEGIN ")
_FOR_PROGRAMS = re.compile(
    r"(?:PYTHON|PIP|NODE|NPM|YARN|JAVA|JVM|GO|RUST|CARGO|RUBY|GEM|BUNDLE|RAILS|FLASK|DJANGO|UV|POETRY|"
    r"LC_|LD_|DEBIAN|DEBCONF|TERM|PG|POSTGRES|MYSQL|REDIS|NGINX|SPRING|DOTNET|ASPNETCORE|GUNICORN|"
    r"UVICORN|WEB_|XDG|CONDA|CUDA|NVIDIA|OTEL|AWS_|PHP|COMPOSER|NEXT_|VITE_|CI$|TZ$|LANG|HOME$|PATH$|"
    r"USER$|SHELL$|HTTPS?_|NO_PROXY|http|no_proxy|PORT$|HOST|ADDR|DEBUG|LOG|MODE$|ENV$|APP_|SERVER_|DB_|"
    r"DATABASE|SECRET|EDITOR|PAGER|VIRTUAL_ENV|TMP|TEMP|MAKE|CC$|CXX|CFLAGS|SOURCE_DATE_EPOCH|TARGET|BUILD|SBOM)"
)


def undefined(analysis: Analysis) -> Iterator[Diagnosis]:
    """Variables that Docker itself replaces by nothing."""
    for stage in analysis.stages:
        for placed in stage.placed:
            instruction = placed.instruction
            for name in sorted(stage.scope.undefined.get(instruction.line_start, ())):
                if not re.fullmatch(r"[A-Za-z_]\w*", name) or _has_default(instruction, name):
                    continue
                if name in analysis.global_args:
                    yield _not_redeclared(instruction, name)
                elif stage.scope.base_known:
                    near = closest(name, sorted({*stage.scope.env, *stage.scope.args}))
                    hint = f"Did you mean `${near}`?" if near else ""
                    fix = None
                    if near and instruction.line_start == instruction.line_end:
                        text = re.sub(rf"(\$\{{?){name}\b", rf"\g<1>{near}", instruction.text)
                        fix = replace_lines(instruction, f"Use ${near}", text)
                    yield UNDEFINED.at(instruction, fix, name=name, near=hint)


def _has_default(instruction: Instruction, name: str) -> bool:
    """`${x:-y}` and `${x:+y}` are made for variables without a value; `PATH` comes by itself."""
    return bool(re.search(rf"\$\{{{name}:?[-+?]", instruction.text))


def _not_redeclared(instruction: Instruction, name: str) -> Diagnosis:
    fix = insert_before(instruction.line_start, f"Add ARG {name}", f"ARG {name}")
    return NOT_REDECLARED.at(instruction, fix, name=name)


def at_build_time(analysis: Analysis) -> Iterator[Diagnosis]:
    """Variables in a RUN, which the shell replaces, that only the ARGs above the FROM have."""
    for stage in analysis.stages:
        missing = set(analysis.global_args) - set(stage.scope.args)
        for placed in stage.of("RUN"):
            operation = placed.operation
            if not isinstance(operation, Run) or not isinstance(operation.command, ShellCommand):
                continue
            script = operation.command.script
            for name in sorted(_variables(script) & missing - set(operation.env)):
                if not _sets(script, name):
                    missing.discard(name)  # said once a stage
                    yield _not_redeclared(placed.instruction, name)


def at_run_time(analysis: Analysis) -> Iterator[Diagnosis]:
    """Variables in a CMD, which the container's shell replaces, that only an ARG has."""
    for stage in analysis.stages:
        gone = set(stage.scope.args) - set(env_of(stage.scope.config))
        for placed in stage.of("CMD", "ENTRYPOINT"):
            instruction = placed.instruction
            for name in sorted(_variables(instruction.operands) & gone):
                if not instruction.json and not _has_default(instruction, name):
                    line = instruction.line_start
                    fix = insert_before(line, "Keep it with ENV", f"ENV {name}=${name}")
                    yield AT_RUN_TIME.at(instruction, fix, name=name)


def _variables(script: str) -> set[str]:
    without_single = re.sub(r"'[^']*'", "", script)
    return set(re.findall(r"(?<!\\)\$\{?([A-Za-z_]\w*)", without_single))


def _sets(script: str, name: str) -> bool:
    return bool(re.search(rf"\b{name}=|\b(?:read|for)\b", script))


def unused_args(analysis: Analysis) -> Iterator[Diagnosis]:
    declared = {name for stage in analysis.stages for name in stage.scope.args}
    for instruction in analysis.all("ARG"):
        if (
            analysis.stages
            and instruction.line_start < analysis.stages[0].begin.instruction.line_start
        ):
            for word in instruction.value:
                name = word.partition("=")[0]
                used = name in analysis.global_used or name in declared or _platform(name)
                if name and not used:
                    why = "No FROM mentions it, and no stage asks for it with an ARG of its own."
                    yield ARG_UNUSED.at(instruction, name=name, why=Words(why))
    for stage in analysis.stages:
        for at, placed in enumerate(stage.placed):
            if isinstance(placed.operation, Arg):
                for name, _ in placed.operation.pairs:
                    yield from _unused_arg(analysis, stage, at, placed.instruction, name)


def _platform(name: str) -> bool:
    return bool(re.match(r"(BUILD|TARGET)(PLATFORM|OS|ARCH|VARIANT|STAGE)|BUILDKIT_", name))


def _unused_arg(
    analysis: Analysis, stage: StageView, at: int, instruction: Instruction, name: str
) -> Iterator[Diagnosis]:
    later = [*stage.placed[at + 1 :], *_inherited(analysis, stage)]
    if _platform(name) or any(name in placed.words for placed in later):
        return
    if len([w for w in instruction.value if f"${name}" in w or f"${{{name}" in w]):
        return
    if not any(placed.instruction.keyword in ("RUN", "ONBUILD") for placed in later):
        why = "No instruction below mentions it, and there is no RUN below that could read it."
        yield ARG_UNUSED.at(instruction, name=name, why=Words(why))
    elif not _FOR_PROGRAMS.match(name):
        why = "No instruction below mentions it. (A program in a RUN could still read it.)"
        yield ARG_UNUSED.at(instruction, severity="hint", name=name, why=Words(why))


def _inherited(analysis: Analysis, stage: StageView) -> Iterator[Placed]:
    for other in analysis.bases_on(stage):
        if other.number > stage.number:
            yield from other.placed[1:]
            yield from _inherited(analysis, other)


def unused_env(analysis: Analysis) -> Iterator[Diagnosis]:
    for stage in analysis.stages:
        for at, placed in enumerate(stage.placed):
            if not isinstance(placed.operation, Env):
                continue
            later = [*stage.placed[at + 1 :], *_inherited(analysis, stage)]
            for name, _ in placed.operation.pairs:
                if reason := _why_env_unused(analysis, stage, placed, later, name):
                    yield ENV_UNUSED.at(placed.instruction, name=name, why=Words(reason))


def _why_env_unused(
    analysis: Analysis, stage: StageView, placed: Placed, later: list[Placed], name: str
) -> str | None:
    if any(name in other.words for other in later):
        return None
    runs = any(other.instruction.keyword in ("RUN", "ONBUILD") for other in later)
    if not stage.last and not runs and not analysis.bases_on_any(stage):
        return "This stage is not the image, and no step below could read it."
    if _FOR_PROGRAMS.match(name) or not stage.last:
        return None
    if analysis.context is not None and analysis.context.mentions(name) is not False:
        return None
    return "No instruction below mentions it, and it is no variable that programs commonly read."


def secrets(analysis: Analysis) -> Iterator[Diagnosis]:
    for instruction in analysis.all("ARG", "ENV"):
        pairs = _raw_pairs(instruction)
        for name, value in pairs:
            bare = value.strip("\"'")
            if instruction.keyword == "ENV" and (not bare or bare.startswith("/")):
                continue  # empty, or the path of a file that holds it
            named = _SECRET.search(name) and not _ALLOWED.search(name) and name.upper() != "KEY"
            if named or _SECRET_VALUE.search(value):
                yield SECRET.at(instruction, name=name, keyword=instruction.keyword)


def _raw_pairs(instruction: Instruction) -> list[tuple[str, str]]:
    if instruction.keyword == "ARG":
        return [(word.partition("=")[0], word.partition("=")[2]) for word in instruction.value]
    return list(zip(instruction.value[::2], instruction.value[1::2], strict=False))


def path_lost(analysis: Analysis) -> Iterator[Diagnosis]:
    for instruction in analysis.all("ENV"):
        for name, value in _raw_pairs(instruction):
            bare = value.strip("\"'")
            if name == "PATH" and bare and "$" not in bare and "/bin" not in bare.split(":"):
                if "/usr/bin" in bare.split(":"):
                    continue
                fix = None
                if instruction.line_start == instruction.line_end and len(instruction.value) == 2:
                    fix = replace_lines(
                        instruction, "Keep the old PATH", f'ENV PATH="{bare}:$PATH"'
                    )
                yield PATH_LOST.at(instruction, fix, value=bare)


def old_form(analysis: Analysis) -> Iterator[Diagnosis]:
    """`ENV a b` and `ENV a = b`."""
    for i in analysis.all("ENV", "LABEL"):
        words = i.operands.split(None, 1)
        if len(i.value) != 2 or not words or "=" in words[0]:
            continue
        name, value = i.value
        one_line = i.line_start == i.line_end
        if value.startswith("="):
            right = value[1:].strip()
            fix = replace_lines(i, "Take the spaces out", f"{i.written} {name}={_quoted(right)}")
            yield SPACES.at(i, fix if one_line else None, keyword=i.keyword, name=name, value=value)
        else:
            fix = replace_lines(i, "Use the form with =", f"{i.written} {name}={_quoted(value)}")
            yield LEGACY.at(i, fix if one_line else None, keyword=i.keyword, name=name)


def _quoted(value: str) -> str:
    if re.fullmatch(r"[^\s\"'\\]+|\"[^\"\\]*\"|'[^'\\]*'", value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


RULES = (
    undefined,
    at_build_time,
    at_run_time,
    unused_args,
    unused_env,
    secrets,
    path_lost,
    old_form,
)
