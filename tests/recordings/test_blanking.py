"""Blanking: the words are nowhere in the file any more, and it still plays."""

import hashlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recordings.tapes import (
    GOLDEN,
    IMAGE,
    build,
    container,
    executed,
    numbered,
    opened,
    planned,
    said,
)
from visualizer.events import types as event
from visualizer.recordings.blanking import FINGERPRINTS, KEPT, Blanking, without_output
from visualizer.recordings.format import Header, Note, Recorded, included, read, write

SECRET = "Tr0ub4dor"
FILES = {
    "Dockerfile": f"FROM busybox\nENV PASSWORD={SECRET}\n".encode(),
    f"{SECRET}.txt": b"named after it",
    "notes.txt": f"the password is {SECRET}, again: {SECRET.lower()}".encode(),
    "raw.bin": b"\xff\xfe" + SECRET.encode() + b"\x00",
    "plain.txt": b"nothing here",
}
EVENTS = numbered(
    opened(),
    build(1, FILES, args={"TOKEN": SECRET, SECRET: "as a name"}),
    planned(1, f"ENV PASSWORD={SECRET}"),
    event.ConfigChanged(build=1, step=1, field="Env", value=[f"PASSWORD={SECRET}"]),
    event.ImageBuilt(
        build=1,
        image=IMAGE,
        tags=[f"{SECRET}:latest"],
        layers=[IMAGE],
        size=1,
        config={"Env": [f"PASSWORD={SECRET}"], "Labels": {SECRET: "x"}},
        duration_ms=1,
    ),
    *container(),
    *said("pass", "word: Tr0", "ub4", "dor\n", "next line\n"),
    *executed(SECRET, command=f"echo {SECRET}"),
    event.ContainerExited(container="c" * 64, exit_code=0, reason="completed"),
    event.BuildCancelled(build=2, reason=f"because of {SECRET}"),
)
RECORDED = Recorded(
    Header(
        title=f"About {SECRET}",
        description=SECRET,
        notes=[Note(at=1, text=f"Mind {SECRET}!")],
        files=[included(content) for content in FILES.values()],
    ),
    EVENTS,
)


def blanked(*words: str, recorded: Recorded = RECORDED) -> Recorded:
    return Blanking(words, "the lab's address").blank(recorded)


def test_a_word_is_nowhere_in_the_file() -> None:
    recorded = blanked(SECRET)
    plain = write(*recorded)
    assert SECRET.lower().encode() not in plain.lower()
    assert all(SECRET.encode() not in file.content for file in recorded.header.files)
    assert read(plain) == recorded


def test_a_word_that_an_engine_cut_in_two_is_found_too() -> None:
    texts = [f.text for f in blanked(SECRET).events if isinstance(f, event.ContainerOutput)]
    assert texts == ["pass", "word: ▒▒▒", "", "\n", "next line\n"]


@pytest.mark.parametrize(
    ("told", "left"),
    [
        (["ub4dor\n", "and on"], ["▒▒▒\n", "and on"]),
        (["now Tr0", "ub4d"], ["now ▒▒▒", ""]),
        (["Tr0ub4dorTr0u"], ["▒▒▒▒▒▒"]),
        (["or\n", "Tr"], ["or\n", "Tr"]),
    ],
    ids=["its end", "its beginning", "whole and half", "too little to tell"],
)
def test_half_of_a_word_is_blanked_where_the_part_was_cut(told: list[str], left: list[str]) -> None:
    recorded = Recorded(Header(), numbered(opened(), *container(), *said(*told)))
    found = blanked(SECRET, recorded=recorded).events
    assert [fact.text for fact in found if isinstance(fact, event.ContainerOutput)] == left


def test_files_are_named_by_what_is_left_of_them() -> None:
    recorded = blanked(SECRET)
    contents = {file.sha256: file.content for file in recorded.header.files}
    started = recorded.events[1]
    assert isinstance(started, event.BuildStarted)
    for entry in started.files:
        assert len(contents[entry.sha256]) == entry.size
        assert hashlib.sha256(contents[entry.sha256]).hexdigest() == entry.sha256
    dockerfile = next(entry for entry in started.files if entry.path == "Dockerfile")
    assert contents[dockerfile.sha256].decode() == started.dockerfile


