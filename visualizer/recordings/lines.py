"""One line of a stranger's file: JSON that every reader understands alike, or a reason why not.

Python, msgspec and browsers differ in what they make of doubled keys, huge numbers and half
characters; a file that has them is refused, so that all see the same recording.
"""

import json
from typing import Any

DEEPEST = 40
"""Objects and lists inside one another. Events need 6, an image's config a few more."""
LARGEST = (1 << 53) - 1
"""The largest whole number that a browser counts exactly."""


class BadLine(ValueError):
    """The line cannot be read; the message says why."""


class NotJson(BadLine):
    """Nor would it be read anywhere else."""


def parsed(line: str) -> dict[str, Any]:
    """The line as a JSON object. Raises BadLine."""
    try:
        value = json.loads(line, object_pairs_hook=_object, parse_constant=_not_a_number)
    except json.JSONDecodeError as error:
        raise NotJson(f"it is not JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise _too_deep() from None
    except BadLine:
        raise
    except ValueError:  # Python's bound on the digits of a number.
        raise _too_large() from None
    if not isinstance(value, dict):
        raise BadLine("it is not a JSON object")
    _check(value, DEEPEST)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BadLine("it has a key twice in the same object")
    return found


def _not_a_number(name: str) -> None:
    raise BadLine(f"{name} is not a number of JSON")


def _check(value: Any, left: int) -> None:
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise BadLine("it holds half a character (a lone surrogate)")
    elif isinstance(value, (int, float)):
        if not -LARGEST <= value <= LARGEST:
            raise _too_large()
    elif isinstance(value, (dict, list)):
        if not left:
            raise _too_deep()
        for inner in value:
            _check(inner, left - 1)
        if isinstance(value, dict):
            for inner in value.values():
                _check(inner, left - 1)


def _too_deep() -> BadLine:
    return BadLine(f"it holds more than {DEEPEST} objects or lists inside one another")


def _too_large() -> BadLine:
    return BadLine("it holds a number that is too large")
