"""A lab's images: found by tag or digest, tagged, removed as Docker does, made of containers."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from visualizer.engine import image_removal, refusals
from visualizer.engine.docker.image_config import plain_config
from visualizer.engine.docker.keeping import delete
from visualizer.engine.docker.lab_context import LabContext
from visualizer.engine.errors import Refused
from visualizer.engine.image_removal import check_by_id, check_by_tag
from visualizer.engine.references import full_tag, is_id_prefix
from visualizer.events.types import ImageRemoved, ImageTagged, ImageUntagged


class User(image_removal.User, Protocol):
    """A container, as far as its image is concerned."""

    @property
    def image(self) -> str: ...


@dataclass
class Image:
    """An image of the lab."""

    digest: str
    layers: tuple[str, ...]
    """The lowest first, without the one that marks it as the lab's."""
    config: Mapping[str, Any]
    tags: list[str] = field(default_factory=list)
    """The learner's, in the order in which they were given."""


class LabImages:
    """The images of one lab."""

    def __init__(self, lab: LabContext) -> None:
        self._lab = lab
        self.held: dict[str, Image] = {}
        self._changing = asyncio.Lock()
        self._last_made = ""
        """The image that was built or committed last: it has a tag of ours for that."""

    async def load(self) -> None:
        """Read what the engine holds of the lab."""
        async with self._changing:
            await self._load()

    async def _load(self) -> None:
        names = self._lab.names
        held: dict[str, Image] = {}
        listed = await self._lab.api.get("/images/json")
        await self._lab.bases.load([tag for each in listed for tag in each.get("RepoTags") or []])
        for each in listed:
            tags = each.get("RepoTags") or []
            if names.building in tags:
                self._last_made = each["Id"]
            if names.kept(each["Id"]) in tags:
                image = await self.look(each["Id"])
                mine = [told for tag in tags if (told := names.learners_tag(tag)) is not None]
                known = self.held.get(each["Id"])
                order = known.tags if known else []
                image.tags = sorted(mine, key=lambda tag: (tag not in order, tag))
                held[image.digest] = image
        self.held = held

    async def look(self, ref: str) -> Image:
        """An image of the engine, as this lab sees it."""
        return self.view(await self._lab.api.get(f"/images/{ref}/json"))

    def view(self, inspected: Mapping[str, Any]) -> Image:
        """The engine's words for an image, without the layer that marks it as the lab's."""
        layers = inspected["RootFS"].get("Layers") or ()
        visible = tuple(layer for layer in layers if layer not in self._lab.bases.hidden)
        return Image(inspected["Id"], visible, plain_config(inspected["Config"]))

    def find(self, ref: str) -> Image:
        """What a reference means. Raises NotFound or Conflict."""
        found = self._by_id(ref) or self._by_tag(ref)
        if found is None:
            known = self._lab.catalogue.find(ref) is not None
            raise refusals.no_such_image(ref, in_catalogue=known)
        return found

    def has(self, ref: str) -> bool:
        """Whether a reference means an image of this lab."""
        return (self._by_id(ref) or self._by_tag(ref)) is not None

    # Changing

    async def take_in(self, image: Image, tag: str | None) -> Image:
        """Make an image the lab's, and point the tag at it if there is one."""
        async with self._changing:
            self._last_made = image.digest
            known = self.held.get(image.digest)
            if known is not None and (tag is None or tag in known.tags):
                return known
            image = known or image
            keeping = self._lab.tag(image.digest, self._lab.names.kept(image.digest))
            pointing = [self._point(tag, image)] if tag is not None else []
            await asyncio.gather(keeping, *pointing)
            self.held[image.digest] = image
            return image

    async def tag(self, ref: str, tag: str) -> None:
        """`docker tag`."""
        async with self._changing:
            image = self.find(ref)
            full = full_tag(tag)
            await self._point(full, image)
        self._lab.emit(ImageTagged(image=image.digest, tag=full))

    async def remove(self, ref: str, force: bool, containers: Iterable[User]) -> None:
        """`docker rmi`. moby: daemon/images/image_delete.go."""
        async with self._changing:
            await self._remove(ref, force, containers)

    async def _remove(self, ref: str, force: bool, containers: Iterable[User]) -> None:
        image = self.find(ref)
        users = [container for container in containers if container.image == image.digest]
        if self._by_id(ref) is not None:
            check_by_id(image.digest, image.tags, users, force=force)
            untagged = list(image.tags)
        else:
            untagged = [full_tag(ref)]
            check_by_tag(untagged[0], image.digest, image.tags, users, force=force)
        image.tags = [tag for tag in image.tags if tag not in untagged]
        # By force a running container's image loses its name only: it is in use.
        gone = not image.tags and not any(user.is_running for user in users)
        for tag in untagged:
            await self.untag(self._lab.names.image(tag))
            self._lab.emit(ImageUntagged(image=image.digest, tag=tag))
        if gone:
            await self._forget(image)

    async def make_room(self, containers: Iterable[User]) -> bool:
        """See that one more image fits: old ones without tag and container go. False if not."""
        used = {container.image for container in containers}
        dangling = [i for i in self.held.values() if not i.tags and i.digest not in used]
        while len(self.held) >= self._lab.limits.images and dangling:
            await self._forget(dangling.pop(0))
        return len(self.held) < self._lab.limits.images

    async def forget_oldest_untagged(self, containers: Iterable[User]) -> bool:
        """Let an image go that has neither tag nor container; False when there is none."""
        used = {container.image for container in containers}
        for image in self.held.values():
            if not image.tags and image.digest not in used:
                await self._forget(image)
                return True
        return False

    async def remove_all(self) -> None:
        """Take every tag of the lab off the engine, and with them its images."""
        listed = await self._lab.api.get("/images/json")
        tags = [tag for each in listed for tag in each.get("RepoTags") or []]
        for tag in tags:
            if self._lab.names.is_own(tag):
                await self.untag(tag)
        self.held.clear()

    async def _forget(self, image: Image) -> None:
        self.held.pop(image.digest, None)
        if image.config.get("OnBuild"):
            await self.untag(self._lab.names.plain(image.digest))
        if image.digest == self._last_made:
            await self.untag(self._lab.names.building)
        await self.untag(self._lab.names.kept(image.digest))
        self._lab.emit(ImageRemoved(image=image.digest))

    async def untag(self, tag: str) -> None:
        """Take a tag of the engine's away, and the image with its last one. Raises ApiError."""
        await delete(self._lab.api, f"/images/{tag}", force="1")

    async def _point(self, tag: str, image: Image) -> None:
        await self._lab.tag(image.digest, self._lab.names.image(tag))
        for other in self.held.values():
            if other is not image and tag in other.tags:
                other.tags.remove(tag)
        if tag not in image.tags:
            image.tags.append(tag)

    # Finding

    def _by_id(self, ref: str) -> Image | None:
        plain = ref.removeprefix("sha256:")
        if not is_id_prefix(plain) or self._by_tag(ref) is not None:
            return None
        found = [image for digest, image in self.held.items() if digest[7:].startswith(plain)]
        if len(found) > 1:
            raise refusals.ambiguous(plain)
        return found[0] if found else None

    def _by_tag(self, ref: str) -> Image | None:
        try:
            full = full_tag(ref)
        except Refused:
            return None
        return next((image for image in self.held.values() if full in image.tags), None)

    def holdings(self) -> dict[str, Sequence[str]]:
        """Digest to tags."""
        return {digest: tuple(image.tags) for digest, image in self.held.items()}
