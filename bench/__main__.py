"""Runs the parts asked for against one real site each, and prints the tables."""

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench import builds, embed, hostile, memory, page, scrub, sizes, sockets, xray
from bench.docker import measuring
from bench.figures import Table
from tests.browser.site import Site

Measure = Callable[[Site, bool], Awaitable[list[Table]]]

PARTS: dict[str, Measure] = {
    "build": builds.measure,
    "socket": sockets.measure,
    "memory": memory.measure,
    "page": page.measure,
    "scrub": scrub.measure,
    "embed": embed.measure,
}
ALONE = ("xray", "sizes", "docker", "hostile")
"""Parts that need no site, or make their own."""
# The limits that keep one visitor from being a crowd would be what is measured.
UNLIMITED = {
    "commands_per_second": "100000",
    "commands_burst": "100000",
    "sockets_per_address": "100000",
    "watchers_per_lab": "100000",
}


def main() -> int:
    """Measure and print Markdown."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=(*PARTS, *ALONE), action="append")
    options = parser.parse_args()
    print(f"\n{_machine()}\n", flush=True)
    for name in options.only or (*PARTS, *ALONE):
        for table in _measured(name, options.quick):
            print(table.markdown(), flush=True)
    return 0


def _measured(name: str, quick: bool) -> list[Table]:
    """Each part has a site to itself, so that none pays for what another left behind."""
    if name == "docker":
        return measuring.measure(UNLIMITED, quick)
    if name == "xray":
        return xray.measure(quick)
    if name == "sizes":
        return sizes.measure(quick)
    if name == "hostile":
        return hostile.measure(quick)
    with tempfile.TemporaryDirectory(prefix="layercake-bench-") as folder:
        site = Site(Path(folder) / "site", **UNLIMITED)
        site.start()
        try:
            return asyncio.run(_awaited(PARTS[name](site, quick)))
        finally:
            site.stop()


async def _awaited(tables: Awaitable[list[Table]]) -> list[Table]:
    return await tables


def _machine() -> str:
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"Measured with `scripts/bench` on {os.cpu_count()} cores and {memory_gib:.0f} GiB, "
        f"{platform.system()}, Python {platform.python_version()}."
    )


if __name__ == "__main__":
    sys.exit(main())
