"""Recordings over HTTP: whose they are, what leaves, what comes in, and going on from one."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import AsyncClient

from tests.conftest import OWNER
from tests.labs.test_freezing import END, KEEP, SECOND, TAPE, tell
from tests.recordings.tapes import GOLDEN, build, numbered, opened
from tests.recordings.test_format import HOSTILE
from tests.socket_client import cookie
from visualizer.engine.port import ContextFile
from visualizer.labs import kept_files, kept_recordings, opening, workspace
from visualizer.labs.database import in_database
from visualizer.labs.rates import Buckets
from visualizer.labs.registry import Registry
from visualizer.models import Recording
from visualizer.recordings.format import Header, included, read, write
from visualizer.web import owner

ORDER = {"title": "Two builds", "from": 0, "to": END}


@pytest.fixture
async def told(lab: str) -> str:
    """A lab with a tape."""
    await tell(lab, TAPE)
    files = [ContextFile(path, content) for path, content in SECOND.items()]
    await in_database(kept_files.keep, lab, files, KEEP)
    return lab


def browser(of: str | None = OWNER) -> AsyncClient:
    """Somebody's browser, which must send tokens."""
    made = AsyncClient(enforce_csrf_checks=True)
    if of is not None:
        made.cookies[owner.NAME] = cookie(of).split("=", 1)[1]
    return made


@pytest.fixture
def client(registry: Registry) -> AsyncClient:
    """The owner's browser."""
    return browser()


def text_of(response: Any) -> str:
    return str(response.content.decode())


async def token(client: AsyncClient) -> str:
    """The CSRF token of this browser, out of a page."""
    found = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"', text_of(await client.get("/recordings/"))
    )
    assert found
    return found[1]


async def post(client: AsyncClient, path: str, body: Any = None) -> Any:
    """A call of the API as a script of the site makes it."""
    data = body if isinstance(body, bytes) else json.dumps(body)
    headers = {"x-csrftoken": await token(client)}
    return await client.post(path, data, content_type="application/json", headers=headers)


async def frozen(client: AsyncClient, lab: str, order: dict[str, Any] = ORDER) -> str:
    """A recording made with the preview seen; its id."""
    seen = (await post(client, f"/api/labs/{lab}/recordings/preview", order)).json()
    order = {**order, "digest": seen["digest"]}
    answer = (await post(client, f"/api/labs/{lab}/recordings", order)).json()
    assert answer["address"] == f"/r/{answer['id']}/"
    return str(answer["id"])


async def imported(client: AsyncClient, data: bytes) -> str:
    answer = await post(client, "/api/recordings", data)
    assert answer.status_code == 200, text_of(answer)
    return str(answer.json()["id"])


async def kept() -> int:
    return await in_database(Recording.objects.count)


# Making one


async def test_the_owner_makes_a_recording_that_everybody_can_fetch(
    client: AsyncClient, told: str
) -> None:
    made = await frozen(client, told)
    assert len(made) >= 20
    response = await AsyncClient().get(f"/r/{made}.jsonl")
    assert read(response.content).events == TAPE
    assert response["Content-Type"].startswith("application/x-ndjson")


async def test_nobody_else_makes_a_recording_of_a_lab(told: str, registry: Registry) -> None:
    for stranger in (browser(None), browser("somebody else")):
        for path in ("recordings/preview", "recordings"):
            response = await post(stranger, f"/api/labs/{told}/{path}", ORDER)
            assert response.status_code == 403
            assert response.json()["title"].startswith("This lab is not yours")
    assert await kept() == 0


async def test_a_lab_that_is_not_there_is_not_recorded(client: AsyncClient) -> None:
    response = await post(client, "/api/labs/nowhere/recordings/preview", ORDER)
    assert (response.status_code, response.json()["code"]) == (404, "no-such-lab")


async def test_what_was_not_previewed_does_not_leave(client: AsyncClient, told: str) -> None:
    response = await post(client, f"/api/labs/{told}/recordings", ORDER)
    assert (response.status_code, response.json()["code"]) == (409, "preview-first")
    response = await post(client, f"/api/labs/{told}/recordings", {**ORDER, "digest": "0" * 64})
    assert (response.status_code, response.json()["code"]) == (409, "preview-differs")
    assert await kept() == 0


async def test_the_owner_may_look_at_the_whole_file_first(client: AsyncClient, told: str) -> None:
    whole = (await post(client, f"/api/labs/{told}/recordings/preview?whole=1", ORDER)).content
    made = (await client.get(f"/r/{await frozen(client, told)}.jsonl")).content
    assert whole.partition(b"\n")[2] == made.partition(b"\n")[2]
    stranger = await post(browser(None), f"/api/labs/{told}/recordings/preview?whole=1", ORDER)
    assert stranger.status_code == 403


