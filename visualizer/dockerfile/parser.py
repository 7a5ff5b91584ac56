"""A Dockerfile's text as instructions. Docker's own parser reads each one; what it refuses becomes
a diagnosis on its lines, and the rest of the file is still read."""

import re
from dataclasses import dataclass, field
from typing import Any

import dockerfile as docker_parser

from visualizer.dockerfile.diagnosis import Lines, replace_lines
from visualizer.dockerfile.reading import (
    BROKEN_ARRAY,
    EMPTY_FILE,
    INVALID_ESCAPE,
    KEY_WITHOUT_VALUE,
    MISSING_EQUALS,
    NOT_UTF8,
    NUL_BYTE,
    REPEATED_DIRECTIVE,
    UNREADABLE,
    UNTERMINATED_HEREDOC,
    comment_after,
)
from visualizer.dockerfile.text import (
    Chunk,
    Directive,
    Heredoc,
    cut,
    directives,
    escape_character,
    normalise,
    syntax,
)
from visualizer.events.types import Diagnosis

KEYWORDS = [
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
    "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
]  # fmt: skip


@dataclass(frozen=True)
class Instruction:
    """One instruction as Docker's parser gives it, nothing expanded yet."""

    keyword: str
    """In capitals."""
    written: str
    """The keyword as the learner wrote it."""
    text: str
    """As written, continuation lines joined, heredocs included."""
    line_start: int
    line_end: int
    flags: tuple[str, ...] = ()
    value: tuple[str, ...] = ()
    json: bool = False
    """True for the exec form, `["a", "b"]`."""
    heredocs: tuple[Heredoc, ...] = ()
    empty_lines: tuple[int, ...] = ()
    broken: Diagnosis | None = None
    """Why Docker's parser could not read it."""

    @property
    def arguments(self) -> str:
        """What follows the keyword on the joined line, flags included, heredoc bodies not."""
        line = self.text.split("\n", 1)[0] if self.heredocs else self.text
        return line.strip()[len(self.written) :].strip()

    @property
    def operands(self) -> str:
        """The arguments without the flags before them."""
        return re.sub(r"^(--\S+\s+)+", "", self.arguments)

    @property
    def known(self) -> bool:
        return self.keyword in KEYWORDS


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile that has been read, whatever state it is in."""

    source: str
    """The text without BOM, with LF line ends."""
    instructions: tuple[Instruction, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    """What keeps Docker from reading the file; empty for a file that can be read."""
    escape: str = "\\"
    syntax: Directive | None = None
    lines: tuple[str, ...] = field(default=(), repr=False)
    """The source's lines; line 1 is `lines[0]`."""

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


def parse(source: str | bytes) -> Dockerfile:
    """Reads a Dockerfile. Never raises for anything that a learner can type."""
    text, valid, has_nul = normalise(source)
    found: list[Diagnosis] = []
    if not valid:
        found.append(NOT_UTF8.at(Lines(line := _line_of(text, "\ufffd"), line)))
    if has_nul:
        found.append(NUL_BYTE.at(Lines(line := _line_of(text, "\ufffd"), line)))
    found += _directive_problems(text)
    escape = escape_character(text)
    instructions = _read(text, escape)
    found += [instruction.broken for instruction in instructions if instruction.broken]
    if not instructions:
        found.append(EMPTY_FILE.at(Lines(1, 1)))
    return Dockerfile(
        source=text,
        instructions=tuple(instructions),
        diagnoses=tuple(found),
        escape=escape,
        syntax=syntax(text),
        lines=tuple(text.split("\n")),
    )


def parse_trigger(trigger: str, line_start: int, line_end: int) -> Instruction | None:
    """The instruction inside an ONBUILD, placed on those lines; None if it is not exactly one."""
    instructions = _read(trigger, "\\")
    if len(instructions) != 1:
        return None
    one = instructions[0]
    return Instruction(
        keyword=one.keyword,
        written=one.written,
        text=one.text,
        line_start=line_start,
        line_end=line_end,
        flags=one.flags,
        value=one.value,
        json=one.json,
        heredocs=one.heredocs,
        broken=one.broken,
    )


def _line_of(text: str, mark: str) -> int:
    return text[: max(text.find(mark), 0)].count("\n") + 1


