"""What a command does: one function each, all reached through `perform`, which authorises first.

An action checks what the command carries, keeps what must be kept, and calls the lab's runner.
Counts (images, containers, execs) are refused by the engine, which knows them best.
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from visualizer.engine.port import BuildRequest, RunRequest
from visualizer.labs import commands, entering, kept_files, names, workspace
from visualizer.labs.commands import AnyCommand
from visualizer.labs.database import in_database
from visualizer.labs.errors import TooMuch, read_only
from visualizer.labs.runner import Runner

Result = dict[str, Any]
Action = Callable[[Runner, Any], Awaitable[Result | None]]


@dataclass(frozen=True)
class Visitor:
    """Who sends commands."""

    owner_hash: str
    """The hash of the visitor's own cookie; empty for one without."""

    def owns(self, owner_hash: str) -> bool:
        """Whether the lab with this owner is the visitor's."""
        return bool(self.owner_hash) and hmac.compare_digest(self.owner_hash, owner_hash)


KEYS = (commands.TypeIntoExec, commands.ResizeExec)
"""Commands that come with every key typed; they wait for nothing."""

GROWS = (
    commands.Build,
    commands.EnterStep,
    commands.Run,
    commands.Start,
    commands.Restart,
    commands.StartExec,
    commands.PushImage,
    commands.PullImage,
)
"""Commands that make the tape grow, refused when it is full. Ending things is always allowed."""


async def perform(runner: Runner, visitor: Visitor, command: AnyCommand) -> Result:
    """Carry a command out; what the answer holds. Raises LabError or EngineError."""
    if not visitor.owns(runner.owner_hash):
        raise read_only()
    if not runner.bucket.take():
        raise too_fast()
    if isinstance(command, GROWS):
        runner.check_room()
    result = await ACTIONS[type(command)](runner, command)
    if not isinstance(command, KEYS):
        await runner.settled()
    return result or {}


def too_fast() -> TooMuch:
    """Commands came faster than they are taken."""
    return TooMuch(
        "too-fast",
        "That were too many commands at once.",
        "The site takes only so many commands a second from one page.",
        "Wait a moment, then try again.",
    )


async def save_files(runner: Runner, command: commands.SaveFiles) -> None:
    """Keep the editor's files."""
    files = workspace.checked(command.files, runner.limits)
    async with runner.files_lock:
        await in_database(workspace.save, runner.lab, files)


async def build(runner: Runner, command: commands.Build) -> Result:
    """Keep the files, then queue a build of them."""
    names.check_tag(command.tag)
    names.check_variables(command.args)
    names.check_words([*command.args.values(), command.target or ""])
    files = workspace.checked(command.files, runner.limits)
    async with runner.files_lock:
        await in_database(workspace.save, runner.lab, files)
        await in_database(kept_files.keep, runner.lab, files, runner.kept_bounds)
    request = BuildRequest(
        build=0,
        files=files,
        tag=command.tag,
        args=command.args,
        target=command.target or None,
        no_cache=command.no_cache,
    )
    return {"build": runner.queue_build(request)}


async def cancel_build(runner: Runner, command: commands.CancelBuild) -> None:
    """Call a build off."""
    await runner.cancel_build(command.build)


async def enter_step(runner: Runner, command: commands.EnterStep) -> Result:
    """Look around in the image as it was after a step."""
    entered = await entering.enter(runner, command.build, command.step)
    started = entered.container in runner.belief.running()
    return {"container": entered.container, "started": started, "same": entered.same}


async def run(runner: Runner, command: commands.Run) -> Result:
    """Make a container of an image."""
    if command.name:
        names.check_container_name(command.name)
    names.check_variables(command.env)
    names.check_words([*command.env.values(), *(command.command or [])])
    request = RunRequest(
        image=command.image,
        name=command.name or None,
        command=command.command,
        env=command.env,
        start=command.start,
    )
    return {"container": await runner.engine.run(request)}


