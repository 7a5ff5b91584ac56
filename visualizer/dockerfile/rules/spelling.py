"""Rules on how the lines are written: comments, backslashes, capitals."""

import re
from collections.abc import Iterator

from visualizer.dockerfile.analysis import Analysis
from visualizer.dockerfile.diagnosis import Lines, Topic, replace_lines
from visualizer.dockerfile.parser import KEYWORDS, Instruction
from visualizer.dockerfile.reading import comment_after
from visualizer.events.types import Diagnosis

TOPIC = Topic("How lines are written")

LOWERCASE = TOPIC.message(
    "lowercase-instruction",
    "hint",
    "`{written}` is usually written in capitals: {keyword}.",
    "Docker accepts both. Capitals make instructions stand out from what they are given, and "
    "Docker warns of a file that mixes the two.",
    "Write {keyword}.",
)
EMPTY_LINE = TOPIC.message(
    "empty-continuation-line",
    "warning",
    "There is an empty line inside this {keyword}.",
    "The line above it ends with a backslash, so the instruction goes on. Docker skips the empty "
    "line for now, and says that it will be an error one day.",
    "Delete the empty line, or the backslash if the instruction was to end.",
)
AFTER_BACKSLASH = TOPIC.message(
    "comment-after-backslash",
    "warning",
    "Behind the backslash there is a comment, so the instruction ends here.",
    "A backslash continues the instruction only as the last character of the line.",
    "Move the comment to a line of its own above.",
)
SWALLOWED = TOPIC.message(
    "swallowed-instruction",
    "warning",
    "This {inner} belongs to the {keyword} in line {line}.",
    "The line above ends with a backslash, which makes this line its continuation.",
    "Delete the backslash at the end of the line above.",
)


def comments(analysis: Analysis) -> Iterator[Diagnosis]:
    for instruction in analysis.instructions:
        if found := comment_after(instruction):
            yield found


def casing(analysis: Analysis) -> Iterator[Diagnosis]:
    words = [i.written for i in analysis.instructions]
    mixed = any(word.isupper() for word in words)
    for i in analysis.instructions:
        if i.written == i.keyword:
            continue
        lines = list(analysis.dockerfile.lines[i.line_start - 1 : i.line_end])
        lines[0] = lines[0].replace(i.written, i.keyword, 1)
        fix = replace_lines(i, f"Write {i.keyword}", "\n".join(lines))
        severity = "warning" if mixed else "hint"
        yield LOWERCASE.at(
            i,
            fix,
            "warning" if severity == "warning" else "hint",
            written=i.written,
            keyword=i.keyword,
        )


def empty_lines(analysis: Analysis) -> Iterator[Diagnosis]:
    for instruction in analysis.instructions:
        if instruction.empty_lines:
            numbers = range(instruction.line_start, instruction.line_end + 1)
            kept = [
                analysis.dockerfile.line(number)
                for number in numbers
                if number not in instruction.empty_lines
            ]
            place = Lines(instruction.line_start, instruction.line_end)
            fix = replace_lines(place, "Delete the empty lines", "\n".join(kept))
            first = instruction.empty_lines[0]
            yield EMPTY_LINE.at(Lines(first, first), fix, keyword=instruction.keyword)


def after_backslash(analysis: Analysis) -> Iterator[Diagnosis]:
    for instruction in analysis.dockerfile.instructions:
        if instruction.heredocs:
            continue
        last = analysis.dockerfile.line(instruction.line_end)
        match = re.fullmatch(r"(.*\S)?\s*\\\s+(#.*)", last)
        if match and analysis.dockerfile.escape == "\\" and not _odd_quotes(match[1] or ""):
            place = Lines(instruction.line_end, instruction.line_end)
            text = f"{match[2]}\n{match[1] or ''} \\"
            yield AFTER_BACKSLASH.at(place, replace_lines(place, "Move the comment above", text))


def _odd_quotes(text: str) -> bool:
    return text.count('"') % 2 == 1 or text.count("'") % 2 == 1


def swallowed(analysis: Analysis) -> Iterator[Diagnosis]:
    """A line that begins like an instruction, directly below a backslash."""
    keywords = "|".join(word for word in KEYWORDS if word != "MAINTAINER")
    for instruction in analysis.instructions:
        for number in range(instruction.line_start + 1, _body_end(analysis, instruction) + 1):
            line = analysis.dockerfile.line(number)
            match = re.match(rf"({keywords})\s+\S", line)
            if not match:
                continue
            above = "\n".join(analysis.dockerfile.lines[instruction.line_start - 1 : number - 1])
            if not _odd_quotes(above) and above.rstrip().endswith("\\"):
                fixed = analysis.dockerfile.line(number - 1).rstrip()[:-1].rstrip()
                place = Lines(number - 1, number - 1)
                fix = replace_lines(place, "Delete the backslash", fixed)
                yield SWALLOWED.at(
                    Lines(number, number),
                    fix,
                    inner=match[1],
                    keyword=instruction.keyword,
                    line=instruction.line_start,
                )
                break


def _body_end(analysis: Analysis, instruction: Instruction) -> int:
    """The last line before a heredoc's text."""
    bodies = sum(heredoc.content.count("\n") + 1 for heredoc in instruction.heredocs)
    return instruction.line_end - bodies


RULES = (comments, casing, empty_lines, after_backslash, swallowed)
