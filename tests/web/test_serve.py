"""The real site as a process, on the embedded engine: starting, stopping, dying, slow readers."""

import json
import signal
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias
from urllib.error import HTTPError

import pytest

from tests.site_page import Page, dockerfile
from tests.site_process import Site, wait_until

SLOW_BUILD = "FROM alpine:3.20\nRUN echo begun && sleep 50\n"
SHORT_BUILD = 'FROM alpine:3.20\nWORKDIR /data\nCMD ["sleep", "1000"]\n'


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site that is set up and not yet started."""
    made = Site(tmp_path)
    made.migrate()
    yield made
    if made.process is not None:
        made.kill()


OpenPage: TypeAlias = Callable[..., Page]


@pytest.fixture
def page_of(site: Site) -> Iterator[OpenPage]:
    """Opens pages: `page_of(lab, cookie, after=0)`; closes them at the end."""
    with ExitStack() as stack:
        yield partial(Page, stack, site)
        if site.process is not None:
            site.kill()


def test_stopping_the_site_parks_its_labs_and_starting_brings_them_back(
    site: Site, page_of: OpenPage
) -> None:
    site.start()
    lab, cookie = site.open_lab()
    page = page_of(lab, cookie)
    page.ask("build", files=dockerfile(SHORT_BUILD))
    page.event("image.built")
    box = page.ask("container.run", image="my-app")["container"]
    page.event("container.started")
    page.ask("exec.start", container=box, command=["sh", "-c", "echo kept > /data/note"])
    page.event("exec.exited")
    assert site.stop() == 0
    assert not [line for line in site.said if "Traceback" in line or "Warning" in line]

    site.start()
    told = [event["type"] for event in site.tape(lab)]
    assert told[-2:] == ["engine.lost", "container.exited"] or told[-3:-1] == [
        "engine.lost",
        "container.exited",
    ]
    again = page_of(lab, cookie, after=len(told))
    again.event("engine.restored")
    again.ask("container.start", container=box)
    again.ask("exec.start", container=box, command=["cat", "/data/note"])
    assert again.event("exec.output")["text"] == "kept\n"
    tape = site.tape(lab)
    assert [event["seq"] for event in tape] == list(range(1, len(tape) + 1))


def test_a_site_killed_in_the_middle_of_a_build_says_so_when_it_is_back(
    site: Site, page_of: OpenPage
) -> None:
    site.start()
    lab, cookie = site.open_lab()
    page = page_of(lab, cookie)
    page.ask("build", files=dockerfile(SHORT_BUILD))
    page.event("image.built", build=1)
    page.ask("container.run", image="my-app", name="before")
    page.ask("build", files=dockerfile(SLOW_BUILD), tag="slow")
    page.event("step.output", build=2)
    assert site.kill() == -signal.SIGKILL

    site.start()
    back = page_of(lab, cookie)
    back.event("engine.restored")
    told = [event["type"] for event in back.events]
    assert told.index("engine.lost") < told.index("build.cancelled") < told.index("engine.restored")
    exited = back.event("container.exited")
    assert exited["reason"] == "lost"
    assert "stopped" in back.event("build.cancelled")["reason"]
    assert back.ask("build", files=dockerfile(SHORT_BUILD), tag="after") == {"build": 3}
    back.event("image.built", build=3)
    assert "step.cached" in [e["type"] for e in back.events if e.get("build") == 3]
    tape = site.tape(lab)
    assert [event["seq"] for event in tape] == list(range(1, len(tape) + 1))


def test_a_site_stopped_in_the_middle_of_a_build_calls_it_off_and_does_not_wait_for_its_end(
    site: Site, page_of: OpenPage
) -> None:
    site.start()
    lab, cookie = site.open_lab()
    page = page_of(lab, cookie)
    page.ask("build", files=dockerfile(SLOW_BUILD))
    page.event("step.output")
    page.ask("build", files=dockerfile(SHORT_BUILD), tag="waits")
    assert site.stop() == 0
    # By the site that stopped, and not by the one that finds it cut off.
    assert _cancelled(_written(site, lab)) == {1, 2}
    assert "took too long to stop" not in "".join(site.said)

    site.start()
    tape = site.tape(lab)
    assert [event["seq"] for event in tape] == list(range(1, len(tape) + 1))
    assert _cancelled(tape) == {1, 2}
    assert page_of(lab, cookie).ask("build", files=dockerfile(SHORT_BUILD)) == {"build": 3}


def test_a_database_that_another_process_has_locked_only_holds_writers_up(
    site: Site, page_of: OpenPage
) -> None:
    site.start()
    lab, cookie = site.open_lab()
    page = page_of(lab, cookie)
    page.event("lab.opened")
    other = sqlite3.connect(site.data / "db.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    page.socket.send(json.dumps({"type": "files.save", "ref": "s", "files": dockerfile("FROM x")}))
    assert site.get("/healthz")["ok"]
    assert site.get(f"/api/labs/{lab}/files")["files"][1]["path"] == "app.py"
    other.execute("COMMIT")
    other.close()
    wait_until(lambda: site.get(f"/api/labs/{lab}/files")["files"][0]["text"] == "FROM x")


def test_two_sites_do_not_share_one_data_folder(site: Site) -> None:
    site.start()
    second = site.manage("serve", "--port", "0")
    output, _ = second.communicate(timeout=120)
    assert second.returncode == 1
    assert "another process is serving" in output
    sweep = site.manage("sweep")
    output, _ = sweep.communicate(timeout=120)
    assert sweep.returncode == 1
    assert "The site is running" in output


def test_sweeping_a_stopped_site_deletes_the_labs_that_are_old(site: Site) -> None:
    site.start()
    (old, _), (young, _) = site.open_lab(), site.open_lab()
    site.stop()
    with sqlite3.connect(site.data / "db.sqlite3") as connection:
        connection.execute(
            "UPDATE visualizer_lab SET last_seen = '2001-01-01' WHERE id = ?", (old,)
        )
    connection.close()
    output, _ = site.manage("sweep").communicate(timeout=120)
    assert output == "deleted 1 lab\n"
    site.start()
    assert site.tape(young) == []
    with pytest.raises(HTTPError, match="404") as refused:
        site.tape(old)
    refused.value.close()


def test_a_port_that_is_taken_is_said_in_words(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = site.manage("serve", "--port", str(port))
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert f"cannot listen on 127.0.0.1, port {port}" in output
    assert "Traceback" not in output


def test_a_database_that_is_not_set_up_is_said_in_words(tmp_path: Path) -> None:
    process = Site(tmp_path).manage("serve", "--port", "0")
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "manage.py migrate" in output


def test_the_secret_key_is_made_once_and_for_the_owner_alone(site: Site) -> None:
    kept = site.data / "secret_key"
    assert kept.stat().st_mode & 0o777 == 0o600
    before = kept.read_text()
    site.migrate()
    assert kept.read_text() == before
    assert len(before) > 50


def test_readers_that_do_not_read_cost_no_memory_and_hold_nobody_up(
    site: Site, page_of: OpenPage
) -> None:
    site.start()
    lab, cookie = site.open_lab()
    page_of(lab, cookie).event("lab.opened")
    site.stop()
    count = _fill(site.data / "db.sqlite3", lab, megabytes=24)
    site.start()
    page_of(lab).event("lab.opened")
    before = site.memory()
    sleepers = [_connect_and_sleep(site, lab) for _ in range(12)]
    # They hold nobody up: one who reads gets half of it, while each of them could have got as much.
    reader = page_of(lab, after=count // 2)
    reader.event("engine.lost", seq=count)
    # Twelve times over that would be 144 MiB; what is buffered is a page or two each.
    assert site.memory() - before < 64 * 1024 * 1024
    assert all(_was_sent_some(sleeper) for sleeper in sleepers)
    for sleeper in sleepers:
        sleeper.close()
    wait_until(lambda: site.get("/healthz")["ok"])


def _written(site: Site, lab: str) -> list[dict[str, Any]]:
    """The tape as it is on the disk of a site that is not running."""
    with closing(sqlite3.connect(site.data / "db.sqlite3")) as connection:
        rows = connection.execute(
            "SELECT body FROM visualizer_journalentry WHERE lab_id = ? ORDER BY seq", (lab,)
        )
        return [json.loads(body) for (body,) in rows]


def _cancelled(tape: list[dict[str, Any]]) -> set[int]:
    return {event["build"] for event in tape if event["type"] == "build.cancelled"}


def _fill(database: Path, lab: str, megabytes: int) -> int:
    """Make the tape long, without going through the site; the last number."""
    rows = []
    for seq in range(2, megabytes * 256 + 2):
        event = {"v": 1, "seq": seq, "at_ms": 10**6, "type": "engine.lost", "message": "x" * 4000}
        rows.append((lab, seq, 10**6, "engine.lost", json.dumps(event)))
    with sqlite3.connect(database) as connection:
        connection.executemany(
            "INSERT INTO visualizer_journalentry (lab_id, seq, at_ms, type, body)"
            " VALUES (?, ?, ?, ?, ?)",
            rows,
        )
        last = rows[-1][1] + 1
        row = {**json.loads(rows[-1][4]), "seq": last, "type": "engine.restored"}
        connection.execute(
            "INSERT INTO visualizer_journalentry (lab_id, seq, at_ms, type, body)"
            " VALUES (?, ?, ?, ?, ?)",
            (lab, last, 10**6, "engine.restored", json.dumps(row)),
        )
        connection.execute("UPDATE visualizer_lab SET next_seq = ? WHERE id = ?", (last + 1, lab))
    connection.close()
    return last - 1


def _connect_and_sleep(site: Site, lab: str) -> socket.socket:
    """A socket that asks for the whole tape and takes none of it."""
    sleeper = socket.socket()
    sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sleeper.connect(("127.0.0.1", site.port))
    sleeper.sendall(
        (
            f"GET /ws/labs/{lab}/?after=0 HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: {site.address}\r\n\r\n"
        ).encode()
    )
    assert sleeper.recv(12) == b"HTTP/1.1 101"
    return sleeper


def _was_sent_some(sleeper: socket.socket) -> bool:
    """Whether part of the tape lies there to be read."""
    sleeper.setblocking(False)
    return bool(sleeper.recv(1, socket.MSG_PEEK))
