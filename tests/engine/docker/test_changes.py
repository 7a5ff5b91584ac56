"""What a container changed is the same whether the engine is asked or its disk is read."""

import os
from pathlib import Path

import pytest

from tests.engine.docker.engines import Engines
from tests.engine.recording import Bench
from visualizer.engine.docker import changes as module
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.changes import ChangesReader
from visualizer.engine.docker.layer_index import Entry, LayerIndex
from visualizer.engine.docker.layers import Layers
from visualizer.engine.docker.writable_layer import WritableLayer

SCRIPTS = {
    "nothing": "true",
    "new files": "mkdir -p /a/b; echo 1 > /a/b/c; : > /a/empty; ln -s /a /link",
    "changed files": "echo x >> /d/f; chmod 600 /d/g; chown 1:1 /d/h",
    "changed folders": "chmod 700 /d; chown 1:1 /e",
    "deleted files": "rm /d/f; rm -r /e",
    "a folder made anew": "rm -r /d; mkdir /d; echo n > /d/n; echo f > /d/f",
    "a folder that became a file": "rm -r /d; echo d > /d",
    "a file that became a folder": "rm /d/f; mkdir /d/f; echo x > /d/f/x",
    "something that came and went": "echo x > /tmp/x; rm /tmp/x",
    "odd names": "echo x > '/ü €'; echo y > '/new\nline'",
    "the engine's own files": "echo x > /etc/new; rm -f /etc/passwd",
    "a pipe": "mkfifo /pipe",
}
DOCKERFILE = (
    "FROM busybox\nRUN mkdir -p /d /e/x /tmp && echo f > /d/f && echo g > /d/g && echo h > /d/h\n"
)


@pytest.fixture
def docker_host(own_host: str) -> str:
    """Not one whose disk is hidden from here, as a private engine's is: both ways are compared."""
    return own_host


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
async def test_both_ways_tell_the_same(
    engines: Engines, bench: Bench, tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.image(DOCKERFILE)
    container = await bench.running()
    assert (await bench.exec(container, "sh", "-c", script))[0] == 0
    api = EngineApi(engines.host)
    inspected = await api.get(f"/containers/{container}/json")
    assert os.access(inspected["GraphDriver"]["Data"]["UpperDir"], os.R_OK)
    layers = Layers(api, tmp_path)
    read = await ChangesReader(api, layers, inspected).read()
    monkeypatch.setattr(module, "_upper_folder", lambda _: None)
    asked = await ChangesReader(api, layers, inspected).read()
    assert read == asked
    await layers.close()
    api.close()


async def test_a_look_into_a_container_that_has_ended_is_no_change(
    engines: Engines, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.image(DOCKERFILE)
    container = await bench.run("true")
    await bench.ended(container)
    assert await bench.lab.read_file(container, "/d/f") == b"f\n"
    assert await bench.changed(container) == {}
    monkeypatch.setattr(module, "_upper_folder", lambda _: None)
    api = EngineApi(engines.host)
    layers = Layers(api, tmp_path)
    inspected = await api.get(f"/containers/{container}/json")
    assert (await ChangesReader(api, layers, inspected).read()).files == ()
    await layers.close()
    api.close()


async def test_where_asking_is_dear_the_last_answer_is_given_again(
    engines: Engines, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.image(DOCKERFILE)
    container = await bench.running()
    monkeypatch.setattr(module, "_upper_folder", lambda _: None)
    monkeypatch.setattr(module, "REST", 1e9)
    api = EngineApi(engines.host)
    layers = Layers(api, tmp_path)
    reader = ChangesReader(api, layers, await api.get(f"/containers/{container}/json"))
    assert (await reader.read()).files == ()
    await bench.exec(container, "mkdir", "/unseen")
    assert (await reader.read(thorough=False)).files == ()
    await bench.exec(container, "sh", "-c", "echo now > /seen")
    assert [change.path for change in (await reader.read(thorough=False)).files] == [
        "/seen",
        "/unseen",
    ]
    await layers.close()
    api.close()


def test_a_link_in_a_folders_place_is_never_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("s")
    upper = tmp_path / "upper"
    upper.mkdir()
    (upper / "link").symlink_to(secret)
    index = LayerIndex(tmp_path / "index")
    index.put("sha256:1", [Entry("/link", "directory")])
    found, _ = WritableLayer(upper, ["sha256:1"], index).read()
    assert [(change.path, change.kind) for change in found] == [("/link", "modified")]


def test_a_file_with_two_names_is_counted_once(tmp_path: Path) -> None:
    upper = tmp_path / "upper"
    upper.mkdir()
    (upper / "one").write_text("12345")
    (upper / "two").hardlink_to(upper / "one")
    found, size = WritableLayer(upper, [], LayerIndex(tmp_path / "index")).read()
    assert [(change.path, change.size) for change in found] == [("/one", 5), ("/two", 5)]
    assert size == 5
