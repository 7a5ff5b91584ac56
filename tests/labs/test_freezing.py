"""Freezing a lab's tape: what leaves is what was asked for and what the preview showed."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.conftest import OWNER, one_engine
from tests.recordings.tapes import (
    build,
    container,
    executed,
    numbered,
    opened,
    planned,
    said,
)
from tests.waiting import eventually
from visualizer.engine.embedded import EmbeddedEngine
from visualizer.engine.limits import Limits
from visualizer.engine.port import ContextFile
from visualizer.environment import Environment
from visualizer.events.types import AnyEvent
from visualizer.labs import (
    actions,
    forking,
    freezing,
    journal,
    kept_files,
    kept_recordings,
    opening,
    recording_actions,
    workspace,
)
from visualizer.labs.actions import Visitor
from visualizer.labs.commands import Build
from visualizer.labs.database import in_database
from visualizer.labs.errors import Changed, Invalid, LabError, NotAllowed, TooMuch
from visualizer.labs.freezing import Blank, Order, Preview
from visualizer.labs.journal import Entry
from visualizer.labs.kept_recordings import Bounds
from visualizer.labs.registry import Registry
from visualizer.labs.tape import encoded
from visualizer.recordings.format import Note, Recorded
from visualizer.recordings.streams import OUTPUT

FIRST = {"Dockerfile": b"FROM busybox\nCOPY app.sh .\n", "app.sh": b"echo one\n"}
SECOND = {"Dockerfile": b"FROM busybox\nCOPY app.sh .\n", "app.sh": b"echo two hunter22\n"}
TAPE = numbered(
    opened(),
    build(1, FIRST),
    planned(1, "COPY app.sh ."),
    *container(),
    *said("one\n"),
    *executed("PASSWORD=hunter22\n", exec_id="1" * 32),
    build(2, SECOND),
    *said("two\n"),
)
END = len(TAPE)
ROOMY = Bounds(count=10, owner_bytes=10**6, total_bytes=10**6)
KEEP = kept_files.Bounds(files=100, bytes=10**6)


async def tell(lab: str, tape: Sequence[AnyEvent]) -> None:
    """Put the events on the lab's tape."""
    entries = [
        Entry(fact.seq, fact.at_ms, str(fact.__struct_config__.tag), encoded(fact)) for fact in tape
    ]
    await in_database(journal.append, lab, entries)


@pytest.fixture
async def told(lab: str) -> str:
    """A lab with two builds and a secret."""
    await tell(lab, TAPE)
    for files in (FIRST, SECOND):
        found = [ContextFile(path, content) for path, content in files.items()]
        await in_database(kept_files.keep, lab, found, KEEP)
    return lab


def order(**fields: Any) -> Order:
    given = {"title": "Two builds", "last": END, **fields}
    return Order(**given)


async def preview(lab: str, asked: Order) -> Preview:
    return await recording_actions.preview(lab, OWNER, asked)


async def made(lab: str, asked: Order, bounds: Bounds = ROOMY) -> Recorded:
    """The recording that is made after a look at the preview."""
    seen = await preview(lab, asked)
    agreed = msgspec.structs.replace(asked, digest=seen.digest)
    kept = await recording_actions.find(await recording_actions.make(lab, OWNER, agreed, bounds))
    assert len(kept.plain) == seen.bytes
    return kept.recorded()


async def refused(kind: type[LabError], lab: str, asked: Order) -> LabError:
    with pytest.raises(kind) as caught:
        await recording_actions.make(lab, OWNER, asked, ROOMY)
    assert caught.value.problem.why
    assert caught.value.problem.try_
    assert await in_database(kept_recordings.find_own, OWNER) == []
    return caught.value


async def test_the_whole_tape_becomes_a_recording(told: str) -> None:
    recorded = await made(told, order(description="As it was."))
    assert recorded.events == TAPE
    assert (recorded.header.title, recorded.header.begins) == ("Two builds", 0)
    assert recorded.header.made_at.endswith("Z")
    contents = {file.text for file in recorded.header.files}
    assert contents == {"FROM busybox\nCOPY app.sh .\n", "echo one\n", "echo two hunter22\n"}


