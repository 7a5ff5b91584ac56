"""How often a page or a call asks the database: pinned, so that no list costs a query an entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from django.db.backends.utils import CursorWrapper
from django.test import AsyncClient

from tests.conftest import OWNER
from tests.socket_client import cookie
from visualizer.events import types as event
from visualizer.labs import opening
from visualizer.labs.database import in_database
from visualizer.labs.registry import Registry
from visualizer.labs.workspace import starter_files
from visualizer.web import owner, pages


@contextmanager
def queries() -> Iterator[list[str]]:
    """The statements that any thread sends, those that begin and end transactions left out."""
    sent: list[str] = []
    execute = CursorWrapper.execute
    execute_many = CursorWrapper.executemany

    def told(cursor: CursorWrapper, sql: str, params: Any = None) -> object:
        sent.append(sql)
        return execute(cursor, sql, params)

    def told_many(cursor: CursorWrapper, sql: str, params: Any) -> object:
        sent.append(sql)
        return execute_many(cursor, sql, params)

    with (
        patch.object(CursorWrapper, "execute", told),
        patch.object(CursorWrapper, "executemany", told_many),
    ):
        yield sent


@pytest.fixture
async def client(registry: Registry, lab: str, monkeypatch: pytest.MonkeyPatch) -> AsyncClient:
    """The owner's browser; the owner has three labs, and one of them has a tape."""
    monkeypatch.setattr(pages, "is_built", lambda: False)
    for _ in range(2):
        await in_database(opening.create, OWNER, "embedded", starter_files(), 50)
    runner = await registry.runner(lab)
    for number in range(700):
        runner.take(event.EngineRestored(message=f"{number}"))
    await runner.settled()
    browser = AsyncClient()
    browser.cookies[owner.NAME] = cookie(OWNER).split("=", 1)[1]
    return browser


@pytest.mark.parametrize(
    ("address", "count"),
    [
        ("/", 0),
        ("/favicon.ico", 0),
        ("/lab/", 1),
        ("/lab/LAB/", 3),
        ("/labs/", 2),
        ("/labs/LAB/delete/", 3),
        ("/healthz", 1),
        ("/api/catalogue", 0),
        ("/api/labs/LAB/events", 2),
        ("/api/labs/LAB/files", 2),
        ("/api/labs/LAB/inspect/box", 0),
        ("/api/labs/LAB/read?ref=a&path=b", 0),
        ("/api/labs/nowhere/events", 1),
        ("/nothing", 0),
    ],
)
async def test_an_address_asks_the_database_so_often(
    client: AsyncClient, lab: str, address: str, count: int
) -> None:
    with queries() as sent:
        await client.get(address.replace("LAB", lab))
    assert len(sent) == count, sent


async def test_opening_a_lab_asks_so_often_however_many_files_it_has(client: AsyncClient) -> None:
    with queries() as sent:
        response = await client.post("/labs/")
    assert response.status_code == 302
    assert len(sent) == 4, sent  # BEGIN; how many labs; the lab; its files
