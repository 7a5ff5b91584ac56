"""The browser's side of the set-up: npm's packages, and Vite's build of `static/src`."""

import shutil
from pathlib import Path

from scripts.prepare import places, stamps, telling
from scripts.prepare.node import Node

LOCK = places.ROOT / "package-lock.json"
STAMP = ".layercake-sources"
SOURCES = (
    "static/src",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "vite.embed.config.ts",
    "svelte.config.js",
    "tsconfig.json",
)


def ready(node: Node) -> None:
    """Make `node_modules` match the lock, and `static/dist` the sources."""
    install(node)
    build(node)


def install(node: Node) -> None:
    """`npm ci`, unless `node_modules` was installed from just this lock."""
    digest = stamps.digest_of(places.ROOT, stamps.files_under(LOCK), node.version)
    stamp = places.NODE_MODULES / ".layercake-lock"
    if stamps.is_current(stamp, digest):
        return
    with telling.step("Installing the front end's packages (npm ci)"):
        telling.run(
            [*node.npm, "ci", "--no-audit", "--no-fund", "--include=dev"],
            log="npm-ci",
            environment=node.environment(),
            what="The front end's packages could not be installed.",
            why="npm ci failed",
            try_="Look whether the npm registry can be reached from here (a proxy?), and run the "
            "command again.",
        )
    stamps.write(stamp, digest)


def build(node: Node) -> None:
    """`npm run build`, unless `static/dist` was built from just these sources.

    It is built beside the one that is there, and takes its place when it is whole: a site that runs
    goes on meanwhile, and when the build fails it keeps what it had.
    """
    sources = stamps.files_under(*(places.ROOT / name for name in SOURCES))
    digest = stamps.digest_of(places.ROOT, sources)
    if stamps.is_current(places.BUILT / STAMP, digest):
        return
    fresh = places.BUILT.with_name(f"{places.BUILT.name}.new")
    with telling.step("Building the front end"):
        telling.run(
            [*node.npm, "run", "build"],
            log="npm-build",
            environment={**node.environment(), "LAYERCAKE_BUILD_INTO": str(fresh)},
            what="The front end could not be built.",
            why="npm run build failed",
            try_="If you changed something under static/src, the log says where it broke. If not, "
            "delete node_modules and run the command again.",
        )
    stamps.write(fresh / STAMP, digest)
    _put_in_place(fresh)


def _put_in_place(fresh: Path) -> None:
    old = places.BUILT.with_name(f"{places.BUILT.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if places.BUILT.exists():
        places.BUILT.rename(old)
    fresh.rename(places.BUILT)
    shutil.rmtree(old, ignore_errors=True)
