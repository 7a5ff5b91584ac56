"""What a lab refuses to do with its containers and images, with Docker's own words for it."""

from typing import Protocol

from visualizer.engine.errors import Conflict, NoShell, NotFound, Refused


class Named(Protocol):
    """A container, as far as a refusal speaks of it."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


def no_such_container(ref: str) -> NotFound:
    return NotFound(
        "no-such-container",
        f"There is no container `{ref[:80]}` in this lab.",
        "A container is found by its name, its id or the beginning of its id.",
        "Look at the list of containers; it may have been removed.",
        f"No such container: {ref[:80]}",
    )


def ambiguous(ref: str) -> Conflict:
    return Conflict(
        "ambiguous-id",
        f"More than one id begins with `{ref}`.",
        "The beginning of an id is enough only while it means one thing.",
        "Give more digits, or the name.",
        f"multiple IDs found with provided prefix: {ref}",
    )


def no_such_image(ref: str, *, in_catalogue: bool = False) -> NotFound:
    build = f"Build one that begins with `FROM {ref}`." if in_catalogue else ""
    return NotFound(
        "no-such-image",
        f"There is no image `{ref[:80]}` in this lab.",
        "Containers are made from images that were built here.",
        build or "Build an image first, or look at the list of images for its name.",
        f"No such image: {ref[:80]}",
    )


def image_gone() -> NotFound:
    return NotFound(
        "image-gone",
        "The image of this container was removed, so its layers cannot be told apart any more.",
        "The container keeps its files, but the engine has forgotten which layer they come from.",
        "Build the image again, and run a container of it.",
    )


def no_such_layer(layer: str) -> NotFound:
    return NotFound(
        "no-such-layer",
        "There is no such layer in this lab.",
        "A layer is there as long as an image, a container or the build cache has it.",
        "Build the image again.",
        f"layer {layer[:80]} does not exist",
    )


def no_such_exec(exec_id: str) -> NotFound:
    return NotFound(
        "no-such-exec",
        "This command is not running any more.",
        "Its process has ended, or its container has stopped.",
        "Start a new one.",
        f"No such exec instance: {exec_id[:80]}",
    )


def not_running(container: Named, doing: str) -> Conflict:
    words = {
        "kill": f"cannot kill container: {container.name}: container {container.id} is not running",
        "pause": f"container {container.id} is not running",
    }
    return Conflict(
        "container-not-running",
        f"The container {container.name} is not running.",
        "Its main process has ended, or was never started; there is nothing to send this to.",
        "Start it first.",
        words.get(doing, f"container {container.id} is not running"),
    )


def is_paused(container: Named, doing: str) -> Conflict:
    words = {
        "exec": f"Container {container.name} is paused, unpause the container before exec",
        "start": "cannot start a paused container, try unpause instead",
        "pause": f"container {container.id} is already paused",
        "remove": (
            f'cannot remove container "/{container.name}": container is paused and must be '
            "unpaused first"
        ),
    }
    return Conflict(
        "container-paused",
        f"The container {container.name} is paused.",
        "Its processes are frozen, so nothing can be done in it.",
        "Resume it first.",
        words.get(doing, f"container {container.id} is paused"),
    )


def not_paused(container: Named) -> Conflict:
    return Conflict(
        "container-not-paused",
        f"The container {container.name} is not paused.",
        "Only a paused container can be resumed.",
        "",
        f"Container {container.id} is not paused",
    )


def remove_running(container: Named) -> Conflict:
    return Conflict(
        "container-running",
        f"The container {container.name} is running.",
        "Removing a container deletes its files, so a running one is removed only by force.",
        "Stop it first, or remove it by force.",
        f'cannot remove container "/{container.name}": container is running: stop the container '
        "before removing or force remove",
    )


def name_taken(name: str, holder: str) -> Conflict:
    return Conflict(
        "name-taken",
        f"The name {name} is already used by another container.",
        "A name means one container, whether it runs or not.",
        "Choose another name, or remove the other container.",
        f'Conflict. The container name "/{name}" is already in use by container "{holder}". You '
        "have to remove (or rename) that container to be able to reuse that name.",
    )


def no_command() -> Refused:
    return Refused(
        "no-command",
        "The image says no command, and none was given.",
        "A container is a process, so something must be executed: CMD or ENTRYPOINT of the image, "
        "or the command given with run.",
        "Add a CMD to the Dockerfile, or run it with a command.",
        "no command specified",
    )


def no_shell(container: Named) -> NoShell:
    return NoShell(
        "no-shell",
        f"The container {container.name} has no shell.",
        "A shell is a program like any other, and this image does not hold one.",
        "Build on an image that has a shell, such as busybox or alpine.",
        'exec: "sh": executable file not found in $PATH',
    )


def terminal_full() -> Refused:
    return Refused(
        "terminal-full",
        "The program in this terminal does not read what is typed.",
        "What is typed waits for the program, and no more can wait.",
        "Wait until it reads again, or close this terminal and open another one.",
    )


def too_many(what: str, title: str, limit: int, try_: str) -> Refused:
    return Refused(
        f"too-many-{what}",
        title,
        f"A lab may have {limit} at the same time, because many share this machine.",
        try_,
    )


def too_many_images(limit: int) -> Refused:
    title = f"This lab already has {limit} images."
    return too_many("images", title, limit, "Remove one first.")


def too_many_containers(limit: int) -> Refused:
    return too_many(
        "containers",
        f"This lab already has {limit} containers.",
        limit,
        "Remove a container that you do not need any more.",
    )


def too_many_execs(limit: int) -> Refused:
    return too_many(
        "execs",
        f"{limit} further processes run in this lab already.",
        limit,
        "End one of them: close a shell, or wait for a command.",
    )


def bad_signal(name: str) -> Refused:
    return Refused(
        "bad-signal",
        f"`{name[:40]}` is no signal.",
        "A signal has a name such as SIGTERM, or a number.",
        "Send SIGTERM to ask a process to end, SIGKILL to end it.",
        f"invalid signal: {name[:40]}",
    )


def image_in_use(
    title: str, words: str, *, why: str = "A container needs the layers of its image.", try_: str
) -> Conflict:
    return Conflict("image-in-use", title, why, try_, f"conflict: {words}")


def files_gone(name: str) -> NotFound:
    return NotFound(
        "files-gone",
        f"Files of {name} are missing on the engine's disk.",
        "They were lost, most likely when the machine stopped in the middle of something.",
        "Remove it and build or run it again.",
    )


def disk_full(container: Named) -> Refused:
    return Refused(
        "disk-full",
        f"The container {container.name} has written more than its disk holds.",
        "What is beyond the limit cannot be stored.",
        "Delete files in it first.",
        "no space left on device",
    )


def no_such_file(path: str) -> NotFound:
    return NotFound(
        "no-such-file",
        f"There is no file `{path[:200]}` there.",
        "It may have been deleted meanwhile, or it is a directory.",
        "Look at the list of files.",
        f"Could not find the file {path[:200]}",
    )
