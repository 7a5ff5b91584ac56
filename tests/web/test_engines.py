"""Choosing the engine of a lab: what is offered, what is opened, and a lab whose engine is gone."""

import json
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import AsyncClient

from tests.conftest import OWNER, Connect
from tests.engine_fake import FakeEngine
from tests.socket_client import cookie
from tests.web.test_pages import boot_of, built, text_of
from visualizer.engine.docker import DockerEngine
from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.port import ContextFile
from visualizer.environment import Environment
from visualizer.events.types import EngineInfo
from visualizer.labs import opening, wiring, workspace
from visualizer.labs.database import close_connections, in_database
from visualizer.labs.engines import Engines, Offer
from visualizer.labs.registry import Registry
from visualizer.labs.workspace import starter_files
from visualizer.web import owner, pages

__all__ = ["built"]

WHY = "It answered when the site was started."


class RealEngine(FakeEngine):
    """A fake that passes for a Docker Engine, with the images that a test gives it."""

    images: Sequence[str] = ("busybox:latest", "python:3.12-slim")

    async def info(self) -> EngineInfo:
        """Says what it is."""
        return EngineInfo(kind="docker", name="Docker Engine", version="1", simulated=False)

    async def catalogue(self) -> Sequence[str]:
        """What the test said."""
        return self.images


@pytest.fixture
async def docker() -> RealEngine:
    """The second engine on offer, and the usual one."""
    return RealEngine()


@pytest.fixture
async def registry(
    engine: FakeEngine, docker: RealEngine, environment: Environment, transactional_db: None
) -> AsyncIterator[Registry]:
    """A site with two engines."""
    offers = [
        Offer("docker", "Docker Engine 1, the one of this computer", "It is real.", 1, docker),
        Offer("embedded", "Embedded engine", "It is simulated.", 2, engine),
    ]
    made = Registry(Engines(offers, WHY), environment)
    wiring.install(made)
    yield made
    await made.close()
    wiring.install(None)
    close_connections()


@pytest.fixture
def client(registry: Registry, built: None) -> AsyncClient:
    """A browser that keeps cookies."""
    return AsyncClient()


@pytest.fixture
def only_embedded(registry: Registry) -> None:
    """The site has been started without its Docker Engine."""
    registry.engines = Engines([registry.engines.offers[1]], "No Docker Engine answered.")


async def opened(client: AsyncClient, **fields: str) -> str:
    """Open a lab by the form of the front page; its id."""
    response = await client.post("/labs/", fields)
    assert response.status_code == 302, text_of(response)
    return str(response["Location"]).split("/")[2]


async def test_the_front_page_tells_what_is_on_offer_and_why(client: AsyncClient) -> None:
    boot = boot_of(await client.get("/"))
    assert boot["why"] == WHY
    assert boot["engines"] == [
        {
            "kind": "docker",
            "title": "Docker Engine 1, the one of this computer",
            "about": "It is real.",
        },
        {"kind": "embedded", "title": "Embedded engine", "about": "It is simulated."},
    ]


async def test_the_api_tells_the_same(client: AsyncClient) -> None:
    told = json.loads((await client.get("/api/engines")).content)
    assert [each["kind"] for each in told["engines"]] == ["docker", "embedded"]
    assert told["why"] == WHY


@pytest.mark.parametrize(
    ("fields", "kind"),
    [({}, "docker"), ({"engine": "docker"}, "docker"), ({"engine": "embedded"}, "embedded")],
)
async def test_a_lab_is_opened_on_the_engine_that_was_chosen(
    client: AsyncClient,
    registry: Registry,
    engine: FakeEngine,
    docker: RealEngine,
    fields: dict[str, str],
    kind: str,
) -> None:
    lab = await opened(client, **fields)
    page = boot_of(await client.get(f"/lab/{lab}/"))
    assert (page["engine"]["kind"], page["offer"]["kind"]) == (kind, kind)
    await registry.runner(lab)
    assert (lab in docker.labs, lab in engine.labs) == (kind == "docker", kind == "embedded")


