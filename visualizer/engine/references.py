"""Names as Docker has them: tags and their implicit `latest`, container names, ids, prefixes."""

import re
import secrets
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from visualizer.engine import refusals
from visualizer.engine.errors import Conflict, Refused

T = TypeVar("T")

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_TAG = re.compile(
    rf"(?P<name>(?:[a-zA-Z0-9.-]+(?::[0-9]+)?/)?{_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?",
    re.ASCII,
)
_CONTAINER_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+", re.ASCII)
_HEXADECIMAL = re.compile(r"[0-9a-f]+", re.ASCII)

ADJECTIVES = (
    "amber bold brave breezy bright calm clever cosy crisp curious dapper eager fluffy fresh "
    "gentle glad golden happy honest humble jolly keen kind lively lucky mellow merry mighty "
    "nimble patient plucky polite proud quick quiet rapid rosy shiny silent snappy snug solid "
    "spry steady sunny swift tidy tiny vivid warm witty zesty"
)
NOUNS = (
    "acorn anchor badger beacon biscuit bramble canyon cedar cloud comet coral crane cricket "
    "dolphin ember falcon fern fjord gecko glacier harbor heron island ivory jasmine kestrel "
    "kettle lagoon lantern lemur lynx maple meadow muffin nebula oak orchid otter panda pebble "
    "pine puffin quartz raven river robin saffron sparrow thistle tulip walnut willow yak"
)


def full_tag(tag: str) -> str:
    """The tag with `:latest` when it has none. Raises Refused when it is not a valid reference."""
    match = _TAG.fullmatch(tag)
    if match is None or len(match["name"]) > 255:
        raise Refused(
            "invalid-reference",
            f"`{tag[:80]}` cannot be an image's name.",
            "An image is named `repository:tag`: small letters, digits, and `.`, `_`, `-` or `/` "
            "between them.",
            "Use a name such as `my-app:1.0`.",
            "invalid reference format",
        )
    return f"{match['name']}:{match['tag'] or 'latest'}"


def is_id_prefix(ref: str) -> bool:
    """Whether a reference could be the beginning of an id."""
    return _HEXADECIMAL.fullmatch(ref) is not None and len(ref) <= 64


def find_container(ref: str, held: Mapping[str, T], name_of: Callable[[T], str]) -> T | None:
    """The container that an id, a name or a unique beginning of an id means. `held` is by id.

    Raises Conflict when it is the beginning of several.
    """
    plain = ref.removeprefix("/")
    if plain in held:
        return held[plain]
    for container in held.values():
        if name_of(container) == plain:
            return container
    if not is_id_prefix(plain):
        return None
    found = [each for key, each in held.items() if key.startswith(plain)]
    if len(found) > 1:
        raise refusals.ambiguous(plain)
    return found[0] if found else None


def check_container_name(name: str) -> str:
    """The name without a leading slash. Raises Refused when Docker would not take it."""
    plain = name.removeprefix("/")
    if not _CONTAINER_NAME.fullmatch(plain) or len(plain) > 64:
        raise Refused(
            "invalid-container-name",
            f"`{name[:80]}` cannot be a container's name.",
            "A name is 2 to 64 letters, digits, `_`, `.` and `-`, the first a letter or digit.",
            "Choose another name, or leave it out to have one made up.",
            f"Invalid container name ({name[:80]}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
        )
    return plain


def make_name(taken: Collection[str]) -> str:
    """A container name that is not taken, in Docker's manner, out of our own words."""
    for attempt in range(1000):
        name = f"{secrets.choice(ADJECTIVES.split())}_{secrets.choice(NOUNS.split())}"
        name += str(attempt // 10) if attempt >= 10 else ""
        if name not in taken:
            return name
    raise Conflict("no-name-left", "No name is left to make up.", try_="Give the container a name.")
