"""Scenario files: what `manage.py record --scenario` plays, in what order, with an author's notes.

A scenario is a TOML file; the folders that it builds lie beside it. `docs/scenarios.md` is for
those who write one.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from visualizer.engine.limits import Limits
from visualizer.engine.port import ContextFile
from visualizer.labs.context_folder import BadFolder, read_folder
from visualizer.labs.recorder import argv_of

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=600)]
ACTIONS = (
    "build", "run", "exec", "start", "stop", "restart", "pause", "resume", "kill", "remove",
    "commit", "tag", "remove_image", "enter", "wait",
)  # fmt: skip
"""Of which a scene has one, or none when it is a note alone."""
NEEDS_CONTAINER = ("exec", "commit")


class BadScenario(Exception):
    """The file cannot be played; the message says why."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """What a scenario is made of."""


class BoundNote(Part, frozen=True, kw_only=True):
    """A note shown from the first event on that the scene brings and that matches."""

    on: Name
    """The event's type, for example `layer.created`."""
    text: Text
    holds: str = ""
    """Found in the event as JSON, for example `"step":3`; with nothing, any will do."""


class Scene(Part, frozen=True, kw_only=True):
    """One thing that is done, and what is said of it. Names are those of the lab."""

    note: Text | None = None
    """Shown from before it is done until the next note."""
    notes: list[BoundNote] = []
    """Further notes, while it goes on."""
    after: Seconds | None = None
    """Seconds before it is done, so that the note can be read; the scenario's `pause` if None."""

    build: Name | None = None
    """A tag; `folder`, `target`, `args` and `no-cache` say more."""
    folder: Name = "context"
    """Beside the scenario's file."""
    target: Name | None = None
    args: dict[str, str] = {}
    no_cache: bool = False
    fails: bool = False
    """Whether the build, or the command, is meant to fail."""

    run: Name | None = None
    """A container's name; `image` is what it is made of."""
    image: Name = "my-app"
    command: Name | None = None

    exec: Text | None = None
    """A command in the container `in`; waited for until it has ended."""
    container: Name | None = msgspec.field(default=None, name="in")

    start: Name | None = None
    stop: Name | None = None
    grace: Seconds = 10.0
    """Seconds that `stop` and `restart` give it."""
    restart: Name | None = None
    pause: Name | None = None
    resume: Name | None = None
    kill: Name | None = None
    remove: Name | None = None
    """A container; also one that runs."""
    commit: Name | None = None
    """A tag, for the image of the container `in`."""
    tag: Name | None = None
    """A further name for `image`."""
    remove_image: Name | None = None
    enter: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """A step of the build that was done last."""

    wait: Name | None = None
    """Until the tape has an event of this type that has `holds` in it (as JSON)."""
    holds: str = ""

    @property
    def action(self) -> str | None:
        """Which of ACTIONS it is."""
        return next((name for name in ACTIONS if getattr(self, name) is not None), None)


class Scenario(Part, frozen=True, kw_only=True):
    """What is recorded."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    description: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    pause: Seconds = 3.0
    """Seconds before each scene."""
    linger: Seconds = 3.0
    """Seconds after the last."""
    scene: Annotated[list[Scene], msgspec.Meta(min_length=1, max_length=200)]


def read(path: Path) -> Scenario:
    """The scenario in this file. Raises BadScenario."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        scenario = msgspec.convert(raw, Scenario)
    except OSError as error:
        raise BadScenario(f"{path} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadScenario(f"{path} is not TOML: {error}.") from None
    except msgspec.ValidationError as error:
        raise BadScenario(f"{path} is no scenario: {error}.") from None
    for number, scene in enumerate(scenario.scene, start=1):
        for problem in _problems(scene):
            raise BadScenario(f"Scene {number} of {path} {problem}.")
    return scenario


def read_contexts(path: Path, scenario: Scenario, limits: Limits) -> dict[str, list[ContextFile]]:
    """The files of every folder that is built. Raises BadScenario."""
    folders = sorted({scene.folder for scene in scenario.scene if scene.build is not None})
    try:
        return {folder: read_folder(path.parent / folder, limits) for folder in folders}
    except BadFolder as error:
        raise BadScenario(str(error)) from None


def _problems(scene: Scene) -> Iterator[str]:
    found = [name for name in ACTIONS if getattr(scene, name) is not None]
    if len(found) > 1:
        yield f"does several things: {', '.join(found)}; give each a scene of its own"
    if not found and scene.note is None:
        yield "neither does anything nor has a note"
    if scene.action in NEEDS_CONTAINER and scene.container is None:
        yield f"has `{scene.action}` and does not say `in` which container"
    for command in filter(None, (scene.exec, scene.command)):
        try:
            words = argv_of(command)
        except ValueError as error:
            yield f"has a command that cannot be read ({error})"
        else:
            if not words:
                yield "has an empty command"
    if ".." in Path(scene.folder).parts or Path(scene.folder).is_absolute():
        yield "builds a folder that is not beside the file"
