"""Scenarios: how they are read and played, and that our own recordings are what they should be."""

import shutil
from pathlib import Path

import pytest

from visualizer.engine.embedded import EmbeddedEngine
from visualizer.engine.limits import Limits
from visualizer.environment import PROJECT
from visualizer.events import types as event
from visualizer.labs import playing, scenarios
from visualizer.labs.belief import Belief
from visualizer.labs.playing import NotPlayed
from visualizer.labs.scenarios import BadScenario, Scenario
from visualizer.recordings import format as recording_file
from visualizer.recordings.format import Recorded

OURS = ("first-image", "copy-on-write", "multi-stage")
FOLDER = PROJECT / "content" / "recordings"

SMALL = """\
title = "Small"
description = "A test."
[[scene]]
note = "Before the build."
build = "app"
notes = [{ on = "layer.created", holds = '"step":2', text = "Its layer." }]
[[scene]]
note = "After the build."
[[scene]]
note = "A container."
run = "web"
image = "app"
[[scene]]
exec = "cat /note.txt"
in = "web"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scenario's folder."""
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text('FROM busybox\nCOPY note.txt /\nCMD ["sleep", "600"]\n')
    (context / "note.txt").write_text("hello\n")
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "scenario.toml"
    path.write_text(text)
    return path


async def played(path: Path, tmp_path: Path) -> Recorded:
    """What the scenario gives on the embedded engine, without its pauses."""
    scenario = scenarios.read(path)
    contexts = scenarios.read_contexts(path, scenario, Limits())
    engine = EmbeddedEngine(tmp_path / "store")
    found = await playing.play(engine, scenario, contexts, pace=0)
    return recording_file.read(recording_file.write(found.header, found.events))


async def test_a_scenario_gives_a_recording_with_its_notes_and_files(
    folder: Path, tmp_path: Path
) -> None:
    recorded = await played(written(folder, SMALL), tmp_path)
    header, events = recorded
    assert (header.title, header.description) == ("Small", "A test.")
    assert max(each.text or "" for each in header.files) == "hello\n"
    before, layer, after, container = header.notes
    assert events[before.at].__class__ is event.BuildStarted
    told = events[layer.at - 1]
    assert isinstance(told, event.LayerCreated)
    assert told.step == 2
    assert isinstance(events[after.at - 1], event.ImageBuilt)
    # One stands there already, so it comes with the event that it is about.
    assert isinstance(events[container.at - 1], event.ContainerCreated)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = 1\n", "is no scenario"),
        ("title = \n", "is not TOML"),
        ('title = "t"\n[[scene]]\nstop = "a"\nstart = "a"\n', "Scene 1 .* does several things"),
        ('title = "t"\n[[scene]]\nafter = 1\n', "neither does anything nor has a note"),
        ('title = "t"\n[[scene]]\nexec = "ls"\n', "does not say `in` which container"),
        ('title = "t"\n[[scene]]\nexec = "echo \'"\nin = "a"\n', "command that cannot be read"),
        ('title = "t"\n[[scene]]\nbuild = "a"\nfolder = "../x"\n', "not beside the file"),
        ('title = "t"\n[[scene]]\nbuild = "a"\nfolder = "none"\n', "is not a folder"),
        ('title = "t"\n[[scene]]\nfly = "a"\n', "unknown field `fly`"),
    ],
)
def test_what_is_wrong_with_a_scenario_is_said(folder: Path, text: str, words: str) -> None:
    path = written(folder, text)
    with pytest.raises(BadScenario, match=words):
        scenarios.read_contexts(path, scenarios.read(path), Limits())


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        ('build = "app"\nfails = true', "Scene 1 .*the build did not fail"),
        ('run = "web"\nimage = "none"', "Scene 1 .*There is no image `none`"),
        ('note = "a"\nnotes = [{ on = "image.built", text = "b" }]', "nothing happened"),
    ],
)
async def test_a_scene_that_goes_wrong_ends_it_in_words(
    folder: Path, tmp_path: Path, scene: str, words: str
) -> None:
    path = written(folder, f'title = "t"\n[[scene]]\n{scene}\n')
    with pytest.raises(NotPlayed, match=words):
        await played(path, tmp_path)


