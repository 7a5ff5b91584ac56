"""What comes over HTTP before Django sees it, at the real site: large, slow or odd requests."""

import json
import re
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site_process import Site, wait_until
from visualizer.web.http_protocol import BODY_BYTES, IMPORT_BYTES, LINGER_BYTES


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One running site for all of these tests."""
    made = Site(tmp_path_factory.mktemp("site"))
    made.migrate()
    made.start()
    yield made
    made.kill()


def opened(site: Site) -> socket.socket:
    return socket.create_connection(("127.0.0.1", site.port), timeout=90)


def answer(connection: socket.socket) -> str:
    """All that comes until the site closes."""
    received = b""
    with connection:
        try:
            while piece := connection.recv(65536):
                received += piece
        except ConnectionResetError:
            pass  # It closed while more was being sent to it.
    return received.decode("latin1")


def spooled(site: Site) -> int:
    """Bytes in the files without a name that the site keeps open."""
    assert site.process
    found = 0
    for link in Path(f"/proc/{site.process.pid}/fd").iterdir():
        try:
            found += link.stat().st_size if "(deleted)" in str(link.readlink()) else 0
        except FileNotFoundError:
            continue
    return found


def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(site: Site) -> None:
    connection = opened(site)
    head = f"POST /labs/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {BODY_BYTES + 1}\r\n"
    connection.sendall(f"{head}\r\n".encode())
    assert answer(connection).startswith("HTTP/1.1 413 ")


def test_a_body_in_chunks_is_cut_off_when_it_gets_too_large(site: Site) -> None:
    connection = opened(site)
    connection.sendall(
        b"POST /labs/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with pytest.raises(OSError, match=r"[Bb]roken pipe|reset"):
        connection.sendall(piece * 2000)
    connection.close()
    assert spooled(site) <= BODY_BYTES
    assert site.get("/healthz")["ok"]


def test_a_body_between_the_limits_is_refused_in_words(site: Site) -> None:
    body = b"x" * (600 * 1024)
    connection = opened(site)
    connection.sendall(
        b"POST /api/diagnose HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    told = answer(connection)
    assert told.startswith("HTTP/1.1 413 ")
    assert "That is more than the site takes at once." in told


def test_nobody_tells_the_site_where_it_is_mounted(site: Site) -> None:
    for header in (b"Daphne-Root-Path: //evil.example", b"Daphne-Root-Path: \xe9"):
        connection = opened(site)
        connection.sendall(
            b"GET /lab/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%b\r\n\r\n" % header
        )
        told = answer(connection)
        assert re.search(r"^Location: /lab/[\w-]+/\r$", told, re.MULTILINE), told


def test_requests_that_are_no_http_are_refused_and_the_site_goes_on(site: Site) -> None:
    for request in (
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: x\r\n" * 2000 + b"\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -4\r\n\r\n",
    ):
        connection = opened(site)
        connection.sendall(request)
        assert answer(connection).startswith("HTTP/1.1 400 ")
    assert site.get("/healthz")["ok"]


def test_an_export_waits_for_its_reader(site: Site) -> None:
    lab, _ = site.open_lab()
    _fill(site.data / "db.sqlite3", lab, megabytes=16)
    before = site.memory()
    request = f"GET /api/labs/{lab}/events.jsonl HTTP/1.1\r\nHost: localhost\r\n"
    sleepers = [socket.socket() for _ in range(8)]
    for sleeper in sleepers:
        sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sleeper.connect(("127.0.0.1", site.port))
        sleeper.sendall(f"{request}\r\n".encode())
        assert sleeper.recv(12) == b"HTTP/1.1 200"
    reader = opened(site)
    reader.sendall(f"{request}Connection: close\r\n\r\n".encode())
    whole = answer(reader)
    assert whole.count('"engine.restored"') == 16 * 256
    # Eight times all of it would be 128 MiB; what waits is a page or two for each.
    assert site.memory() - before < 64 * 1024 * 1024
    for sleeper in sleepers:
        sleeper.close()
    wait_until(lambda: site.get("/healthz")["ok"])


def _fill(database: Path, lab: str, megabytes: int) -> None:
    rows = []
    for seq in range(1, megabytes * 256 + 1):
        fact = {"v": 1, "seq": seq, "at_ms": 1, "type": "engine.restored", "message": "x" * 4000}
        rows.append((lab, seq, 1, "engine.restored", json.dumps(fact)))
    with sqlite3.connect(database) as connection:
        connection.executemany(
            "INSERT INTO visualizer_journalentry (lab_id, seq, at_ms, type, body)"
            " VALUES (?, ?, ?, ?, ?)",
            rows,
        )
    connection.close()


@pytest.mark.parametrize("path", ["/api/recordings", "/recordings/"])
def test_a_recording_that_is_imported_may_be_larger_than_other_requests(
    site: Site, path: str
) -> None:
    body = b"x" * (3 * BODY_BYTES)
    head = f"POST {path}?x=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    connection = opened(site)
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    # Without a token it goes no further; it has been read all the same.
    assert answer(connection).startswith("HTTP/1.1 403 ")


@pytest.mark.parametrize(
    ("path", "kind"), [("/recordings/", "text/html"), ("/api/recordings", "application/json")]
)
def test_a_recording_that_is_too_large_is_refused_in_words_while_it_is_sent(
    site: Site, path: str, kind: str
) -> None:
    # A browser reads the answer when it has sent all, so it must not be cut off before.
    connection = opened(site)
    connection.sendall(
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Length: {2 * IMPORT_BYTES}\r\n\r\n".encode()
    )
    connection.sendall(b"x" * (2 * IMPORT_BYTES))
    told = answer(connection)
    assert told.startswith("HTTP/1.1 413 ")
    assert f"\r\nContent-Type: {kind}" in told
    assert "The file is too large." in told
    assert "at most 8 MiB" in told
    assert spooled(site) <= BODY_BYTES


def test_nobody_keeps_the_site_reading_what_it_throws_away(site: Site) -> None:
    connection = opened(site)
    connection.sendall(
        b"POST /recordings/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    piece = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    with pytest.raises(OSError, match=r"[Bb]roken pipe|reset"):
        connection.sendall(piece * (2 * LINGER_BYTES // 0x100000))
    connection.close()
    assert site.get("/healthz")["ok"]
