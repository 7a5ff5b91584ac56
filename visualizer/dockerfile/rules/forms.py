"""Rules on the two ways to write a command: the exec form, a list in double quotes, and the shell
form, plain text."""

import json
import re
from collections.abc import Iterator

from visualizer.dockerfile.analysis import Analysis, StageView
from visualizer.dockerfile.diagnosis import Topic, replace_lines
from visualizer.dockerfile.parser import Instruction
from visualizer.events.types import Diagnosis, Fix

TOPIC = Topic("Exec form and shell form")

WITHOUT_QUOTES = TOPIC.message(
    "exec-form-without-quotes",
    "warning",
    "The list after {keyword} has no quotes, so Docker does not take it for a list.",
    "In the exec form every item stands in double quotes. Without them the whole text, brackets "
    "included, goes to the shell, which looks for a program called `{first}`.",
    'Write it as `{keyword} ["program", "argument"]`.',
)
SINGLE_QUOTES = TOPIC.message(
    "exec-form-single-quotes",
    "warning",
    "The list after {keyword} has single quotes; the exec form needs double quotes.",
    "The exec form is JSON, and JSON knows only double quotes. With others the whole text, "
    "brackets included, goes to the shell.",
    'Use double quotes: `{keyword} ["program", "argument"]`.',
)
CURLY_QUOTES = TOPIC.message(
    "curly-quotes",
    "warning",
    "There are curly quotes in this {keyword}.",
    "Word processors and chat programs turn straight quotes into curly ones, “ and ”. Docker and "
    "the shell take those for ordinary letters.",
    'Replace them by straight quotes: `"`.',
)
BROKEN_LIST = TOPIC.message(
    "exec-form-broken",
    "warning",
    "The list after {keyword} is not complete, so Docker does not take it for a list.",
    "The exec form is JSON: texts in double quotes, a comma between two, no comma behind the last, "
    "and nothing after the `]`. Otherwise the whole text goes to the shell.",
    'Compare it with `{keyword} ["program", "argument"]`.',
)
ONE_STRING = TOPIC.message(
    "exec-form-one-string",
    "warning",
    "`{item}` is one item, so Docker looks for a program of that whole name.",
    "In the exec form nothing is split at spaces: the first item is the program, each further one "
    "an argument.",
    "Put each word in quotes of its own.",
)
VARIABLE = TOPIC.message(
    "exec-form-variable",
    "warning",
    "`{variable}` in this {keyword} stays as it is written.",
    "Variables in a command are replaced by a shell, and the exec form starts the program without "
    "one.",
    "Use the shell form, `{keyword} program ${{NAME}}`, or let the program read its environment.",
)
OPERATOR = TOPIC.message(
    "exec-form-operator",
    "warning",
    "`{operator}` is handed to the program as an argument.",
    "`&&`, `|`, `>` and `;` are the shell's signs, and the exec form starts the program without a "
    "shell.",
    "Use the shell form, without brackets and quotes.",
)
SIGNALS = TOPIC.message(
    "shell-form-signals",
    "hint",
    "This {keyword} runs inside a shell.",
    "The shell form starts `/bin/sh -c`, which is then process number 1 and does not pass signals "
    "on: `docker stop` may wait ten seconds and then kill the program.",
    'Use the exec form: `{keyword} ["program", "argument"]`.',
)
EMPTY = TOPIC.message(
    "empty-command",
    "warning",
    "{keyword} has no command.",
    "Docker accepts the line and runs a shell with nothing to do.",
    "Write the command, or delete the line.",
)
IGNORED_CMD = TOPIC.message(
    "entrypoint-hides-cmd",
    "warning",
    "This CMD is never used.",
    "CMD is handed to the ENTRYPOINT as arguments, but an ENTRYPOINT in the shell form (line "
    "{line}) takes none.",
    'Write the ENTRYPOINT as a list: `ENTRYPOINT ["program"]`.',
)
_COMMANDS = ("RUN", "CMD", "ENTRYPOINT")
_LISTS = (*_COMMANDS, "SHELL", "VOLUME", "COPY", "ADD", "HEALTHCHECK")
_SHELLS = {"sh", "bash", "ash", "dash", "zsh", "ksh", "env", "busybox", "powershell", "cmd"}
_OWN_VARIABLES = {"awk", "gawk", "perl", "php", "jq", "envsubst", "psql", "make", "ruby", "sed"}
_STRAIGHT = str.maketrans("“”„‟‘’", '""""\'\'')


def almost_lists(analysis: Analysis) -> Iterator[Diagnosis]:
    """Lists that are not JSON and so silently become something else."""
    for instruction in analysis.all(*_LISTS):
        text = _list_text(instruction)
        if instruction.json or not _looks_like_list(instruction.keyword, text):
            continue
        straight = text.translate(_STRAIGHT)
        if straight != text and not re.search(r'"[^"“”]*[“”]', text):
            message = CURLY_QUOTES
        elif not text.rstrip().endswith("]"):
            message = BROKEN_LIST
        elif "'" in text and '"' not in text:
            message = SINGLE_QUOTES
        else:
            message = BROKEN_LIST if '"' in text else WITHOUT_QUOTES
        first = text.split()[0].rstrip(",") if text.split() else text
        fix = _list_fix(instruction, text, straight)
        yield message.at(instruction, fix, keyword=instruction.keyword, first=first)


