"""When an image may not be removed, as Docker has it. moby: daemon/images/image_delete.go."""

from collections.abc import Sequence
from typing import Protocol

from visualizer.engine.refusals import image_in_use


class User(Protocol):
    """A container made of the image."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def is_running(self) -> bool: ...


def check_by_tag(
    tag: str, digest: str, tags: Sequence[str], users: Sequence[User], *, force: bool
) -> None:
    """Removing a tag. Raises Conflict."""
    if force or not users or len(tags) > 1:
        return
    raise image_in_use(
        f"The container {users[0].name} is made of the image {tag}.",
        f'unable to remove repository reference "{tag}" (must force) - container '
        f"{users[0].id[:12]} is using its referenced image {digest[7:19]}",
        try_="Remove the container first, or remove the image by force.",
    )


def check_by_id(digest: str, tags: Sequence[str], users: Sequence[User], *, force: bool) -> None:
    """Removing an image with all its tags. Raises Conflict."""
    short = digest[7:19]
    running = next((user for user in users if user.is_running), None)
    if running is not None:
        raise image_in_use(
            f"The container {running.name} runs on this image.",
            f"unable to delete {short} (cannot be forced) - image is being used by running "
            f"container {running.id[:12]}",
            try_="Stop and remove the container first.",
        )
    if force:
        return
    if len(tags) > 1:
        raise image_in_use(
            f"The image has several names: {', '.join(tags)}.",
            f"unable to delete {short} (must be forced) - image is referenced in multiple "
            "repositories",
            why="Removing it by its id would take all of them away.",
            try_="Remove the names one by one, or remove it by force.",
        )
    if users:
        raise image_in_use(
            f"The stopped container {users[0].name} is made of this image.",
            f"unable to delete {short} (must be forced) - image is being used by stopped "
            f"container {users[0].id[:12]}",
            try_="Remove the container first, or remove the image by force.",
        )
