"""A lab's images: found by tag or digest, tagged, removed as Docker does, made of containers."""

import time
from collections.abc import Iterable, Mapping, Sequence

from visualizer.engine import refusals
from visualizer.engine.embedded.image import History, Image, document, from_document
from visualizer.engine.embedded.lab_context import LabContext
from visualizer.engine.embedded.layer import count
from visualizer.engine.embedded.stack import Stack
from visualizer.engine.embedded.state import ContainerRecord, ImageRecord
from visualizer.engine.embedded.store import LayerGone
from visualizer.engine.errors import NotFound, Refused
from visualizer.engine.image_removal import check_by_id, check_by_tag
from visualizer.engine.references import full_tag, is_id_prefix
from visualizer.events.types import (
    ImageCommitted,
    ImageLayer,
    ImageRemoved,
    ImageTagged,
    ImageUntagged,
)


class LabImages:
    """The images of one lab."""

    def __init__(self, lab: LabContext) -> None:
        self._lab = lab

    @property
    def records(self) -> dict[str, ImageRecord]:
        """Digest to record."""
        return self._lab.state.images

    def find(self, ref: str) -> str:
        """The digest that a reference means. Raises NotFound or Conflict."""
        digest = self._by_id(ref) or self._by_tag(ref)
        if digest is None:
            known = self._lab.services.bases.catalogue.find(ref) is not None
            raise refusals.no_such_image(ref, in_catalogue=known)
        return digest

    def has(self, ref: str) -> bool:
        """Whether a reference means an image of this lab."""
        return (self._by_id(ref) or self._by_tag(ref)) is not None

    def load(self, digest: str) -> Image:
        """An image of the lab. Blocking. Raises NotFound when its files are gone."""
        try:
            return from_document(digest, self._lab.services.store.config(digest))
        except LayerGone:
            raise refusals.files_gone(digest) from None

    def by_tag(self) -> Mapping[str, Image]:
        """All images by tag and by digest, for a build. Blocking; those that are gone left out."""
        found: dict[str, Image] = {}
        for digest, record in self.records.items():
            try:
                image = self.load(digest)
            except NotFound:
                continue
            found.update(dict.fromkeys((*record.tags, digest), image))
        return found

    def described(self, image: Image) -> list[ImageLayer]:
        """What each layer of an image holds, as the tape tells it. Blocking. Raises LayerGone."""
        store = self._lab.services.store
        below, found = Stack.empty(), []
        for digest in image.layers:
            layer = store.layer(digest)
            added, modified, deleted = count(below.tree, layer.entries)
            size, below = layer.size, below.push(layer)
            found.append(
                ImageLayer(layer=digest, size=size, added=added, modified=modified, deleted=deleted)
            )
        return found

    def holder(self, tag: str) -> str | None:
        """The digest that a full tag points at."""
        return next((d for d, record in self.records.items() if tag in record.tags), None)

    # Changing

    def put(self, image: Image, tag: str | None) -> None:
        """Take a new image in, or the same once more, and point the tag at it if there is one."""
        record = self.records.get(image.digest)
        if record is None:
            record = ImageRecord([], list(image.layers), time.time())
            self.records[image.digest] = record
        if tag is not None:
            self._point(tag, record)

    async def tag(self, ref: str, tag: str) -> None:
        """`docker tag`."""
        digest = self.find(ref)
        full = full_tag(tag)
        self._point(full, self.records[digest])
        await self._lab.save()
        self._lab.emit(ImageTagged(image=digest, tag=full))

    async def remove(self, ref: str, force: bool, containers: Iterable[ContainerRecord]) -> None:
        """`docker rmi`. moby: daemon/images/image_delete.go."""
        digest = self.find(ref)
        record = self.records[digest]
        users = [container for container in containers if container.image == digest]
        by_id = self._by_id(ref) is not None
        if by_id:
            check_by_id(digest, record.tags, users, force=force)
            untagged = list(record.tags)
        else:
            tag = full_tag(ref)
            check_by_tag(tag, digest, record.tags, users, force=force)
            untagged = [tag]
        record.tags = [tag for tag in record.tags if tag not in untagged]
        # By force a running container's image loses its name only: it is in use.
        gone = not record.tags and not any(user.is_running for user in users)
        if gone:
            del self.records[digest]
        await self._lab.save()
        for tag in untagged:
            self._lab.emit(ImageUntagged(image=digest, tag=tag))
        if gone:
            self._lab.emit(ImageRemoved(image=digest))
            self._lab.on_garbage()

    def make_room(self, containers: Iterable[ContainerRecord]) -> bool:
        """See that one more image fits: old ones without tag and container go. False if not."""
        used = {container.image for container in containers}
        dangling = [d for d, record in self.records.items() if not record.tags and d not in used]
        while len(self.records) >= self._lab.limits.images and dangling:
            digest = dangling.pop(0)
            del self.records[digest]
            self._lab.emit(ImageRemoved(image=digest))
            self._lab.on_garbage()
        return len(self.records) < self._lab.limits.images

    async def commit(self, record: ContainerRecord, writable: str | None, tag: str) -> str:
        """`docker commit`: the container's stack and its writable layer as an image."""
        full = full_tag(tag)
        if not self.make_room(self._lab.state.containers.values()):
            raise refusals.too_many_images(self._lab.limits.images)
        image, stack = await self._lab.services.in_thread(self._committed, record, writable)
        self.put(image, full)
        await self._lab.save()
        layer = stack.layers[-1]
        self._lab.emit(
            ImageCommitted(
                image=image.digest,
                container=record.id,
                layer=layer.digest,
                layer_size=layer.size,
                tags=list(self.records[image.digest].tags),
                layers=list(image.layers),
                size=stack.size,
                config=dict(image.config),
            )
        )
        return image.digest

    def _committed(self, record: ContainerRecord, writable: str | None) -> tuple[Image, Stack]:
        store = self._lab.services.store
        try:
            base = store.stack(record.layers)
            history = self._history(record)
            layer = store.layer(writable) if writable else store.put_layer([], base.read)
        except LayerGone:
            raise refusals.files_gone(record.name) from None
        stack = base.push(layer)
        # The command that the container runs is what the history says, as with docker commit.
        made_by = History(" ".join(record.command), comment="")
        content = document(record.config, stack.digests, [*history, made_by])
        digest = store.put_config(content)
        return from_document(digest, store.config(digest)), stack

    def _history(self, record: ContainerRecord) -> Sequence[History]:
        try:
            return from_document(
                record.image, self._lab.services.store.config(record.image)
            ).history
        except LayerGone:
            # The image was removed by force; its layers are the container's still.
            return ()

    def _point(self, tag: str, record: ImageRecord) -> None:
        holder = self.holder(tag)
        if holder is not None and self.records[holder] is record:
            return
        if holder is not None:
            self.records[holder].tags.remove(tag)
        record.tags.append(tag)

    # Finding

    def _by_id(self, ref: str) -> str | None:
        plain = ref.removeprefix("sha256:")
        if not is_id_prefix(plain) or self._by_tag(ref) is not None:
            return None
        found = [digest for digest in self.records if digest[7:].startswith(plain)]
        if len(found) > 1:
            raise refusals.ambiguous(plain)
        return found[0] if found else None

    def _by_tag(self, ref: str) -> str | None:
        try:
            return self.holder(full_tag(ref))
        except Refused:
            return None
