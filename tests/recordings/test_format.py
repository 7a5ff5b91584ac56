"""The file of a recording: written, read back, and refused in words when it is not one."""

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recordings.tapes import GOLDEN, build, entry, numbered, opened
from visualizer.environment import PROJECT
from visualizer.events.types import AnyEvent
from visualizer.recordings import checking
from visualizer.recordings.format import (
    FILE_BYTES,
    Header,
    NewerRecording,
    NotARecording,
    Note,
    Recorded,
    included,
    read,
    read_header,
    write,
)

FILES = {"Dockerfile": b"FROM scratch\n", "logo.png": b"\x89PNG\xff\x00"}
HEADER = Header(
    title="Why the cache helps",
    description="Two builds.\nThe second is quick.",
    made_at="2026-11-23T12:00:00Z",
    notes=[Note(at=1, text="Here it begins.")],
    files=[included(content) for content in FILES.values()],
)
FIRST = b'{"layercake":"recording","format":1,"vocabulary":1}\n'
OPENED = (
    b'{"type":"lab.opened","engine":{"kind":"embedded","name":"E","version":"1","simulated":true},'
    b'"limits":{},"v":1,"seq":1,"at_ms":5}'
)


def events() -> list[AnyEvent]:
    return numbered(opened(), build(1, FILES))


def refused(data: bytes) -> NotARecording:
    with pytest.raises(NotARecording) as caught:
        read(data)
    return caught.value


def with_header(**changed: Any) -> bytes:
    """A file of two events whose header has these fields."""
    raw = {**msgspec.to_builtins(HEADER), **changed}
    return json.dumps(raw).encode() + b"\n" + write(HEADER, events()).partition(b"\n")[2]


def test_what_is_written_is_read_back() -> None:
    assert read(write(HEADER, events())) == Recorded(HEADER, events())


def test_the_header_comes_first_and_names_itself() -> None:
    first = write(HEADER, events()).splitlines()[0]
    assert first.startswith(b'{"layercake":"recording","format":1,"vocabulary":1,"title":')
    assert read_header(write(HEADER, events())) == HEADER


def test_included_files_have_their_bytes_again() -> None:
    recorded = read(write(HEADER, events()))
    assert [file.content for file in recorded.header.files] == list(FILES.values())
    assert recorded.header.files[1].text is None


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_golden_tape_is_a_recording(path: Path) -> None:
    recorded = read(path.read_bytes())
    again = read(write(recorded.header, recorded.events))
    assert again.events == recorded.events


def test_a_bare_tape_is_of_format_0_and_has_nothing_to_say() -> None:
    bare = write(HEADER, events()).partition(b"\n")[2]
    assert read(bare) == Recorded(Header(format=0), events())


def test_the_first_recording_with_a_header_is_read_for_ever() -> None:
    recorded = read((PROJECT / "tests" / "tapes" / "recording-v1.jsonl").read_bytes())
    assert recorded.header.title == "A file changes, and the cache with it"
    assert recorded.header.begins == 2
    assert [note.at for note in recorded.header.notes] == [2, 22, 41]
    assert 'print("Hello again")\n' in [file.text for file in recorded.header.files]
    assert len(recorded.events) == 50
    assert recorded.length_ms == 1364


def test_files_from_editors_of_windows_are_read() -> None:
    data = b"\xef\xbb\xbf" + write(HEADER, events()).replace(b"\n", b"\r\n") + b"\r\n"
    assert read(data) == Recorded(HEADER, events())


def test_the_length_counts_from_where_the_timeline_begins() -> None:
    header = msgspec.structs.replace(HEADER, begins=1)
    assert read(write(header, events())).length_ms == 1000
    assert read(write(HEADER, events())).length_ms == 2000


