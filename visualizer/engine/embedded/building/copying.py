"""COPY and ADD: what lands where, as nodes and contents, before anything is written."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from visualizer.dockerfile.copying import CopyError, absolute_destination, resolve_copy, select
from visualizer.dockerfile.diagnosis import Place
from visualizer.dockerfile.globs import has_wildcard
from visualizer.dockerfile.operations import Copy
from visualizer.engine.build_failures import BAD_ARCHIVE, LARGE_ARCHIVE, NO_DIRECTORY
from visualizer.engine.embedded.archive import ArchiveTooLarge, BadArchive, tar_of
from visualizer.engine.embedded.building.failures import (
    BAD_PATH,
    StepFailure,
    failure,
    with_lines,
)
from visualizer.engine.embedded.building.owners import changed_mode, find_owner
from visualizer.engine.embedded.building.source import Source, from_inline
from visualizer.engine.embedded.disk import LARGEST_FILE, refusal
from visualizer.engine.embedded.stack import Stack
from visualizer.engine.embedded.tree import (
    Node,
    TooManyLinks,
    Tree,
    directory,
    normal,
    parent,
    parents,
    resolve,
)
from visualizer.engine.embedded.unpack import unpack
from visualizer.engine.limits import Limits

Content = Callable[[], bytes]


@dataclass
class Placed:
    """What a COPY or ADD puts into the image."""

    nodes: dict[str, Node] = field(default_factory=dict)
    contents: dict[str, Content] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    """Entries of an archive that cannot be in an image here, such as devices."""
    unpacked: set[str] = field(default_factory=set)
    """Directories of an archive: unlike those of a COPY they bring their mode along."""

    def applied_to(self, tree: Tree) -> dict[str, Node]:
        """The image's file system afterwards. A directory that is there keeps mode and owner."""
        after = dict(tree)
        for path, node in self.nodes.items():
            old = after.get(path)
            there = node.kind == "directory" and old is not None and old.kind == "directory"
            if not there or path in self.unpacked:
                after[path] = node
        return after


