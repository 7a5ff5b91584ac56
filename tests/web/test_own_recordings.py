"""The visitor's own recordings: listed, imported, revoked, also without JavaScript."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient

from tests.labs.test_freezing import TAPE
from tests.recordings.tapes import GOLDEN
from tests.web.recording_browser import browser, frozen, kept, post, text_of, token, upload
from visualizer.labs.registry import Registry
from visualizer.recordings.format import Header, write
from visualizer.web import owner


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
    assert "has taken it back" in gone.json()["why"]
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