def test_nobody_can_try_out_a_word_by_a_digest_that_it_made() -> None:
    alone = Recorded(Header(), EVENTS)
    plain = write(*blanked(SECRET, recorded=alone))
    for content in FILES.values():
        assert hashlib.sha256(content).hexdigest().encode() not in plain
    assert IMAGE.encode() not in plain


def test_what_was_the_same_stays_the_same() -> None:
    built = next(f for f in blanked(SECRET).events if isinstance(f, event.ImageBuilt))
    created = next(f for f in blanked(SECRET).events if isinstance(f, event.ContainerCreated))
    assert created.image == built.image == built.layers[0] != IMAGE
    assert Blanking([SECRET], "another lab").blank(RECORDED).events != blanked(SECRET).events


def test_two_words_are_told_apart() -> None:
    blanking = Blanking(["alice", "bob", "alice-smith"], "")
    assert blanking.text("alice-smith met Alice and bob") == "▒▒▒ met ▒▒▒₂ and ▒▒▒₃"


def test_words_that_overlap_leave_nothing_over() -> None:
    assert Blanking(["open sesame", "sesame street"], "").text("open sesame street!") == "▒▒▒₂!"


def test_letters_are_found_whatever_their_case_and_stay_in_their_places() -> None:
    assert Blanking(["GEHEIM"], "").text("İ geheim İ Geheim") == "İ ▒▒▒ İ ▒▒▒"
    assert Blanking(["straße"], "").text("STRASSE Straße") == "STRASSE ▒▒▒"


def test_words_are_no_patterns() -> None:
    assert Blanking(["a.c", "((("], "").text("abc a.c (((") == "abc ▒▒▒₂ ▒▒▒"


def test_without_words_nothing_changes() -> None:
    assert blanked() is RECORDED
    assert blanked("ab") is RECORDED


def test_the_words_of_the_vocabulary_are_no_learners_words() -> None:
    recorded = blanked("completed", "lab", "image", "stdout", "Env", "COPY", "embedded")
    assert read(write(*recorded)) == recorded
    built = next(f for f in recorded.events if isinstance(f, event.ImageBuilt))
    assert "Env" in built.config


def test_output_is_blanked_line_for_line() -> None:
    tape = numbered(opened(), *said("two words\n", "\x1b[31mred\x1b[0m\ttab\r\n", "\n"))
    texts = [f.text for f in without_output(tape) if isinstance(f, event.ContainerOutput)]
    assert texts == ["▒▒▒▒▒▒▒▒▒\n", "▒▒▒\t▒▒▒\r\n", "\n"]


def test_all_output_is_blanked_and_nothing_else() -> None:
    plain = b"".join(msgspec.json.encode(fact) for fact in without_output(EVENTS))
    assert b"next line" not in plain
    assert plain.count(SECRET.encode()) > 3


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
@settings(deadline=None)
@given(words=st.lists(st.text(min_size=3, max_size=6), max_size=4), data=st.data())
def test_any_tape_still_plays_with_any_words_blanked(
    path: object, words: list[str], data: st.DataObject
) -> None:
    with open(str(path), "rb") as file:
        recorded = read(file.read())
    text = b"".join(msgspec.json.encode(f) for f in recorded.events).decode()
    start = data.draw(st.integers(0, len(text) - 10))
    word = text[start : start + data.draw(st.integers(3, 10))]
    left = blanked(*words, word, recorded=recorded)
    assert not any(word.lower() in each.lower() for fact in left.events for each in _told(fact))
    assert read(write(*left)).events == left.events
    assert [f.at_ms for f in left.events] == [f.at_ms for f in recorded.events]


def _told(fact: event.AnyEvent) -> list[str]:
    """All text of the event that a learner or an engine has put there."""
    kept = KEPT | FINGERPRINTS
    kept |= {"reason"} if isinstance(fact, event.ContainerExited) else set()

    def walk(value: object) -> list[str]:
        if isinstance(value, str):
            return [value]
        if isinstance(value, list):
            return [text for inner in value for text in walk(inner)]
        if isinstance(value, dict):
            return [text for key, inner in value.items() if key not in kept for text in walk(inner)]
        return []

    return walk(msgspec.to_builtins(fact))
