"""Some of the corpus, played anew on the real engine; `scripts/conformance` plays all of it."""

from pathlib import Path

import pytest

from tests.engine.agreement import recorded, report
from tests.engine.agreement.case import load
from tests.engine.agreement.comparing import Compared, compare, unexplained
from tests.engine.agreement.sides import DockerSide, EmbeddedSide, bases

SAMPLE = (
    "basic",
    "cache-none",
    "cache-stages",
    "container-commit-config",
    "container-diff",
    "container-kill-signals",
    "copy-dockerignore",
    "deletes",
    "env-everywhere",
    "fails-command-not-found-exec",
    "fails-copy-from-missing-file",
    "image-tags",
    "onbuild-child",
)


async def test_both_engines_agree_here_and_now(docker_host: str, tmp_path: Path) -> None:
    docker, embedded = DockerSide(docker_host, tmp_path), EmbeddedSide(tmp_path)
    compared: list[Compared] = []
    async with bases(docker_host, tmp_path / "bases"):
        for case in map(load, SAMPLE):
            compared += compare(case, await docker.play(case), await embedded.play(case))
    assert report.share(compared) >= report.AIM, report.table(compared)
    if await docker.version() == recorded.engine():
        assert not unexplained(compared), "\n".join(map(str, unexplained(compared)))


@pytest.mark.parametrize("name", ["fails-unknown-instruction", "fails-copy-case"])
async def test_what_the_site_refuses_to_build_the_engine_refuses_too(
    name: str, docker_host: str, tmp_path: Path
) -> None:
    """The witness builds with none of the site's code."""
    async with bases(docker_host, tmp_path / "bases"):
        (answer,) = await DockerSide(docker_host, tmp_path).play(load(name))
    assert (answer["outcome"], answer["itself"]) == ("failed", "failed")
