"""What is generated from the vocabulary is up to date, whole, and true to what is sent."""

import json
import re
from io import StringIO

import msgspec
import pytest
from django.core.management import CommandError, call_command

from visualizer.events import codec, schema, types, typescript
from visualizer.events.documentation import field_notes, summary
from visualizer.labs import commands, frames
from visualizer.management.commands import vocabulary

STRUCTS = [
    *vocabulary.EVENTS,
    *vocabulary.COMMANDS,
    *vocabulary.FRAMES,
    *typescript.parts_of(vocabulary.EVENTS),
    *typescript.parts_of(vocabulary.COMMANDS),
]


def test_no_generated_file_is_stale() -> None:
    call_command("vocabulary", check=True)


def test_a_stale_file_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = {path: f"{text}more" for path, text in vocabulary.generated().items()}
    monkeypatch.setattr(vocabulary, "generated", lambda: paths)
    with pytest.raises(CommandError, match=r"stale: .*events\.schema\.json"):
        call_command("vocabulary", check=True, stdout=StringIO())


@pytest.mark.parametrize("cls", STRUCTS, ids=lambda cls: cls.__name__)
def test_everything_in_the_vocabulary_says_what_it_is(cls: type[msgspec.Struct]) -> None:
    text = summary(cls)
    assert text
    assert text.endswith((".", "`}`.")), text


def test_every_struct_has_its_interface_and_its_section() -> None:
    files = {path.name: text for path, text in vocabulary.generated().items()}
    for cls in STRUCTS:
        assert f"export interface {cls.__name__} " in files["generated.ts"]
    for cls in vocabulary.EVENTS:
        assert f"## `{cls.__struct_config__.tag}`\n" in files["events.md"]
    for cls in vocabulary.COMMANDS:
        assert f"## `{cls.__struct_config__.tag}`\n" in files["commands.md"]


def test_the_interfaces_have_the_fields_that_are_sent() -> None:
    text = vocabulary._typescript()
    sent = json.loads(codec.encode(types.BuildStarted(build=1, tag="a", dockerfile="", files=[])))
    own = re.search(r"interface BuildStarted extends Event \{(.*?)\n\}", text, re.DOTALL)
    base = re.search(r"interface Event \{(.*?)\n\}", text, re.DOTALL)
    assert own
    assert base
    declared = re.findall(r"^  (\w+)\??:", own[1] + base[1], re.MULTILINE)
    assert set(declared) == set(sent)


def test_what_a_browser_may_leave_out_is_optional_and_what_it_gets_is_not() -> None:
    text = vocabulary._typescript()
    assert "  tag?: string;" in text
    assert "  target: string | null;" in text
    assert "  try: string;" in text


def test_the_schema_names_every_type_and_forbids_the_rest() -> None:
    made = schema.json_schema()
    assert set(made["discriminator"]["mapping"]) == set(vocabulary._tags(vocabulary.EVENTS))
    for cls in vocabulary.EVENTS:
        definition = made["$defs"][cls.__name__]
        assert definition["additionalProperties"] is False
        assert set(definition["required"]) >= {"type"}


def test_notes_below_a_field_are_found() -> None:
    assert field_notes(types.LayerCreated)["size"].startswith("Bytes of the files")
    assert field_notes(types.LayerCreated)["seq"].startswith("Position on the lab's tape")


def test_a_type_without_a_spelling_is_refused() -> None:
    class Odd(msgspec.Struct):
        when: set[int]

    with pytest.raises(TypeError, match="teach events/typescript"):
        typescript.interface(Odd, {})


def test_commands_and_events_do_not_share_a_name() -> None:
    names = [cls.__name__ for cls in STRUCTS]
    assert len(names) == len(set(names))
    assert commands.AnyCommand is not types.AnyEvent
    assert frames.Events.__struct_config__.tag_field == "frame"
