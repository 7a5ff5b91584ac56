"""Which pages may open a socket, and which address a visitor comes from."""

from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import RequestFactory

from tests.socket_client import Communicator
from visualizer.environment import Environment
from visualizer.web import address
from visualizer.web.origins import OriginGate

PUBLIC = "https://layercake.example.org"


async def allowed(
    named: tuple[str, ...], origin: str, host: str = "localhost:8000", **headers: str
) -> bool:
    """Whether the application behind the gate is reached."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})

    given = {"origin": origin, "host": host, **headers}
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
    communicator = Communicator(OriginGate(application, named), "/", sent)
    connected, _ = await communicator.connect()
    return bool(connected)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8000", "localhost:8000"),
        ("http://127.0.0.1:9000", "127.0.0.1:9000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("http://localhost", "localhost"),
        ("HTTP://LOCALHOST:8000", "localhost:8000"),
    ],
)
async def test_the_sites_own_pages_are_let_in(origin: str, host: str) -> None:
    assert await allowed((), origin, host)


@pytest.mark.parametrize("origin", [PUBLIC, f"{PUBLIC}:443", "https://other.example.org"])
async def test_origins_that_are_named_are_let_in_and_no_others(origin: str) -> None:
    named = (PUBLIC, "https://other.example.org:443")
    assert await allowed(named, origin, "inside:8000")
    for foreign in ("http://layercake.example.org", f"{PUBLIC}:8443", "http://localhost:8000"):
        assert not await allowed(named, foreign)


@pytest.fixture
def behind_proxy(settings: LazySettings) -> None:
    settings.LAYERCAKE = replace(Environment(), behind_proxy=True)
    settings.ALLOWED_HOSTS = ["layercake.example.org"]


@pytest.mark.usefixtures("behind_proxy")
async def test_behind_a_proxy_the_scheme_is_what_the_proxy_says() -> None:
    host = "layercake.example.org"
    assert await allowed((), PUBLIC, host, x_forwarded_proto="https")
    assert not await allowed((), PUBLIC, host, x_forwarded_proto="http")


async def test_without_a_proxy_nobody_can_claim_a_scheme() -> None:
    assert not await allowed(
        (),
        "https://localhost:8000",
        "localhost:8000",
        x_forwarded_proto="https",
    )


def test_an_address_is_the_clients_own() -> None:
    request = RequestFactory().get("/", headers={"x-forwarded-for": "6.6.6.6"})
    assert address.of_request(request) == "127.0.0.1"
    scope = {"client": ("10.0.0.1", 5), "headers": [(b"x-forwarded-for", b"6.6.6.6")]}
    assert address.of_scope(scope) == "10.0.0.1"
    assert address.of_scope({"client": None}) == "unknown"


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_who_holds_an_ipv6_network_is_one_visitor(client: str, counted: str) -> None:
    assert address.of_scope({"client": (client, 5)}) == counted


@pytest.mark.usefixtures("behind_proxy")
def test_behind_a_proxy_the_address_is_what_the_proxy_wrote_last() -> None:
    request = RequestFactory().get("/", headers={"x-forwarded-for": "6.6.6.6, 10.0.0.9"})
    assert address.of_request(request) == "10.0.0.9"
    scope = {"client": ("10.0.0.1", 5), "headers": [(b"x-forwarded-for", b"6.6.6.6, 10.0.0.9")]}
    assert address.of_scope(scope) == "10.0.0.9"
