"""The site and `manage.py record` as processes, on a real Docker Engine."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.engine.docker.engines import site_on
from tests.site_process import Site
from visualizer.engine.docker.api import EngineApi

DOCKERFILE = 'FROM busybox\nRUN echo made > /note\nCMD ["sleep", "1000"]\n'


@pytest.fixture
async def site(tmp_path: Path, docker_host: str) -> AsyncIterator[Site]:
    """A site on the engine, not yet started."""
    async with site_on(docker_host, tmp_path, engine="docker") as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that builds."""
    made = tmp_path / "app"
    made.mkdir()
    (made / "Dockerfile").write_text(DOCKERFILE)
    return made


def event(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """Wait for an event of this type."""
    while True:
        frame = json.loads(socket.recv(timeout=120))
        for found in frame.get("events", []):
            if found["type"] == kind:
                return dict(found)


async def held(docker_host: str) -> set[str]:
    """The containers, networks and images' names on the engine."""
    api = EngineApi(docker_host)
    containers = await api.get("/containers/json", all="1")
    networks = await api.get("/networks")
    images = await api.get("/images/json")
    api.close()
    names = {tag for image in images for tag in image.get("RepoTags") or []}
    return names | {found["Id"] for found in [*containers, *networks]}


def test_a_lab_builds_and_runs_on_the_engine(site: Site) -> None:
    site.start()
    lab, cookie = site.open_lab()
    assert site.get("/healthz")["engine"]["name"] == "Docker Engine"
    with connect(
        f"ws://127.0.0.1:{site.port}/ws/labs/{lab}/?after=0",
        origin=Origin(site.address),
        additional_headers={"Cookie": cookie},
    ) as socket:
        files = [{"path": "Dockerfile", "text": DOCKERFILE}]
        socket.send(json.dumps({"type": "build", "files": files}))
        assert event(socket, "image.built")["config"]["Cmd"] == ["sleep", "1000"]
        socket.send(json.dumps({"type": "container.run", "image": "my-app"}))
        box = event(socket, "container.started")["container"]
        command = ["cat", "/note"]
        socket.send(json.dumps({"type": "exec.start", "container": box, "command": command}))
        assert event(socket, "exec.output")["text"] == "made\n"
    assert site.stop() == 0
    assert not [line for line in site.said if "Traceback" in line]


async def test_a_recording_is_made_on_the_engine_and_leaves_nothing_there(
    site: Site, folder: Path, docker_host: str
) -> None:
    before = await held(docker_host)
    out = folder.parent / "tape.jsonl"
    words = ("--engine", "docker", "--exec", "cat /note", "--linger", "0", "--out", str(out))
    process = site.manage("record", str(folder), *words)
    said, _ = process.communicate(timeout=240)
    assert process.returncode == 0, said
    tape = [json.loads(line) for line in out.read_text().splitlines()]
    assert tape[0]["type"] == "lab.opened"
    assert tape[0]["engine"]["kind"] == "docker"
    assert [e["text"] for e in tape if e["type"] == "exec.output"] == ["made\n"]
    assert await held(docker_host) <= before


def test_the_site_does_not_start_where_others_could_reach_the_engine(site: Site) -> None:
    process = site.manage("serve", "--host", "0.0.0.0", "--port", "0")
    said, _ = process.communicate(timeout=240)
    assert process.returncode == 1
    assert "not sandboxed for other people's Dockerfiles" in said
    assert "Traceback" not in said
