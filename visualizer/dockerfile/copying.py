"""What a COPY copies and where it lands: Docker's rules for files, directories, wildcards and
trailing slashes. The source is the build context or another stage's file system."""

import posixpath
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import takewhile

from visualizer.dockerfile.diagnosis import Problem, Topic
from visualizer.dockerfile.globs import glob, has_wildcard
from visualizer.dockerfile.ignore import patterns

TOPIC = Topic("Copying")

SOURCE_MISSING = TOPIC.message(
    "copy-source-missing",
    "error",
    "There is no `{source}` to copy.",
    "COPY takes files from the build context, the files beside the Dockerfile, by their path in "
    "it. {nearest}",
    "Check the spelling and capitals, or add the file to the context.",
)
STAGE_SOURCE_MISSING = TOPIC.message(
    "copy-source-missing-in-stage",
    "error",
    "`{source}` does not exist where it is to be copied from.",
    "With `--from` COPY takes files from another stage's or image's file system as it is when that "
    "stage has ended, and this path is not there.",
    "Look at the other stage: which path does it write to? Relative paths start at `/` here, not "
    "at that stage's WORKDIR.",
)
NEEDS_SLASH = TOPIC.message(
    "copy-several-needs-slash",
    "error",
    "Several files are to be copied to `{destination}`, which does not end with `/`.",
    "Without the slash Docker takes `{destination}` for the name of one file: the classic builder "
    "stops here, and BuildKit writes all of them to that one file, so that only the last is left.",
    "End the destination with a slash: `{destination}/`.",
)
CopyPair = tuple[str, str]


class CopyError(Problem):
    """A COPY that cannot be done; `.diagnosis` says why."""


def is_not_directory(path: str) -> bool:
    """The default answer to "is this a directory in the target?": nothing is known of it."""
    return False


def select(context_paths: Iterable[str], source: str, exclude: Sequence[str] = ()) -> list[str]:
    """The files that a COPY source names: a file, all files of a directory, or a glob's matches.

    Paths that end with `/` are directories (a stage's file system has them, a context need not).
    `exclude` are the patterns of `--exclude`, relative to the source.
    """
    index = _index(context_paths)
    return sorted(
        path
        for root in index.roots(source)
        for path in index.below(root)
        if path and path[-1] != "/" and not _excluded(exclude, path, root)
    )


def resolve_copy(
    context_paths: Iterable[str],
    sources: Sequence[str],
    destination: str,
    workdir: str,
    *,
    target_is_directory: Callable[[str], bool] = is_not_directory,
    from_stage: bool = False,
    exclude: Sequence[str] = (),
    parents: bool = False,
) -> list[CopyPair]:
    """Each source path with the absolute path that it is copied to, parents before children.

    A pair whose source ends with `/` is a directory to create. A directory's contents are copied,
    never the directory itself. `target_is_directory` tells whether an absolute path of the image
    so far is a directory: only then does `COPY a /x` mean `/x/a`. Raises CopyError.
    """
    index = _index(context_paths)
    target = absolute_destination(destination, workdir)
    matched: list[tuple[str, str]] = []
    for source in sources:
        base, pattern = _pivot(source) if parents else (source, "")
        roots = index.roots(posixpath.join(base, pattern) if parents else base)
        if not roots and not has_wildcard(source):
            message = STAGE_SOURCE_MISSING if from_stage else SOURCE_MISSING
            raise CopyError(message.at(None, source=source, nearest=""))
        matched += [(root, clean(base)) for root in roots]
    into = parents or target.endswith("/") or target_is_directory(posixpath.normpath(target))
    pairs: dict[str, CopyPair] = {}
    for number, (root, base) in enumerate(matched):
        if not into and number > 0:
            raise CopyError(NEEDS_SLASH.at(None, destination=destination))
        # A directory copied first makes the target one, so that a file after it goes into it.
        into = into or index.is_directory(root)
        for path, end in _pairs(index, root, base if parents else None, target, into):
            if not _excluded(exclude, path, root):
                pairs[end] = (path, end)
    return list(pairs.values())


def absolute_destination(destination: str, workdir: str) -> str:
    """The destination from `/`, its trailing slash kept: the slash has a meaning."""
    given = destination or "./"
    given = "./" if given == "." else given
    joined = posixpath.normpath(posixpath.join("/", workdir or "/", given))
    joined = "/" + joined.lstrip("/")
    if given.endswith(("/", "/.")) and joined != "/":
        joined += "/"
    return joined


def clean(source: str) -> str:
    """The source's path inside the context; `..` and a leading `/` cannot leave it."""
    path = posixpath.normpath("/" + source).lstrip("/")
    return "" if path == "." else path


def _pivot(source: str) -> tuple[str, str]:
    """`--parents` keeps the directories after a `/./`, or all of them without one."""
    base, pivot, pattern = source.partition("/./")
    return (base, pattern) if pivot else ("", source)


def _pairs(
    index: "_Index", root: str, base: str | None, target: str, into: bool
) -> Iterable[CopyPair]:
    if base is not None:
        kept = root[len(base) :].strip("/")
        root_target = posixpath.join(posixpath.normpath(target), kept)
    elif index.is_directory(root):
        root_target = posixpath.normpath(target)
    else:
        name = posixpath.basename(root)
        root_target = posixpath.normpath(posixpath.join(target, name) if into else target)
    for path in index.below(root):
        rest = path[len(root) :].lstrip("/")
        end = posixpath.join(root_target, rest) if rest else root_target
        if path.endswith("/") or not path:
            end = end.rstrip("/") + "/"
        yield path or "/", end


def _excluded(exclude: Sequence[str], path: str, root: str) -> bool:
    if not exclude:
        return False
    relative = path[len(root) :].strip("/") or posixpath.basename(path.rstrip("/"))
    rules = patterns("\n".join(exclude))
    excluded = False
    for rule in rules:
        if rule.exclusion == excluded and rule.matches(relative):
            excluded = not rule.exclusion
    return excluded


class _Index:
    """The source tree: its paths without a leading slash, directories with a trailing one."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        entries = {path.lstrip("/") for path in paths} - {""}
        for path in list(entries):
            parts = path.rstrip("/").split("/")
            entries.update("/".join(parts[:end]) + "/" for end in range(1, len(parts)))
        self.paths = sorted(entries)
        self.known = entries

    def is_directory(self, path: str) -> bool:
        return not path or f"{path}/" in self.known

    def exists(self, path: str) -> bool:
        return not path or path in self.known or f"{path}/" in self.known

    def roots(self, source: str) -> list[str]:
        """What a source names: itself, or a wildcard's matches, sorted."""
        path = clean(source)
        if not has_wildcard(source):
            return [path] if self.exists(path) else []
        pattern = glob(path)
        if pattern is None:
            return []
        return [name for entry in self.paths if pattern.fullmatch(name := entry.rstrip("/"))]

    def below(self, root: str) -> list[str]:
        """The file itself, or the directory and everything in it."""
        if not self.is_directory(root):
            return [root]
        prefix = f"{root}/" if root else ""
        # Sorted paths with one beginning stand together, and the beginning itself comes first.
        first = bisect_left(self.paths, prefix)
        beginning = takewhile(lambda path: path.startswith(prefix), self.paths[first:])
        return [prefix, *(path for path in beginning if path != prefix)]


@lru_cache(maxsize=16)
def _cached_index(paths: tuple[str, ...]) -> _Index:
    return _Index(paths)


def _index(paths: Iterable[str]) -> _Index:
    return _cached_index(paths if isinstance(paths, tuple) else tuple(paths))
