"""Builds on an engine where root in a container is nobody outside: files keep their owners."""

import gzip
import io
import lzma
import tarfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from tests.engine.docker.engines import Engines
from tests.engine.private.engines import PrivateEngine
from tests.engine.recording import Bench, Tape
from visualizer.engine.docker.remapped_archives import remapped
from visualizer.engine.docker.remapping import Owner, owner_of_context
from visualizer.engine.limits import Limits
from visualizer.events.types import LayerCreated

DOCKERFILE = """FROM busybox
WORKDIR /app
COPY app.py .
COPY --chown=1000:1000 data /data
RUN cp app.py copied.py
"""
FILES: dict[str, bytes | str] = {"app.py": "print()\n", "data/one": "1", "data/two": "2"}


@pytest.fixture
async def bench(private_engine: PrivateEngine, tmp_path: Path) -> AsyncIterator[Bench]:
    """A lab on the private engine; leaves nothing behind."""
    engines = Engines(private_engine.host, tmp_path, token_hex(6))
    tape = Tape()
    yield Bench(await engines.make().open_lab("lab", tape, Limits()), tape)
    await engines.clean_up()


async def test_what_is_copied_belongs_to_root_and_is_in_its_layer(bench: Bench) -> None:
    await bench.image(DOCKERFILE, FILES)

    told = await bench.output_of(
        "stat", "-c", "%u %n", "/app/app.py", "/app/copied.py", "/data/one"
    )

    assert told.split("\n")[:3] == ["0 /app/app.py", "0 /app/copied.py", "1000 /data/one"]
    # The folder /data is one of the third's.
    assert [layer.added for layer in bench.tape.all(LayerCreated)[-3:]] == [1, 3, 1]


async def test_what_is_copied_is_in_an_image_that_is_committed(bench: Bench) -> None:
    await bench.image(DOCKERFILE, FILES)
    container = await bench.running()

    await bench.lab.commit(container, "kept")

    assert await bench.lab.read_file("kept", "/app/app.py") == b"print()\n"


@pytest.mark.parametrize("packed", [bytes, gzip.compress, lzma.compress])
async def test_what_an_archive_holds_keeps_its_owners(
    bench: Bench, packed: Callable[[bytes], bytes]
) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for path, uid in (("of-root", 0), ("of-somebody", 1000), ("ü" * 120, 0)):
            entry = tarfile.TarInfo(path)
            entry.uid, entry.size = uid, 2
            tar.addfile(entry, io.BytesIO(b"hi"))

    files: dict[str, bytes | str] = {"some.archive": packed(out.getvalue())}
    await bench.image("FROM busybox\nADD some.archive /data\n", files)

    told = await bench.output_of("stat", "-c", "%u %n", "/data/of-root", "/data/of-somebody")
    assert told.split("\n")[:2] == ["0 /data/of-root", "1000 /data/of-somebody"]
    # The folder /data is the fourth.
    assert bench.tape.all(LayerCreated)[-1].added == 4


def test_an_archive_is_sent_alike_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """BuildKit's cache goes by content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("inside"))
    sent = set()
    for now in (1e9, 2e9):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        sent.add(remapped(out.getvalue(), Owner(1000, 1000)))

    assert len(sent) == 1


async def test_a_file_that_is_no_archive_is_added_as_it_is(bench: Bench) -> None:
    await bench.image("FROM busybox\nADD some.tar /\n", {"some.tar": "nothing of the kind"})

    assert await bench.lab.read_file("app", "/some.tar") == b"nothing of the kind"


async def test_an_archive_that_is_copied_whole_stays_as_it_is(bench: Bench) -> None:
    """Beside an ADD of it; `COPY . .` reads the context as the learner wrote it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("inside"))

    dockerfile = "FROM busybox\nADD some.tar.gz /data\nCOPY . /all\n"
    await bench.image(dockerfile, {"some.tar.gz": out.getvalue()})

    assert await bench.lab.read_file("app", "/all/some.tar.gz") == out.getvalue()


def info(options: list[str], root: str, version: str) -> dict[str, Any]:
    return {"SecurityOptions": options, "DockerRootDir": root, "ServerVersion": version}


@pytest.mark.parametrize(
    ("said", "owner"),
    [
        (info(["name=seccomp", "name=userns"], "/d/231072.231073", "20.10.24"), (231072, 231073)),
        (info(["name=userns"], "/d/231072.231072", "25.0.5"), (231072, 231072)),
        (info(["name=userns"], "/d/231072.231072", "26.1.5"), (0, 0)),
        (info(["name=seccomp"], "/var/lib/docker", "20.10.24"), (0, 0)),
        (info(["name=rootless"], "/home/me/1000.1000", "20.10.24"), (0, 0)),
    ],
)
def test_only_an_engine_that_forgets_to_map_is_sent_mapped_owners(
    said: dict[str, Any], owner: tuple[int, int]
) -> None:
    assert owner_of_context(said) == Owner(*owner)
