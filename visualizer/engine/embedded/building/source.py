"""Where COPY and ADD take files from: the build context, heredocs, or another file system."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from visualizer.dockerfile.context import ContextFiles
from visualizer.engine.embedded.stack import Stack
from visualizer.engine.embedded.tree import (
    Node,
    Reader,
    TooManyLinks,
    below,
    directory,
    file,
    parents,
    resolve,
)


@dataclass(frozen=True)
class Source:
    """Files by their path without a leading `/`."""

    nodes: Mapping[str, Node]
    read: Reader

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The paths as `resolve_copy` wants them: directories end with `/`."""
        return tuple(
            f"{path}/" if node.kind == "directory" else path for path, node in self.nodes.items()
        )

    def node(self, path: str) -> Node:
        """What is at a path; directories may be asked for with their `/`."""
        plain = path.strip("/")
        return self.nodes[plain] if plain in self.nodes else directory()


def from_context(context: ContextFiles, contents: Mapping[str, bytes]) -> Source:
    """What `.dockerignore` lets in of the context. Everything belongs to root, as in Docker."""
    nodes: dict[str, Node] = {}
    for path in context.paths:
        nodes[path] = file(contents[path], context.files[path].mode & 0o7777)
        for up in parents(f"/{path}"):
            nodes.setdefault(up[1:], directory())
    return Source(nodes, contents.__getitem__)


def from_inline(files: Mapping[str, str]) -> Source:
    """The heredocs of a COPY."""
    contents = {name: text.encode() for name, text in files.items()}
    return Source({name: file(data) for name, data in contents.items()}, contents.__getitem__)


def from_stack(stack: Stack, sources: tuple[str, ...]) -> Source:
    """Another stage's or image's file system. A source that is a symlink stands for its target."""
    nodes = {path[1:]: node for path, node in stack.tree.items()}
    real: dict[str, str] = {}
    for source in sources:
        path = f"/{source.strip('/')}"
        try:
            target = resolve(stack.tree, path)
        except TooManyLinks:
            continue
        if target == path or target not in stack.tree:
            continue
        for found in [target, *(each for each in stack.tree if below(each, target))]:
            alias = (path + found[len(target) :])[1:]
            nodes[alias], real[alias] = stack.tree[found], found
        for up in parents(path):
            nodes[up[1:]] = directory()

    def read(path: str) -> bytes:
        return stack.read(real.get(path, f"/{path}"))

    return Source(nodes, read)
