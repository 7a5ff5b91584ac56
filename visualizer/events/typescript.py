"""TypeScript for msgspec structs: an interface each, with the docstrings as comments."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import inspect as shapes

from visualizer.events.documentation import field_notes, summary

Struct = type[msgspec.Struct]
Names = Mapping[frozenset[str], str]
"""Literal values to the name that the TypeScript alias has."""


def interface(
    cls: Struct, names: Names, *, base: Struct | None = None, sent_by_browser: bool = False
) -> str:
    """One `export interface`. What a browser sends may leave out fields that have a default.

    The fields of `base` are not repeated: the interface extends that of the base.
    """
    shape = shapes.type_info(cls)
    assert isinstance(shape, shapes.StructType)
    extends = f" extends {base.__name__}" if base else ""
    inherited = base.__struct_fields__ if base else ()
    lines = [*comment(summary(cls)), f"export interface {cls.__name__}{extends} {{"]
    if shape.tag_field is not None:
        lines.append(f'  {shape.tag_field}: "{shape.tag}";')
    for field in shape.fields:
        if field.name in inherited:
            continue
        note = field_notes(cls).get(field.name, "")
        lines += comment(note, indent="  ")
        mark = "?" if sent_by_browser and not field.required else ""
        lines.append(f"  {field.encode_name}{mark}: {spell(field.type, names)};")
    return "\n".join([*lines, "}"])


def comment(text: str, indent: str = "") -> list[str]:
    """A docstring as a JSDoc comment; nothing for an empty one."""
    if not text:
        return []
    lines = text.replace("*/", "* /").splitlines()
    if len(lines) == 1:
        return [f"{indent}/** {lines[0]} */"]
    return [f"{indent}/**", *(f"{indent} * {line}".rstrip() for line in lines), f"{indent} */"]


def union(name: str, members: Iterable[Struct], note: str) -> str:
    """`export type NAME = A | B | …`, one a line."""
    lines = "".join(f"\n  | {member.__name__}" for member in members)
    return "\n".join([*comment(note), f"export type {name} ={lines};"])


def constants(name: str, values: Iterable[str], note: str) -> str:
    """A `const` array of strings."""
    lines = "".join(f'\n  "{value}",' for value in values)
    return "\n".join([*comment(note), f"export const {name} = [{lines}\n] as const;"])


def alias(name: str, values: Iterable[str]) -> str:
    """A named union of literals."""
    return f"export type {name} = " + " | ".join(f'"{value}"' for value in values) + ";"


def parts_of(classes: Iterable[Struct]) -> list[Struct]:
    """The structs that these are made of, each before what uses it, not the classes themselves."""
    found: dict[Struct, None] = {}
    roots = list(classes)

    def visit(shape: shapes.Type) -> None:
        if isinstance(shape, shapes.StructType):
            for field in shape.fields:
                visit(field.type)
            if shape.cls not in roots:
                found.setdefault(shape.cls)
        for inner in _inner(shape):
            visit(inner)

    for root in roots:
        visit(shapes.type_info(root))
    return list(found)


def spell(shape: shapes.Type, names: Names) -> str:
    """A type in TypeScript's words."""
    match shape:
        case shapes.BoolType():
            return "boolean"
        case shapes.IntType() | shapes.FloatType():
            return "number"
        case shapes.StrType():
            return "string"
        case shapes.NoneType():
            return "null"
        case shapes.LiteralType(values=values):
            known = names.get(frozenset(map(str, values)))
            return known or " | ".join(f'"{value}"' for value in values)
        case shapes.StructType(cls=cls):
            return cls.__name__
        case shapes.ListType(item_type=item):
            inner = spell(item, names)
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case shapes.DictType(value_type=value):
            return f"Record<string, {spell(value, names)}>"
        case shapes.UnionType(types=types):
            tags = frozenset(str(t.tag) for t in types if isinstance(t, shapes.StructType))
            return names.get(tags) or " | ".join(spell(inner, names) for inner in types)
        case shapes.AnyType():
            return "unknown"
    raise TypeError(f"no TypeScript for {shape!r}: teach events/typescript.py about it")


def _inner(shape: shapes.Type) -> list[shapes.Type]:
    inner: list[Any] = []
    if isinstance(shape, shapes.ListType):
        inner.append(shape.item_type)
    elif isinstance(shape, shapes.DictType):
        inner.append(shape.value_type)
    elif isinstance(shape, shapes.UnionType):
        inner.extend(shape.types)
    return inner
