"""Plays a scenario on an engine, scene after scene, and gives back the recording of it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from visualizer.dockerfile.context import ContextFiles
from visualizer.engine.errors import EngineError
from visualizer.engine.limits import Limits
from visualizer.engine.port import BuildRequest, ContextFile, Engine, LabEngine, RunRequest
from visualizer.events import types as event
from visualizer.labs.recorder import EXEC_GRACE, Tape, argv_of, opened, words
from visualizer.labs.scenarios import Scenario, Scene
from visualizer.recordings.format import Recorded
from visualizer.recordings.header import Header, IncludedFile, Note, included, stamp

WAIT_SECONDS = 60.0
Contexts = Mapping[str, Sequence[ContextFile]]


class NotPlayed(Exception):
    """A scene did not go as it should; the message says which and why."""


@dataclass
class Stage:
    """Where a scenario stands."""

    lab: LabEngine
    tape: Tape
    limits: Limits
    contexts: Contexts
    builds: int = 0
    last: BuildRequest | None = None


async def play(
    engine: Engine,
    scenario: Scenario,
    contexts: Contexts,
    *,
    pace: float = 1.0,
    limits: Limits | None = None,
) -> Recorded:
    """The recording. Closes the engine. Raises NotPlayed, EngineUnavailable.

    `pace` is how much of the pauses is kept: 0 for none.
    """
    limits = limits or Limits()
    async with opened(engine, limits) as (lab, tape):
        await _scenes(Stage(lab, tape, limits, contexts), scenario, pace)
        # Taken before the engine lets go: the recording ends with what lives, living.
        events, notes = tape.told()
        if notes and notes[-1][0] > len(events):
            raise NotPlayed("The last two notes have nothing between them.")
    header = Header(
        title=scenario.title,
        description=scenario.description.strip(),
        made_at=stamp(),
        notes=[Note(at=at, text=text.strip()) for at, text in notes],
        files=_included(contexts),
    )
    return Recorded(header, events)


async def _scenes(stage: Stage, scenario: Scenario, pace: float) -> None:
    for number, scene in enumerate(scenario.scene, start=1):
        if scene.note is not None:
            stage.tape.mark(scene.note)
        pause = scenario.pause if scene.after is None else scene.after
        await asyncio.sleep(pause * pace)
        begun = stage.tape.arrived
        try:
            await _do(stage, scene)
        except EngineError as error:
            raise NotPlayed(f"Scene {number} ({scene.action}): {words(error)}") from None
        except NotPlayed as error:
            raise NotPlayed(f"Scene {number} ({scene.action}): {error}") from None
        for bound in scene.notes:
            if not stage.tape.mark_at(begun, bound.on, bound.holds, bound.text):
                raise NotPlayed(f"Scene {number}: nothing happened that is a {bound.on}.")
    await asyncio.sleep(scenario.linger * pace)


async def _do(stage: Stage, scene: Scene) -> None:
    lab = stage.lab
    match scene:
        case Scene(build=str()):
            await _build(stage, scene)
        case Scene(run=str(name)):
            command = argv_of(scene.command) if scene.command else None
            await lab.run(RunRequest(scene.image, name=name, command=command))
        case Scene(exec=str(command), container=str(container)):
            await _exec(stage, container, command, scene.fails)
        case Scene(commit=str(tag), container=str(container)):
            await lab.commit(container, tag)
        case Scene(tag=str(tag)):
            await lab.tag(scene.image, tag)
        case Scene(enter=int(step)):
            await _enter(stage, step)
        case Scene(remove=str(container)):
            await lab.remove(container, force=True)
        case Scene(remove_image=str(image)):
            await lab.remove_image(image)
        case Scene(wait=str(kind)):
            if not await stage.tape.wait_until(kind, scene.holds, WAIT_SECONDS):
                raise NotPlayed(f"no {kind} came that has {scene.holds!r} in it.")
        case _:
            await _to_container(lab, scene)


async def _to_container(lab: LabEngine, scene: Scene) -> None:
    match scene:
        case Scene(start=str(container)):
            await lab.start(container)
        case Scene(stop=str(container)):
            await lab.stop(container, scene.grace)
        case Scene(restart=str(container)):
            await lab.restart(container, scene.grace)
        case Scene(pause=str(container)):
            await lab.pause(container)
        case Scene(resume=str(container)):
            await lab.resume(container)
        case Scene(kill=str(container)):
            await lab.kill(container)


async def _build(stage: Stage, scene: Scene) -> None:
    stage.builds += 1
    stage.last = BuildRequest(
        build=stage.builds,
        files=stage.contexts[scene.folder],
        tag=scene.build or "",
        args=scene.args,
        target=scene.target,
        no_cache=scene.no_cache,
    )
    image = await stage.lab.build(stage.last)
    if (image is None) != scene.fails:
        raise NotPlayed("the build failed." if image is None else "the build did not fail.")


async def _exec(stage: Stage, container: str, command: str, fails: bool) -> None:
    exec_id = await stage.lab.exec(container, argv_of(command))
    seconds = stage.limits.exec_seconds + EXEC_GRACE
    ended = await stage.tape.wait_until("exec.exited", f'"{exec_id}"', seconds)
    if ended is None:
        raise NotPlayed(f"`{command}` did not end.")
    if isinstance(ended, event.ExecExited) and (ended.exit_code != 0) != fails:
        raise NotPlayed(f"`{command}` ended with exit code {ended.exit_code}.")


async def _enter(stage: Stage, step: int) -> None:
    if stage.last is None:
        raise NotPlayed("there is no build yet.")
    await stage.lab.enter(stage.last, step, f"step-{step}-of-build-{stage.last.build}")


def _included(contexts: Contexts) -> list[IncludedFile]:
    """The files that the builds were given, each content once."""
    found: dict[str, IncludedFile] = {}
    for files in contexts.values():
        contents = {file.path: file.content for file in files}
        for path in ContextFiles.from_bytes(contents).paths:
            one = included(contents[path])
            found[one.sha256] = one
    return list(found.values())
