"""A lab of another site's page becomes the reader's own: by its key, once, and by nothing else."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import AsyncClient

from tests.conftest import OWNER
from tests.socket_client import Socket, connect, cookie
from visualizer.environment import Environment
from visualizer.labs import opening, wiring
from visualizer.labs.database import in_database
from visualizer.labs.registry import Registry
from visualizer.labs.workspace import starter_files
from visualizer.web import consumers, keys, owner, pages

FRAME = "a-name-that-only-the-frame-has"
KEY = keys.key_of(FRAME)
FILES = [{"path": "Dockerfile", "text": "FROM busybox\n"}]


@pytest.fixture
def client(registry: Registry) -> AsyncClient:
    """The reader's browser."""
    return AsyncClient(enforce_csrf_checks=True)


@pytest.fixture
async def framed(registry: Registry) -> str:
    """A lab that was opened inside a frame."""
    return await in_database(opening.create, FRAME, "embedded", starter_files(), 1)


async def post(client: AsyncClient, lab: str, key: str = KEY, **headers: str) -> Any:
    """As the page posts it, which was given a token."""
    if "csrftoken" not in client.cookies:
        await client.get("/")
    token = client.cookies["csrftoken"].value
    return await client.post(
        f"/api/labs/{lab}/owner",
        json.dumps({"key": key}),
        content_type="application/json",
        headers={"x-csrftoken": token, **headers},
    )


def own_name(client: AsyncClient) -> str:
    return owner._unsigned(client.cookies[owner.NAME].value) or ""


async def owns(lab: str, name: str) -> bool:
    return await in_database(opening.owner_of, lab) == opening.owner_hash(name)


async def by_key(lab: str, key: str = KEY) -> Socket:
    return await connect(lab, owner=None, after=f"0&key={key}")


async def refusal(answer: Any) -> tuple[int, str]:
    problem = json.loads(answer.content)
    assert problem["title"]
    assert problem["try"]
    return answer.status_code, problem["code"]


@pytest.mark.usefixtures("built")
class TestThePage:
    @pytest.fixture
    def built(self) -> None:
        if not pages.is_built():
            pytest.skip("the front end is not built")

    async def test_takes_nothing_over_by_being_loaded(
        self, client: AsyncClient, framed: str
    ) -> None:
        page = await client.get(f"/lab/{framed}/take/")
        assert page.status_code == 200
        assert await owns(framed, FRAME)
        assert owner.NAME not in page.cookies

    async def test_cannot_be_put_into_a_frame_and_tells_nobody_where_it_is(
        self, client: AsyncClient, framed: str
    ) -> None:
        page = await client.get(f"/lab/{framed}/take/")
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
        assert page["X-Frame-Options"] == "DENY"
        assert page["Referrer-Policy"] == "same-origin"
        assert page["Cache-Control"] == "no-store"

    async def test_knows_whose_lab_it_is(self, client: AsyncClient, framed: str) -> None:
        async def own() -> bool:
            text = (await client.get(f"/lab/{framed}/take/")).content.decode()
            found = re.search(r'<script id="boot" type="application/json">(.*?)</script>', text)
            assert found
            return bool(json.loads(found[1])["own"])

        assert not await own()
        await post(client, framed)
        assert await own()


async def test_a_page_for_no_lab_is_explained(client: AsyncClient) -> None:
    page = await client.get("/lab/nowhere/take/")
    assert page.status_code == 404
    assert "There is no lab at this address." in page.content.decode()


async def test_the_key_makes_the_lab_the_visitors(client: AsyncClient, framed: str) -> None:
    answer = await post(client, framed)
    assert answer.status_code == 200
    assert json.loads(answer.content) == {"address": f"/lab/{framed}/"}
    assert await owns(framed, own_name(client))
    socket = await connect(framed, owner=own_name(client))
    assert socket.hello["role"] == "owner"
    assert (await socket.ask("files.save", files=FILES))["frame"] == "done"
    await socket.close()


async def test_a_visitor_who_has_labs_keeps_them(
    client: AsyncClient, framed: str, lab: str
) -> None:
    client.cookies[owner.NAME] = cookie(OWNER).split("=", 1)[1]
    assert (await post(client, framed)).status_code == 200
    assert await owns(framed, OWNER)
    assert await owns(lab, OWNER)


