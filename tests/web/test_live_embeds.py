"""Labs inside other sites' pages: no cookie, nothing opened by loading, a key for who owns one."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import AsyncClient

from tests.conftest import OWNER, one_engine
from tests.engine_fake import FakeEngine
from tests.socket_client import Socket, connect, cookie
from visualizer.environment import Environment
from visualizer.labs import opening, recipes, wiring, workspace
from visualizer.labs.database import in_database
from visualizer.labs.registry import Registry
from visualizer.models import Lab
from visualizer.web import keys, owner, pages

PAGE = "/embed/lab"
OPEN = "/embed/lab/open"
RECIPE = "hello-layers"


@pytest.fixture
def client(registry: Registry) -> AsyncClient:
    """A browser that would have to send tokens, if any were asked for."""
    return AsyncClient(enforce_csrf_checks=True)


async def start(client: AsyncClient, recipe: str = RECIPE, **more: Any) -> Any:
    body = json.dumps({"recipe": recipe})
    return await client.post(OPEN, body, content_type="application/json", **more)


def text_of(response: Any) -> str:
    return str(response.content.decode())


async def labs() -> int:
    return await in_database(Lab.objects.count)


async def visit(lab: str, key: str, owner: str | None = None) -> Socket:
    return await connect(lab, owner=owner, after=f"0&key={key}")


@pytest.fixture
def built() -> None:
    if not pages.is_built():
        pytest.skip("the front end is not built")


@pytest.mark.usefixtures("built")
async def test_the_page_may_be_framed_and_takes_no_cookie(client: AsyncClient) -> None:
    page = await client.get(PAGE, {"recipe": RECIPE})
    assert page.status_code == 200
    policy = page["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src 'self'" in policy
    assert "X-Frame-Options" not in page
    assert not page.cookies
    assert "Cookie" not in page.get("Vary", "")
    assert "csrf" not in text_of(page)


@pytest.mark.usefixtures("built")
async def test_loading_the_page_opens_no_lab(client: AsyncClient) -> None:
    await client.get(PAGE, {"recipe": RECIPE})
    assert await labs() == 0


@pytest.mark.usefixtures("built")
async def test_the_page_tells_what_the_lab_is_about(client: AsyncClient) -> None:
    page = text_of(await client.get(PAGE, {"recipe": RECIPE}))
    found = re.search(r'<script id="boot" type="application/json">(.*?)</script>', page)
    assert found
    boot = json.loads(found[1])
    assert boot["title"] == "Your first layers"
    assert [file["path"] for file in boot["files"]] == ["Dockerfile", "app.sh"]


async def test_start_opens_a_lab_with_the_recipes_files(client: AsyncClient) -> None:
    answer = await start(client)
    assert answer.status_code == 200
    assert not answer.cookies
    assert "Access-Control-Allow-Origin" not in answer
    boot = json.loads(answer.content)
    assert boot["framed"] is True
    kept = await in_database(workspace.load, boot["lab"])
    assert kept == sorted(recipes.find(RECIPE).files, key=lambda file: file.path)


async def test_the_key_makes_its_holder_the_owner(client: AsyncClient) -> None:
    boot = json.loads((await start(client)).content)
    socket = await visit(boot["lab"], boot["key"])
    assert socket.hello["role"] == "owner"
    files = [{"path": "Dockerfile", "text": "FROM busybox\n"}]
    answer = await socket.ask("files.save", files=files)
    assert answer["frame"] == "done"
    await socket.close()


async def test_without_the_key_one_only_watches(client: AsyncClient) -> None:
    boot = json.loads((await start(client)).content)
    socket = await connect(boot["lab"], owner=None)
    assert socket.hello["role"] == "watcher"
    answer = await socket.ask("files.save", files=[])
    assert answer["error"]["code"] == "read-only"
    await socket.close()


@pytest.mark.parametrize("change", ["other", "forged", "cut", "empty", "cookie"])
async def test_a_key_that_is_not_this_labs_opens_nothing(client: AsyncClient, change: str) -> None:
    boot = json.loads((await start(client)).content)
    other = json.loads((await start(client)).content)["key"]
    key = {
        "other": other,
        "forged": boot["key"].split(":")[0] + ":" + "A" * 43,
        "cut": boot["key"][:-1],
        "empty": "",
        # What is signed as a cookie is no key, whosever it is.
        "cookie": cookie(keys.unlocked(boot["key"]) or "").split("=", 1)[1],
    }[change]
    socket = await visit(boot["lab"], key)
    assert socket.hello["role"] == "watcher"
    await socket.close()


async def test_with_a_key_no_cookie_counts(client: AsyncClient, lab: str) -> None:
    socket = await visit(lab, "nonsense", owner=OWNER)
    assert socket.hello["role"] == "watcher"
    await socket.close()


async def test_a_cookie_gives_the_reader_nothing_here(client: AsyncClient) -> None:
    client.cookies[owner.NAME] = cookie(OWNER).split("=", 1)[1]
    boot = json.loads((await start(client)).content)
    holder = await in_database(opening.owner_of, boot["lab"])
    assert holder != opening.owner_hash(OWNER)
    assert holder == opening.owner_hash(keys.unlocked(boot["key"]) or "")


@pytest.mark.parametrize(
    "sent", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
async def test_what_a_foreign_page_could_send_unasked_is_refused(
    client: AsyncClient, sent: str
) -> None:
    body = json.dumps({"recipe": RECIPE})
    assert (await client.post(OPEN, body, content_type=sent)).status_code == 400
    assert await labs() == 0


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"recipe": 1}', "\xff", '{"recipe":"a","b":1}'])
async def test_a_malformed_wish_is_refused_in_words(client: AsyncClient, body: str) -> None:
    answer = await client.post(OPEN, body, content_type="application/json")
    assert answer.status_code == 400
    assert json.loads(answer.content)["title"]
    assert await labs() == 0


async def test_only_a_post_opens(client: AsyncClient) -> None:
    answer = await client.get(OPEN)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("recipe", ["", "nowhere", "z.AAAA", "../starter"])
async def test_a_recipe_that_is_none_is_explained_inside_the_frame(
    client: AsyncClient, recipe: str
) -> None:
    page = await client.get(PAGE, {"recipe": recipe})
    assert page.status_code in (400, 404)
    assert "frame-ancestors *" in page["Content-Security-Policy"]
    assert 'target="_blank"' in text_of(page)
    assert (await start(client, recipe)).status_code in (400, 404)
    assert await labs() == 0


class TestARateForEachAddress:
    @pytest.fixture
    def environment(self) -> Environment:
        return replace(wiring.environment(), sweep_seconds=0, labs_per_minute=2)

    async def test_is_kept(self, client: AsyncClient) -> None:
        answers = [(await start(client)).status_code for _ in range(3)]
        assert answers == [200, 200, 429]
        assert await labs() == 2


class TestASiteThatSwitchedThemOff:
    @pytest.fixture
    def environment(self) -> Environment:
        return replace(wiring.environment(), sweep_seconds=0, live_embeds=False)

    async def test_opens_none_and_says_so(self, client: AsyncClient) -> None:
        page = await client.get(PAGE, {"recipe": RECIPE})
        assert page.status_code == 404
        assert "This site opens no labs inside other pages." in text_of(page)
        assert (await start(client)).status_code == 404
        assert await labs() == 0


async def test_a_site_without_the_embedded_engine_opens_none(
    registry: Registry, environment: Environment
) -> None:
    wiring.install(Registry(one_engine(FakeEngine(), environment, "docker"), environment))
    answer = await start(AsyncClient())
    assert answer.status_code == 404
    assert json.loads(answer.content)["code"] == "no-embedded-engine"


async def test_the_rest_of_the_site_stays_out_of_frames(client: AsyncClient, lab: str) -> None:
    for path in ("/", f"/lab/{lab}/", "/labs/", "/nowhere"):
        page = await client.get(path)
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
        assert page["X-Frame-Options"] == "DENY"
