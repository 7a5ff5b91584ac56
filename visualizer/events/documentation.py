"""What the vocabulary's classes say about themselves: docstrings of classes and of fields.

Python keeps no docstring for a field, so those are read from the class's own source.
"""

import ast
import inspect
import itertools
import textwrap
from functools import cache


def summary(cls: type) -> str:
    """The class's docstring, cleaned; empty when it has none of its own."""
    return inspect.cleandoc(cls.__dict__.get("__doc__") or "")


@cache
def field_notes(cls: type) -> dict[str, str]:
    """Field name to the docstring below it, inherited ones included."""
    notes: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith("visualizer."):
            notes.update(_own_notes(base))
    return notes


def _own_notes(cls: type) -> dict[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    notes: dict[str, str] = {}
    for statement, following in itertools.pairwise(body):
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            notes[statement.target.id] = inspect.cleandoc(str(following.value.value))
    return notes
