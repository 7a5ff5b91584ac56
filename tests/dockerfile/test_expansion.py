"""Docker's word rules: the table was checked against BuildKit's own tests of `shell/lex.go`."""

import pytest

from visualizer.dockerfile import ExpansionError, expand, split_words

ENV = {"x": "abcabc", "empty": "", "file": "a/b.tar.gz", "space": "one  two", "nested": "$x"}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("plain", "plain"),
        ("$x", "abcabc"),
        ("${x}", "abcabc"),
        ("$x-1", "abcabc-1"),
        ("$missing.", "."),
        ("a$", "a$"),
        ("$.", "$."),
        ("${missing:-d}", "d"),
        ("${missing-d}", "d"),
        ("${empty:-d}", "d"),
        ("${empty-d}", ""),
        ("${x:-d}", "abcabc"),
        ("${missing:-${x}}", "abcabc"),
        ("${missing:-'a b'}", "a b"),
        ("${x:+s}", "s"),
        ("${empty:+s}", ""),
        ("${empty+s}", "s"),
        ("${missing+s}", ""),
        ("${x:?no}", "abcabc"),
        ("${x#a*}", "bcabc"),
        ("${x##a*}", ""),
        ("${x##*b}", "c"),
        ("${x%c*}", "abcab"),
        ("${x%%b*}", "a"),
        ("${x%z}", "abcabc"),
        ("${file##*/}", "b.tar.gz"),
        ("${file%%.*}", "a/b"),
        ("${x/b/Z}", "aZcabc"),
        ("${x//b/Z}", "aZcaZc"),
        ("${x/b/}", "acabc"),
        ("${x//?c/-}", "a-a-"),
        ("${file/\\//-}", "a-b.tar.gz"),
        ("$nested", "$x"),
        ("'$x'", "$x"),
        ('"$x"', "abcabc"),
        ("\\$x", "$x"),
        ('"\\$x"', "$x"),
        ('"a\\tb"', "a\\tb"),
        ("a\\tb", "atb"),
        ("'it''s'", "its"),
        ('"it\'s"', "it's"),
        ("$1a", "a"),
        ("${x}$x", "abcabcabcabc"),
        ("é$x", "éabcabc"),
    ],
)
def test_a_word_expands_as_docker_expands_it(word: str, expected: str) -> None:
    assert expand(word, ENV) == expected


@pytest.mark.parametrize(
    "word",
    [
        "${x",
        "${",
        "${}",
        "${:x}",
        "${{x}",
        "${x=1}",
        "${x:#a}",
        "${missing:?}",
        "'a",
        '"a',
        "${x/b}",
    ],
)
def test_a_word_that_docker_refuses_has_a_reason(word: str) -> None:
    with pytest.raises(ExpansionError) as error:
        expand(word, ENV)
    assert error.value.reason


def test_a_required_variable_is_named_in_the_error() -> None:
    with pytest.raises(ExpansionError) as error:
        expand("${missing:?say it}", {})
    assert (error.value.variable, error.value.reason) == ("missing", "say it")


def test_another_escape_character_leaves_the_backslash_alone() -> None:
    assert expand("C:\\dir`$x", ENV, "`") == "C:\\dir$x"


def test_a_variable_may_become_several_words_unless_it_is_quoted() -> None:
    assert split_words('a $space "$space" b\\ c', ENV) == ["a", "one", "two", "one  two", "b c"]


def test_raw_words_keep_their_quotes() -> None:
    assert split_words("a 'b c' $x", {}, raw=True) == ["a", "'b c'", "$x"]
