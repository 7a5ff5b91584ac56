"""The list of the visitor's own labs, and deleting one: asked first, owner only, with a token."""

import re
from typing import Any

import pytest
from django.test import AsyncClient

from tests.conftest import OWNER
from tests.engine_fake import FakeEngine
from tests.socket_client import cookie
from visualizer.engine.port import ContextFile
from visualizer.labs import opening, workspace
from visualizer.labs.database import in_database
from visualizer.labs.registry import Registry
from visualizer.web import owner


@pytest.fixture
def client(registry: Registry) -> AsyncClient:
    """The owner's browser, which must send tokens."""
    browser = AsyncClient(enforce_csrf_checks=True)
    browser.cookies[owner.NAME] = cookie(OWNER).split("=", 1)[1]
    return browser


def text_of(response: Any) -> str:
    return str(response.content.decode())


def token_of(response: Any) -> dict[str, str]:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text_of(response))
    assert found
    return {"csrfmiddlewaretoken": found[1]}


async def test_the_visitors_own_labs_are_listed_the_newest_first(
    client: AsyncClient, lab: str
) -> None:
    second = await in_database(opening.create, OWNER, "embedded", [], 50)
    foreign = await in_database(opening.create, "somebody else", "embedded", [], 50)
    page = text_of(await client.get("/labs/"))
    assert page.index(f'href="/lab/{second}/"') < page.index(f'href="/lab/{lab}/"')
    assert "FROM python:3.12-slim" in page
    assert "Empty Dockerfile" in page
    assert foreign not in page


async def test_a_visitor_without_labs_is_told_how_to_get_one(registry: Registry) -> None:
    page = await AsyncClient().get("/labs/")
    assert "This browser has no lab yet." in text_of(page)
    assert owner.NAME not in page.cookies


async def test_what_a_learner_wrote_is_only_text_in_the_list(client: AsyncClient, lab: str) -> None:
    evil = "# a comment\n\nFROM <script>alert(1)</script>\u202e\x00" + "x" * 500
    await in_database(workspace.save, lab, [ContextFile("Dockerfile", evil.encode())])
    page = text_of(await client.get("/labs/"))
    assert "FROM &lt;script&gt;alert(1)&lt;/script&gt;\ufffd\ufffd" in page
    assert "<script" not in page
    assert "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" not in page


async def test_a_further_lab_is_opened_from_the_list(client: AsyncClient, lab: str) -> None:
    token = token_of(await client.get("/labs/"))
    assert (await client.post("/labs/", token))["Location"] != f"/lab/{lab}/"
    assert text_of(await client.get("/labs/")).count("<li>") == 2


async def test_a_lab_is_deleted_after_asking(
    client: AsyncClient, lab: str, registry: Registry, engine: FakeEngine
) -> None:
    await registry.runner(lab)
    question = await client.get(f"/labs/{lab}/delete/")
    assert "This cannot be undone." in text_of(question)
    assert (await client.get(f"/lab/{lab}/")).status_code != 404
    answer = await client.post(f"/labs/{lab}/delete/", token_of(question))
    assert (answer.status_code, answer["Location"]) == (302, "/labs/")
    assert (await client.get(f"/lab/{lab}/")).status_code == 404
    assert "no lab yet" in text_of(await client.get("/labs/"))
    again = await client.post(f"/labs/{lab}/delete/", token_of(question))
    assert again.status_code == 404


async def test_nobody_else_deletes_a_lab(registry: Registry, lab: str) -> None:
    stranger = AsyncClient()
    address = f"/labs/{lab}/delete/"
    for response in (await stranger.get(address), await stranger.post(address)):
        assert response.status_code == 403
        assert "This lab is not yours" in text_of(response)
    stranger.cookies[owner.NAME] = f"{OWNER}:forged"
    assert (await stranger.post(address)).status_code == 403
    assert await in_database(opening.owner_of, lab)


async def test_deleting_needs_a_token(client: AsyncClient, lab: str) -> None:
    assert (await client.post(f"/labs/{lab}/delete/")).status_code == 403
    assert await in_database(opening.owner_of, lab)


@pytest.mark.parametrize("lab_id", ["nowhere", "%00", "a" * 500, "%0a"])
async def test_a_lab_that_is_not_there_cannot_be_deleted(client: AsyncClient, lab_id: str) -> None:
    response = await client.get(f"/labs/{lab_id}/delete/")
    assert response.status_code == 404
    assert "There is no lab at this address." in text_of(response)
