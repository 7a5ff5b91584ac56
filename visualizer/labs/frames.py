"""What the site says over a lab's WebSocket. One message is one frame as a JSON object."""

from typing import Any, Literal

import msgspec

from visualizer.events.types import AnyEvent

Role = Literal["owner", "watcher"]


class Problem(msgspec.Struct, frozen=True, kw_only=True, rename={"try_": "try"}):
    """Why a command was not carried out, in words for a learner."""

    code: str
    title: str
    why: str = ""
    try_: str = ""
    engine_words: str = ""
    """What the real engine says in this case, where it has words for it."""


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag_field="frame", tag="hello"):
    """The first frame: who the watcher is, and how long the tape is now."""

    lab: str
    role: Role
    seq: int


class Events(msgspec.Struct, frozen=True, kw_only=True, tag_field="frame", tag="events"):
    """A run of the tape without gaps, in the order of `seq`."""

    events: list[AnyEvent]


class Done(msgspec.Struct, frozen=True, kw_only=True, tag_field="frame", tag="done"):
    """The command with this `ref` was carried out (or, for a build, taken on)."""

    ref: str
    result: dict[str, Any] = {}


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag_field="frame", tag="error"):
    """The command with this `ref` was not carried out; the socket stays open."""

    ref: str
    error: Problem


AnyFrame = Hello | Events | Done | Failed
