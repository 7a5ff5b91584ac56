"""Every address of the site at once: who may frame it, read it from elsewhere, or post to it."""

import re

import pytest
from django.test import AsyncClient
from django.urls import URLPattern, get_resolver

from tests.conftest import OWNER
from tests.socket_client import cookie
from tests.web.kept import keep
from visualizer.labs.registry import Registry

FRAMED = ("/embed/",)
SHARED = re.compile(
    r"/embed/layercake-player\.js|/oembed|/r/[^/]+\.jsonl|/r/[^/]+/(?:still|qr)\.svg"
)
"""What pages of other sites may read. It is the same for everybody."""
UNGUARDED = {"/api/diagnose", "/embed/lab/open"}
"""These change nothing that belongs to anybody, so they take no token."""
COOKIELESS = re.compile(r"/embed/.*|/oembed|/r/[^/]+\.jsonl|/r/[^/]+/(?:still|qr)\.svg")


def addresses(recording: str, lab: str) -> list[str]:
    """One of every route that is ours."""
    routes = [
        str(each.pattern) for each in get_resolver().url_patterns if isinstance(each, URLPattern)
    ]
    return [_filled(route, recording, lab) for route in routes]


def _filled(route: str, recording: str, lab: str) -> str:
    of_recording = route.startswith(("r/", "embed/", "recordings/", "api/recordings"))
    owner = recording if of_recording else lab
    return "/" + re.sub(r"<\w+:(\w+)>", lambda found: _value(found[1], owner), route)


def _value(name: str, owner: str) -> str:
    values = {"subject": "image", "ref": "web", "digest": "sha256:0", "sha256": "0" * 64}
    return values.get(name, owner)


@pytest.fixture
async def everywhere(registry: Registry, lab: str) -> list[str]:
    return addresses(await keep(), lab)


@pytest.fixture
def client(registry: Registry) -> AsyncClient:
    return AsyncClient(enforce_csrf_checks=True, headers={"cookie": cookie(OWNER)})


async def test_only_embeds_may_be_framed(everywhere: list[str], client: AsyncClient) -> None:
    for address in everywhere:
        answer = await client.get(address)
        policy = answer.get("Content-Security-Policy", "")
        open_to_all = "frame-ancestors *" in policy
        if address.startswith(FRAMED):
            assert "X-Frame-Options" not in answer or not open_to_all, address
            continue
        assert answer.get("X-Frame-Options") == "DENY", address
        if not SHARED.fullmatch(address):
            assert not open_to_all, address


async def test_other_sites_read_what_is_everybodys_and_never_with_cookies(
    everywhere: list[str], client: AsyncClient
) -> None:
    for address in everywhere:
        answer = await client.get(address, headers={"origin": "https://elsewhere.example"})
        assert "Access-Control-Allow-Credentials" not in answer, address
        shared = answer.get("Access-Control-Allow-Origin")
        assert shared == ("*" if SHARED.fullmatch(address) else None), address


async def test_what_is_framed_or_shared_reads_and_sets_no_cookie(
    everywhere: list[str], client: AsyncClient
) -> None:
    stranger = AsyncClient()
    for address in filter(COOKIELESS.fullmatch, everywhere):
        known, unknown = await client.get(address), await stranger.get(address)
        assert not known.cookies, address
        assert not unknown.cookies, address
        assert "Cookie" not in known.get("Vary", ""), address
        # A nonce is new each time; nothing else may differ.
        nonces = re.compile(rb'nonce="[^"]+"|content="[\w+/=-]{20,}"')
        assert nonces.sub(b"", known.content) == nonces.sub(b"", unknown.content), address


@pytest.mark.parametrize(
    "sent", ["application/json", "text/plain", "application/x-www-form-urlencoded"]
)
async def test_nothing_of_anybodys_is_changed_without_a_token(
    everywhere: list[str], client: AsyncClient, sent: str
) -> None:
    for address in set(everywhere) - UNGUARDED:
        answer = await client.post(address, "{}", content_type=sent)
        assert answer.status_code in (403, 405), (address, answer.status_code)


async def test_no_page_runs_scripts_that_are_not_ours(
    everywhere: list[str], client: AsyncClient
) -> None:
    for address in everywhere:
        answer = await client.get(address)
        policy = answer.get("Content-Security-Policy", "")
        allowed = re.search(r"(?:script-src|default-src) [^;]*", policy)
        assert allowed, address
        scripts = re.search(r"script-src [^;]*", policy) or allowed
        assert "unsafe" not in scripts[0], address
        assert answer.get("X-Content-Type-Options") == "nosniff", address
