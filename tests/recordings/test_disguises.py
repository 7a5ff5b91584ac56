"""A word that is blanked is nowhere, nor where only a terminal or a decoder would show it."""

import base64
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recordings.tapes import container, numbered, opened, said
from visualizer.events import types as event
from visualizer.recordings.blanking import BLANK, Blanking
from visualizer.recordings.disguises import ESCAPES, ESCAPES_AND_LINES, Printed
from visualizer.recordings.format import Header, Recorded

SECRET = "Tr0ub4dor"
RUN = re.compile(r"[A-Za-z0-9+/]+")
CODES = st.sampled_from(["\x1b[31m", "\x1b[0m", "\x1b[1;38;5;9m", "\x1b(B", "\x1b]0;a\x07"])
WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F), min_size=5, max_size=12)
LINE = {"whole": 0, "wrapped": 4, "wrapped as MIME has it": 76}


def decoded(text: str) -> list[bytes]:
    """What any part of the text is, read as base64 from any of its characters on."""
    plain = ESCAPES_AND_LINES.sub("", text).replace("-", "+").replace("_", "/")
    found = []
    for run in RUN.findall(plain):
        for start in range(4):
            part = run[start:]
            part = part[: len(part) - 1] if len(part) % 4 == 1 else part
            found.append(base64.b64decode(part + "=" * (-len(part) % 4)))
    return found


@pytest.mark.parametrize("width", LINE.values(), ids=LINE.keys())
@settings(deadline=None)
@given(
    word=WORDS,
    before=st.binary(max_size=90),
    after=st.binary(max_size=90),
    url_safe=st.booleans(),
    padded=st.booleans(),
)
def test_a_word_is_in_no_base64_of_what_it_stood_in(
    width: int, word: str, before: bytes, after: bytes, url_safe: bool, padded: bool
) -> None:
    encode = base64.urlsafe_b64encode if url_safe else base64.b64encode
    text = encode(before + word.encode() + after).decode()
    text = text if padded else text.rstrip("=")
    if width:
        text = "\n".join(text[at : at + width] for at in range(0, len(text), width))
    assert any(word.encode() in each for each in decoded(text)), "the test sees it at first"
    left = Blanking([word], "").text(f"$ base64 file:\n{text}\n: $ ")
    assert not any(word.encode() in each for each in decoded(left))
    assert left.startswith("$ base64 file")
    assert left.endswith(" $ ")


@settings(deadline=None)
@given(data=st.data(), word=WORDS)
def test_a_word_with_codes_of_a_terminal_in_it_is_not_printed(
    data: st.DataObject, word: str
) -> None:
    text = "".join(letter + "".join(data.draw(st.lists(CODES, max_size=2))) for letter in word)
    left = Blanking([word], "").text(f"\x1b[1mit is {text}\x1b[0m, again {text}\n")
    printed = ESCAPES.sub("", left)
    assert word.lower() not in printed.lower()
    assert printed == f"it is {BLANK * 3}, again {BLANK * 3}\n"
    assert left.startswith("\x1b[1mit is ")


@settings(deadline=None)
@given(data=st.data(), word=WORDS)
def test_neither_is_one_that_an_engine_cut_into_chunks(data: st.DataObject, word: str) -> None:
    text = "".join(letter + "".join(data.draw(st.lists(CODES, max_size=1))) for letter in word)
    encoded = base64.b64encode(word.encode()).decode()
    whole = f"{text} {encoded}"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    ends = zip([0, *cuts], [*cuts, len(whole)], strict=True)
    tape = numbered(opened(), *container(), *said(*[whole[start:end] for start, end in ends]))
    events = Blanking([word], "").blank(Recorded(Header(), tape)).events
    left = "".join(fact.text for fact in events if isinstance(fact, event.ContainerOutput))
    assert word.lower() not in ESCAPES.sub("", left).lower()
    assert not any(word.encode() in each for each in decoded(left))


@pytest.mark.parametrize("spelling", [SECRET, SECRET.lower(), SECRET.upper()])
@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_base64_is_found_in_small_and_in_capital_letters(spelling: str, before: str) -> None:
    text = base64.b64encode(f"{before}{spelling}=yes".encode()).decode()
    assert BLANK * 3 in Blanking([SECRET], "").text(text)


def test_what_stands_around_a_word_in_base64_stays() -> None:
    text = base64.b64encode(f"user=alice password={SECRET} host=db".encode()).decode()
    left = Blanking([SECRET], "").text(text)
    first, last = left.split(BLANK * 3)
    assert base64.b64decode(first[: len(first) // 4 * 4]).startswith(b"user=alice passwor")
    assert last
    assert text.endswith(last)


def test_a_short_word_is_not_looked_for_in_base64() -> None:
    text = "YWJjZGVm and abcd"
    assert Blanking(["abcd"], "").text(text) == f"YWJjZGVm and {BLANK * 3}"


def test_what_a_terminal_does_not_print_is_blanked_too() -> None:
    left = Blanking([SECRET], "").text(f"\x1b]0;{SECRET}\x07done")
    assert left == f"\x1b]0;{BLANK * 3}\x07done"


@settings(deadline=None)
@given(pieces=st.lists(st.one_of(CODES, st.text("ab \n", max_size=4)), max_size=8))
def test_what_is_printed_knows_its_place_in_the_whole(pieces: list[str]) -> None:
    text = "".join(pieces)
    printed = Printed(text, ESCAPES)
    assert printed.text == ESCAPES.sub("", text)
    for index, letter in enumerate(printed.text):
        start, end = printed.span(index, index + 1)
        assert text[start:end] == letter