@pytest.mark.parametrize(
    "path", ["/api/labs/{lab}/recordings/preview", "/api/labs/{lab}/recordings", "/api/recordings"]
)
async def test_a_call_without_a_token_is_refused(client: AsyncClient, told: str, path: str) -> None:
    answer = await client.post(path.format(lab=told), "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        {"title": "x"},
        {"title": 3, "to": 4},
        {"title": "x", "to": -1},
        {"title": "x", "to": 1.5},
        {"title": "x", "to": 10**30},
        {"title": "x", "to": 1, "extra": 1},
        {"title": "x", "to": 1, "blank": {"words": ["ab"]}},
        {"title": "x", "to": 1, "blank": {"words": ["abc"] * 51}},
        {"title": "x", "to": 1, "notes": [{"at": 1}]},
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_in_words(
    client: AsyncClient, told: str, body: Any
) -> None:
    response = await post(client, f"/api/labs/{told}/recordings/preview", body)
    assert (response.status_code, response.json()["code"]) == (400, "malformed-order")
    assert response.json()["try"]


async def test_an_order_that_is_too_large_is_refused(client: AsyncClient, told: str) -> None:
    order = {**ORDER, "description": "x" * 600_000}
    response = await post(client, f"/api/labs/{told}/recordings/preview", order)
    assert response.status_code == 413


async def test_recordings_are_made_at_a_rate(
    client: AsyncClient, told: str, registry: Registry
) -> None:
    registry.recordings_made = Buckets(per_minute=1)
    assert (await post(client, f"/api/labs/{told}/recordings/preview", ORDER)).status_code == 200
    response = await post(client, f"/api/labs/{told}/recordings/preview", ORDER)
    assert response.status_code == 429
    assert "Wait a minute" in response.json()["try"]


async def test_a_full_disk_is_said_in_words(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> str:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(kept_recordings, "add", full)
    response = await post(client, "/api/recordings", GOLDEN[0].read_bytes())
    assert (response.status_code, response.json()["code"]) == (503, "storage")
    page = await upload(client, GOLDEN[0].read_bytes())
    assert page.status_code == 503
    assert "disk is full" in text_of(page)


# The file


async def test_a_page_of_another_site_may_fetch_the_file_and_keeps_no_cookie(
    client: AsyncClient, told: str
) -> None:
    address = f"/r/{await frozen(client, told)}.jsonl"
    response = await AsyncClient().get(address, headers={"origin": "https://course.example"})
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not response.cookies
    assert "Cookie" not in response["Vary"]


async def test_the_file_is_packed_for_who_takes_it_so(client: AsyncClient, told: str) -> None:
    address = f"/r/{await frozen(client, told)}.jsonl"
    plain = await client.get(address)
    packed = await client.get(address, headers={"accept-encoding": "br, gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in packed["Vary"]


async def test_the_file_is_not_sent_twice(client: AsyncClient, told: str) -> None:
    address = f"/r/{await frozen(client, told)}.jsonl"
    tag = (await client.get(address))["ETag"]
    again = await client.get(address, headers={"if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == tag
    assert again["Access-Control-Allow-Origin"] == "*"
    assert "no-cache" in again["Cache-Control"]


async def test_our_own_recordings_are_fetched_by_their_names(client: AsyncClient) -> None:
    response = await client.get("/r/first-image.jsonl")
    own = kept_recordings.OWN / "first-image.jsonl"
    assert response.content == own.read_bytes()


@pytest.mark.parametrize(
    "id", ["nowhere", "%00", "a" * 500, "..%2f..%2fsecret_key", "%2e%2e", "first-image%00"]
)
async def test_a_recording_that_is_not_there_is_said_so(client: AsyncClient, id: str) -> None:
    response = await client.get(f"/r/{id}.jsonl")
    assert response.status_code == 404
    if response["Content-Type"] == "application/json":
        assert response.json()["code"] == "no-such-recording"
        assert response["Access-Control-Allow-Origin"] == "*"


# Importing


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
async def test_every_golden_tape_is_imported_and_exported_again(
    client: AsyncClient, path: Path
) -> None:
    made = await imported(client, path.read_bytes())
    exported = (await client.get(f"/r/{made}.jsonl")).content
    assert read(exported).events == read(path.read_bytes()).events
    again = await imported(client, exported)
    assert (await client.get(f"/r/{again}.jsonl")).content == exported


async def test_a_tape_without_a_header_gets_a_title(client: AsyncClient) -> None:
    await imported(client, GOLDEN[0].read_bytes())
    assert "Imported recording" in text_of(await client.get("/recordings/"))


@pytest.mark.parametrize("data", [case[0] for case in HOSTILE.values()], ids=HOSTILE.keys())
async def test_a_hostile_file_is_refused_in_words_and_leaves_nothing(
    client: AsyncClient, data: bytes
) -> None:
    response = await post(client, "/api/recordings", data)
    assert response.status_code == 400
    problem = response.json()
    assert problem["title"]
    assert problem["why"]
    assert problem["try"]
    page = await upload(client, data)
    assert page.status_code == 400
    assert "Traceback" not in text_of(page)
    assert await kept() == 0


async def upload(client: AsyncClient, data: bytes, name: str = "lab.jsonl") -> Any:
    """Import through the form."""
    form = {
        "file": SimpleUploadedFile(name, data),
        "csrfmiddlewaretoken": await token(client),
    }
    return await client.post("/recordings/", form)


async def test_a_file_is_imported_through_the_page(client: AsyncClient) -> None:
    header = Header(title="<b>Bold</b> & more", made_at="2026-11-23T12:00:00Z")
    response = await upload(client, write(header, TAPE), "../../evil<script>.jsonl")
    assert response.status_code == 302
    page = text_of(await client.get("/recordings/"))
    assert f'href="{response["Location"]}"' in page
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; more" in page
    assert "<b>Bold" not in page


async def test_what_has_no_title_is_called_by_its_file(client: AsyncClient) -> None:
    bare = GOLDEN[0].read_bytes()
    for name in ("first lesson.jsonl", "x\u202egpj.jsonl", "n" * 300 + ".jsonl"):
        assert (await upload(client, bare, name)).status_code == 302
    page = text_of(await client.get("/recordings/"))
    assert ">first lesson</a>" in page
    assert "\u202e" not in page
    assert "n" * 121 not in page


async def test_the_list_stays_when_a_file_is_refused(client: AsyncClient) -> None:
    await upload(client, GOLDEN[0].read_bytes(), "kept.jsonl")
    page = text_of(await upload(client, b"{"))
    assert "This file cannot be played." in page
    assert ">kept</a>" in page


async def test_a_visitor_without_a_cookie_gets_one_with_the_first_import(
    registry: Registry,
) -> None:
    visitor = browser(None)
    response = await upload(visitor, GOLDEN[0].read_bytes())
    assert owner.NAME in response.cookies
    assert text_of(await visitor.get("/recordings/")).count("<li>") == 1


async def test_a_form_without_a_file_is_refused_in_words(client: AsyncClient) -> None:
    form = {"csrfmiddlewaretoken": await token(client), "file": "not a file"}
    response = await client.post("/recordings/", form)
    assert response.status_code == 400
    assert "There is no file in this request" in text_of(response)


async def test_importing_through_the_page_needs_a_token(client: AsyncClient) -> None:
    form = {"file": SimpleUploadedFile("x.jsonl", GOLDEN[0].read_bytes())}
    assert (await client.post("/recordings/", form)).status_code == 403
    assert await kept() == 0


# The list, and revoking


async def test_a_visitor_without_recordings_is_told_how_to_get_one(registry: Registry) -> None:
    page = await AsyncClient().get("/recordings/")
    assert "This browser has no recording yet." in text_of(page)
    assert owner.NAME not in page.cookies


async def test_only_ones_own_recordings_are_listed(client: AsyncClient, told: str) -> None:
    made = await frozen(client, told)
    assert f'href="/r/{made}/"' in text_of(await client.get("/recordings/"))
    assert made not in text_of(await browser("somebody else").get("/recordings/"))


async def test_a_recording_is_revoked_after_asking(client: AsyncClient, told: str) -> None:
    made = await frozen(client, told)
    question = await client.get(f"/recordings/{made}/revoke/")
    assert "This cannot be undone." in text_of(question)
    assert (await client.get(f"/r/{made}.jsonl")).status_code == 200
    form = {"csrfmiddlewaretoken": await token(client)}
    answer = await client.post(f"/recordings/{made}/revoke/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/recordings/")
    gone = await AsyncClient().get(f"/r/{made}.jsonl")
    assert gone.status_code == 404
    assert "has revoked it" in gone.json()["why"]
    assert (await client.post(f"/recordings/{made}/revoke/", form)).status_code == 404


async def test_a_script_revokes_too(client: AsyncClient, told: str) -> None:
    made = await frozen(client, told)
    answer = await post(client, f"/api/recordings/{made}/revoke")
    assert answer.json() == {"revoked": made}
    assert (await post(client, f"/api/recordings/{made}/revoke")).status_code == 404


async def test_nobody_else_revokes_a_recording(client: AsyncClient, told: str) -> None:
    made = await frozen(client, told)
    for stranger in (browser(None), browser("somebody else")):
        assert (await stranger.get(f"/recordings/{made}/revoke/")).status_code == 403
        form = {"csrfmiddlewaretoken": await token(stranger)}
        assert (await stranger.post(f"/recordings/{made}/revoke/", form)).status_code == 403
        assert (await post(stranger, f"/api/recordings/{made}/revoke")).status_code == 403
    assert (await client.post(f"/recordings/{made}/revoke/")).status_code == 403
    assert await kept() == 1


async def test_our_own_recordings_are_revoked_by_nobody(client: AsyncClient) -> None:
    answer = await post(client, "/api/recordings/first-image/revoke")
    assert (answer.status_code, answer.json()["code"]) == (403, "not-your-recording")


# Going on from one


async def forked(client: AsyncClient, made: str, moment: str = "") -> Any:
    form = {"csrfmiddlewaretoken": await token(client), "t": moment}
    return await client.post(f"/r/{made}/fork", form)


async def files_of(response: Any) -> dict[str, bytes]:
    """What the lab has that the answer leads to."""
    assert response.status_code == 302, text_of(response)
    lab = response["Location"].split("/")[2]
    return {file.path: file.content for file in await in_database(workspace.load, lab)}


def with_files(*builds: dict[str, bytes], left_out: bytes | None = None) -> bytes:
    """A recording of these builds that carries their files along."""
    tape = numbered(opened(), *(build(n, files) for n, files in enumerate(builds, start=1)))
    contents = {content for files in builds for content in files.values()} - {left_out}
    return write(Header(title="x", files=[included(each) for each in contents]), tape)


FIRST = {"Dockerfile": b"FROM busybox\n", "raw.bin": b"\xff\x00"}
THEN = {"Dockerfile": b"FROM alpine\n", "lib/app.sh": b"echo"}


async def test_a_lab_goes_on_with_the_files_of_a_recording(registry: Registry) -> None:
    made = await imported(browser(), with_files(FIRST, THEN))
    visitor = browser(None)
    response = await forked(visitor, made)
    assert await files_of(response) == THEN
    lab = response["Location"].split("/")[2]
    own = owner.of_request(type("Request", (), {"COOKIES": _cookies(visitor)})())
    assert own
    assert await in_database(opening.owner_of, lab) == opening.owner_hash(own)


def _cookies(client: AsyncClient) -> dict[str, str]:
    return {name: morsel.value for name, morsel in client.cookies.items()}


@pytest.mark.parametrize(
    ("moment", "files"),
    [
        ("e2", FIRST),
        ("e3", THEN),
        ("2.9", FIRST),
        ("0:03", THEN),
        ("e1", THEN),
        ("nonsense", THEN),
        ("e99999999999999", THEN),
    ],
)
async def test_the_moment_chooses_the_build(
    client: AsyncClient, moment: str, files: dict[str, bytes]
) -> None:
    made = await imported(client, with_files(FIRST, THEN))
    assert await files_of(await forked(client, made, moment)) == files


async def test_a_recording_without_files_says_why_no_lab_opens(client: AsyncClient) -> None:
    made = await imported(client, with_files(FIRST, left_out=FIRST["raw.bin"]))
    response = await forked(client, made)
    assert response.status_code == 404
    assert "does not carry them along: raw.bin" in text_of(response)


async def test_the_dockerfile_is_on_the_tape_itself(client: AsyncClient) -> None:
    alone = {"Dockerfile": b"FROM busybox\n"}
    made = await imported(client, with_files(alone, left_out=alone["Dockerfile"]))
    assert await files_of(await forked(client, made)) == alone


async def test_a_recording_without_a_build_opens_an_ordinary_lab(client: AsyncClient) -> None:
    made = await imported(client, write(Header(title="x"), numbered(opened())))
    assert "Dockerfile" in await files_of(await forked(client, made))


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/passwd", "a\x00b", "a/" * 30 + "b", "x" * 300, ".."]
)
async def test_a_strangers_paths_do_not_get_into_a_lab(client: AsyncClient, path: str) -> None:
    made = await imported(client, with_files({**FIRST, path: b"evil"}))
    response = await forked(client, made)
    assert response.status_code == 400
    assert await in_database(opening.owned_by, OWNER) == []


async def test_a_stranger_cannot_make_a_file_a_folder_too(client: AsyncClient) -> None:
    made = await imported(client, with_files({**FIRST, "a": b"1", "a/b": b"2"}))
    assert (await forked(client, made)).status_code == 400


async def test_more_files_than_a_lab_has_are_refused(client: AsyncClient) -> None:
    many = {f"f{n}": b"x" for n in range(300)}
    made = await imported(client, with_files({**FIRST, **many}))
    assert (await forked(client, made)).status_code == 429


async def test_going_on_needs_a_token_and_a_recording(client: AsyncClient) -> None:
    made = await imported(client, with_files(FIRST))
    assert (await client.post(f"/r/{made}/fork")).status_code == 403
    assert (await client.get(f"/r/{made}/fork")).status_code == 405
    assert (await forked(client, "nowhere")).status_code == 404
