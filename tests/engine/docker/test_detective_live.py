"""Some of the cache detective's stories, played anew on the real engine."""

from pathlib import Path
from secrets import token_hex

import pytest

from tests.engine.agreement.sides import bases
from tests.engine.detective import playing
from tests.engine.detective.stories import STORIES
from tests.engine.detective.test_stories import told
from tests.engine.docker.engines import Engines

SAMPLE = ("file", "argument", "base", "stage-put-in", "environment-behind-a-copy", "mounted-file")


@pytest.fixture
async def engines(docker_host: str, tmp_path: Path) -> Engines:
    """Adapters of the test's own."""
    return Engines(docker_host, tmp_path / "layers", token_hex(6))


@pytest.mark.parametrize("story", SAMPLE)
async def test_the_engine_tells_what_its_tape_tells(
    story: str, docker_host: str, engines: Engines, tmp_path: Path
) -> None:
    async with bases(docker_host, tmp_path / "bases"):
        try:
            events = await playing.play(engines.make(), STORIES[story])
        finally:
            await engines.clean_up()
    assert told(events) == told(playing.read("docker", story))