HOSTILE: dict[str, tuple[bytes, str, int | None]] = {
    "nothing": (b"", "empty", None),
    "blank lines": (b"\n\n  \n", "empty", None),
    "a picture": (b"\x89PNG\r\n\x1a\n\xff\xfe", "UTF-8", 1),
    "gzip": (gzip.compress(b"x" * 1000), "compressed", None),
    "a web page": (b"<!doctype html>\n<p>", "not JSON", 1),
    "a list": (b"[1,2]", "not a JSON object", 1),
    "a header alone": (FIRST, "no events", None),
    "cut off": (FIRST + OPENED[:-10], "in the middle of this line", 2),
    "no JSON in its middle": (FIRST + OPENED[:-10] + b"\n" + OPENED, "not JSON", 2),
    "half of UTF-8": (FIRST + OPENED[:-1] + b"\xc3", "UTF-8", 2),
    "two headers": (FIRST + FIRST + OPENED, "only come first", 2),
    "a newer format": (FIRST.replace(b'format":1', b'format":2') + OPENED, "newer Layercake", 1),
    "a newer vocabulary": (
        FIRST.replace(b'vocabulary":1', b'vocabulary":7') + OPENED,
        "newer Layercake",
        1,
    ),
    "a format in words": (FIRST.replace(b'format":1', b'format":"1"') + OPENED, "`format`", 1),
    "a true format": (FIRST.replace(b'format":1', b'format":true') + OPENED, "`format`", 1),
    "no format": (b'{"layercake":"recording"}\n' + OPENED, "`format`", 1),
    "another kind": (FIRST.replace(b"recording", b"lesson") + OPENED, "`layercake`", 1),
    "an unknown field": (FIRST.replace(b"}", b',"script":"x"}') + OPENED, "script", 1),
    "an event of tomorrow": (FIRST + OPENED.replace(b'"v":1', b'"v":9'), "newer Layercake", 2),
    "no version": (FIRST + OPENED.replace(b'"v":1,', b""), "`v`", 2),
    "an unknown event": (FIRST + OPENED.replace(b"lab.opened", b"lab.robbed"), "lab.robbed", 2),
    "a gap": (FIRST + OPENED.replace(b'"seq":1', b'"seq":2'), "`seq`", 2),
    "time goes back": (
        FIRST + OPENED + b'\n{"type":"engine.lost","message":"x","v":1,"seq":2,"at_ms":4}',
        "goes back",
        3,
    ),
    "a negative time": (FIRST + OPENED.replace(b":5}", b":-5}"), ">= 0", 2),
    "a doubled key": (FIRST + OPENED.replace(b'"v":1', b'"v":1,"v":1'), "twice", 2),
    "not a number": (FIRST + OPENED.replace(b"{}", b'{"a":NaN}'), "NaN", 2),
    "infinity": (FIRST + OPENED.replace(b"{}", b'{"a":1e999}'), "too large", 2),
    "a huge number": (FIRST + OPENED.replace(b"{}", b'{"a":%b}' % (b"9" * 30)), "too large", 2),
    "a gigantic number": (FIRST + OPENED.replace(b"{}", b"9" * 5000), "too large", 2),
    "half a character": (FIRST + OPENED.replace(b'"E"', b'"\\ud800"'), "lone surrogate", 2),
    "a surrogate as a key": (FIRST + OPENED.replace(b"{}", b'{"\\udc00":1}'), "surrogate", 2),
    "deep": (FIRST + OPENED.replace(b"{}", b'{"a":' * 50 + b"1" + b"}" * 50), "inside one", 2),
    "bottomless": (FIRST + b"[" * 200_000, "inside one", 2),
    "an endless line": (FIRST + b'{"a":"' + b"x" * 3_000_000 + b'"}', "longer than", 2),
    "too large": (b" " * (FILE_BYTES + 1), "at most", None),
}


