"""A visitor's browser that makes, fetches and imports recordings."""

import json
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient

from tests.conftest import OWNER
from tests.labs.test_freezing import END
from tests.socket_client import cookie
from visualizer.labs.database import in_database
from visualizer.models import Recording
from visualizer.web import owner

ORDER = {"title": "Two builds", "from": 0, "to": END}


def browser(of: str | None = OWNER) -> AsyncClient:
    """Somebody's browser, which must send tokens."""
    made = AsyncClient(enforce_csrf_checks=True)
    if of is not None:
        made.cookies[owner.NAME] = cookie(of).split("=", 1)[1]
    return made


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


async def upload(client: AsyncClient, data: bytes, name: str = "lab.jsonl") -> Any:
    """Import through the form."""
    form = {
        "file": SimpleUploadedFile(name, data),
        "csrfmiddlewaretoken": await token(client),
    }
    return await client.post("/recordings/", form)