async def test_each_engine_has_its_own_catalogue(client: AsyncClient) -> None:
    pages = {kind: await opened(client, engine=kind) for kind in ("docker", "embedded")}
    shown = {kind: boot_of(await client.get(f"/lab/{lab}/")) for kind, lab in pages.items()}
    assert shown["docker"]["catalogue"] == ["busybox:latest", "python:3.12-slim"]
    assert shown["embedded"]["catalogue"] == ["alpine:3.20", "python:3.12-slim"]
    for address, images in (
        ("/api/catalogue", ["busybox:latest", "python:3.12-slim"]),
        ("/api/catalogue?engine=embedded", ["alpine:3.20", "python:3.12-slim"]),
    ):
        assert json.loads((await client.get(address)).content) == {"images": images}


async def test_a_lab_says_why_it_is_on_its_engine(client: AsyncClient) -> None:
    usual, other = await opened(client), await opened(client, engine="embedded")
    assert boot_of(await client.get(f"/lab/{usual}/"))["offer"]["why"] == WHY
    why = boot_of(await client.get(f"/lab/{other}/"))["offer"]["why"]
    assert why == "This engine was chosen when the lab was opened."


@pytest.mark.parametrize("kind", ["podman", "docker; rm -rf /", "x" * 9999, "\x00", "Docker"])
async def test_an_engine_that_is_not_on_offer_is_refused_in_words(
    client: AsyncClient, kind: str
) -> None:
    response = await client.post("/labs/", {"engine": kind})
    assert response.status_code == 400
    assert "The engines on offer are: `docker`, `embedded`." in text_of(response)
    assert (await client.get("/api/catalogue", {"engine": kind})).status_code == 400


async def test_the_list_of_labs_offers_the_choice_too(client: AsyncClient) -> None:
    page = text_of(await client.get("/labs/"))
    found = re.findall(r'<input type="radio" name="engine" value="(\w+)"( checked)?>', page)
    assert found == [("docker", " checked"), ("embedded", "")]
    assert "Docker Engine 1, the one of this computer" in page


@pytest.mark.usefixtures("only_embedded")
async def test_where_there_is_one_engine_nothing_is_asked(client: AsyncClient) -> None:
    assert 'name="engine"' not in text_of(await client.get("/labs/"))
    assert len(boot_of(await client.get("/"))["engines"]) == 1


# What a lab begins with


def base_of(files: Sequence[ContextFile]) -> str:
    return files[0].content.decode().splitlines()[0]


@pytest.mark.parametrize(
    ("images", "begins"),
    [
        (["busybox:latest", "python:3.12-slim"], "FROM python:3.12-slim"),
        (["busybox:latest", "python:3.11-bookworm", "python:3.11-slim"], "FROM python:3.11-slim"),
        (["busybox:1.36", "busybox:latest"], "FROM busybox:latest"),
        (["debian:bookworm-slim", "scratch"], "FROM debian:bookworm-slim"),
        (["alpine:3.20", "ubuntu:24.04"], "FROM alpine:3.20"),
        (["scratch"], "FROM python:3.12-slim"),
    ],
)
async def test_a_lab_begins_with_files_that_build_on_its_engine(
    client: AsyncClient, docker: RealEngine, images: list[str], begins: str
) -> None:
    docker.images = images
    files = await in_database(workspace.load, await opened(client))
    assert base_of(files) == begins
    assert files[1].path == ("app.py" if "python" in begins else "app.sh")
    assert f'"{files[1].path}"]' in files[0].content.decode()


async def test_every_engine_may_build_the_first_starter_when_nobody_asks() -> None:
    assert base_of(starter_files()) == "FROM python:3.12-slim"


