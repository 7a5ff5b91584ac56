"""`GET api/labs/<lab>/kept/<sha256>`: a file of a build, read by what it holds."""

import hashlib

import pytest
from django.test import AsyncClient

from visualizer.engine.port import ContextFile
from visualizer.labs import kept_files
from visualizer.labs.database import in_database
from visualizer.labs.kept_files import Bounds
from visualizer.labs.registry import Registry
from visualizer.web import api


@pytest.fixture
async def client(registry: Registry) -> AsyncClient:
    """A browser without any cookie: the address of a lab is enough to read it."""
    return AsyncClient()


async def keep(lab: str, content: bytes) -> str:
    """Keep this; its address."""
    files = [ContextFile("a", content)]
    await in_database(kept_files.keep, lab, files, Bounds(10, 10_000_000))
    return f"/api/labs/{lab}/kept/{hashlib.sha256(content).hexdigest()}"


async def test_a_file_is_read_as_text(client: AsyncClient, lab: str) -> None:
    response = await client.get(await keep(lab, "grüße\n".encode()))
    assert response.json() == {"text": "grüße\n", "binary": False, "truncated": False}


async def test_what_is_no_text_is_said_to_be_none(client: AsyncClient, lab: str) -> None:
    response = await client.get(await keep(lab, b"\x89PNG\x00"))
    assert response.json() == {"text": "", "binary": True, "truncated": False}


async def test_a_long_file_is_cut(client: AsyncClient, lab: str) -> None:
    answer = (await client.get(await keep(lab, b"a" * (api.READ_BYTES + 1)))).json()
    assert (len(answer["text"]), answer["truncated"]) == (api.READ_BYTES, True)


@pytest.mark.parametrize("sha256", ["0" * 64, "nonsense", "%00", "F" * 64, "0" * 5000])
async def test_one_that_is_not_kept_is_404_with_what_to_try(
    client: AsyncClient, lab: str, sha256: str
) -> None:
    await keep(lab, b"something else")
    response = await client.get(f"/api/labs/{lab}/kept/{sha256}")
    answer = response.json()
    assert (response.status_code, answer["code"]) == (404, "file-not-kept")
    assert answer["try"]


async def test_a_lab_that_is_not_there_is_404(client: AsyncClient) -> None:
    response = await client.get(f"/api/labs/nowhere/kept/{'0' * 64}")
    assert (response.status_code, response.json()["code"]) == (404, "no-such-lab")