def _directive_problems(text: str) -> list[Diagnosis]:
    problems = []
    seen: set[str] = set()
    for directive in [] if text.startswith("#!") else directives(text):
        place = Lines(directive.line, directive.line)
        if directive.name in seen:
            fix = replace_lines(place, "Delete the repeated line", "")
            problems.append(REPEATED_DIRECTIVE.at(place, fix, name=directive.name))
        elif directive.name == "escape" and directive.value not in ("`", "\\"):
            fix = replace_lines(place, "Use the usual escape", "# escape=\\")
            problems.append(INVALID_ESCAPE.at(place, fix, value=directive.value))
        seen.add(directive.name)
    return problems


def _read(text: str, escape: str) -> list[Instruction]:
    chunks = cut(text, escape)
    commands = _parse_whole(text, chunks)
    if commands is None:
        # Docker's parser stops at the first error and does not say where: ask it chunk by chunk.
        lines = text.split("\n")
        return [_read_chunk(lines, chunk, escape) for chunk in chunks]
    return [_instruction(command, chunk) for command, chunk in zip(commands, chunks, strict=True)]


def _parse_whole(text: str, chunks: list[Chunk]) -> list[Any] | None:
    try:
        commands = list(docker_parser.parse_string(text))
    except (docker_parser.GoParseError, UnicodeDecodeError):
        return None
    starts = [command.start_line for command in commands]
    return commands if starts == [chunk.line_start for chunk in chunks] else None


def _read_chunk(lines: list[str], chunk: Chunk, escape: str) -> Instruction:
    body = "\n".join(lines[chunk.line_start - 1 : chunk.line_end]) + "\n"
    try:
        commands = list(docker_parser.parse_string(f"# escape={escape}\n{body}"))
    except docker_parser.GoParseError as error:
        return _broken(chunk, str(error))
    except UnicodeDecodeError:
        # HEALTHCHECK is split byte by byte, and a byte of some letters looks like a space.
        return _broken(chunk, "it splits a character in two; use plain letters here")
    if len(commands) != 1 and not (commands and chunk.heredocs):
        return _broken(chunk, "it is not one instruction")
    # Newer BuildKits than the binding's know more heredocs (`<< EOF`): their bodies were cut off
    # here, and the first command is the instruction itself.
    return _instruction(commands[0], chunk)


def _instruction(command: Any, chunk: Chunk) -> Instruction:
    # ENV and LABEL without a value, and unknown words, come as one empty string.
    written = command.cmd or ""  # a backslash that continues nothing
    known = written.upper() in KEYWORDS
    text = chunk.joined.strip()
    for heredoc in chunk.heredocs:
        text += f"\n{heredoc.content}{heredoc.name}"
    return Instruction(
        keyword=written.upper(),
        written=written,
        text=text,
        line_start=chunk.line_start,
        line_end=chunk.line_end,
        flags=tuple(command.flags),
        value=tuple(command.value) if known else (),
        json=command.json,
        heredocs=chunk.heredocs,
        empty_lines=chunk.empty_lines,
    )


def _broken(chunk: Chunk, reason: str) -> Instruction:
    text = chunk.joined.strip()
    written = text.split(None, 1)[0] if text else ""
    instruction = Instruction(
        keyword=written.upper(),
        written=written,
        text=text,
        line_start=chunk.line_start,
        line_end=chunk.line_end,
    )
    return Instruction(
        keyword=instruction.keyword,
        written=written,
        text=text,
        line_start=chunk.line_start,
        line_end=chunk.line_end,
        empty_lines=chunk.empty_lines,
        broken=_explain(instruction, chunk, reason),
    )


def _explain(instruction: Instruction, chunk: Chunk, reason: str) -> Diagnosis:
    """Docker's words for what it cannot read, turned into ours."""
    if chunk.unterminated:
        place = Lines(chunk.line_start, chunk.line_start)
        return UNTERMINATED_HEREDOC.at(place, name=chunk.unterminated)
    if comment := comment_after(instruction):
        return comment
    keyword, _, inner = instruction.text.partition(" ")
    keyword = keyword.upper()
    name = instruction.arguments
    if keyword == "ONBUILD":
        keyword, _, name = inner.strip().partition(" ")
    if match := re.search(r"can't find = in \"(.*)\"\. Must be", reason):
        return MISSING_EQUALS.at(instruction, keyword=keyword, word=match[1])
    if "must have two arguments" in reason:
        fix = None
        if chunk.line_start == chunk.line_end and re.fullmatch(r"[\w.-]+", name.strip()):
            fix = replace_lines(instruction, f"Write {name}=", f"{instruction.text.rstrip()}=")
        return KEY_WITHOUT_VALUE.at(instruction, fix, keyword=keyword, name=name)
    if "JSON array" in reason:
        return BROKEN_ARRAY.at(instruction, keyword=keyword)
    return UNREADABLE.at(instruction, reason=reason)
