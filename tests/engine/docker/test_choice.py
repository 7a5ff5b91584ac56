"""A site that offers a real Docker Engine beside the embedded one, as a process of its own."""

import asyncio
import json
import socket
import sqlite3
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.engine.docker.engines import site_on
from tests.site_process import Site, wait_until
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.asking import ask
from visualizer.engine.docker.names import LAB_LABEL
from visualizer.environment import Environment
from visualizer.labs import choosing, wiring

SLEEPER = 'FROM busybox\nRUN echo made > /note\nCMD ["sleep", "1000"]\n'
ENDLESS = "FROM busybox\nRUN sleep 100\n"


@pytest.fixture
async def site(tmp_path: Path, docker_host: str) -> AsyncIterator[Site]:
    """A site that chooses by itself, not yet started."""
    async with site_on(docker_host, tmp_path, engine="auto", engine_sweep_seconds="1") as made:
        yield made


@pytest.fixture
def pages() -> Iterator[ExitStack]:
    """Closes what pages have opened."""
    with ExitStack() as stack:
        yield stack


class Page:
    """A browser's page on a lab."""

    def __init__(self, pages: ExitStack, site: Site, lab: str, cookie: str) -> None:
        self.lab = lab
        self.events: list[dict[str, Any]] = []
        self.errors: list[dict[str, Any]] = []
        self._socket = pages.enter_context(
            connect(
                f"ws://127.0.0.1:{site.port}/ws/labs/{lab}/?after=0",
                origin=Origin(site.address),
                additional_headers={"Cookie": cookie},
                close_timeout=0.2,
            )
        )

    def send(self, kind: str, **fields: Any) -> None:
        """Send a command."""
        self._socket.send(json.dumps({"type": kind, **fields}))

    def build(self, dockerfile: str) -> None:
        """Ask for a build."""
        self.send("build", files=[{"path": "Dockerfile", "text": dockerfile}])

    def event(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Wait for an event."""

        def is_it(event: dict[str, Any]) -> bool:
            return event["type"] == kind and all(event[k] == v for k, v in fields.items())

        while not (found := [event for event in self.events if is_it(event)]):
            self._receive()
        return found[0]

    def error(self) -> dict[str, Any]:
        """Wait for something that is refused."""
        while not self.errors:
            self._receive()
        return self.errors[0]

    def _receive(self) -> None:
        frame: dict[str, Any] = json.loads(self._socket.recv(timeout=120))
        self.events += frame.get("events", [])
        if frame["frame"] == "error":
            self.errors.append(frame["error"])


def token(site: Site) -> tuple[str, str]:
    """What a form of the front page carries, and the cookie that belongs to it."""
    with urllib.request.urlopen(f"{site.address}/labs/", timeout=120) as answer:
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        text = answer.read().decode()
    return text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0], cookie


def open_lab(site: Site, engine: str) -> tuple[str, str]:
    """Open a lab by the form; its id and its owner's cookie."""
    secret, cookie = token(site)
    body = urllib.parse.urlencode({"csrfmiddlewaretoken": secret, "engine": engine}).encode()
    request = urllib.request.Request(f"{site.address}/labs/", body, {"Cookie": cookie})

    with urllib.request.build_opener(_Stay).open(request, timeout=120) as answer:
        assert answer.status == 302, answer.read().decode()
        cookies: list[str] = answer.headers.get_all("Set-Cookie")
        own = next(each.split(";")[0] for each in cookies if not each.startswith("csrf"))
        return answer.headers["Location"].split("/")[2], own


class _Stay(urllib.request.HTTPRedirectHandler):
    """Takes a redirect for an answer like any other."""

    def http_error_302(self, req: Any, fp: Any, *rest: Any) -> Any:
        return fp


async def labs_on(docker_host: str) -> dict[str, str]:
    """The labs with a container on the engine, and its state."""
    api = EngineApi(docker_host)
    try:
        held = await api.get("/containers/json", all="1")
    finally:
        api.close()
    return {
        each["Labels"][LAB_LABEL]: each["State"] for each in held if LAB_LABEL in each["Labels"]
    }


def in_database(site: Site, statement: str, *values: str) -> None:
    """What an administrator could do."""
    with closing(sqlite3.connect(site.data / "db.sqlite3", timeout=120)) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute(statement, values)
        database.commit()


def held(docker_host: str) -> dict[str, str]:
    """The same, for who is not on an event loop."""
    return asyncio.run(labs_on(docker_host))


def test_labs_live_on_both_engines_at_the_same_time(site: Site, pages: ExitStack) -> None:
    site.start()
    told = site.get("/api/engines")
    assert [each["kind"] for each in told["engines"]] == ["docker", "embedded"]
    assert told["engines"][0]["title"].startswith("Docker Engine ")
    assert told["why"] == "This engine was named by whoever runs this site."
    for kind, name in (("docker", "Docker Engine"), ("embedded", "Embedded engine")):
        lab, cookie = open_lab(site, kind)
        page = Page(pages, site, lab, cookie)
        assert page.event("lab.opened")["engine"]["name"] == name
        # What a lab begins with builds where it is.
        files = site.get(f"/api/labs/{lab}/files")["files"]
        page.send("build", files=files)
        page.event("image.built")
    assert site.stop() == 0
    assert not [line for line in site.said if "Traceback" in line]


def test_a_lab_outlives_its_engine_as_something_to_look_at(
    site: Site, pages: ExitStack, docker_host: str
) -> None:
    site.start()
    lab, cookie = open_lab(site, "docker")
    page = Page(pages, site, lab, cookie)
    page.build(SLEEPER)
    image = page.event("image.built")["image"]
    site.stop()
    without = Site(site.data, engine="embedded")
    try:
        without.start()
        later = Page(pages, without, lab, cookie)
        assert later.event("image.built")["image"] == image
        assert later.error()["code"] == "engine-not-offered"
        with urllib.request.urlopen(f"{without.address}/lab/{lab}/", timeout=120) as answer:
            assert answer.status == 200
    finally:
        without.stop()
    site.start()
    back = Page(pages, site, lab, cookie)
    back.send("container.run", image="my-app")
    back.event("container.started")
    site.stop()


def test_what_no_lab_owns_is_gone_a_moment_after_the_start(
    site: Site, pages: ExitStack, docker_host: str
) -> None:
    site.start()
    labs = [open_lab(site, "docker") for _ in range(2)]
    for lab, cookie in labs:
        page = Page(pages, site, lab, cookie)
        page.build(SLEEPER)
        page.event("image.built")
        page.send("container.run", image="my-app")
        page.event("container.started")
    (kept, _), (deleted, _) = labs
    assert {kept, deleted} <= {*held(docker_host)}
    site.kill()
    in_database(site, "DELETE FROM visualizer_lab WHERE id = ?", deleted)
    site.start()
    wait_until(lambda: deleted not in held(docker_host))
    assert kept in held(docker_host)
    site.stop()


def test_an_idle_lab_is_stopped_and_after_longer_its_containers_go(
    tmp_path: Path, site: Site, pages: ExitStack, docker_host: str
) -> None:
    site.start()
    lab, cookie = open_lab(site, "docker")
    with ExitStack() as visit:
        page = Page(visit, site, lab, cookie)
        page.build(SLEEPER)
        page.event("image.built")
        page.send("container.run", image="my-app")
        page.event("container.started")
    site.stop()
    assert held(docker_host)[lab] == "exited"
    old = "2020-01-01 00:00:00"
    in_database(site, "UPDATE visualizer_lab SET last_seen = ? WHERE id = ?", old, lab)
    # Not deleted, though it is as old as that.
    patient = Site(
        site.data,
        engine="docker",
        docker_host=docker_host,
        engine_sweep_seconds="1",
        keep_days="100000",
    )
    try:
        patient.start()
        wait_until(lambda: lab not in held(docker_host))
        wait_until(lambda: patient.tape(lab)[-1]["type"] == "container.removed")
        assert patient.tape(lab)[-2]["what"] == "idle_remove_hours"
        again = Page(pages, patient, lab, cookie)
        again.send("container.run", image="my-app")
        again.event("container.started", container=again.event("container.started")["container"])
        assert not again.errors
    finally:
        patient.stop()


def test_a_docker_engine_builds_one_at_a_time_and_the_others_know_their_place(
    site: Site, pages: ExitStack
) -> None:
    site.start()
    first, second, third = (Page(pages, site, *open_lab(site, "docker")) for _ in range(3))
    first.build(ENDLESS)
    first.event("build.started")
    second.build(SLEEPER)
    assert second.event("build.queued")["position"] == 1
    third.build(SLEEPER)
    assert third.event("build.queued")["position"] == 2
    beside = Page(pages, site, *open_lab(site, "embedded"))
    beside.build("FROM alpine:3.20\nRUN echo hello\n")
    beside.event("image.built")
    first.send("build.cancel", build=1)
    first.event("build.cancelled")
    assert third.event("build.queued", position=1)
    second.event("image.built")
    third.event("image.built")
    assert not any(event["type"] == "build.queued" for event in beside.events)


async def test_the_engine_of_this_computer_is_taken_when_it_answers(
    docker_host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = await ask(docker_host)
    assert "busybox:latest" in heard.bases
    monkeypatch.setattr(choosing, "LOCAL", docker_host)
    here = Environment(data=tmp_path)
    choice = await asyncio.to_thread(choosing.choose, here, "127.0.0.1", wiring._ask)
    assert choice.kinds == ("docker", "embedded")
    assert choice.docker
    assert (choice.docker.whose, choice.docker.version) == ("local", heard.version)


async def test_a_socket_that_nobody_listens_on_is_no_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dead.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    monkeypatch.setattr(choosing, "LOCAL", f"unix://{path}")
    here = Environment(data=tmp_path)
    choice = await asyncio.to_thread(choosing.choose, here, "127.0.0.1", wiring._ask)
    assert choice.kinds == ("embedded",)
    assert choice.why == f"No Docker Engine answered at {path} when the site was started."