async def test_a_lab_is_opened_while_its_engine_is_away(
    client: AsyncClient, docker: RealEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable() -> Sequence[str]:
        raise EngineUnavailable("engine-unavailable", "The Docker Engine does not answer.")

    monkeypatch.setattr(docker, "catalogue", unavailable)
    lab = await opened(client)
    boot = boot_of(await client.get(f"/lab/{lab}/"))
    assert (boot["engine"], boot["catalogue"]) == (None, [])
    assert boot["offer"]["kind"] == "docker"
    assert [file["path"] for file in boot["files"]] == ["Dockerfile", "app.py"]


async def test_a_page_does_not_wait_for_an_engine_that_hangs(
    client: AsyncClient, docker: RealEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    async def hanging() -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(docker, "catalogue", hanging)
    monkeypatch.setattr(pages, "ENGINE_SECONDS", 0.01)
    lab = await opened(client)
    boot = boot_of(await client.get(f"/lab/{lab}/"))
    assert (boot["engine"], boot["catalogue"]) == (None, [])


# A lab whose engine the site has no more


@pytest.fixture
async def stranded(registry: Registry, client: AsyncClient) -> str:
    """A lab that was opened on Docker, with a tape, before the site was started without it."""
    lab = await in_database(opening.create, OWNER, "docker", starter_files(), 50)
    await registry._park(await registry.runner(lab), "")
    registry.engines = Engines([registry.engines.offers[1]], "No Docker Engine answered.")
    client.cookies[owner.NAME] = cookie(OWNER).split("=", 1)[1]
    return lab


async def test_it_can_still_be_looked_at(client: AsyncClient, stranded: str) -> None:
    boot = boot_of(await client.get(f"/lab/{stranded}/"))
    assert (boot["engine"], boot["offer"], boot["catalogue"]) == (None, None, [])
    assert [file["path"] for file in boot["files"]] == ["Dockerfile", "app.py"]
    events = json.loads((await client.get(f"/api/labs/{stranded}/events")).content)["events"]
    assert [event["type"] for event in events] == ["lab.opened"]
    assert events[0]["engine"]["kind"] == "docker"


async def test_its_socket_sends_the_tape_and_says_in_words_what_is_the_matter(
    stranded: str, join: Connect
) -> None:
    socket = await join(stranded)
    await socket.event("lab.opened")
    await socket.until(lambda: bool(socket.answers))
    for answer in (socket.answers[0], await socket.ask("container.run", image="app")):
        assert answer["frame"] == "error"
        problem = answer["error"]
        assert problem["code"] == "engine-not-offered"
        assert problem["title"] == "This lab lives on a Docker Engine, and the site has none now."
        assert "Embedded engine. No Docker Engine answered." in problem["why"]
        assert "open a new lab" in problem["try"]


@pytest.mark.parametrize("path", ["inspect/box", "containers/box/changes", "read?ref=a&path=/b"])
async def test_what_only_the_engine_knows_is_refused_in_words(
    client: AsyncClient, stranded: str, path: str
) -> None:
    response = await client.get(f"/api/labs/{stranded}/{path}")
    assert response.status_code == 503
    assert json.loads(response.content)["code"] == "engine-not-offered"


async def test_it_can_be_deleted(client: AsyncClient, stranded: str) -> None:
    assert (await client.post(f"/labs/{stranded}/delete/"))["Location"] == "/labs/"
    assert (await client.get(f"/lab/{stranded}/")).status_code == 404


async def test_it_goes_on_when_the_engine_is_back(
    stranded: str, registry: Registry, docker: RealEngine, join: Connect
) -> None:
    real = Offer("docker", "Docker Engine 1", "It is real.", 1, docker)
    registry.engines = Engines([real, *registry.engines.offers])
    socket = await join(stranded)
    files = [{"path": "Dockerfile", "text": "FROM busybox"}]
    await socket.ask("build", files=files)
    await socket.event("image.built")
    assert not [answer for answer in socket.answers if answer["frame"] == "error"]


async def test_an_unknown_kind_of_engine_is_named(registry: Registry) -> None:
    lab: Any = await in_database(opening.create, OWNER, "podman", [], 50)
    with pytest.raises(EngineUnavailable, match="lives on an engine called podman"):
        await registry.runner(lab)


async def test_a_socket_that_is_gone_is_no_reason_to_show_nothing_else(
    client: AsyncClient, registry: Registry, tmp_path: Path, settings: LazySettings
) -> None:
    gone = DockerEngine(f"unix://{tmp_path}/none.sock", cache_dir=tmp_path, instance="test")
    registry.engines = Engines([Offer("docker", "Docker Engine", "", 1, gone)])
    for address in ("/", "/labs/", "/api/engines"):
        assert (await client.get(address)).status_code == 200
    assert (await client.get("/api/catalogue")).status_code == 503