def _list_text(instruction: Instruction) -> str:
    operands = instruction.operands
    if instruction.keyword == "HEALTHCHECK":
        operands = re.sub(r"^cmd\s+", "", operands, flags=re.IGNORECASE)
    return operands


def _looks_like_list(keyword: str, text: str) -> bool:
    if not text.startswith("["):
        return False
    if keyword == "RUN" and re.match(r"\[\[?\s", text):
        return "," in text.split("]")[0] and " -" not in text  # `[ -f x ]` is the shell's test
    if keyword in ("COPY", "ADD"):
        return text.rstrip().endswith("]") and "," in text
    # `[ready] …` may be a pattern of the shell, a list has nothing but its end after the bracket.
    return "]" in text and (text.rstrip().endswith("]") or '"' in text)


def _list_fix(instruction: Instruction, text: str, straight: str) -> Fix | None:
    match = re.fullmatch(r"\[(.*)\]", straight.strip())
    if instruction.line_start != instruction.line_end or not match:
        return None
    separator = r"," if "," in match[1] else r"\s+"
    items = [item.strip().strip("\"'").strip() for item in re.split(separator, match[1])]
    items = [item for item in items if item]
    if not items or any(re.search(r"[\"'\\\[\]]", item) for item in items):
        return None
    head = instruction.text[: instruction.text.index(text)]
    return replace_lines(
        instruction, "Write it as a list", head + json.dumps(items, ensure_ascii=False)
    )


def one_string(analysis: Analysis) -> Iterator[Diagnosis]:
    """`CMD ["python app.py"]`."""
    for stage in analysis.stages:
        for placed in stage.of(*_COMMANDS):
            i = placed.instruction
            if i.json and len(i.value) == 1 and re.fullmatch(r"[\w./-]+(\s+\S+)+", i.value[0]):
                if i.keyword == "CMD" and stage.scope.config.get("Entrypoint"):
                    continue  # then it is an argument, and may have spaces
                words = json.dumps(i.value[0].split(), ensure_ascii=False)
                fix = replace_lines(i, "Split it into words", f"{i.written} {words}")
                plain = not re.search(r"[\"'|&;<>$\\]", i.value[0]) and not i.flags
                yield ONE_STRING.at(i, fix if plain else None, item=i.value[0])


def unexpanded(analysis: Analysis) -> Iterator[Diagnosis]:
    """Variables and operators in a list, where no shell looks at them."""
    for stage in analysis.stages:
        for placed in stage.of(*_COMMANDS):
            i = placed.instruction
            if not i.json or not i.value or _has_shell(stage, i):
                continue
            operator = next((item for item in i.value if item in ("&&", "||", "|", ">", ";")), None)
            if operator:
                yield OPERATOR.at(i, operator=operator)
            match = re.search(r"(?<!\\)\$(\{\w+[}:]|[A-Za-z_]\w*)", " ".join(i.value))
            program = i.value[0].rsplit("/", 1)[-1]
            if match and program not in _OWN_VARIABLES:
                yield VARIABLE.at(i, keyword=i.keyword, variable=match[0].rstrip(":"))


def _has_shell(stage: StageView, instruction: Instruction) -> bool:
    """A shell gets the list, as its own command or as the CMD of an ENTRYPOINT."""
    programs = [instruction.value[0]]
    if instruction.keyword == "CMD":
        programs += (stage.scope.config.get("Entrypoint") or [])[:1]
        if stage.scope.config.get("Entrypoint"):
            return True  # what an entrypoint makes of its arguments is its own affair
    return any(program.rsplit("/", 1)[-1] in _SHELLS for program in programs)


def empty_command(analysis: Analysis) -> Iterator[Diagnosis]:
    for instruction in analysis.all(*_COMMANDS):
        if not instruction.json and not "".join(instruction.value).strip():
            yield EMPTY.at(instruction, keyword=instruction.keyword)


def shell_form(analysis: Analysis) -> Iterator[Diagnosis]:
    """CMD and ENTRYPOINT without a list; a SHELL instruction shows that it is meant."""
    for stage in analysis.stages:
        for placed in stage.of("CMD", "ENTRYPOINT"):
            i = placed.instruction
            text = i.operands
            if i.json or not text or text.startswith(("[", "exec ")) or stage.of("SHELL"):
                continue
            fix = None
            one_line = i.line_start == i.line_end
            if one_line and re.fullmatch(r"[\w@%+=:,./ -]+", text) and "=" not in text.split()[0]:
                fix = replace_lines(
                    i, "Use the exec form", f"{i.written} {json.dumps(text.split())}"
                )
            elif stage.scope.config.get("Entrypoint") and i.keyword == "CMD":
                continue
            yield SIGNALS.at(i, fix, keyword=i.keyword)


def hidden_cmd(analysis: Analysis) -> Iterator[Diagnosis]:
    """A CMD beside an ENTRYPOINT in the shell form."""
    for stage in analysis.stages:
        entrypoints = stage.of("ENTRYPOINT")
        if not entrypoints or entrypoints[-1].instruction.json:
            continue
        entrypoint = entrypoints[-1].instruction
        if not entrypoint.operands or entrypoint.operands.startswith("["):
            continue
        for placed in stage.of("CMD")[-1:]:
            yield IGNORED_CMD.at(placed.instruction, line=entrypoint.line_start)


RULES = (almost_lists, one_string, unexpanded, empty_command, shell_form, hidden_cmd)
