"""Going on in a lab from a recording."""

from typing import Any

import pytest
from django.test import AsyncClient

from tests.conftest import OWNER
from tests.recordings.tapes import build, numbered, opened
from tests.web.recording_browser import browser, imported, text_of, token
from visualizer.labs import opening, workspace
from visualizer.labs.database import in_database
from visualizer.labs.registry import Registry
from visualizer.recordings.format import Header, included, write
from visualizer.web import owner


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