async def test_the_name_in_the_key_is_nobodys_cookie(client: AsyncClient, framed: str) -> None:
    """Who sent a key knows it: were it the visitor's name, their other labs would be open to it."""
    await post(client, framed)
    assert own_name(client) != FRAME
    opened = (await client.get("/lab/"))["Location"]
    assert opened == f"/lab/{framed}/"
    fresh = (await client.post("/labs/", headers=token(client)))["Location"].split("/")[2]
    for each in (framed, fresh):
        socket = await by_key(each)
        assert socket.hello["role"] == "watcher"
        await socket.close()


def token(client: AsyncClient) -> dict[str, str]:
    return {"x-csrftoken": client.cookies["csrftoken"].value}


async def test_who_has_the_lab_open_by_the_key_is_told_and_watches(
    client: AsyncClient, framed: str
) -> None:
    frame = await by_key(framed)
    assert (await frame.ask("files.save", files=FILES))["frame"] == "done"
    watcher = await connect(framed, owner=None)
    await post(client, framed)
    assert await frame.close_code() == consumers.HANDED_OVER
    again = await by_key(framed)
    assert again.hello["role"] == "watcher"
    assert (await again.ask("files.save", files=FILES))["error"]["code"] == "read-only"
    # Who only watched watches on.
    assert (await watcher.ask("files.save", files=FILES))["error"]["code"] == "read-only"
    for socket in (again, watcher):
        await socket.close()


async def test_a_key_works_once(client: AsyncClient, framed: str) -> None:
    await post(client, framed)
    late = AsyncClient(enforce_csrf_checks=True)
    assert await refusal(await post(late, framed)) == (403, "key-used-up")
    assert owner.NAME not in late.cookies
    assert await owns(framed, own_name(client))


async def test_who_posts_twice_has_it_all_the_same(client: AsyncClient, framed: str) -> None:
    for _ in range(2):
        assert (await post(client, framed)).status_code == 200
    assert await owns(framed, own_name(client))


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (keys.key_of("another"), "key-used-up"),
        (KEY[:-1], "no-key"),
        (f"{FRAME}:{'A' * 43}", "no-key"),
        ("", "no-key"),
        # What is signed as a cookie is no key, whosever it is.
        (cookie(FRAME).split("=", 1)[1], "no-key"),
    ],
)
async def test_what_is_no_key_to_this_lab_takes_nothing(
    client: AsyncClient, framed: str, key: str, code: str
) -> None:
    assert await refusal(await post(client, framed, key)) == (403, code)
    assert await owns(framed, FRAME)
    assert owner.NAME not in client.cookies


async def test_a_key_to_a_frames_lab_takes_no_other_lab(
    client: AsyncClient, framed: str, lab: str
) -> None:
    assert await refusal(await post(client, lab)) == (403, "key-used-up")
    assert await refusal(await post(client, "nowhere")) == (404, "no-such-lab")
    assert await owns(lab, OWNER)


async def test_another_sites_page_cannot_have_it_posted(client: AsyncClient, framed: str) -> None:
    body = json.dumps({"key": KEY})
    bare = await client.post(f"/api/labs/{framed}/owner", body, content_type="application/json")
    assert bare.status_code == 403
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert (await post(client, framed, **headers)).status_code == 403
    assert await owns(framed, FRAME)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"key": 1}', "\xff", '{"key":"a","b":1}'])
async def test_a_malformed_wish_is_refused_in_words(
    client: AsyncClient, framed: str, body: str
) -> None:
    await client.get("/")
    path = f"/api/labs/{framed}/owner"
    answer = await client.post(path, body, content_type="application/json", headers=token(client))
    assert answer.status_code == 400
    assert json.loads(answer.content)["title"]


async def test_only_a_post_takes_over(client: AsyncClient, framed: str) -> None:
    answer = await client.get(f"/api/labs/{framed}/owner")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


class TestAVisitorWithAsManyLabsAsOneMayHave:
    @pytest.fixture
    def environment(self) -> Environment:
        return replace(wiring.environment(), sweep_seconds=0, labs_per_owner=1)

    async def test_is_told_so_and_the_key_still_works(
        self, client: AsyncClient, framed: str, lab: str
    ) -> None:
        client.cookies[owner.NAME] = cookie(OWNER).split("=", 1)[1]
        assert await refusal(await post(client, framed)) == (429, "too-many-labs")
        assert await owns(framed, FRAME)
        await wiring.registry().delete(lab)
        assert (await post(client, framed)).status_code == 200
