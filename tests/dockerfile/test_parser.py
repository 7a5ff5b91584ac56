"""Reading: what parse gives for good files and for broken ones."""

import pytest

from visualizer.dockerfile import diagnose, parse


def test_a_broken_instruction_does_not_hide_the_others() -> None:
    read = parse("FROM a\nENV A=1 B\nRUN ls\nLABEL x\n")
    assert [i.keyword for i in read.instructions] == ["FROM", "ENV", "RUN", "LABEL"]
    assert [(d.code, d.line) for d in read.diagnoses] == [
        ("missing-equals", 2),
        ("key-without-value", 4),
    ]


def test_flags_values_and_the_exec_form_are_told_apart() -> None:
    read = parse('FROM a\nCOPY --from=x --chmod=1 a b c/\nCMD ["a", "b c"]\nRUN a "b c"\n')
    copy, cmd, run = read.instructions[1:]
    assert (copy.flags, copy.value) == (("--from=x", "--chmod=1"), ("a", "b", "c/"))
    assert (cmd.json, cmd.value) == (True, ("a", "b c"))
    assert (run.json, run.value) == (False, ('a "b c"',))
    assert copy.operands == "a b c/"


@pytest.mark.parametrize(
    ("opening", "expand", "chomp", "closing", "text"),
    [
        ("<<EOF", True, False, "EOF", "\t$A\n"),
        ("<<-EOF", True, True, "\tEOF", "$A\n"),
        ("<<'EOF'", False, False, "EOF", "\t$A\n"),
        ('<<-"EOF"', False, True, "EOF", "$A\n"),
        ('<<E"O"F', False, False, "EOF", "\t$A\n"),
        ("<< EOF", True, False, "EOF", "\t$A\n"),
    ],
)
def test_a_heredoc_knows_whether_it_expands_and_loses_its_tabs(
    opening: str, expand: bool, chomp: bool, closing: str, text: str
) -> None:
    (heredoc,) = parse(f"FROM a\nRUN cat {opening}\n\t$A\n{closing}\n").instructions[1].heredocs
    assert (heredoc.name, heredoc.expand, heredoc.chomp) == ("EOF", expand, chomp)
    assert heredoc.text == text


def test_an_exec_form_has_no_heredoc() -> None:
    assert parse('FROM a\nRUN ["cat", "<<EOF"]\nRUN ls\n').instructions[2].value == ("ls",)


def test_directives_are_read_from_the_first_comments_only() -> None:
    assert parse("# escape=`\nFROM a\n").escape == "`"
    assert parse("# note\n# escape=`\nFROM a\n").escape == "\\"
    read = parse("# syntax=docker/dockerfile:1\nFROM a\n")
    assert read.syntax is not None
    assert (read.syntax.value, read.syntax.line) == ("docker/dockerfile:1", 1)


def test_an_unterminated_heredoc_points_at_its_beginning() -> None:
    (found,) = parse("FROM a\nRUN <<EOF\na\nb\n").diagnoses
    assert (found.code, found.line, found.line_end) == ("unterminated-heredoc", 2, 2)


def test_an_empty_file_is_told_apart_from_one_without_a_from() -> None:
    assert [d.code for d in diagnose("")] == ["empty-dockerfile"]
    assert [d.code for d in diagnose("RUN ls\n")] == ["no-from"]
    assert [d.code for d in diagnose("FORM alpine:3.20\n")] == ["unknown-instruction"]
