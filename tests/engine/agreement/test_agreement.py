"""The embedded engine answers as the real Docker Engine did whose answers are recorded here."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.engine.recording import Bench, Tape
from visualizer.engine.embedded import EmbeddedEngine
from visualizer.engine.limits import Limits
from visualizer.engine.port import BuildRequest, ContextFile, LayerFile, RunRequest
from visualizer.events.types import ContainerExited, ContainerOutput, ImageBuilt, LayerCreated

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in (HERE / "answers").glob("*.json"))
KINDS = {"added": "A", "modified": "C", "deleted": "D"}
CONFIG = (
    "Cmd", "Entrypoint", "WorkingDir", "User", "ExposedPorts", "Labels", "Volumes", "StopSignal",
    "OnBuild", "Shell", "Healthcheck",
)  # fmt: skip
OF_BASES = ("PATH", "LANG", "GPG_KEY", "PYTHON_VERSION", "PYTHON_SHA256")


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """A case."""
    return str(request.param)


@pytest.fixture
async def bench(tmp_path: Path) -> Any:
    """A fresh lab."""
    engine, tape = EmbeddedEngine(tmp_path), Tape()
    yield Bench(await engine.open_lab("lab", tape, Limits()), tape)
    await engine.close()


async def test_it_answers_as_docker_does(name: str, bench: Bench) -> None:
    answer = json.loads((HERE / "answers" / f"{name}.json").read_text())
    image = await bench.lab.build(BuildRequest(1, context(HERE / "cases" / name), "app"))
    assert (image is None) == answer["failed"]
    if image is None:
        return
    assert told_config(bench.tape.one(ImageBuilt).config, answer["config"]) == answer["config"]
    assert await own_layers(bench, len(answer["layers"])) == answer["layers"]
    if "exit_code" in answer:
        await runs_alike(bench, answer)
    await bench.lab.build(BuildRequest(2, context(HERE / "cases" / name), "app"))
    assert bench.tape.all(ImageBuilt)[-1].image == image
    assert all(event.cached for event in bench.tape.all(LayerCreated, build=2))


async def runs_alike(bench: Bench, answer: Mapping[str, Any]) -> None:
    """One container ends, says and changes what the real one did."""
    container = await bench.lab.run(RunRequest("app"))
    ended = await bench.tape.wait(ContainerExited, container=container)
    output = {
        stream: "".join(
            event.text
            for event in bench.tape.all(ContainerOutput, container=container, stream=stream)
        )
        for stream in ("stdout", "stderr")
    }
    assert (ended.exit_code, output["stdout"]) == (
        answer["exit_code"],
        answer.get("stdout", ""),
    ), output["stderr"]
    if "stderr" in answer:
        assert output["stderr"] == answer["stderr"]
        changes = await bench.lab.changes(container)
        assert {change.path: KINDS[change.kind] for change in changes} == answer["diff"]


def context(folder: Path) -> list[ContextFile]:
    """A case as a build context."""
    return [
        ContextFile(
            path.relative_to(folder).as_posix().replace(".py.txt", ".py"),
            path.read_bytes(),
            0o755 if path.stat().st_mode & 0o100 else 0o644,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


def told_config(config: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """What a Dockerfile has left in a config; PATH only where the Dockerfile has set it."""
    told = {field: config[field] for field in CONFIG if config.get(field)}
    sets_path = any(entry.startswith("PATH=") for entry in answer.get("Env", ()))
    skipped = [name for name in OF_BASES if not (name == "PATH" and sets_path)]
    env = [entry for entry in config.get("Env") or () if entry.split("=")[0] not in skipped]
    return told | ({"Env": env} if env else {})


async def own_layers(bench: Bench, count: int) -> list[dict[str, Any]]:
    """The layers above those of the base image."""
    layers = bench.tape.one(ImageBuilt).layers
    own = layers[len(layers) - count :]
    return [
        {
            f"/{file.path.lstrip('/')}": shown(file)
            for file in await bench.lab.layer_files(layer, limit=1000)
        }
        for layer in own
    ]


def shown(file: LayerFile) -> dict[str, Any]:
    """A file of a layer as the answers have it."""
    told: dict[str, Any] = {"kind": file.kind}
    if file.kind in ("file", "directory"):
        told["mode"] = f"{file.mode:o}"
    if file.kind == "file":
        told["size"] = file.size
    if file.kind == "symlink":
        told["target"] = file.target
    return told
