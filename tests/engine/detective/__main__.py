"""Plays the stories on both engines and keeps their tapes: `python -m tests.engine.detective`."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from secrets import token_hex

from tests.engine.agreement.sides import bases
from tests.engine.detective import playing
from tests.engine.detective.stories import STORIES
from tests.engine.docker import daemon
from tests.engine.docker.engines import Engines
from visualizer.engine.embedded import EmbeddedEngine


def main() -> None:
    """As root, or with LAYERCAKE_DOCKER_HOST naming an engine."""
    names = sys.argv[1:] or list(STORIES)
    with tempfile.TemporaryDirectory(prefix="layercake-detective-") as folder:
        asyncio.run(_embedded(Path(folder), names))
        if named := os.environ.get("LAYERCAKE_DOCKER_HOST", ""):
            asyncio.run(_docker(named, Path(folder), names))
            return
        with daemon.empty_engine() as host:
            asyncio.run(_docker(host, Path(folder), names))


async def _embedded(folder: Path, names: list[str]) -> None:
    for name in names:
        engine = EmbeddedEngine(folder / "embedded" / name)
        playing.write("embedded", name, await playing.play(engine, STORIES[name]))
        await engine.close()


async def _docker(host: str, folder: Path, names: list[str]) -> None:
    async with bases(host, folder / "bases"):
        for name in names:
            engines = Engines(host, folder / "layers", token_hex(6))
            try:
                playing.write("docker", name, await playing.play(engines.make(), STORIES[name]))
            finally:
                await engines.clean_up()


if __name__ == "__main__":
    main()
