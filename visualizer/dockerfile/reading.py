"""What can be wrong before an instruction has a meaning: the words for text that Docker's parser
refuses, and the search for a comment behind an instruction, which is the commonest cause."""

import re
from typing import Protocol

from visualizer.dockerfile.diagnosis import Topic, replace_lines
from visualizer.events.types import Diagnosis

TOPIC = Topic("Reading the file")

EMPTY_FILE = TOPIC.message(
    "empty-dockerfile",
    "error",
    "The Dockerfile has no instructions yet.",
    "An image is built by carrying out the instructions of a Dockerfile, and there are none here.",
    "Begin with a base image, for example `FROM alpine:3.20`.",
)
NOT_UTF8 = TOPIC.message(
    "not-utf-8",
    "error",
    "The file holds bytes that are not UTF-8 text.",
    "A Dockerfile is text in UTF-8. Other encodings, and programs or pictures, cannot be read.",
    "Save the file as UTF-8, or type the line that holds the � sign again.",
)
NUL_BYTE = TOPIC.message(
    "nul-byte",
    "error",
    "The file holds a NUL byte, an invisible character that text never has.",
    "It usually comes from a file saved as UTF-16. Programs take a NUL for the end of the text.",
    "Save the file as UTF-8, or delete the � sign on this line.",
)
REPEATED_DIRECTIVE = TOPIC.message(
    "repeated-directive",
    "error",
    "The directive `# {name}=` is there twice.",
    "Docker reads the directives in the first comment lines, and each may be given once.",
    "Keep the one that you mean and delete the other.",
)
INVALID_ESCAPE = TOPIC.message(
    "invalid-escape-directive",
    "error",
    "`{value}` cannot be the escape character.",
    "The escape character continues a line and protects quotes. Docker allows `\\` and `` ` ``.",
    "Write `# escape=\\`, or leave the line out: `\\` is the default.",
)
UNTERMINATED_HEREDOC = TOPIC.message(
    "unterminated-heredoc",
    "error",
    "The text opened by `<<{name}` is never closed.",
    "Everything after `<<{name}` belongs to the inline document, until a line that is exactly "
    "`{name}`. The file ends before that line comes.",
    "Put `{name}` on a line of its own after the document, with no spaces before it.",
)
MISSING_EQUALS = TOPIC.message(
    "missing-equals",
    "error",
    "`{word}` in this {keyword} has no `=`.",
    "{keyword} takes pairs, `NAME=value`. A value with spaces must stand in quotes, or the words "
    "after the first space look like another pair.",
    'Put the whole value in quotes, for example `NAME="two words"`.',
)
KEY_WITHOUT_VALUE = TOPIC.message(
    "key-without-value",
    "error",
    "{keyword} gives `{name}` no value.",
    "{keyword} needs a name and a value. (Only ARG may stand without one.)",
    "Write `{keyword} {name}=value`; `{name}=` sets it to nothing.",
)
BROKEN_ARRAY = TOPIC.message(
    "array-of-other-than-text",
    "error",
    "The list after {keyword} holds something that is not text in quotes.",
    "In the exec form every item is one text in double quotes, numbers too.",
    'Quote every item, for example `["sleep", "10"]` instead of `["sleep", 10]`.',
)
UNREADABLE = TOPIC.message(
    "unreadable-instruction",
    "error",
    "Docker cannot read this instruction.",
    "Docker's parser says: {reason}.",
    "Compare the line with an example of the same instruction.",
)
COMMENT = TOPIC.message(
    "comment-after-instruction",
    "error",
    "The comment behind this {keyword} is read as part of the instruction.",
    "In a Dockerfile `#` begins a comment only as the first thing on a line. Behind an instruction "
    "it is one more word of it: `{comment}`.",
    "Move the comment to a line of its own above the instruction.",
)

_PLAIN = {"FROM", "WORKDIR", "EXPOSE", "USER", "VOLUME", "STOPSIGNAL", "COPY", "ADD", "ARG"}
_LIST = {"CMD", "ENTRYPOINT", "SHELL", "RUN"}


class Readable(Protocol):
    """What the search for a comment needs of an instruction."""

    @property
    def keyword(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def line_start(self) -> int: ...
    @property
    def line_end(self) -> int: ...


def comment_start(text: str) -> int | None:
    """Where a word beginning with `#` stands outside quotes, None if nowhere."""
    quote = ""
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "#" and at and text[at - 1] in " \t":
            return at
    return None


def comment_after(instruction: Readable) -> Diagnosis | None:
    """The diagnosis of a comment behind an instruction, with the fix that moves it above."""
    line = instruction.text.split("\n", 1)[0]
    at = comment_start(line)
    if at is None or not _is_comment(instruction, line, at):
        return None
    fix = None
    if instruction.line_start == instruction.line_end:
        moved = f"{line[at:].rstrip()}\n{line[:at].rstrip()}"
        fix = replace_lines(instruction, "Move the comment above", moved)
    return COMMENT.at(instruction, fix, keyword=instruction.keyword, comment=line[at:])


def _is_comment(instruction: Readable, line: str, at: int) -> bool:
    keyword = instruction.keyword
    before, comment = line[:at].strip(), line[at:]
    spaced = comment[1:2] in ("", " ", "\t")
    if keyword in _PLAIN:
        # A file may be called `#x`, so COPY needs the space that comments have.
        return " " in before and (spaced or keyword not in ("COPY", "ADD"))
    if keyword in ("ENV", "LABEL"):
        # `ENV COLOUR #fff` is the old form with a value; in `ENV A=1 #x` it can only be a comment.
        return "=" in before or (spaced and len(before.split()) > 2)
    if keyword in _LIST:
        # In a shell command `#` is the shell's own comment; after a list it spoils the list.
        return bool(re.search(r"^\w+\s+(--\S+\s+)*\[.*\]$", before))
    return False
