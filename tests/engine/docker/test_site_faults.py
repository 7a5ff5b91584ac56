"""The site as a process while its Docker Engine is away, dies or comes back, and after its own
death: pages are served, the tape says what happened, and the lab works again."""

import asyncio
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.engine.docker.daemon import Daemon
from tests.site_page import Page, dockerfile
from tests.site_process import Site, wait_until
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.names import INSTANCE_LABEL

BUILD = 'FROM busybox\nRUN echo made > /note\nCMD ["sleep", "1000"]\n'
ENDLESS = "FROM busybox\nRUN echo begun && sleep {seconds}\n"
SECONDS = 120

OpenPage: TypeAlias = Callable[..., Page]


@pytest.fixture
def site(tmp_path: Path, dockerd: Daemon) -> Iterator[Site]:
    """A site on an engine of this test's own, set up and not yet started."""
    made = Site(
        tmp_path / "data", engine="docker", docker_host=dockerd.host, engine_sweep_seconds="1"
    )
    made.migrate()
    yield made
    if made.process is not None:
        made.kill()


@pytest.fixture
def page_of(site: Site) -> Iterator[OpenPage]:
    """Opens pages: `page_of(lab, cookie, after=0)`; closes them at the end."""
    with ExitStack() as stack:
        yield partial(Page, stack, site)
        if site.process is not None:
            site.kill()


def ask_engine(host: str, path: str, **query: str) -> Any:
    """What the engine answers by itself."""

    async def ask() -> Any:
        api = EngineApi(host)
        try:
            return await api.get(path, **query)
        finally:
            api.close()

    return asyncio.run(ask())


def sleepers(word: str) -> list[str]:
    """The processes of this machine that carry this out."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = each.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if words[:2] == ["sleep", word]:
            found.append(each.parent.name)
    return found


ENGINE_AWAY = '"engine": null'
"""In a lab's page, that is served nevertheless."""


def works(page: Page, build: int) -> None:
    """A build and a container, from the page."""
    page.ask("build", files=dockerfile(BUILD))
    page.event("image.built", build=build)
    box = page.ask("container.run", image="my-app")["container"]
    page.event("container.started", container=box)
    run = page.ask("exec.start", container=box, command=["cat", "/note"])["exec"]
    assert page.event("exec.output", exec=run)["text"] == "made\n"


def test_a_site_whose_engine_is_not_there_serves_and_goes_on_when_it_comes(
    site: Site, dockerd: Daemon, page_of: OpenPage
) -> None:
    dockerd.kill()
    dockerd.socket.unlink()
    site.start()
    lab, cookie = site.open_lab()
    assert ENGINE_AWAY in site.page(f"/lab/{lab}/", cookie)
    dockerd.start()
    wait_until(lambda: ENGINE_AWAY not in site.page(f"/lab/{lab}/", cookie))
    works(page_of(lab, cookie), build=1)
    assert not [line for line in site.said if "Traceback" in line]


def test_a_site_whose_engine_dies_in_a_build_serves_and_goes_on_when_it_is_back(
    site: Site, dockerd: Daemon, page_of: OpenPage
) -> None:
    site.start()
    lab, cookie = site.open_lab()
    page = page_of(lab, cookie)
    works(page, build=1)
    page.ask("build", files=dockerfile(ENDLESS.format(seconds=1000)))
    page.event("step.output", build=2)
    dockerd.kill()
    failed = page.event("build.failed", build=2)
    assert failed["diagnosis"]["code"] == "docker-engine-gone"
    page.event("engine.lost")
    assert "<html" in site.page("/")
    assert ENGINE_AWAY in site.page(f"/lab/{lab}/", cookie)
    dockerd.start()
    page.event("engine.restored")
    assert page.event("container.exited")["reason"] == "lost"
    works(page, build=3)
    tape = site.tape(lab)
    assert [event["seq"] for event in tape] == list(range(1, len(tape) + 1))
    assert not [line for line in site.said if "Traceback" in line]


def test_a_site_killed_in_a_build_leaves_nothing_and_its_lab_works(
    site: Site, dockerd: Daemon, page_of: OpenPage
) -> None:
    # So that the processes of other tests are not taken for this one's.
    word = str(100_000 + secrets.randbelow(100_000))
    site.start()
    lab, cookie = site.open_lab()
    page = page_of(lab, cookie)
    page.ask("build", files=dockerfile(ENDLESS.format(seconds=word)))
    page.event("step.output", build=1)
    wait_until(lambda: sleepers(word))
    site.kill()
    # The build was called off by the end of its connection.
    wait_until(lambda: not sleepers(word), SECONDS)
    site.start()
    again = page_of(lab, cookie)
    assert "Build again" in again.event("build.cancelled", build=1)["reason"]
    works(again, build=2)
    instance = (site.data / "engine" / "docker" / "instance").read_text()
    mine = json.dumps({"label": [f"{INSTANCE_LABEL}={instance}"]})
    known = {event["container"] for event in site.tape(lab) if event["type"] == "container.created"}
    wait_until(
        lambda: (
            {
                each["Id"]
                for each in ask_engine(dockerd.host, "/containers/json", all="1", filters=mine)
            }
            == known
        ),
        SECONDS,
    )
