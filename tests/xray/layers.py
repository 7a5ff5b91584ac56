"""Layers for the tests of X-ray, written shortly, and the naive model they are held against."""

from collections.abc import Iterable, Mapping, Sequence

from visualizer.engine.port import LayerFile

Layer = Sequence[LayerFile]


def file(path: str, size: int = 0, mode: int = 0o644) -> LayerFile:
    """A file of this many bytes."""
    return LayerFile(path, "file", size, mode)


def folder(path: str, *, mode: int = 0o755, owner: str = "0:0", opaque: bool = False) -> LayerFile:
    """A directory."""
    return LayerFile(path, "directory", 0, mode, None, owner, opaque)


def link(path: str, target: str) -> LayerFile:
    """A symbolic link."""
    return LayerFile(path, "symlink", 0, 0o777, target)


def whiteout(path: str) -> LayerFile:
    """Says that there is nothing here any more."""
    return LayerFile(path, "whiteout", 0, 0)


def layer(*files: LayerFile) -> list[LayerFile]:
    """As an engine tells it: sorted, with the directories that its paths lie in."""
    found = {each.path: each for each in files}
    for each in files:
        above = each.path.rpartition("/")[0]
        while above:
            found.setdefault(above, folder(above))
            above = above.rpartition("/")[0]
    return [found[path] for path in sorted(found)]


def applied(layers: Iterable[Layer]) -> dict[str, LayerFile]:
    """What one sees through the layers: each done to the one below it, path by path."""
    seen: dict[str, LayerFile] = {}
    for each in layers:
        below = dict(seen)
        for gone in each:
            if gone.kind == "whiteout":
                seen = _without(seen, gone.path, itself=True)
            elif gone.opaque:
                seen = _without(seen, gone.path, itself=False)
        for there in each:
            if there.kind == "whiteout":
                continue
            old = below.get(there.path)
            if old is not None and old.kind == "directory" and there.kind != "directory":
                seen = _without(seen, there.path, itself=False)
            seen[there.path] = there
    return seen


def _without(seen: Mapping[str, LayerFile], path: str, *, itself: bool) -> dict[str, LayerFile]:
    return {
        each: found
        for each, found in seen.items()
        if not each.startswith(f"{path}/") and not (itself and each == path)
    }
