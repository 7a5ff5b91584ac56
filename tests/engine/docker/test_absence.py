"""An engine that is not there, or is none, is said to be so at once."""

import asyncio
from pathlib import Path

import pytest

from tests.engine.recording import Tape
from visualizer.engine.docker import DockerEngine
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.limits import Limits


async def test_an_engine_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    engine = DockerEngine(f"unix://{tmp_path}/none.sock", cache_dir=tmp_path, instance="test")
    for refused in (engine.info(), engine.catalogue(), engine.open_lab("lab", Tape(), Limits())):
        with pytest.raises(EngineUnavailable) as told:
            await refused
        assert told.value.try_
    await engine.close()


@pytest.mark.parametrize(
    "answer", [b"", b"hello\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"]
)
async def test_what_is_no_engine_is_unavailable(tmp_path: Path, answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    path = tmp_path / "other.sock"
    server = await asyncio.start_unix_server(serve, path)
    engine = DockerEngine(f"unix://{path}", cache_dir=tmp_path, instance="test")
    with pytest.raises(EngineUnavailable):
        await engine.info()
    await engine.close()
    server.close()


@pytest.mark.parametrize("instance", ["", "Capitals", "with/slash", "x" * 41])
def test_an_instance_that_could_be_mistaken_is_refused(tmp_path: Path, instance: str) -> None:
    with pytest.raises(ValueError, match="instance"):
        DockerEngine("unix:///x.sock", cache_dir=tmp_path, instance=instance)


async def test_a_lab_has_a_plain_name(tmp_path: Path) -> None:
    engine = DockerEngine("unix:///x.sock", cache_dir=tmp_path, instance="test")
    with pytest.raises(ValueError, match="name"):
        await engine.open_lab("../other", Tape(), Limits())
    await engine.close()
