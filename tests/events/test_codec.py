"""Events to JSON and back."""

import json
import typing

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualizer.events import codec
from visualizer.events import types as event

BOX = "a" * 64


def test_an_event_survives_the_way_there_and_back() -> None:
    fact = event.ContainerOutput(seq=3, at_ms=5, container=BOX, stream="stderr", text="é\n\x1b[31m")
    assert codec.decode(codec.encode(fact)) == fact


@given(st.text())
def test_any_text_survives_and_stays_on_one_line(text: str) -> None:
    clean = text.encode("utf-8", "replace").decode()
    fact = event.ContainerOutput(container=BOX, stream="stdout", text=clean)
    line = codec.encode(fact)
    assert b"\n" not in line
    assert codec.decode(line) == fact


WRONG = {
    "no JSON": "{",
    "no object": "[]",
    "no version": '{"type":"lab.opened"}',
    "a version that is a text": '{"v":"1","type":"engine.lost","message":""}',
    "a version that is true": '{"v":true,"type":"engine.lost","message":""}',
    "a version from the future": '{"v":99,"type":"engine.lost","message":""}',
    "version zero": '{"v":0,"type":"engine.lost","message":""}',
    "an unknown type": '{"v":1,"type":"engine.exploded"}',
    "an unknown field": '{"v":1,"type":"engine.lost","message":"","colour":"red"}',
    "a missing field": '{"v":1,"type":"engine.lost"}',
    "a wrong digest": '{"v":1,"type":"image.removed","image":"sha256:xyz"}',
    "a negative number": '{"v":1,"seq":-1,"type":"engine.lost","message":""}',
    "a deep hole": "[" * 100_000,
}


@pytest.mark.parametrize("line", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(codec.InvalidEvent):
        codec.decode(line)


def test_a_tape_names_the_line_that_is_wrong() -> None:
    good = codec.encode(event.EngineLost(message="x"))
    with pytest.raises(codec.InvalidEvent, match="line 3"):
        list(codec.decode_lines([good, b"", b"{}"]))


def test_an_old_event_is_upgraded_on_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def rename(raw: dict[str, typing.Any]) -> dict[str, typing.Any]:
        return {**raw, "v": 2, "message": raw["message"].upper()}

    monkeypatch.setattr(codec, "VERSION", 2)
    monkeypatch.setitem(codec.UPGRADES, 1, rename)
    read = codec.decode('{"v":1,"type":"engine.lost","message":"old"}')
    assert read == event.EngineLost(v=2, message="OLD")


def test_every_step_between_the_versions_has_an_upgrade() -> None:
    assert set(codec.UPGRADES) == set(range(1, event.VERSION))


def test_each_event_has_a_tag_of_its_own() -> None:
    tags = [cls.__struct_config__.tag for cls in typing.get_args(event.AnyEvent)]
    assert len(tags) == len(set(tags))
    defined = [
        cls
        for cls in vars(event).values()
        if isinstance(cls, type) and issubclass(cls, event.Event) and cls is not event.Event
    ]
    assert set(defined) == set(typing.get_args(event.AnyEvent))


def test_the_schema_agrees_with_the_codec_on_a_line() -> None:
    line = json.loads(codec.encode(event.EngineLost(message="x")))
    assert msgspec.convert(line, event.EngineLost) == event.EngineLost(message="x")