async def test_a_part_leaves_out_what_was_said_before_and_what_came_after(told: str) -> None:
    recorded = await made(told, order(first=9, last=10, notes=[Note(at=10, text="Again.")]))
    assert recorded.header.begins == 5
    assert len(recorded.events) == 6
    assert not any(isinstance(fact, OUTPUT) for fact in recorded.events)
    assert recorded.header.notes == [Note(at=6, text="Again.")]
    assert recorded.length_ms == 1000


async def test_a_part_brings_the_files_of_its_builds_and_of_the_one_before(told: str) -> None:
    recorded = await made(told, order(first=9, last=9))
    assert {file.text for file in recorded.header.files} == {
        "FROM busybox\nCOPY app.sh .\n",
        "echo one\n",
    }


async def test_the_preview_shows_what_leaves(told: str) -> None:
    seen = await preview(told, order())
    assert seen.events == END
    assert seen.outputs == 3
    assert [file.path for file in seen.files] == ["Dockerfile", "app.sh", "app.sh"]
    assert "echo two hunter22" in {(file.text or "").strip() for file in seen.files}
    assert seen.text.startswith('{"layercake":"recording"')
    assert "PASSWORD=hunter22" in seen.text
    assert [(found.word, found.at) for found in seen.findings] == [("hunter22", 8)]


async def test_a_finding_is_at_its_moment_in_the_lab(told: str) -> None:
    seen = await preview(told, order(first=6))
    assert [found.at for found in seen.findings] == [8]


async def test_words_and_output_are_blanked_before_anything_leaves(told: str) -> None:
    asked = order(title="Not hunter22", blank=Blank(output=True, words=["hunter22"]))
    seen = await preview(told, asked)
    assert (seen.outputs, seen.findings) == (0, [])
    recorded = await made(told, asked)
    assert recorded.header.title == "Not ▒▒▒"
    assert "hunter22" not in str(recorded)
    assert "PASSWORD" not in str([fact for fact in recorded.events if isinstance(fact, OUTPUT)])
    assert "echo two ▒▒▒\n" in {file.text for file in recorded.header.files}


async def test_nothing_leaves_that_was_not_seen(told: str) -> None:
    error = await refused(Changed, told, order())
    assert error.problem.code == "preview-first"
    seen = await preview(told, order(blank=Blank(words=["hunter22"])))
    error = await refused(Changed, told, order(digest=seen.digest))
    assert error.problem.code == "preview-differs"


async def test_what_the_lab_does_meanwhile_does_not_leave(told: str) -> None:
    asked = order()
    seen = await preview(told, asked)
    further = [msgspec.structs.replace(fact, seq=END + 1, at_ms=10**6) for fact in said("private")]
    await tell(told, further)
    agreed = msgspec.structs.replace(asked, digest=seen.digest)
    kept = await recording_actions.find(await recording_actions.make(told, OWNER, agreed, ROOMY))
    assert "private" not in kept.plain.decode()


async def test_the_preview_is_of_that_moment_whatever_the_clock_says(told: str) -> None:
    material = await in_database(freezing.load, told, order())
    first = freezing.freeze(material, order())
    await asyncio.sleep(0)
    assert first.digest == (await preview(told, order())).digest