async def test_a_step_is_entered_in_a_scenario(folder: Path, tmp_path: Path) -> None:
    text = SMALL + '[[scene]]\nenter = 2\n[[scene]]\nexec = "ls /note.txt"\n'
    path = written(folder, text + 'in = "step-2-of-build-1"\n')
    events = (await played(path, tmp_path)).events
    assert [each.step for each in events if isinstance(each, event.StepEntered)] == [2]


@pytest.mark.parametrize("slug", OURS)
async def test_our_scenarios_play_on_the_embedded_engine(slug: str, tmp_path: Path) -> None:
    source = FOLDER / "scenarios" / slug
    shutil.copytree(source, tmp_path / slug)
    recorded = await played(tmp_path / slug / "scenario.toml", tmp_path)
    assert [each.text for each in recorded.header.notes] == _texts(source / "scenario.toml")


@pytest.mark.parametrize("slug", OURS)
def test_our_recordings_are_of_a_real_engine_and_of_the_scenario_as_it_is(slug: str) -> None:
    recorded = recording_file.read((FOLDER / f"{slug}.jsonl").read_bytes())
    opened = recorded.events[0]
    assert isinstance(opened, event.LabOpened)
    assert (opened.engine.kind, opened.engine.simulated) == ("docker", False)
    path = FOLDER / "scenarios" / slug / "scenario.toml"
    scenario = scenarios.read(path)
    assert recorded.header.title == scenario.title
    assert [each.text for each in recorded.header.notes] == _texts(path)
    contexts = scenarios.read_contexts(path, scenario, Limits())
    contents = {file.content for files in contexts.values() for file in files}
    assert {each.content for each in recorded.header.files} == contents


@pytest.mark.parametrize("slug", OURS)
def test_our_recordings_can_be_followed(slug: str) -> None:
    header, events = recording_file.read((FOLDER / f"{slug}.jsonl").read_bytes())
    times = [events[note.at - 1].at_ms if note.at else 0 for note in header.notes]
    ends = [*times[1:], events[-1].at_ms]
    # The last note stays on the screen when the tape has ended.
    shown = [end - begin for begin, end in zip(times, ends, strict=True)][:-1]
    assert min(shown) >= 2000
    assert 30_000 <= events[-1].at_ms <= 180_000


def _folded(slug: str) -> tuple[Belief, list[event.AnyEvent]]:
    events = recording_file.read((FOLDER / f"{slug}.jsonl").read_bytes()).events
    belief = Belief()
    for fact in events:
        belief.fold(fact)
    return belief, events


def test_the_first_image_ends_with_two_containers_of_two_images() -> None:
    belief, events = _folded("first-image")
    names = {each.name: each.image for each in belief.containers.values()}
    assert set(names) == {"second", "third"}
    assert names["second"] != names["third"]
    assert belief.images[names["third"]] == {"my-app:latest"}
    cached = [
        each.step for each in events if isinstance(each, event.StepCached) and each.build == 2
    ]
    assert cached == [1, 2]


def test_copy_on_write_shows_a_copy_a_new_file_and_a_whiteout() -> None:
    belief, events = _folded("copy-on-write")
    assert {each.name for each in belief.containers.values()} == {"ben", "carla"}
    assert len(belief.images) == 1
    seen = {
        (change.path, change.kind)
        for each in events
        if isinstance(each, event.ContainerChanged)
        for change in each.changes
    }
    assert {
        ("/kitchen/menu.txt", "modified"),
        ("/kitchen/shopping.txt", "added"),
        ("/kitchen/recipe.txt", "deleted"),
    } <= seen


def test_the_multi_stage_image_is_a_fraction_of_the_stage_that_built_it() -> None:
    belief, events = _folded("multi-stage")
    builder, final = [each for each in events if isinstance(each, event.ImageBuilt)]
    assert final.size < builder.size / 10
    assert set(belief.images) == {final.image}
    printed = "".join(each.text for each in events if isinstance(each, event.ContainerOutput))
    assert "1. Containers" in printed


def _texts(path: Path) -> list[str]:
    """All notes of a scenario, in their order."""
    scenario: Scenario = scenarios.read(path)
    return [
        text.strip()
        for scene in scenario.scene
        for text in [scene.note, *(bound.text for bound in scene.notes)]
        if text is not None
    ]
