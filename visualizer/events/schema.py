"""The JSON Schema of the tape, generated from the vocabulary's classes."""

import typing
from typing import Any

import msgspec

from visualizer.events.documentation import field_notes
from visualizer.events.types import VERSION, AnyEvent, Event

TEMPLATE = "#/$defs/{name}"


def event_classes() -> list[type[Event]]:
    """Every event of the vocabulary, in the order of `types.py`."""
    return list(typing.get_args(AnyEvent))


def json_schema() -> dict[str, Any]:
    """One schema that a line of a tape must satisfy. JSON Schema draft 2020-12."""
    (whole,), components = msgspec.json.schema_components([AnyEvent], ref_template=TEMPLATE)
    for name, component in components.items():
        _describe_fields(component, name)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Layercake event, vocabulary {VERSION}",
        **whole,
        "$defs": components,
    }


def _describe_fields(component: dict[str, Any], name: str) -> None:
    import visualizer.events.types as vocabulary

    cls = getattr(vocabulary, name)
    for field in msgspec.structs.fields(cls):
        note = field_notes(cls).get(field.name)
        if note:
            component["properties"][field.encode_name]["description"] = note