async def start(runner: Runner, command: commands.Start) -> None:
    """Start a container."""
    await runner.engine.start(command.container)


async def stop(runner: Runner, command: commands.Stop) -> None:
    """Stop a container."""
    await runner.engine.stop(command.container, command.grace_seconds)


async def kill(runner: Runner, command: commands.Kill) -> None:
    """Send a container a signal."""
    await runner.engine.kill(command.container, command.signal)


async def restart(runner: Runner, command: commands.Restart) -> None:
    """Stop and start a container."""
    await runner.engine.restart(command.container, command.grace_seconds)


async def pause(runner: Runner, command: commands.Pause) -> None:
    """Freeze a container."""
    await runner.engine.pause(command.container)


async def resume(runner: Runner, command: commands.Resume) -> None:
    """Let a frozen container go on."""
    await runner.engine.resume(command.container)


async def rename(runner: Runner, command: commands.Rename) -> None:
    """Give a container another name."""
    names.check_container_name(command.name)
    await runner.engine.rename(command.container, command.name)


async def remove(runner: Runner, command: commands.Remove) -> None:
    """Remove a container."""
    await runner.engine.remove(command.container, command.force)
    await entering.tidy(runner)


async def commit(runner: Runner, command: commands.Commit) -> Result:
    """Make an image of a container."""
    names.check_tag(command.tag)
    async with runner.counted_lock:
        return {"image": await runner.engine.commit(command.container, command.tag)}


async def start_exec(runner: Runner, command: commands.StartExec) -> Result:
    """Start a further process in a container."""
    names.check_words(command.command)
    async with runner.counted_lock:
        exec_id = await runner.engine.exec(
            command.container,
            command.command,
            terminal=command.terminal,
            columns=command.columns,
            rows=command.rows,
        )
    return {"exec": exec_id}


async def type_into_exec(runner: Runner, command: commands.TypeIntoExec) -> None:
    """Hand keys to a terminal."""
    await runner.engine.write(command.exec, command.data.encode("utf-8", "replace"))


async def resize_exec(runner: Runner, command: commands.ResizeExec) -> None:
    """Tell a terminal its size."""
    await runner.engine.resize(command.exec, command.columns, command.rows)


async def end_exec(runner: Runner, command: commands.EndExec) -> None:
    """Close a terminal."""
    await runner.engine.end_exec(command.exec)


async def tag_image(runner: Runner, command: commands.TagImage) -> None:
    """Give an image a further name."""
    names.check_tag(command.tag)
    await runner.engine.tag(command.image, command.tag)


async def remove_image(runner: Runner, command: commands.RemoveImage) -> None:
    """Remove an image."""
    await runner.engine.remove_image(command.image, command.force)


async def push_image(runner: Runner, command: commands.PushImage) -> Result:
    """Send an image to the lab's registry."""
    names.check_tag(command.tag)
    return {"transfer": await runner.transfer("push", command.tag)}


async def pull_image(runner: Runner, command: commands.PullImage) -> Result:
    """Fetch an image from the lab's registry."""
    names.check_tag(command.reference)
    return {"transfer": await runner.transfer("pull", command.reference)}


ACTIONS: dict[type[commands.Command], Action] = {
    commands.SaveFiles: save_files,
    commands.Build: build,
    commands.CancelBuild: cancel_build,
    commands.EnterStep: enter_step,
    commands.Run: run,
    commands.Start: start,
    commands.Stop: stop,
    commands.Kill: kill,
    commands.Restart: restart,
    commands.Pause: pause,
    commands.Resume: resume,
    commands.Rename: rename,
    commands.Remove: remove,
    commands.Commit: commit,
    commands.StartExec: start_exec,
    commands.TypeIntoExec: type_into_exec,
    commands.ResizeExec: resize_exec,
    commands.EndExec: end_exec,
    commands.TagImage: tag_image,
    commands.RemoveImage: remove_image,
    commands.PushImage: push_image,
    commands.PullImage: pull_image,
}
