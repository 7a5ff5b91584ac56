"""Recipes: what a live lab begins with, whoever wrote the address."""

import base64
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.engine.recording import Bench, Tape
from tests.recordings.tapes import build, numbered, opened
from tests.web.kept import golden, keep
from visualizer.engine.embedded import EmbeddedEngine
from visualizer.engine.limits import Limits
from visualizer.engine.port import BuildRequest, RunRequest
from visualizer.events.types import ContainerStarted, ImageBuilt
from visualizer.labs import kept_recordings, recipes
from visualizer.labs.database import in_database
from visualizer.labs.errors import Invalid, LabError, NotThere, TooMuch
from visualizer.labs.kept_recordings import Kept
from visualizer.labs.registry import Registry
from visualizer.recordings.format import included


def code(error: pytest.ExceptionInfo[LabError]) -> str:
    return error.value.problem.code


def packing(value: object) -> str:
    """An address with these bytes in it, or with this packed as JSON."""
    data = value if isinstance(value, bytes) else zlib.compress(msgspec.json.encode(value))
    return recipes.PACKED + base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_what_is_packed_is_unpacked() -> None:
    files = {"Dockerfile": "FROM busybox\n", "a/ä.txt": "ü\n"}
    found = recipes.find(recipes.packed(files)).files
    assert {file.path: file.content.decode() for file in found} == files


@pytest.mark.parametrize(
    "recipe",
    [
        "z.",
        "z.!!!!",
        "z.AAAA",
        packing(b""),
        packing(zlib.compress(b"no json")),
        packing(zlib.compress(b"\xff\xfe")),
        packing({"files": {"a": 1}}),
        packing({"files": []}),
        packing({"other": {}}),
        packing(zlib.compress(b"[" * 100_000)),
        packing(zlib.compress(b'{"files":{}}')[:-3]),
        packing(zlib.compress(b'{"files":{}}') + b"more"),
        packing({"files": {"../etc/passwd": "x"}}),
        packing({"files": {"/abs": "x"}}),
        packing({"files": {"a\u202eb": "x"}}),
        packing({"files": {"a": "x", "a/b": "x"}}),
    ],
)
def test_a_broken_address_is_refused_in_words(recipe: str) -> None:
    with pytest.raises(Invalid) as refused:
        recipes.find(recipe)
    assert refused.value.problem.title
    assert refused.value.problem.try_


def test_a_bomb_is_never_unpacked() -> None:
    bomb = packing(zlib.compress(b" " * 8_000_000, 9))
    assert len(bomb) < recipes.CHARACTERS
    with pytest.raises(TooMuch) as refused:
        recipes.find(bomb)
    assert code(refused) == "recipe-too-large"


@pytest.mark.parametrize(
    "recipe",
    [
        "z." + "A" * recipes.CHARACTERS,
        packing({"files": {f"{n}.txt": "" for n in range(recipes.FILES + 1)}}),
    ],
    ids=["long", "many"],
)
def test_what_is_too_much_for_an_address_is_refused(recipe: str) -> None:
    with pytest.raises(TooMuch):
        recipes.find(recipe)


@pytest.mark.parametrize("recipe", ["", "nowhere", "..", "../starter", "a/b", "\x00", "x" * 100])
async def test_what_names_no_recipe_is_not_there(registry: Registry, recipe: str) -> None:
    with pytest.raises(NotThere) as refused:
        await in_database(recipes.find, recipe)
    assert code(refused) == "no-such-recipe"


async def test_a_recording_without_its_files_says_so(registry: Registry) -> None:
    recording = await keep(events=golden())
    with pytest.raises(NotThere) as refused:
        await in_database(recipes.find, recording)
    assert code(refused) == "no-files"


async def test_a_recording_is_found_without_reading_it_and_read_once(registry: Registry) -> None:
    dockerfile = included(b"FROM scratch\n")
    recording = await keep(
        files=[dockerfile], events=numbered(opened(), build(1, {"Dockerfile": dockerfile.content}))
    )
    found = await in_database(recipes.locate, recording)
    assert isinstance(found, Kept)
    begun = recipes.of_recording(found)
    assert [file.path for file in begun.files] == ["Dockerfile"]
    again = await in_database(kept_recordings.find, recording)
    assert again is not None
    assert recipes.of_recording(again) is begun


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A lab on the engine that live embeds have."""
    engine = EmbeddedEngine(tmp_path)
    tape = Tape()
    yield Bench(await engine.open_lab("lab", tape, Limits()), tape)
    await engine.close()


def test_there_are_recipes_of_our_own() -> None:
    assert {"hello-layers", "copy-on-write", "small-images"} <= set(recipes.slugs())


@pytest.mark.parametrize("slug", recipes.slugs())
def test_our_own_are_told_of_and_hold_a_dockerfile(slug: str) -> None:
    recipe = recipes.find(slug)
    assert recipe.title
    assert recipe.about
    assert "Dockerfile" in {file.path for file in recipe.files}


@pytest.mark.parametrize("slug", recipes.slugs())
async def test_our_own_build_and_run_on_the_embedded_engine(slug: str, bench: Bench) -> None:
    request = BuildRequest(build=1, files=recipes.find(slug).files, tag="app")
    await bench.lab.build(request)
    await bench.tape.wait(ImageBuilt)
    container = await bench.lab.run(RunRequest(image="app"))
    await bench.tape.wait(ContainerStarted, container=container)
