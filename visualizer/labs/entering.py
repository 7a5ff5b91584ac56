"""Entering a step: its build found on the tape, made again as far as that, and looked around in.

The image of an entered step has no tag. It is removed with the last container that was made of it.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from visualizer.engine.errors import EngineError
from visualizer.engine.port import BuildRequest, ContextFile
from visualizer.events import codec
from visualizer.events import types as event
from visualizer.labs import journal, kept_files
from visualizer.labs.database import in_database
from visualizer.labs.errors import Invalid, LabError, NotThere
from visualizer.labs.runner import Runner
from visualizer.recordings.chain import chain

DOCKERFILE, IGNORE = "Dockerfile", ".dockerignore"
READ = ("build.started", "build.planned", "step.cached", "step.finished", "layer.created")


@dataclass
class OneBuild:
    """What the tape tells of a build."""

    started: event.BuildStarted | None = None
    steps: Sequence[event.PlannedStep] = ()
    done: set[int] = field(default_factory=set)
    """Steps that came to their end, in this run or from the cache."""
    layers: dict[int, list[str]] = field(default_factory=dict)
    """What the steps have made, the lowest first."""

    def told(self, step: int) -> list[str]:
        """The lowest layers of the image after a step, as far as the tape tells them."""
        found: list[str] = []
        for each in chain(self.steps, step):
            if each.makes == "layer" and each.step not in self.layers:
                # An engine may tell the layers of a build only when it has its image.
                break
            found += self.layers.get(each.step, [])
        return found


@dataclass(frozen=True)
class Entered:
    """A step that was entered."""

    container: str
    same: bool
    """Whether its layers are those that the build told; a base image may be another by now, and
    what the cache had lost may have run anew with another result."""


async def enter(runner: Runner, build: int, step: int) -> Entered:
    """Have a container started from the image as it was after the step.

    Raises LabError or EngineError.
    """
    if build in runner.belief.builds:
        raise _still_building(build)
    await runner.settled()
    found = await in_database(_read, runner.lab, build)
    if found.started is None:
        raise _no_such_build(build)
    if step not in found.done:
        raise _not_finished(build, step, found)
    files = await in_database(_files, runner.lab, found.started)
    request = BuildRequest(
        build=build,
        files=files,
        tag=found.started.tag,
        args=found.started.args,
        target=found.started.target,
        no_cache=found.started.no_cache,
    )
    try:
        async with runner.entering_lock:
            container = await runner.in_turn(
                lambda: runner.engine.enter(request, step, _free_name(runner, build, step))
            )
            return Entered(container, await _is_same(runner, container, found.told(step)))
    finally:
        await tidy(runner)


async def tidy(runner: Runner) -> None:
    """Remove the images of entered steps that no container needs any more."""
    if runner.entering_lock.locked() or not runner.belief.entered:
        return  # An image may wait for its container still: whoever comes next tidies up.
    async with runner.entering_lock:
        await runner.settled()
        used = {container.image for container in runner.belief.containers.values()}
        for image in list(runner.belief.entered - used):
            if not runner.belief.images.get(image):
                with suppress(EngineError):
                    await runner.engine.remove_image(image)


async def _is_same(runner: Runner, container: str, told: list[str]) -> bool:
    await runner.settled()
    believed = runner.belief.containers.get(container)
    if believed is None:
        return True  # Somebody was quick to remove it.
    image = await runner.engine.inspect(believed.image)
    return list(image["RootFS"]["Layers"])[: len(told)] == told


def _read(lab: str, build: int) -> OneBuild:
    """The build as the tape has it. Runs in a database thread."""
    found = OneBuild()
    after = 0
    while page := journal.read_types(lab, READ, after):
        for entry in page:
            fact = codec.decode(entry.body)
            if getattr(fact, "build", None) != build:
                continue
            match fact:
                case event.BuildStarted():
                    found.started = fact
                case event.BuildPlanned():
                    found.steps = fact.steps
                case event.StepCached() | event.StepFinished():
                    found.done.add(fact.step)
                case event.LayerCreated():
                    found.layers.setdefault(fact.step, []).append(fact.layer)
        after = page[-1].seq
    return found


def _files(lab: str, started: event.BuildStarted) -> Sequence[ContextFile]:
    """The build's context, put together again. Runs in a database thread. Raises NotThere."""
    contents = kept_files.load(lab, {each.sha256 for each in started.files})
    if any(each.sha256 not in contents for each in started.files):
        raise _files_gone(started.build)
    files = {each.path: contents[each.sha256] for each in started.files}
    if DOCKERFILE not in files:
        # `.dockerignore` kept it out of the context, and perhaps itself too.
        files[DOCKERFILE] = started.dockerfile.encode()
        files.setdefault(IGNORE, f"{DOCKERFILE}\n{IGNORE}\n".encode())
    return [ContextFile(path, content) for path, content in files.items()]


def _free_name(runner: Runner, build: int, step: int) -> str:
    taken = {container.name for container in runner.belief.containers.values()}
    name = plain = f"step-{step}-of-build-{build}"
    number = 1
    while name in taken:
        number += 1
        name = f"{plain}-{number}"
    return name


def _still_building(build: int) -> LabError:
    return Invalid(
        "still-building",
        f"Build {build} has not ended yet.",
        "A step is entered by going through its build again as far as that, and a lab builds one "
        "image at a time.",
        "Wait until the build has ended, or cancel it.",
    )


def _no_such_build(build: int) -> LabError:
    return NotThere(
        "no-such-build",
        f"There is no build {build} in this lab.",
        "Builds are numbered from 1 in the order in which they were asked for.",
        "Look at the steps for the builds that there are.",
    )


def _not_finished(build: int, step: int, found: OneBuild) -> LabError:
    if step > len(found.steps):
        title = f"Build {build} has no step {step}."
    else:
        title = f"Step {step} of build {build} was not finished, so there is nothing to enter."
    before = [each for each in found.done if each < step]
    return Invalid(
        "step-not-finished",
        title,
        "A step can be entered when it ran to its end or came from the cache: only then is there "
        "an image as it left it.",
        f"Enter step {max(before)} instead." if before else "Mend the Dockerfile and build again.",
    )


def _files_gone(build: int) -> LabError:
    return NotThere(
        "build-files-gone",
        f"The files that build {build} was given are not kept any more.",
        "A step is entered by going through its build again, with the files of then. A lab keeps "
        "the files of its builds up to a size; the oldest make room.",
        "Build again, then enter the step of that build.",
    )