async def test_files_are_taken_from_the_editor_when_they_are_kept_nowhere_else(lab: str) -> None:
    await tell(lab, TAPE)
    files = [ContextFile(path, content) for path, content in SECOND.items()]
    await in_database(workspace.save, lab, files)
    recorded = await made(lab, order())
    assert "echo one\n" not in {file.text for file in recorded.header.files}
    assert "echo two hunter22\n" in {file.text for file in recorded.header.files}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": "  "}, "no title"),
        ({"title": "x" * 200}, "The title has 200"),
        ({"title": "turn \u202e round"}, "cannot be seen"),
        ({"description": "x" * 3000}, "The description has"),
        ({"first": 8, "last": 3}, "end before it begins"),
        ({"last": END + 1}, "does not go so far"),
        ({"last": 0}, "does not go so far"),
        ({"first": 3, "notes": [Note(at=2, text="early")]}, "outside"),
        ({"notes": [Note(at=END + 1, text="late")]}, "outside"),
        ({"notes": [Note(at=3, text="a"), Note(at=3, text="b")]}, "two at 3"),
        ({"notes": [Note(at=3, text="")]}, "A note is empty"),
    ],
)
async def test_an_order_that_cannot_be_met_is_refused_in_words(
    told: str, fields: dict[str, Any], words: str
) -> None:
    problem = (await refused(Invalid, told, order(**fields))).problem
    assert words in f"{problem.title} {problem.why}"


async def test_a_lab_without_a_tape_has_nothing_to_record(lab: str) -> None:
    await refused(Invalid, lab, order(last=1))


async def test_only_the_owner_decides_what_leaves(told: str) -> None:
    for stranger in (None, "", "somebody else"):
        with pytest.raises(NotAllowed):
            await recording_actions.preview(told, stranger, order())
        with pytest.raises(NotAllowed):
            await recording_actions.make(told, stranger, order(), ROOMY)


async def test_a_tape_that_is_too_long_is_refused(
    told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freezing, "TAPE_BYTES", 500)
    assert (await refused(Invalid, told, order())).problem.code == "tape-too-long"


async def test_files_that_do_not_fit_stay_behind_those_of_the_newest_build_last(
    told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = sum(map(len, SECOND.values())) + 3
    monkeypatch.setattr("visualizer.recordings.checking.CONTENT_BYTES", room)
    recorded = await made(told, order())
    assert {file.content for file in recorded.header.files} == set(SECOND.values())


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        (replace(ROOMY, count=1), "too-many-recordings"),
        (replace(ROOMY, owner_bytes=1500), "too-many-recordings"),
        (replace(ROOMY, total_bytes=1500), "recordings-full"),
    ],
)
async def test_recordings_are_bounded(told: str, bounds: Bounds, code: str) -> None:
    await made(told, order(), bounds)
    with pytest.raises(TooMuch) as caught:
        await made(told, order(), bounds)
    assert caught.value.problem.code == code
    assert len(await in_database(kept_recordings.find_own, OWNER)) == 1


async def test_a_recording_outlives_its_lab(told: str, registry: Any) -> None:
    await made(told, order())
    await registry.delete(told)
    (left,) = await in_database(kept_recordings.find_own, OWNER)
    assert (await recording_actions.find(left.id)).recorded().events == TAPE


async def test_a_real_build_is_frozen_with_its_files_and_goes_on_elsewhere(
    environment: Environment, tmp_path: Path, transactional_db: None
) -> None:
    engine = EmbeddedEngine(root=tmp_path)
    site = Registry(one_engine(engine, environment), environment)
    given = [
        ContextFile("Dockerfile", b"FROM busybox\nCOPY . /app/\nRUN cat /app/secret.txt\n"),
        ContextFile("logo.bin", b"\xff\x00"),
        ContextFile("secret.txt", b"hunter22\n"),
    ]
    try:
        lab = await in_database(opening.create, OWNER, "embedded", given, 50)
        runner = await site.runner(lab)
        sources = [workspace.as_source(file) for file in given]
        await actions.perform(runner, Visitor(opening.owner_hash(OWNER)), Build(files=sources))
        await eventually(lambda: runner.belief.last_build == 1 and not runner.belief.builds)
        last = await runner.settled()
    finally:
        await site.close()
    whole = await made(lab, order(last=last))
    assert forking.files_at(whole, "", Limits()) == given
    blanked = await made(lab, order(last=last, blank=Blank(words=["hunter22"])))
    assert "hunter22" not in str(blanked)
    files = forking.files_at(blanked, "", Limits())
    assert files
    assert files[2] == ContextFile("secret.txt", "▒▒▒\n".encode())
