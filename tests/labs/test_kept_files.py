"""The files of builds: kept by their content, within a lab's share, gone with the lab."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import OWNER
from visualizer.engine.embedded.engine import EmbeddedEngine
from visualizer.engine.limits import Limits
from visualizer.engine.port import BuildRequest, ContextFile
from visualizer.environment import Environment
from visualizer.events import types as event
from visualizer.labs import actions, commands, kept_files, opening
from visualizer.labs.actions import Visitor
from visualizer.labs.commands import SourceFile
from visualizer.labs.database import in_database
from visualizer.labs.errors import NotThere
from visualizer.labs.kept_files import Bounds
from visualizer.labs.registry import Registry
from visualizer.models import KeptFile

ROOMY = Bounds(files=100, bytes=10_000)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def files(**contents: bytes) -> list[ContextFile]:
    return [ContextFile(path, content) for path, content in contents.items()]


async def keep(lab: str, found: list[ContextFile], bounds: Bounds = ROOMY) -> None:
    await in_database(kept_files.keep, lab, found, bounds)


async def kept(lab: str) -> set[bytes]:
    """All contents that the lab keeps."""

    def read() -> set[bytes]:
        rows = KeptFile.objects.filter(lab_id=lab).values_list("content", flat=True)
        return {bytes(row) for row in rows}

    return await in_database(read)


async def age(lab: str) -> None:
    """Make all that is kept a minute older, so that the order of builds is plain."""

    def older() -> None:
        for row in KeptFile.objects.filter(lab_id=lab):
            KeptFile.objects.filter(pk=row.pk).update(kept_at=row.kept_at - timedelta(minutes=1))

    await in_database(older)


async def test_a_content_is_found_by_its_sha256(lab: str) -> None:
    await keep(lab, files(a=b"one", b=b"\x00\xff"))
    found = await in_database(kept_files.load, lab, [sha256(b"one"), sha256(b"\x00\xff"), "0" * 64])
    assert found == {sha256(b"one"): b"one", sha256(b"\x00\xff"): b"\x00\xff"}


async def test_a_content_is_kept_once_however_many_files_and_builds_have_it(lab: str) -> None:
    for _ in range(2):
        await keep(lab, files(a=b"same", b=b"same"))
    assert await in_database(KeptFile.objects.count) == 1


async def test_what_dockerignore_keeps_out_is_not_kept(lab: str) -> None:
    secret = ContextFile("secret.env", b"PASSWORD=1")
    rules = ContextFile(".dockerignore", b"*.env\n")
    await keep(lab, [secret, rules])
    assert await kept(lab) == {b"*.env\n"}


async def test_a_lab_does_not_see_what_another_keeps(lab: str, registry: Registry) -> None:
    other = await in_database(opening.create, OWNER, "embedded", [], 50)
    await keep(other, files(a=b"theirs"))
    assert await in_database(kept_files.load, lab, [sha256(b"theirs")]) == {}
    with pytest.raises(NotThere):
        await in_database(kept_files.one, lab, sha256(b"theirs"))


async def test_the_oldest_make_room_when_the_bytes_are_used_up(lab: str) -> None:
    for content in (b"1" * 40, b"2" * 40, b"3" * 40):
        await age(lab)
        await keep(lab, files(a=content), Bounds(files=100, bytes=100))
    assert await kept(lab) == {b"2" * 40, b"3" * 40}


async def test_the_oldest_make_room_when_there_are_too_many(lab: str) -> None:
    for content in (b"1", b"2", b"3"):
        await age(lab)
        await keep(lab, files(a=content), Bounds(files=2, bytes=100))
    assert await kept(lab) == {b"2", b"3"}


async def test_what_a_build_has_again_counts_as_new(lab: str) -> None:
    for content in (b"1", b"2", b"1", b"3"):
        await age(lab)
        await keep(lab, files(a=content), Bounds(files=2, bytes=100))
    assert await kept(lab) == {b"1", b"3"}


async def test_a_file_beyond_the_bound_is_not_kept_and_the_others_are(lab: str) -> None:
    await keep(lab, files(a=b"small", b=b"large" * 100), Bounds(files=100, bytes=50))
    assert await kept(lab) == {b"small"}


async def test_a_lab_that_was_deleted_meanwhile_does_not_come_back(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    await keep("no-such-lab", files(a=b"1"))
    assert await in_database(KeptFile.objects.count) == 0
    assert "were not kept" in caplog.text


async def test_they_go_with_the_lab(lab: str) -> None:
    await keep(lab, files(a=b"1"))
    await in_database(opening.delete, lab)
    assert await in_database(KeptFile.objects.count) == 0


async def test_the_command_to_build_keeps_what_it_was_given(registry: Registry, lab: str) -> None:
    runner = await registry.runner(lab)
    given = [SourceFile(path="Dockerfile", text="FROM x"), SourceFile(path="app.py", text="1")]
    await actions.perform(runner, Visitor(runner.owner_hash), commands.Build(files=given, tag="a"))
    assert await kept(lab) == {b"FROM x", b"1"}


class TestShare:
    """A site that keeps one file a lab."""

    @pytest.fixture
    def environment(self, environment: Environment) -> Environment:
        return replace(environment, kept_files=1)

    async def test_it_is_the_sites_to_set(self, registry: Registry, lab: str) -> None:
        runner = await registry.runner(lab)
        given = [SourceFile(path="Dockerfile", text="FROM x"), SourceFile(path="b", text="1")]
        build = commands.Build(files=given, tag="a")
        await actions.perform(runner, Visitor(runner.owner_hash), build)
        assert await kept(lab) == {b"1"}


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[EmbeddedEngine]:
    """A real engine."""
    made = EmbeddedEngine(tmp_path)
    yield made
    await made.close()


async def test_every_file_that_the_tape_names_can_be_read(
    embedded: EmbeddedEngine, lab: str
) -> None:
    """`build.started` is written by code that both engines share."""
    given = [
        ContextFile("Dockerfile", b"FROM scratch\nCOPY a.txt /\n"),
        ContextFile("a.txt", b"\xff\x00 a"),
        ContextFile("b.log", b"not seen"),
        ContextFile(".dockerignore", b"*.log\n"),
    ]
    await keep(lab, given)
    told: list[event.AnyEvent] = []
    engine = await embedded.open_lab("kept", told.append, Limits())
    await engine.build(BuildRequest(1, given, "app:latest"))
    started = next(fact for fact in told if isinstance(fact, event.BuildStarted))
    named = {file.sha256 for file in started.files}
    assert named == set(await in_database(kept_files.load, lab, named))
    assert len(named) == 3