@pytest.mark.parametrize(("data", "words", "line"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_recording_is_refused_with_its_line(
    data: bytes, words: str, line: int | None
) -> None:
    error = refused(data)
    assert words in error.problem
    assert error.line == line
    assert len(str(error)) < 500
    assert "  " not in str(error)


@pytest.mark.parametrize(
    "data",
    [
        FIRST.replace(b'format":1', b'format":2') + OPENED,
        FIRST + OPENED.replace(b'"v":1', b'"v":9'),
        FIRST + OPENED.replace(b"lab.opened", b"lab.robbed"),
    ],
    ids=["its format", "its vocabulary", "an event"],
)
def test_what_a_newer_layercake_may_have_made_is_told_from_what_is_broken(data: bytes) -> None:
    assert isinstance(refused(data), NewerRecording)
    assert not isinstance(refused(FIRST + OPENED[:-10]), NewerRecording)


def test_too_many_events_are_refused() -> None:
    tape = b'{"type":"engine.lost","message":"x","v":1,"seq":1,"at_ms":1}\n' * 50_001
    assert "50,001 events" in refused(tape).problem


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"title": "x" * 121}, "the title has 121"),
        ({"title": "a\nb"}, "cannot be seen"),
        ({"title": "nice\u202egpj.exe"}, "cannot be seen"),
        ({"title": "bell\x07"}, "cannot be seen"),
        ({"title": 3}, "str"),
        ({"description": "x" * 2001}, "the description has"),
        ({"description": "\x1b[2J"}, "cannot be seen"),
        ({"made_at": "yesterday"}, "`made_at`"),
        ({"made_at": "2026-13-45T00:00:00Z"}, "`made_at`"),
        ({"begins": 3}, "`begins` is 3"),
        ({"begins": -1}, ">= 0"),
        ({"begins": 1.5}, "int"),
        ({"notes": [{"at": 3, "text": "x"}]}, "a note is at 3"),
        ({"begins": 2, "notes": [{"at": 1, "text": "x"}]}, "a note is at 1"),
        ({"notes": [{"at": 2, "text": "x"}, {"at": 1, "text": "y"}]}, "not in order"),
        ({"notes": [{"at": 2, "text": "x"}, {"at": 2, "text": "y"}]}, "two at 2"),
        ({"notes": [{"at": 1, "text": " "}]}, "a note is empty"),
        ({"notes": [{"at": 1, "text": "x" * 1001}]}, "a note has 1001"),
        ({"notes": [{"at": 1, "text": "x", "html": "<b>"}]}, "html"),
        ({"notes": "none"}, "array"),
        ({"files": [{"sha256": "0" * 64, "text": "x"}]}, "does not have that sha256"),
        ({"files": [{"sha256": "../../etc/passwd", "text": "x"}]}, "sha256"),
        ({"files": [{"sha256": "0" * 64}]}, "no content, or two"),
        ({"files": [{"sha256": "0" * 64, "base64": "?"}]}, "not valid base64"),
        ({"files": [msgspec.to_builtins(included(b"not of a build"))]}, "no build has"),
        ({"files": [msgspec.to_builtins(included(FILES["Dockerfile"]))] * 2}, "there twice"),
    ],
)
def test_a_header_that_cannot_be_is_refused(changed: dict[str, Any], words: str) -> None:
    error = refused(with_header(**changed))
    assert words in error.problem
    assert error.line == 1


def test_included_files_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "CONTENT_BYTES", 10)
    assert "the files have" in refused(write(HEADER, events())).problem


def test_markup_in_words_is_only_text() -> None:
    header = msgspec.structs.replace(HEADER, title="<script>alert(1)</script>")
    assert read(write(header, events())).header.title == "<script>alert(1)</script>"


words = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=60)
contents = st.dictionaries(
    st.text("abc./", min_size=1, max_size=8), st.binary(max_size=40), max_size=4
)


@settings(deadline=None)
@given(words, words, contents, st.lists(st.integers(0, 2), unique=True), st.integers(0, 2))
def test_any_recording_survives_writing_and_reading(
    title: str, said: str, files: dict[str, bytes], at: list[int], begins: int
) -> None:
    tape = numbered(opened(), build(1, {**files, "Dockerfile": b"FROM scratch\n"}))
    header = Header(
        title=title,
        description=said,
        begins=begins,
        notes=[Note(at=each, text=f"note {said}") for each in sorted(at) if each >= begins],
        files=[included(content) for content in set(files.values())],
    )
    assert read(write(header, tape)) == Recorded(header, tape)
    assert entry("x", b"").sha256  # Two files may have the same content; it is included once.


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_are_read_or_refused(data: bytes) -> None:
    _read_or_refuse(data)


@settings(deadline=None)
@given(st.data())
def test_a_file_with_something_changed_is_read_or_refused(data: st.DataObject) -> None:
    file = bytearray(write(HEADER, events()))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(file)))
        end = data.draw(st.integers(start, min(len(file), start + 20)))
        file[start:end] = data.draw(
            st.one_of(
                st.binary(max_size=6),
                st.sampled_from([b"null", b"-1", b'""', b"[]", b"{}", b"1e5", b"\n", b"\\u0000"]),
            )
        )
    _read_or_refuse(bytes(file))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.sampled_from(sorted(msgspec.to_builtins(HEADER))), json_values)
def test_a_header_with_any_value_is_read_or_refused(name: str, value: Any) -> None:
    _read_or_refuse(with_header(**{name: value}))


def _read_or_refuse(data: bytes) -> None:
    try:
        recorded = read(data)
    except NotARecording as error:
        assert str(error)  # noqa: PT017 (it may also be read)
    else:
        # What is read can be kept: it is written and read again as it is.
        assert read(write(recorded.header, recorded.events)).events == recorded.events