class Copier:
    """Carries out one COPY or ADD on an image. Blocking."""

    def __init__(self, copy: Copy, image: Stack, limits: Limits, place: Place) -> None:
        self._copy = copy
        self._image = image
        self._limits = limits
        self._place = place
        self._placed = Placed()
        self._owner = find_owner(copy.chown, image) if copy.chown else None

    def place(self, source: Source) -> Placed:
        """Work out what lands where. Raises StepFailure."""
        try:
            remaining = self._unpack(source) if self._copy.unpack else self._copy.sources
            if remaining:
                self._copy_from(source, tuple(remaining))
            if self._copy.inline:
                files = dict(self._copy.inline)
                self._copy_from(from_inline(files), tuple(files))
        except CopyError as error:
            diagnosis = with_lines(error.diagnosis, self._place)
            raise StepFailure(diagnosis.title, diagnosis) from None
        except TooManyLinks as error:
            raise failure(
                NO_DIRECTORY, self._place, path=str(error), reason="too many levels of symlinks"
            ) from None
        return self._placed

    def _copy_from(self, source: Source, names: tuple[str, ...]) -> None:
        pairs = resolve_copy(
            source.paths,
            names,
            self._copy.destination,
            self._copy.workdir,
            target_is_directory=self._is_directory,
            from_stage=self._copy.from_stage is not None or self._copy.from_image is not None,
            exclude=self._copy.exclude,
            parents=self._copy.parents,
        )
        named = normal(self._copy.destination, self._copy.workdir or "/")
        for name, target in pairs:
            node = source.node(name)
            if target.endswith("/"):
                # The directory that the others go into is made for them, as any above it.
                is_named = target.rstrip("/") == named.rstrip("/") and not self._copy.parents
                kept = self._owned(directory(node.mode, node.uid, node.gid))
                self._put(target.rstrip("/"), self._made() if is_named else kept, None)
            else:
                content = partial(source.read, name)
                self._put(target, self._owned(node), content, follow=target == named)

    def _unpack(self, source: Source) -> list[str]:
        """Unpack the sources that are archives; the names of those that are not."""
        remaining: list[str] = []
        for name in self._copy.sources:
            found = [name]
            if has_wildcard(name):
                found = select(source.paths, name)
            tars = {path: self._tar(path, source) for path in found if self._is_file(path, source)}
            if not any(tars.values()):
                remaining.append(name)
                continue
            remaining += [path for path in found if tars.get(path) is None]
            for path, tar in tars.items():
                if tar is not None:
                    self._unpack_one(path, tar)
        return remaining

    def _tar(self, path: str, source: Source) -> bytes | None:
        # Headers and padding take room beside the files themselves.
        largest = self._limits.disk_bytes + 1024 * self._limits.files
        try:
            return tar_of(source.read(path.strip("/")), largest)
        except ArchiveTooLarge:
            raise self._too_large(path) from None

    def _unpack_one(self, name: str, tar: bytes) -> None:
        copy, limits = self._copy, self._limits
        target = absolute_destination(copy.destination, copy.workdir)
        top = resolve(self._image.tree, normal(target))
        try:
            unpacked = unpack(tar, top, largest=limits.disk_bytes, most=limits.files)
        except ArchiveTooLarge:
            raise self._too_large(name) from None
        except BadArchive as error:
            raise failure(BAD_ARCHIVE, self._place, source=name, reason=error) from None
        if top != "/":
            self._put(top, self._made(), None)
        for path, node in unpacked.nodes.items():
            if node.size > LARGEST_FILE:
                raise self._too_large(name)
            content = unpacked.contents.get(path, b"")
            self._put(path, self._owned(node), partial(bytes, content))
            if node.kind == "directory":
                self._placed.unpacked.add(path)
        self._placed.skipped += unpacked.skipped

    def _put(
        self, target: str, node: Node, content: Content | None, *, follow: bool = False
    ) -> None:
        """Place one node, with the directories above it; `follow` a symlink that is there."""
        above = resolve(self._image.tree, parent(target) or "/").rstrip("/")
        path = f"{above}/{target.rpartition('/')[2]}"
        if path in ("", "/"):
            return
        old = self._placed.nodes.get(path) or self._image.tree.get(path)
        if old is not None and old.kind == "symlink" and (follow or node.kind == "directory"):
            path = resolve(self._image.tree, path)
            old = self._image.tree.get(path)
        if old is not None and (old.kind == "directory") != (node.kind == "directory"):
            reason = f"`{path}` is a {old.kind} in the image"
            raise failure(NO_DIRECTORY, self._place, path=target, reason=reason)
        refused = refusal(path, node.target)
        if refused is not None:
            raise failure(BAD_PATH, self._place, path=path, reason=refused)
        for up in parents(path):
            self._make_directory(up, target)
        self._placed.nodes[path] = node
        if content is not None:
            self._placed.contents[path] = content

    def _make_directory(self, path: str, target: str) -> None:
        there = self._placed.nodes.get(path) or self._image.tree.get(path)
        if there is None:
            self._placed.nodes[path] = self._made()
        elif there.kind != "directory":
            reason = f"`{path}` is a {there.kind} in the image"
            raise failure(NO_DIRECTORY, self._place, path=target, reason=reason)

    def _made(self) -> Node:
        return directory(0o755, *(self._owner or (0, 0)))

    def _owned(self, node: Node) -> Node:
        uid, gid = self._owner or (node.uid, node.gid)
        mode = node.mode
        if self._copy.chmod and node.kind != "symlink":
            mode = changed_mode(self._copy.chmod, node, self._place)
        return Node(node.kind, mode, node.size, node.digest, node.target, uid, gid)

    def _is_directory(self, path: str) -> bool:
        node = self._image.tree.get(resolve(self._image.tree, path))
        return path == "/" or (node is not None and node.kind == "directory")

    def _is_file(self, path: str, source: Source) -> bool:
        node = source.nodes.get(path.strip("/"))
        return node is not None and node.kind == "file"

    def _too_large(self, name: str) -> StepFailure:
        limits = self._limits
        return failure(
            LARGE_ARCHIVE, self._place, source=name, limit=limits.disk_bytes, files=limits.files
        )
